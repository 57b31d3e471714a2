//! What known words mean: by which words of a failure something is known, whose it is, what is lacking,
//! what to do, and the command that shows or does it. One table, a file an area.
//!
//! A row stands here only where its words mean one thing; where they are usual for two, it names both.

mod clouds;
pub(crate) mod denial;
mod devices;
mod files;
mod identity;
mod images;
mod kernel;
mod limits;
mod listening;
mod mend;
mod modules;
mod network;
mod pairs;
mod pod_network;
mod probes;
mod programs;
mod row;
mod runtime;
mod security;
mod shares;
mod storage;
mod taken;
mod tuning;

use std::fmt;

use serde::{Deserialize, Serialize};

use pairs::Pairs;
use taken::Take;

pub(crate) use mend::Mend;
pub use row::Owner;
pub(crate) use row::{Place, Row};

/// The areas, those first whose words are more of a name for what happened: the first row that fits is
/// the one that counts.
const AREAS: [&[Row]; 18] = [
    devices::ROWS,
    modules::ROWS,
    tuning::ROWS,
    kernel::ROWS,
    limits::ROWS,
    shares::ROWS,
    storage::ROWS,
    files::ROWS,
    pod_network::ROWS,
    network::ROWS,
    listening::ROWS,
    images::ROWS,
    security::ROWS,
    clouds::ROWS,
    identity::ROWS,
    runtime::ROWS,
    programs::ROWS,
    probes::ROWS,
];

/// What a failure lacks, as its words are known to mean.
///
/// Prints as what is lacking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Known {
    /// What the row of the table is called, such as `disk`.
    pub id: String,
    /// Who has to mend it.
    pub owner: Owner,
    /// What is lacking, such as `disk space`.
    pub lacks: String,
}

/// What is lacking on a node that a DaemonSet may bring to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Supply {
    /// The network of pods.
    PodNetwork,
    /// The way to the addresses of services, as kube-proxy makes it.
    ServiceAddresses,
    /// Devices that a plugin offers.
    Devices,
}

impl Known {
    /// What is lacking on the node that another DaemonSet may bring to it, if it is that.
    #[must_use]
    pub fn supply(&self) -> Option<Supply> {
        row(&self.id)?.supply
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lacks)
    }
}

/// The words of a failure, each text with where it stands.
#[derive(Debug, Default)]
pub(crate) struct Words<'w> {
    lines: Vec<(Place, &'w str)>,
    pairs: Pairs,
    exit_code: Option<i32>,
}

impl<'w> Words<'w> {
    /// With a text that stands there.
    pub fn with(mut self, place: Place, text: &'w str) -> Self {
        // What a probe says may have many lines.
        let place = match place {
            Place::Kubelet if text.lines().any(is_of_probe) => Place::Probe,
            place => place,
        };
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let lines = lines.filter(|line| place != Place::Program || !is_by_the_way(line));
        for line in lines {
            self.pairs.add(line);
            self.lines.push((place, line));
        }
        self
    }

    /// With the exit code of a container that ended so.
    pub fn with_exit_code(mut self, code: Option<i32>) -> Self {
        self.exit_code = code;
        self
    }
}

/// Whether a line is what the kubelet says of a probe.
pub(crate) fn is_of_probe(line: &str) -> bool {
    let mut words = line.splitn(3, ' ');
    matches!(words.next(), Some("Liveness" | "Readiness" | "Startup"))
        && words.next() == Some("probe")
}

/// Whether a program says of a line itself that nothing is wrong by it.
fn is_by_the_way(line: &str) -> bool {
    const MARKS: [&str; 6] = [
        "level=info",
        "level=debug",
        "\"level\":\"info\"",
        "\"level\":\"debug\"",
        " INFO ",
        " DEBUG ",
    ];
    // As klog begins: `I1124 12:08:51.000000`.
    let of_klog = line.strip_prefix('I').is_some_and(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        digits == 4 && rest[digits..].starts_with(' ')
    });
    of_klog || MARKS.iter().any(|mark| line.contains(mark))
}

/// The rows whose words no node brings about.
const NEVER_OF_NODE: [&str; 19] = [
    "concurrentMap",
    "option",
    "optionValue",
    "optionsTogether",
    "subcommand",
    "component",
    "parsing",
    "ownModule",
    "featureGate",
    "directive",
    "field",
    "syntax",
    "environment",
    "resourceKind",
    "apiAnonymous",
    "imageName",
    "imageShortName",
    "userByName",
    "runsAsRoot",
];

/// What the words are known to mean.
#[derive(Clone, Debug)]
pub(crate) struct Meaning {
    row: &'static Row,
    taken: Vec<(&'static str, String)>,
}

/// What these words mean; `None` where they are not known.
pub(crate) fn meaning(words: &Words<'_>) -> Option<Meaning> {
    if words.lines.is_empty() && words.exit_code.is_none() {
        return None;
    }
    let rows = || AREAS.into_iter().flatten();
    let mut told = rows().filter(|row| words.pairs.may_tell(row));
    let by_words = told.find_map(|row| {
        let (_, line) = (words.lines.iter()).find(|(place, line)| row.fits(*place, line))?;
        let taken = row.takes.iter();
        // What another line names, where this one does not.
        let of_words = |take: &Take| {
            let mut others = words.lines.iter();
            take.of(line)
                .or_else(|| others.find_map(|(_, line)| take.of(line)))
        };
        let taken = taken.filter_map(|take| Some((take.name, of_words(take)?)));
        Some(Meaning {
            row,
            taken: taken.collect(),
        })
    });
    by_words.or_else(|| {
        let code = words.exit_code?;
        let row = rows().find(|row| row.exit_code == Some(code))?;
        let taken = Vec::new();
        Some(Meaning { row, taken })
    })
}

/// The row of this name.
fn row(id: &str) -> Option<&'static Row> {
    AREAS.into_iter().flatten().find(|row| row.id == id)
}

