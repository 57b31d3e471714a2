//! The placement rules in three values, for nodes that are known in part.
//!
//! A term of the affinity is a conjunction of requirements, each on one label. Whether one can be
//! satisfied is therefore decided label by label; and for one label a few values stand for all,
//! since a requirement tells no others apart.

use std::collections::BTreeSet;

use super::node_affinity::{NAME_FIELD, Term, TermRequirement, UnmatchedTerm, field_holds};
use super::outline::{Assumption, Contradiction, Foresight, NodeOutline};
use super::{NodeView, Obstacle, Rules, entry_holds};
use crate::api::Taint;
use crate::requirement::Requirement;
use crate::syntax::{is_dns_subdomain, is_label_value, is_qualified_name};

/// How many requirements the search for terms that only together match every node reads; beyond
/// them the answer is that it depends.
const LONGEST_SEARCH: usize = 100_000;

/// What a requirement reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Variable<'a> {
    Name,
    Label(&'a str),
}

/// A requirement on one variable.
#[derive(Clone, Copy, Debug)]
enum Literal<'a> {
    Entry { key: &'a str, wanted: &'a str },
    Name { value: &'a str, equal: bool },
    Label(&'a Requirement),
}

/// What is known of a variable.
#[derive(Clone, Copy, Debug)]
enum Fact<'a> {
    /// It has this value, or is missing.
    Known(Option<&'a str>),
    Unknown,
}

impl<'a> Literal<'a> {
    /// The literal of a requirement of a term; `None` where it never depends on the unknown.
    fn of(requirement: &'a TermRequirement) -> Option<Self> {
        match requirement {
            TermRequirement::Label(requirement) => Some(Self::Label(requirement)),
            TermRequirement::Field { key, value, equal } if key == NAME_FIELD => Some(Self::Name {
                value,
                equal: *equal,
            }),
            TermRequirement::Field { .. } | TermRequirement::Malformed { .. } => None,
        }
    }

    fn variable(self) -> Variable<'a> {
        match self {
            Self::Entry { key, .. } => Variable::Label(key),
            Self::Name { .. } => Variable::Name,
            Self::Label(requirement) => Variable::Label(requirement.key()),
        }
    }

    fn holds_for(self, value: Option<&str>) -> bool {
        match self {
            Self::Entry { wanted, .. } => entry_holds(wanted, value),
            Self::Name {
                value: wanted,
                equal,
            } => field_holds(wanted, equal, value.unwrap_or_default()),
            Self::Label(requirement) => requirement.holds_for(value),
        }
    }

    /// The values that it names.
    fn values(self) -> Vec<&'a str> {
        match self {
            Self::Entry { wanted, .. } => vec![wanted],
            Self::Name { value, .. } => vec![value],
            Self::Label(requirement) => requirement.values().iter().map(String::as_str).collect(),
        }
    }

    fn assumption(self) -> Assumption {
        match self {
            Self::Entry { key, wanted } => Requirement::new(key, "In", &[wanted.to_owned()])
                .map_or_else(
                    |_| unreachable!("the key and the value were looked at before"),
                    Assumption::Label,
                ),
            Self::Name { value, equal } if equal => Assumption::NameIs {
                name: value.to_owned(),
            },
            Self::Name { value, .. } => Assumption::NameIsNot {
                name: value.to_owned(),
            },
            Self::Label(requirement) => Assumption::Label(requirement.clone()),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Entry { key, wanted } => format!("nodeSelector {key}={wanted}"),
            other => other.assumption().to_string(),
        }
    }
}

impl Variable<'_> {
    fn text(self) -> String {
        match self {
            Self::Name => NAME_FIELD.to_owned(),
            Self::Label(key) => key.to_owned(),
        }
    }

    /// Whether the API server would let it have this value.
    fn allows(self, value: &str) -> bool {
        match self {
            Self::Name => is_dns_subdomain(value),
            Self::Label(_) => is_label_value(value),
        }
    }
}

impl NodeOutline {
    fn fact(&self, variable: Variable<'_>) -> Fact<'_> {
        match variable {
            Variable::Name => match &self.name {
                Some(name) => Fact::Known(Some(name)),
                None => Fact::Unknown,
            },
            Variable::Label(key) => match self.labels.get(key) {
                Some(value) => Fact::Known(Some(value)),
                // No node can have a label with a key that is none.
                None if self.other_labels.is_unknown(key) && is_qualified_name(key) => {
                    Fact::Unknown
                }
                None => Fact::Known(None),
            },
        }
    }
}

/// The known part of an outline, as a node.
struct KnownPart<'a>(&'a NodeOutline);

impl NodeView for KnownPart<'_> {
    fn name(&self) -> &str {
        self.0.name.as_deref().unwrap_or_default()
    }
    fn label(&self, key: &str) -> Option<&str> {
        self.0.labels.get(key)
    }
    fn taints(&self) -> &[Taint] {
        &self.0.taints
    }
}

