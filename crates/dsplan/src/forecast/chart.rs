//! Pictures of a forecast: nodes over time, in one file that needs nothing else.

mod axes;

use daemonset_explain::words::shortened;
use daemonset_forecast::{Band, Course, Forecast, Moment, Range};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::Foreseen;
use super::figures::{float, markup, seconds};
use axes::{Nodes, Time};

/// How wide and high a picture is.
#[derive(Clone, Copy)]
pub struct Size {
    width: u32,
    height: u32,
    marks: usize,
}

/// For a screen, and as a file.
pub const WIDE: Size = Size {
    width: 900,
    height: 400,
    marks: 9,
};

/// For a phone.
pub const NARROW: Size = Size {
    width: 380,
    height: 400,
    marks: 4,
};

/// What is above each picture of several.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Title {
    /// Name and headline: the picture stands alone.
    Shown,
    /// The page says it.
    Left,
}

/// The size of letters; SVG has them smaller by a quarter.
const FONT: i32 = 15;

const AVAILABLE: RGBColor = RGBColor(46, 125, 50);
const UPDATED: RGBColor = RGBColor(21, 101, 192);
const BUDGET: RGBColor = RGBColor(178, 84, 0);
const INK: RGBColor = RGBColor(34, 34, 34);
const GRID: RGBColor = RGBColor(208, 208, 208);
const WAVE: RGBColor = RGBColor(120, 120, 120);

/// The colours for dark screens, by those above, which the SVG's attributes hold.
const STYLE: &str = "<style>svg.forecast text{font-family:system-ui,sans-serif}\
@media(prefers-color-scheme:dark){\
svg.forecast [fill=\"#FFFFFF\"]{fill:#161616}\
svg.forecast [fill=\"#222222\"]{fill:#E4E4E4}svg.forecast [stroke=\"#222222\"]{stroke:#E4E4E4}\
svg.forecast [stroke=\"#D0D0D0\"]{stroke:#3C3C3C}\
svg.forecast [fill=\"#787878\"]{fill:#A8A8A8}svg.forecast [stroke=\"#787878\"]{stroke:#A8A8A8}\
svg.forecast [fill=\"#2E7D32\"]{fill:#66BB6A}svg.forecast [stroke=\"#2E7D32\"]{stroke:#66BB6A}\
svg.forecast [fill=\"#1565C0\"]{fill:#64B5F6}svg.forecast [stroke=\"#1565C0\"]{stroke:#64B5F6}\
svg.forecast [fill=\"#B25400\"]{fill:#FFB74D}svg.forecast [stroke=\"#B25400\"]{stroke:#FFB74D}\
}</style>";

/// How long the picture's time is: what 95 of 100 runs and the one run take, and a bit.
pub fn until(many: &Forecast, one: &Course) -> f64 {
    let most = many.duration(0.95).unwrap_or(many.last);
    most.max(one.seconds).max(10.0) * 1.04
}

/// One picture for each set, one below the other.
pub fn svg(foreseen: &[Foreseen]) -> String {
    picture(foreseen, WIDE, Title::Shown)
}

/// Pictures of these, one below the other.
pub fn picture(foreseen: &[Foreseen], size: Size, title: Title) -> String {
    let number = foreseen.len().max(1);
    let height = size.height * u32::try_from(number).unwrap_or(1);
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (size.width, height)).into_drawing_area();
        let parts = area.split_evenly((number, 1));
        let drawn = area.fill(&WHITE).and_then(|()| {
            let mut each = foreseen.iter().zip(&parts);
            each.try_for_each(|(it, part)| draw(it, part, size, title))
                .and_then(|()| area.present())
        });
        // A text takes what is written to it.
        let _ = drawn;
    }
    let told: Vec<String> = foreseen
        .iter()
        .map(|it| format!("{}: {}", it.name, it.headline()))
        .collect();
    let told = markup(&told.join("; "));
    let head = format!("<svg class=\"forecast\" role=\"img\" aria-label=\"{told}\" ");
    let text = text.replacen("<svg ", &head, 1);
    match text.split_once('>') {
        Some((head, rest)) => format!("{head}>\n{STYLE}{rest}"),
        None => text,
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Failed<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;
type Chart<'a, 'b> = ChartContext<'b, SVGBackend<'a>, Cartesian2d<Time, Nodes>>;

fn font(size: i32, colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&colour)
}

