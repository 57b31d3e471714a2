//! A page with the pictures and the figures, which needs nothing else.

use std::fmt::Write as _;

use super::chart::{NARROW, Title, WIDE, picture};
use super::figures::markup;
use super::told::last_line;
use super::{Arguments, Foreseen};

const STYLE: &str = "<style>:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:940px;margin:1.5em auto;padding:0 1em;\
background:#FFF;color:#222;overflow-wrap:anywhere}\
li{margin:.25em 0}.notes{color:#555;font-size:.9em}\
svg.forecast{display:block;max-width:100%;height:auto}.narrow{display:none}\
@media(max-width:640px){.wide{display:none}.narrow{display:block}}\
@media(prefers-color-scheme:dark){body{background:#161616;color:#E4E4E4}.notes{color:#B0B0B0}}\
</style>";

/// The page.
pub fn html(foreseen: &[Foreseen], arguments: &Arguments) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Forecast</title>\n{STYLE}\n</head>\n<body>\n<h1>Forecast</h1>\n"
    );
    for it in foreseen {
        let _ = writeln!(
            page,
            "<h2>{}</h2>\n<p>{}</p>",
            markup(&it.name),
            markup(&it.headline())
        );
        if it.scenario.replaced() > 0 {
            let one = std::slice::from_ref(it);
            let _ = writeln!(
                page,
                "<div class=\"wide\">\n{}</div>\n<div class=\"narrow\">\n{}</div>",
                picture(one, WIDE, Title::Left),
                picture(one, NARROW, Title::Left)
            );
            page.push_str("<ul>\n");
            for line in it.lines() {
                let _ = writeln!(page, "<li>{}</li>", markup(&line));
            }
            let ends: Vec<String> = it.group_ends().collect();
            if ends.len() > 1 {
                page.push_str("<li>in the one run<ol>\n");
                for end in ends {
                    let _ = writeln!(page, "<li>{}</li>", markup(&end));
                }
                page.push_str("</ol></li>\n");
            }
            page.push_str("</ul>\n");
        }
        page.push_str("<div class=\"notes\">\n");
        for note in it.notes() {
            let _ = writeln!(page, "<p>{}</p>", markup(note));
        }
        page.push_str("</div>\n");
    }
    let last = markup(&last_line(foreseen, arguments));
    let _ = writeln!(page, "<p class=\"notes\">{last}</p>\n</body>\n</html>");
    page
}