/// What the affinity comes to.
enum Open<'a> {
    /// Nothing is left to ask.
    Nothing,
    /// One of these groups must hold.
    OneOf(Vec<Vec<Literal<'a>>>),
    /// No term can match.
    Never,
}

/// Collects what stands against a node.
#[derive(Default)]
struct Against {
    obstacles: Vec<Obstacle>,
    contradictions: Vec<Contradiction>,
}

impl Rules {
    /// Whether a node that is known in part runs the daemon: yes, no, or that depends, and on
    /// what.
    ///
    /// Exact, but for terms of the affinity that match every node only together: whether they do
    /// is searched for within bounds, and beyond them the answer is that it depends.
    #[must_use]
    pub fn foresee(&self, outline: &NodeOutline) -> Foresight {
        let mut against = Against::default();
        let name = Some(self.node_name.as_str()).filter(|name| !name.is_empty());
        let name = name.map(|value| Literal::Name { value, equal: true });
        let entries = self.node_selector.iter();
        let entries = entries.map(|(key, wanted)| Literal::Entry { key, wanted });
        let mut must: Vec<Literal<'_>> = Vec::new();
        for literal in name.into_iter().chain(entries) {
            match outline.fact(literal.variable()) {
                Fact::Unknown
                    if literal
                        .values()
                        .iter()
                        .all(|v| literal.variable().allows(v)) =>
                {
                    must.push(literal);
                }
                Fact::Unknown => against.contradictions.push(contradiction(
                    None,
                    literal.variable(),
                    std::iter::once(literal),
                )),
                Fact::Known(value) if literal.holds_for(value) => {}
                Fact::Known(found) => against.obstacles.push(match literal {
                    Literal::Entry { key, wanted } => Obstacle::NodeSelector {
                        key: key.to_owned(),
                        wanted: wanted.to_owned(),
                        found: found.map(str::to_owned),
                    },
                    _ => Obstacle::NodeName {
                        wanted: self.node_name.clone(),
                    },
                }),
            }
        }
        let open = self.foresee_affinity(outline, &must, &mut against);
        for taint in &outline.taints {
            if self.is_kept_off_by(taint) {
                let taint = taint.clone();
                against.obstacles.push(Obstacle::Taint { taint });
            }
        }
        if matches!(open, Open::Never)
            || !against.obstacles.is_empty()
            || !against.contradictions.is_empty()
        {
            return Foresight::DoesNotRun {
                obstacles: against.obstacles,
                contradictions: against.contradictions,
            };
        }
        let mut all_of: Vec<_> = must.into_iter().map(Literal::assumption).collect();
        for taint in &outline.possible_taints {
            let assumption = Assumption::NoTaint {
                taint: taint.clone(),
            };
            if self.is_kept_off_by(taint) && !all_of.contains(&assumption) {
                all_of.push(assumption);
            }
        }
        let mut any_of: Vec<Vec<Assumption>> = match open {
            Open::OneOf(groups) => groups
                .into_iter()
                .map(|group| group.into_iter().map(Literal::assumption).collect())
                .collect(),
            Open::Nothing | Open::Never => Vec::new(),
        };
        if let [_] = any_of.as_slice() {
            all_of.extend(any_of.pop().into_iter().flatten());
        }
        if all_of.is_empty() && any_of.is_empty() {
            Foresight::Runs
        } else {
            Foresight::Depends { all_of, any_of }
        }
    }

    /// The affinity, given what must hold anyway.
    fn foresee_affinity<'a>(
        &'a self,
        outline: &NodeOutline,
        must: &[Literal<'a>],
        against: &mut Against,
    ) -> Open<'a> {
        let Some(affinity) = &self.affinity else {
            return Open::Nothing;
        };
        let mut groups = Vec::new();
        let mut unmatched = Vec::new();
        let mut contradictions = Vec::new();
        for term in affinity.terms() {
            match foresee_term(term, outline, must) {
                Foreseen::Open(group) => groups.push(group),
                Foreseen::Unmatched(term) => unmatched.push(term),
                Foreseen::Contradiction(found) => contradictions.push(found),
            }
        }
        if groups.is_empty() {
            if !unmatched.is_empty() || contradictions.is_empty() {
                against
                    .obstacles
                    .push(Obstacle::NodeAffinity { terms: unmatched });
            }
            against.contradictions.append(&mut contradictions);
            return Open::Never;
        }
        if groups.iter().any(Vec::is_empty) || is_certain(&groups, &mut LONGEST_SEARCH.clone()) {
            Open::Nothing
        } else {
            Open::OneOf(groups)
        }
    }
}

/// What a term comes to.
enum Foreseen<'a> {
    /// It matches if all of these hold, which is possible.
    Open(Vec<Literal<'a>>),
    /// What is known does not match it.
    Unmatched(UnmatchedTerm),
    Contradiction(Contradiction),
}