/// How many characters of a font fit; they are half as wide as that at most, on average.
fn fits(width: u32, font: i32) -> usize {
    let width = f64::from(width) / (f64::from(font) * 0.5);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // pixels
    let number = width.max(1.0) as usize;
    number
}

/// How wide a text is.
fn wide(text: &str, font: i32) -> i32 {
    let width = float(text.chars().count()) * f64::from(font) * 0.5;
    #[allow(clippy::cast_possible_truncation)] // pixels
    let width = width.ceil() as i32;
    width
}

fn draw<'a>(it: &Foreseen, area: &Area<'a>, size: Size, title: Title) -> Result<(), Failed<'a>> {
    let mut area = area.margin(10, 6, 12, 14);
    if title == Title::Shown {
        let (above, below) = area.split_vertically(40);
        let most = fits(size.width - 26, FONT);
        for (line, at, font_size) in [(it.name.clone(), 0, 18), (it.headline(), 20, FONT)] {
            let line = crate::output::escaped(&line).into_owned();
            let line = shortened(&line, most).into_owned();
            above.draw_text(&line, &font(font_size, INK), (0, at))?;
        }
        area = below;
    }
    let rows = legend(it, &area, size)?;
    let (_, area) = area.split_vertically(rows * 20 + 6);
    let groups = waves(it);
    let names = if groups.is_empty() { 2 } else { 22 };
    let (strip, area) = area.split_vertically(names);
    let most = float(it.scenario.nodes.max(1));
    let until = until(&it.many, &it.one);
    let (left, bottom) = (56, 44);
    let mut chart = ChartBuilder::on(&area)
        .x_label_area_size(bottom)
        .y_label_area_size(left)
        .build_cartesian_2d(
            Time {
                until,
                marks: size.marks,
            },
            Nodes { most, marks: 6 },
        )?;
    chart
        .configure_mesh()
        .x_desc("since the rollout began")
        .y_desc("nodes")
        .label_style(font(FONT, INK))
        .axis_desc_style(font(FONT, INK))
        .axis_style(WAVE)
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .draw()?;
    mark_waves(&groups, &mut chart, &strip, (left, until, most), size)?;
    if let Some(band) = &it.band {
        shade(&mut chart, band, &band.available, AVAILABLE)?;
        shade(&mut chart, band, &band.updated, UPDATED)?;
    }
    budget(it, &mut chart, until)?;
    // The wider one below, so that both are seen where they meet.
    let available = stairs(&it.one.moments, until, |moment| moment.available);
    let updated = stairs(&it.one.moments, until, |moment| moment.updated);
    chart.draw_series(LineSeries::new(available, AVAILABLE.stroke_width(4)))?;
    chart.draw_series(LineSeries::new(updated, UPDATED.stroke_width(2)))?;
    Ok(())
}

/// The nodes that the budget leaves; with surge it takes none.
fn budget<'a>(it: &Foreseen, chart: &mut Chart<'a, '_>, until: f64) -> Result<(), Failed<'a>> {
    let Some(floor) = floor(it) else {
        return Ok(());
    };
    let line = [(0.0, floor), (until, floor)];
    chart.draw_series(DashedLineSeries::new(line, 6, 4, BUDGET.stroke_width(1)))?;
    Ok(())
}

fn floor(it: &Foreseen) -> Option<f64> {
    let takes = it.scenario.mode == daemonset_forecast::Mode::OldFirst;
    takes.then(|| float(it.scenario.nodes.saturating_sub(it.scenario.budget)))
}

/// What the colours mean, in as many rows as it takes.
fn legend<'a>(it: &Foreseen, area: &Area<'a>, size: Size) -> Result<i32, Failed<'a>> {
    let runs = it.band.as_ref().map_or(0, |band| band.runs);
    let mut entries = vec![
        (AVAILABLE, "available".to_owned()),
        (UPDATED, "updated and available".to_owned()),
    ];
    if floor(it).is_some() {
        let name = format!("{} {}", it.budget_name(), it.scenario.budget);
        entries.push((BUDGET, name));
    }
    if runs > 1 {
        entries.push((WAVE, "shaded: 90 of 100 runs; lines: one run".to_owned()));
    }
    let width = i32::try_from(size.width).unwrap_or(0) - 26;
    let (mut x, mut row) = (0, 0);
    for (colour, name) in entries {
        let sample = if colour == WAVE { 0 } else { 26 };
        let wide = sample + wide(&name, FONT) + 16;
        if x > 0 && x + wide > width {
            (x, row) = (0, row + 1);
        }
        let y = row * 20 + 8;
        if sample > 0 {
            let line = PathElement::new(vec![(x, y), (x + 20, y)], colour.stroke_width(3));
            area.draw(&line)?;
        }
        area.draw_text(&name, &font(FONT, INK), (x + sample, y - 8))?;
        x += wide;
    }
    Ok(row + 1)
}

