//! The tables: what a right answer says.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;

use regex::Regex;
use serde::Deserialize;

use super::answer::Answer;

/// The kinds of cases; each has a table and a folder of inputs.
pub const KINDS: [&str; 8] = [
    "answers",
    "explain",
    "reports",
    "manifests",
    "hostile",
    "yaml",
    "written",
    "verbs",
];

/// How many lines an explanation may take: one screen.
const SCREEN: usize = 40;

/// What an answer is scored by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// The exit code and the standing, or whether a manifest is taken.
    Verdict,
    /// Why, in the first lines.
    Cause,
    /// What to do, and what of it first.
    Fix,
    /// What else has to be said, on one screen.
    Words,
    /// Nothing that is false or does harm.
    Harm,
}

impl Aspect {
    pub const ALL: [Self; 5] = [
        Self::Verdict,
        Self::Cause,
        Self::Fix,
        Self::Words,
        Self::Harm,
    ];

    pub fn named(name: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        let named = all.find(|aspect| aspect.to_string() == name);
        named.unwrap_or_else(|| panic!("an aspect, not {name}"))
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Verdict => "verdict",
            Self::Cause => "cause",
            Self::Fix => "fix",
            Self::Words => "words",
            Self::Harm => "harm",
        })
    }
}

/// What a right answer to one command says; all texts are regular expressions that ignore case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The arguments, where `{}` is the file of the case's name; `explain {}` where none are given.
    run: Option<String>,
    /// The exit codes that are right.
    exit: Vec<i32>,
    #[serde(default)]
    verdict: Vec<String>,
    #[serde(default)]
    cause: Vec<String>,
    #[serde(default)]
    fix: Vec<String>,
    first_fix: Option<String>,
    #[serde(default)]
    must: Vec<String>,
    #[serde(default)]
    never: Vec<String>,
    /// The revision hashes that the input has: no other may be told.
    #[serde(default)]
    hashes: Vec<String>,
}

#[derive(Deserialize)]
struct Table {
    /// What no answer of the kind may say.
    #[serde(default)]
    never: Vec<String>,
    #[serde(rename = "case")]
    cases: BTreeMap<String, Row>,
}

/// All rows of a kind, by name.
pub fn table(kind: &str) -> BTreeMap<String, Row> {
    let file = format!("{}/tests/cases/{kind}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&file).expect("the table is there");
    let Table { never, mut cases } =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    for row in cases.values_mut() {
        row.never.extend(never.iter().cloned());
    }
    cases
}

impl Row {
    /// The arguments.
    pub fn command(&self, name: &str) -> String {
        let run = self.run.as_deref().unwrap_or("explain {}");
        run.replace("{}", &format!("{name}.yaml"))
    }

    /// What is missing in an answer, by aspect; aspects that the row does not speak of are left out.
    pub fn held_against(&self, answer: &Answer) -> BTreeMap<Aspect, Vec<String>> {
        let whole = answer.whole();
        let mut all = BTreeMap::new();
        let mut verdict = without(&self.verdict, &answer.told());
        if !answer.exit.is_some_and(|exit| self.exit.contains(&exit)) {
            verdict.push(format!("exit {:?}, found {:?}", self.exit, answer.exit));
        }
        all.insert(Aspect::Verdict, verdict);
        if !self.cause.is_empty() {
            all.insert(Aspect::Cause, without(&self.cause, &answer.cause()));
        }
        if !self.fix.is_empty() || self.first_fix.is_some() {
            let mut fix = without(&self.fix, &answer.told());
            let first = answer.first_fix();
            let first = self
                .first_fix
                .iter()
                .filter(|it| !compiled(it).is_match(&first));
            fix.extend(first.map(|pattern| format!("first of all {pattern}")));
            all.insert(Aspect::Fix, fix);
        }
        let is_told = answer.verb() == "explain";
        if !self.must.is_empty() || is_told {
            let mut words = without(&self.must, &answer.told());
            if is_told && answer.lines() > SCREEN {
                words.push(format!("one screen, found {} lines", answer.lines()));
            }
            all.insert(Aspect::Words, words);
        }
        if !self.never.is_empty() || !self.hashes.is_empty() {
            let mut harm: Vec<_> = (self.never.iter())
                .filter_map(|pattern| compiled(pattern).find(&whole))
                .map(|found| format!("never {:?}", found.as_str()))
                .collect();
            harm.extend(self.made_up(&whole));
            all.insert(Aspect::Harm, harm);
        }
        all
    }

    /// Hashes that stand nowhere in the input.
    fn made_up(&self, whole: &str) -> Vec<String> {
        if self.hashes.is_empty() {
            return Vec::new();
        }
        let hash = compiled(r"\b[bcdfghjklmnpqrstvwxz2456789]{8,10}\b");
        let found = hash.find_iter(whole).map(|found| found.as_str().to_owned());
        let is_hash = |text: &String| text.chars().any(|c| c.is_ascii_digit());
        let made_up = found.filter(|text| is_hash(text) && !self.hashes.contains(text));
        made_up.map(|text| format!("made up {text}")).collect()
    }
}

/// The patterns that a text does not match.
fn without(patterns: &[String], text: &str) -> Vec<String> {
    let missing = |pattern: &&String| !compiled(pattern).is_match(text);
    patterns.iter().filter(missing).cloned().collect()
}

fn compiled(pattern: &str) -> Regex {
    Regex::new(&format!("(?im){pattern}")).unwrap_or_else(|error| panic!("{error}"))
}