fn foresee_term<'a>(term: &'a Term, outline: &NodeOutline, must: &[Literal<'a>]) -> Foreseen<'a> {
    let mut requirements = Vec::new();
    let mut open: Vec<Literal<'a>> = Vec::new();
    for requirement in &term.requirements {
        let Some(literal) = Literal::of(requirement) else {
            if !requirement.holds_for(&KnownPart(outline)) {
                requirements.push(requirement.unmet(&KnownPart(outline)));
            }
            continue;
        };
        match outline.fact(literal.variable()) {
            Fact::Unknown => open.push(literal),
            Fact::Known(value) if literal.holds_for(value) => {}
            Fact::Known(_) => requirements.push(requirement.unmet(&KnownPart(outline))),
        }
    }
    if !requirements.is_empty() {
        return Foreseen::Unmatched(UnmatchedTerm {
            term: term.index,
            requirements,
        });
    }
    let variables: BTreeSet<_> = open.iter().map(|literal| literal.variable()).collect();
    for variable in variables {
        let on_it = || {
            let all = must.iter().chain(&open).copied();
            all.filter(move |literal| literal.variable() == variable)
        };
        let satisfies =
            |value: &Option<String>| on_it().all(|literal| literal.holds_for(value.as_deref()));
        if !representatives(variable, on_it()).iter().any(satisfies) {
            return Foreseen::Contradiction(contradiction(Some(term.index), variable, on_it()));
        }
    }
    // What must hold anyway need not be asked for once more: with the one value that an entry of
    // the nodeSelector or the nodeName allows, the term's own requirements hold.
    open.retain(|literal| {
        must.iter()
            .all(|other| other.variable() != literal.variable())
    });
    Foreseen::Open(open)
}

fn contradiction<'a>(
    term: Option<usize>,
    variable: Variable<'a>,
    literals: impl Iterator<Item = Literal<'a>>,
) -> Contradiction {
    Contradiction {
        term,
        key: variable.text(),
        wanted: literals.map(Literal::text).collect(),
    }
}

/// Whether every choice of values satisfies at least one group. Gives up with no once it has
/// read `limit` literals.
fn is_certain(groups: &[Vec<Literal<'_>>], limit: &mut usize) -> bool {
    let Some(variable) = groups.iter().flatten().next().map(|l| l.variable()) else {
        return !groups.is_empty();
    };
    let all = groups.iter().flatten().copied();
    let values = representatives(variable, all.filter(|l| l.variable() == variable));
    values.iter().all(|value| {
        let size = groups.iter().map(Vec::len).sum();
        let Some(rest) = limit.checked_sub(size) else {
            return false;
        };
        *limit = rest;
        let holds = |l: &&Literal<'_>| l.holds_for(value.as_deref());
        let left: Vec<Vec<_>> = groups
            .iter()
            .filter(|group| {
                let mut decided = group.iter().filter(|l| l.variable() == variable);
                decided.all(|l| holds(&l))
            })
            .map(|group| {
                let open = group.iter().filter(|l| l.variable() != variable);
                open.copied().collect()
            })
            .collect();
        left.iter().any(Vec::is_empty) || is_certain(&left, limit)
    })
}

/// Values of a variable that stand for all: whatever its value, one of these satisfies the very
/// same literals. `None` is a missing label.
fn representatives<'a>(
    variable: Variable<'a>,
    literals: impl Iterator<Item = Literal<'a>>,
) -> BTreeSet<Option<String>> {
    let literals: Vec<_> = literals.collect();
    let named: BTreeSet<&str> = literals.iter().flat_map(|l| l.values()).collect();
    let other = (0..=named.len())
        .map(|number| format!("other-{number}"))
        .find(|text| !named.contains(text.as_str()));
    let named_ones = named.iter().map(|text| (*text).to_owned());
    let mut values: BTreeSet<_> = named_ones.chain(other).map(Some).collect();
    values.retain(|value| value.as_deref().is_some_and(|text| variable.allows(text)));
    if variable == Variable::Name {
        return values;
    }
    values.insert(None);
    let bounds: BTreeSet<i64> = literals
        .iter()
        .filter_map(|literal| match literal {
            Literal::Label(requirement) => requirement.bound(),
            _ => None,
        })
        .collect();
    // A label's value has no sign. The bounds cut the integers into the bounds themselves and
    // the gaps between.
    let mut from = 0;
    for bound in bounds {
        values.insert(unnamed_integer(from, bound.saturating_sub(1), &named));
        values.insert(unnamed_integer(bound, bound, &named));
        from = bound.saturating_add(1);
    }
    values.insert(unnamed_integer(from, i64::MAX, &named));
    values
}

/// An integer between the two, both included, that is written in a way that nobody names.
/// Leading zeros are allowed. `None`, which stands for a missing label, where there is none.
fn unnamed_integer(from: i64, to: i64, named: &BTreeSet<&str>) -> Option<String> {
    const LONGEST: usize = 63;
    (from.max(0)..=to)
        .flat_map(|number| (1..=LONGEST).map(move |width| format!("{number:0width$}")))
        .find(|text| !named.contains(text.as_str()))
}