/// A group of nodes in the one run: its name, when it began, and when it was done.
struct Span {
    name: String,
    from: f64,
    to: Option<f64>,
}

fn waves(it: &Foreseen) -> Vec<Span> {
    if it.groups.len() < 2 {
        return Vec::new();
    }
    let mut from = 0.0;
    let mut spans = Vec::new();
    for group in it.groups.iter().filter(|group| !group.nodes.is_empty()) {
        let ends = group
            .nodes
            .iter()
            .map(|node| it.one.done.get(node).copied());
        let ends: Option<Vec<f64>> = ends.collect();
        let to = ends.and_then(|ends| ends.into_iter().reduce(f64::max));
        let name = crate::output::escaped(&group.name).into_owned();
        spans.push(Span { name, from, to });
        let Some(to) = to else { break };
        from = to + seconds(group.soak);
    }
    spans
}

/// Marks where each group is done, with its name above as far as there is room for it.
fn mark_waves<'a>(
    groups: &[Span],
    chart: &mut Chart<'a, '_>,
    strip: &Area<'a>,
    (left, until, most): (i32, f64, f64),
    size: Size,
) -> Result<(), Failed<'a>> {
    let plot = f64::from(size.width) - 26.0 - f64::from(left);
    let pixel = |at: f64| {
        #[allow(clippy::cast_possible_truncation)] // pixels
        let x = (at / until * plot).round() as i32;
        left + x
    };
    for (at, group) in groups.iter().enumerate() {
        let to = group.to.unwrap_or(until);
        let (from_x, to_x) = (pixel(group.from), pixel(to));
        // The next name begins where this one's own time, soak included, is over.
        let next = groups.get(at + 1).map_or(until, |next| next.from);
        let room = (pixel(next) - from_x - 8).max(0);
        let number = format!("{}", at + 1);
        let name = if wide(&group.name, FONT) <= room {
            Some(group.name.clone())
        } else if wide(&number, FONT) <= room {
            Some(number)
        } else {
            None
        };
        let line = PathElement::new(vec![(from_x, 18), (to_x, 18)], WAVE.stroke_width(2));
        strip.draw(&line)?;
        if let Some(name) = name {
            strip.draw_text(&name, &font(FONT, INK), (from_x, 0))?;
        }
        if group.to.is_some() {
            let line = [(to, 0.0), (to, most)];
            chart.draw_series(DashedLineSeries::new(line, 2, 3, WAVE.stroke_width(1)))?;
        }
    }
    Ok(())
}

/// What 90 of 100 runs lie within.
fn shade<'a>(
    chart: &mut Chart<'a, '_>,
    band: &Band,
    ranges: &[Range],
    colour: RGBColor,
) -> Result<(), Failed<'a>> {
    let corners = |which: fn(&Range) -> usize| {
        let mut points = Vec::with_capacity(ranges.len() * 2);
        let mut from = 0.0;
        for (at, range) in band.at.iter().zip(ranges) {
            let count = float(which(range));
            points.push((from, count));
            points.push((*at, count));
            from = *at;
        }
        points
    };
    let mut outline = corners(|range| range.p95);
    outline.extend(corners(|range| range.p5).into_iter().rev());
    chart.draw_series([Polygon::new(outline, colour.mix(0.22).filled())])?;
    Ok(())
}

/// A count over time, which changes at once.
fn stairs(moments: &[Moment], ends: f64, count: impl Fn(&Moment) -> usize) -> Vec<(f64, f64)> {
    let mut line = Vec::with_capacity(moments.len() * 2 + 1);
    let mut last = None;
    for moment in moments {
        let now = float(count(moment));
        if let Some(before) = last {
            line.push((moment.at, before));
        }
        line.push((moment.at, now));
        last = Some(now);
    }
    line.extend(last.map(|last| (ends, last)));
    line
}