/// The rows by which lines of a text may be known.
pub(crate) fn rows_of(text: &str) -> Vec<&'static Row> {
    let pairs = Pairs::of(text);
    let rows = AREAS.into_iter().flatten();
    rows.filter(|row| pairs.may_tell(row)).collect()
}

/// The words by which a line is known, wherever it stands, by any of these rows.
pub(crate) fn known_parts(rows: &[&'static Row], line: &str) -> Vec<&'static str> {
    rows.iter().flat_map(|row| row.words_in(line)).collect()
}

/// The rows of a file system of the node that is full.
pub(crate) const DISKS: [&str; 4] = ["disk", "imageDisk", "storeDisk", "runDisk"];

/// Whether words, wherever they stand, are those of a row; a probe's are not.
pub(crate) fn is(words: &str, id: &str) -> bool {
    let mut lines = words.lines().filter(|line| !is_of_probe(line));
    row(id)
        .is_some_and(|row| lines.any(|line| (row.heard.iter()).any(|place| row.fits(*place, line))))
}

impl Meaning {
    /// What the row is called.
    pub fn id(&self) -> &'static str {
        self.row.id
    }

    /// Who has to mend it.
    pub fn owner(&self) -> Owner {
        self.row.owner
    }

    /// The change of the template that mends it.
    pub fn mend(&self) -> Option<Mend> {
        self.row.mend
    }

    /// What its words name by this name of a row.
    pub fn named(&self, name: &str) -> Option<&str> {
        let mut taken = self.taken.iter();
        taken.find_map(|(key, value)| (*key == name).then_some(value.as_str()))
    }

    /// Whether it may be for the node.
    pub fn is_of_node(&self) -> bool {
        matches!(self.row.owner, Owner::Node | Owner::NodeAsAsked)
    }

    /// Whether its words are of what the template, its configuration or the cluster has, whatever the node.
    pub fn is_never_of_node(&self) -> bool {
        NEVER_OF_NODE.contains(&self.row.id)
    }

    /// Whether a probe says it: what asks the pod itself.
    pub fn is_of_probe(&self) -> bool {
        self.row.heard == [Place::Probe]
    }

    /// The same with the paths that its words name as those of the node, where that is where they are to be mended.
    pub fn with_paths_of_node(mut self, of_node: impl Fn(&str) -> Option<String>) -> Self {
        if self.is_of_node() {
            for (_, value) in &mut self.taken {
                if let Some(path) = of_node(value) {
                    *value = path;
                }
            }
        }
        self
    }

    /// It as data.
    pub fn known(&self) -> Known {
        Known {
            id: self.row.id.to_owned(),
            owner: self.row.owner,
            lacks: self.filled(self.row.lacks, &[]).unwrap_or_default(),
        }
    }

    /// Whether a command of the row has this put in.
    pub fn asks_for(&self, name: &str) -> bool {
        let name = format!("{{{name}}}");
        let mut commands = self.row.commands.iter();
        commands.any(|command| command.contains(&name))
    }

    /// What to do, around which things.
    pub fn todo(&self, around: &[(&str, String)]) -> String {
        self.filled(self.row.todo, around).unwrap_or_default()
    }

    /// The commands that show it or do it.
    pub fn commands(&self, around: &[(&str, String)]) -> Vec<String> {
        let mut commands = self.row.commands.iter();
        let filled = commands.find_map(|command| self.filled(command, around));
        let filled = filled.unwrap_or_default();
        filled.lines().map(str::to_owned).collect()
    }

    /// A text with what stands in braces filled in; `None` where that is not known.
    fn filled(&self, text: &str, around: &[(&str, String)]) -> Option<String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            rest = after;
            // As in the JSON paths of kubectl.
            if !rest.starts_with(|c: char| c.is_ascii_lowercase()) {
                filled.push('{');
                continue;
            }
            let (name, after) = rest.split_once('}')?;
            rest = after;
            let (name, otherwise) = match name.split_once('|') {
                Some((name, otherwise)) => (name, Some(otherwise)),
                None => (name, None),
            };
            let taken = self.taken.iter().find(|(key, _)| *key == name);
            let around = around.iter().find(|(key, _)| *key == name);
            let value = taken
                .map(|(_, value)| value)
                .or(around.map(|(_, value)| value));
            let value = value.filter(|value| !value.is_empty());
            filled.push_str(value.map(String::as_str).or(otherwise)?);
        }
        filled.push_str(rest);
        Some(filled)
    }
}

#[cfg(test)]
mod tests;
