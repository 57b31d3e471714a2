//! Pictures of a forecast: nodes over time, in one file that needs nothing else.

use std::fmt::Write as _;

use daemonset_forecast::{Course, Forecast, Moment};
use plotters::prelude::*;

use super::Foreseen;
use super::told::span;

const WIDTH: u32 = 900;
const HEIGHT: u32 = 360;

/// A count as a coordinate.
#[allow(clippy::cast_precision_loss)] // counts of nodes
pub fn float(count: usize) -> f64 {
    count as f64
}

/// How long the picture's time is: what 95 of 100 runs and the one run take, and a bit.
pub fn until(many: &Forecast, one: &Course) -> f64 {
    let most = many.duration(0.95).unwrap_or(many.last);
    most.max(one.seconds).max(1.0) * 1.04
}

/// One picture for each set, one below the other.
pub fn svg(foreseen: &[Foreseen]) -> String {
    let height = HEIGHT * u32::try_from(foreseen.len().max(1)).unwrap_or(1);
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (WIDTH, height)).into_drawing_area();
        let parts = area.split_evenly((foreseen.len().max(1), 1));
        let drawn = area.fill(&WHITE).and_then(|()| {
            foreseen
                .iter()
                .zip(&parts)
                .try_for_each(|(it, part)| draw(it, part))
                .and_then(|()| area.present())
        });
        // A text takes what is written to it.
        let _ = drawn;
    }
    text
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Failed<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

fn draw<'a>(it: &Foreseen, area: &Area<'a>) -> Result<(), Failed<'a>> {
    let most = float(it.scenario.nodes.max(1));
    let ends = it.one.seconds.max(1.0) * 1.02;
    let title = format!("{}: {}", it.name, it.headline());
    let title = crate::output::escaped(&title);
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 15))
        .margin(12)
        .x_label_area_size(34)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..ends, 0.0..most * 1.08)?;
    chart
        .configure_mesh()
        .x_labels(8)
        .x_label_formatter(&|at| span(*at))
        .y_label_formatter(&|nodes| format!("{nodes:.0}"))
        .x_desc("since the rollout began")
        .y_desc("nodes")
        .light_line_style(TRANSPARENT)
        .draw()?;
    let available = stairs(&it.one.moments, ends, |moment| moment.available);
    let updated = stairs(&it.one.moments, ends, |moment| moment.updated);
    // What the budget leaves at any moment.
    let floor = most - float(it.scenario.budget.min(it.scenario.nodes));
    chart.draw_series([Rectangle::new(
        [(0.0, floor), (ends, most)],
        RGBColor(46, 125, 50).mix(0.12).filled(),
    )])?;
    chart
        .draw_series(LineSeries::new(
            available,
            RGBColor(46, 125, 50).stroke_width(2),
        ))?
        .label("available")
        .legend(|(x, y)| {
            PathElement::new([(x, y), (x + 18, y)], RGBColor(46, 125, 50).stroke_width(2))
        });
    chart
        .draw_series(LineSeries::new(
            updated,
            RGBColor(21, 101, 192).stroke_width(2),
        ))?
        .label("updated and available")
        .legend(|(x, y)| {
            PathElement::new(
                [(x, y), (x + 18, y)],
                RGBColor(21, 101, 192).stroke_width(2),
            )
        });
    let grey = BLACK.mix(0.35);
    for (name, ends) in it.group_ends() {
        chart.draw_series(LineSeries::new([(ends, 0.0), (ends, most * 1.02)], grey))?;
        let name = crate::output::escaped(name).into_owned();
        let label = Text::new(name, (ends, most * 1.06), ("sans-serif", 11));
        chart.draw_series([label])?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
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

/// The pictures with the figures, as a page that needs nothing else.
pub fn html(foreseen: &[Foreseen]) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Forecast</title>\n\
         <style>body{font:15px/1.5 sans-serif;max-width:940px;margin:2em auto;padding:0 1em}\
         li{margin:.2em 0}small{color:#555}svg{max-width:100%;height:auto}</style>\n",
    );
    for it in foreseen {
        let _ = writeln!(
            page,
            "<h2>{}</h2>\n<p>{}</p>\n<ul>",
            text(&it.name),
            text(&it.headline())
        );
        for line in it.lines() {
            let _ = writeln!(page, "<li>{}</li>", text(&line));
        }
        let _ = writeln!(page, "</ul>\n{}", svg(std::slice::from_ref(it)));
        for note in it.notes() {
            let _ = writeln!(page, "<p><small>{}</small></p>", text(note));
        }
    }
    page.push_str("</html>\n");
    page
}

/// A text that is no markup.
fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in crate::output::escaped(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}
