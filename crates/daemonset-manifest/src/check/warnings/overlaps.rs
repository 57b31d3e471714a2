//! Files of one volume whose paths get in each other's way.

use std::collections::BTreeMap;
use std::fmt;

use crate::check::at::At;
use crate::check::found::Found;
use crate::diagnostic::Code;
use crate::path::quoted;

pub(super) const OVERLAPPING_PATHS: &str = "overlapping-paths";
pub(super) const EMPTY_SOURCE: &str = "empty-source";

pub(super) fn check(volumes: &At<'_, '_>, found: &mut Found) {
    for volume in volumes.items() {
        let name = quoted(volume.field("name").text());
        for (source, kind, named) in [
            ("configMap", "ConfigMap", Some("name")),
            ("secret", "Secret", Some("secretName")),
            ("downwardAPI", "DownwardAPI", None),
        ] {
            let at = volume.field(source);
            let what = named.map_or_else(
                || kind.to_owned(),
                |named| format!("{kind} {}", quoted(at.field(named).text())),
            );
            let mut paths = Paths::new(&name, &what);
            for item in at.field("items").items() {
                paths.add(&item.field("path"), String::new(), found);
            }
        }
        projected(&volume, &name, found);
    }
}

fn projected(volume: &At<'_, '_>, name: &str, found: &mut Found) {
    let at = volume.field("projected");
    let mut paths = Paths::new(name, "Projected");
    for source in at.field("sources").items() {
        let is_set = source
            .object()
            .is_some_and(|fields| fields.values().any(|value| !value.is_null()));
        if !is_set {
            let message = format_args!("volume {name} (Projected) has no sources provided");
            found.warning(&source, Code::new(EMPTY_SOURCE), message);
            continue;
        }
        let of = |kind: &'static str| source.field(kind);
        let (config, secret) = (of("configMap"), of("secret"));
        let (downward, token) = (of("downwardAPI"), of("serviceAccountToken"));
        let from =
            |at: &At<'_, '_>, kind: &str| format!("{kind} {}", quoted(at.field("name").text()));
        let (at, from) = if config.field("items").is_set() {
            (&config, from(&config, "ConfigMap"))
        } else if secret.field("items").is_set() {
            (&secret, from(&secret, "Secret"))
        } else if downward.field("items").is_set() {
            (&downward, "DownwardAPI".to_owned())
        } else {
            if token.is_set() {
                paths.add(
                    &token.field("path"),
                    "ServiceAccountToken".to_owned(),
                    found,
                );
            }
            continue;
        };
        for item in at.field("items").items() {
            paths.add(&item.field("path"), from.clone(), found);
        }
    }
}

/// The paths of one volume so far, and the sources of each.
struct Paths<'a> {
    volume: &'a str,
    what: &'a str,
    /// With `/` behind each, so that what is below a directory comes right after it.
    known: BTreeMap<String, Vec<String>>,
}

impl<'a> Paths<'a> {
    fn new(volume: &'a str, what: &'a str) -> Self {
        Self {
            volume,
            what,
            known: BTreeMap::new(),
        }
    }

    /// Warns of paths that are the same, above or below, and of no others are any looked at.
    fn add(&mut self, at: &At<'_, '_>, source: String, found: &mut Found) {
        let path = at.text().trim_end_matches('/');
        if path.is_empty() {
            return;
        }
        let directory = format!("{path}/");
        let ends = directory.match_indices('/').map(|(end, _)| end + 1);
        let above = ends
            .filter(|&end| end < directory.len())
            .map(|end| &directory[..end]);
        let above = above.filter_map(|above| self.known.get_key_value(above));
        let below = self.known.range(directory.clone()..);
        let below = below.take_while(|(known, _)| known.starts_with(&directory));
        for (known, sources) in above.chain(below) {
            for other in sources {
                if found.is_full_of_warnings() {
                    return;
                }
                let this = Named(path, &source);
                let other = Named(known.trim_end_matches('/'), other);
                let Self { volume, what, .. } = self;
                let message = format_args!(
                    "volume {volume} ({what}): overlapping paths: {this} with {other}"
                );
                found.warning(at, Code::new(OVERLAPPING_PATHS), message);
            }
        }
        self.known.entry(directory).or_default().push(source);
    }
}

/// A path, and where it comes from if that is said.
struct Named<'a>(&'a str, &'a str);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quoted(self.0))?;
        if self.1.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", self.1)
    }
}
