//! What is not reached yet, each with what is missing: `open.txt`.

use std::collections::BTreeMap;
use std::fs;

use super::Outcome;
use super::row::Aspect;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/open.txt");

/// The lines of `open.txt`: `KIND/NAME ASPECT: what is missing`.
pub struct Open {
    lines: Vec<String>,
    why: BTreeMap<(String, Aspect), String>,
}

impl Open {
    pub fn read() -> Self {
        let lines: Vec<_> = fs::read_to_string(FILE)
            .unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect();
        let why = lines.iter().filter_map(|line| parts(line)).collect();
        Self { lines, why }
    }

    pub fn why(&self, case: &str, aspect: Aspect) -> Option<&str> {
        let why = self.why.get(&(case.to_owned(), aspect))?;
        Some(why)
    }

    /// What no row speaks of.
    pub fn unknown<'a>(
        &'a self,
        outcomes: &'a [Outcome],
    ) -> impl Iterator<Item = (&'a str, Aspect)> {
        let is_known = |case: &str, aspect: Aspect| {
            let mut of_case = outcomes.iter().filter(|outcome| outcome.case == case);
            of_case.any(|outcome| outcome.missing.contains_key(&aspect))
        };
        let all = self
            .why
            .keys()
            .map(|(case, aspect)| (case.as_str(), *aspect));
        all.filter(move |(case, aspect)| !is_known(case, *aspect))
    }

    /// Writes the file without what is right now.
    pub fn strike(&self, reached: &[(String, Aspect)]) {
        let is_left = |line: &&String| parts(line).is_none_or(|(of, _)| !reached.contains(&of));
        let left: Vec<_> = self.lines.iter().filter(is_left).cloned().collect();
        fs::write(FILE, left.join("\n") + "\n").expect("open.txt can be written");
    }
}

fn parts(line: &str) -> Option<((String, Aspect), String)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (what, why) = line.split_once(": ").expect("what, and why");
    let (case, aspect) = what.split_once(' ').expect("a case and an aspect");
    Some(((case.to_owned(), Aspect::named(aspect)), why.to_owned()))
}
