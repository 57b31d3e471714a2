//! How a sentence is made of clauses, and clauses that many findings have.

use std::fmt::{self, Write as _};

use super::{NAMED, Symptom};
use crate::words::{count, list};

/// A sentence in the making, clause by clause.
#[derive(Default)]
pub(super) struct Clauses(pub(super) Vec<String>);

impl Clauses {
    /// What follows is a clause of its own.
    pub(super) fn next(&mut self) {
        self.0.push(String::new());
    }
}

impl fmt::Write for Clauses {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match self.0.last_mut() {
            Some(clause) => clause.push_str(text),
            None => self.0.push(text.to_owned()),
        }
        Ok(())
    }
}

/// The symptoms of pods, with how many have which where they differ.
pub(super) fn symptoms(symptoms: &[Symptom]) -> String {
    match symptoms {
        [] => "they say nothing".to_owned(),
        [only] => only.symptom.clone(),
        several => list(several, NAMED),
    }
}

/// ` on 2 nodes (a and b)`
pub(super) fn on_nodes(nodes: &[String]) -> String {
    match nodes {
        [one] => format!("on {one}"),
        nodes => format!("on {} ({})", count(nodes.len(), "node"), list(nodes, NAMED)),
    }
}

pub(super) fn sentences(f: &mut Clauses, notes: &[String]) -> fmt::Result {
    for note in notes {
        f.next();
        f.write_str(note)?;
    }
    Ok(())
}

pub(super) fn only_there(f: &mut Clauses, labels: &[String]) -> fmt::Result {
    match labels {
        [] => Ok(()),
        labels => {
            f.next();
            write!(
                f,
                "all of these nodes have {}, and no node with an available pod has",
                list(labels, NAMED)
            )
        }
    }
}

pub(super) fn joined<T: fmt::Display>(items: &[T], separator: &str) -> String {
    let texts: Vec<String> = items.iter().map(ToString::to_string).collect();
    texts.join(separator)
}
