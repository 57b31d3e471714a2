//! The placement rules in three values, for nodes that are known in part.
//!
//! A term of the affinity is a conjunction of requirements, each on one label. Whether one can be
//! satisfied is therefore decided label by label; and for one label a few values stand for all,
//! since a requirement tells no others apart.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::Taint;
use crate::matching::names::{is_dns_subdomain, is_label_value, is_qualified_name};
use crate::matching::{FieldOperator, Requirement, Term, TermRequirement, UnmatchedTerm};
use crate::placement::{Obstacle, Rules, entry_holds};
use crate::view::{NodeView, TaintView};
use crate::well_known::METADATA_NAME;

use super::eligibility::Eligibility;
use super::node::{Assumption, Contradiction, HypotheticalNode};

/// How many values one search reads; beyond them the answer is that it depends.
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
    Entry {
        key: &'a str,
        wanted: &'a str,
    },
    Name {
        value: &'a str,
        operator: FieldOperator,
    },
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
            TermRequirement::Field {
                key,
                operator,
                value,
            } if key == METADATA_NAME => Some(Self::Name {
                value,
                operator: *operator,
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
                operator,
            } => operator.holds_for(wanted, value.unwrap_or_default()),
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

    /// The values of which one it takes to satisfy it, where it lists them.
    fn list(self) -> Option<Vec<&'a str>> {
        match self {
            Self::Entry { .. }
            | Self::Name {
                operator: FieldOperator::In,
                ..
            } => Some(self.values()),
            Self::Label(requirement) if requirement.operator() == "In" => Some(self.values()),
            Self::Name { .. } | Self::Label(_) => None,
        }
    }

    fn assumption(self) -> Assumption {
        match self {
            Self::Entry { key, wanted } => Requirement::new(key, "In", &[wanted.to_owned()])
                .map_or_else(
                    |_| unreachable!("the key and the value were looked at before"),
                    Assumption::Label,
                ),
            Self::Name {
                value,
                operator: FieldOperator::In,
            } => Assumption::NameIs {
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
            Self::Name => METADATA_NAME.to_owned(),
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

impl HypotheticalNode {
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
struct KnownPart<'a>(&'a HypotheticalNode);

impl NodeView for KnownPart<'_> {
    fn name(&self) -> &str {
        self.0.name.as_deref().unwrap_or_default()
    }
    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.labels.iter()
    }
    fn taints(&self) -> impl Iterator<Item = TaintView<'_>> {
        self.0.taints.iter().map(TaintView::from)
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

impl Eligibility {
    /// Whether a node that is known in part runs the daemon.
    #[must_use]
    pub fn of(rules: &Rules, node: &HypotheticalNode) -> Self {
        solve(rules, node)
    }
}

/// Whether a node that is known in part runs the daemon.
fn solve(rules: &Rules, node: &HypotheticalNode) -> Eligibility {
    let mut against = Against::default();
    let must = must_hold(rules, node, &mut against);
    let open = affinity(rules, node, &must, &mut against);
    for taint in &node.taints {
        if rules.is_repelled_by(taint.into()) {
            let taint = taint.clone();
            against.obstacles.push(Obstacle::Taint { taint });
        }
    }
    if matches!(open, Open::Never)
        || !against.obstacles.is_empty()
        || !against.contradictions.is_empty()
    {
        return Eligibility::DoesNotRun {
            obstacles: against.obstacles,
            contradictions: against.contradictions,
        };
    }
    let mut all_of: Vec<_> = must.into_iter().map(Literal::assumption).collect();
    let repelling: BTreeSet<TaintView<'_>> = (node.possible_taints.iter())
        .map(TaintView::from)
        .filter(|taint| rules.is_repelled_by(*taint))
        .collect();
    all_of.extend(repelling.into_iter().map(|taint| Assumption::NoTaint {
        taint: Taint::from(taint),
    }));
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
        Eligibility::Runs
    } else {
        Eligibility::Depends { all_of, any_of }
    }
}

/// What `nodeName` and `nodeSelector` leave open.
fn must_hold<'a>(
    rules: &'a Rules,
    node: &HypotheticalNode,
    against: &mut Against,
) -> Vec<Literal<'a>> {
    let name = rules.node_name();
    let name = name.map(|value| Literal::Name {
        value,
        operator: FieldOperator::In,
    });
    let entries = rules.node_selector().iter();
    let entries = entries.map(|(key, wanted)| Literal::Entry { key, wanted });
    let mut must = Vec::new();
    for literal in name.into_iter().chain(entries) {
        let variable = literal.variable();
        match node.fact(variable) {
            Fact::Unknown if literal.values().iter().all(|value| variable.allows(value)) => {
                must.push(literal);
            }
            Fact::Unknown => {
                against
                    .contradictions
                    .push(contradiction(None, variable, &[literal]));
            }
            Fact::Known(value) if literal.holds_for(value) => {}
            Fact::Known(found) => against.obstacles.push(match literal {
                Literal::Entry { key, wanted } => Obstacle::NodeSelector {
                    key: key.to_owned(),
                    wanted: wanted.to_owned(),
                    found: found.map(str::to_owned),
                },
                other => Obstacle::NodeName {
                    wanted: other.values().concat(),
                },
            }),
        }
    }
    must
}

/// The affinity, given what must hold anyway.
fn affinity<'a>(
    rules: &'a Rules,
    node: &HypotheticalNode,
    must: &[Literal<'a>],
    against: &mut Against,
) -> Open<'a> {
    let Some(affinity) = rules.affinity() else {
        return Open::Nothing;
    };
    let must: BTreeMap<Variable<'_>, Literal<'_>> = (must.iter())
        .map(|literal| (literal.variable(), *literal))
        .collect();
    let mut groups = Vec::new();
    let mut unmatched = Vec::new();
    let mut contradictions = Vec::new();
    for term in affinity.terms() {
        match of_term(term, node, &must) {
            OfTerm::Open(group) => groups.push(group),
            OfTerm::Unmatched(term) => unmatched.push(term),
            OfTerm::Contradiction(found) => contradictions.push(found),
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

/// What a term comes to.
enum OfTerm<'a> {
    /// It matches if all of these hold, which is possible.
    Open(Vec<Literal<'a>>),
    /// What is known does not match it.
    Unmatched(UnmatchedTerm),
    Contradiction(Contradiction),
}

fn of_term<'a>(
    term: &'a Term,
    node: &HypotheticalNode,
    must: &BTreeMap<Variable<'a>, Literal<'a>>,
) -> OfTerm<'a> {
    let known = KnownPart(node);
    let mut requirements = Vec::new();
    let mut open: Vec<Literal<'a>> = Vec::new();
    for requirement in &term.requirements {
        let Some(literal) = Literal::of(requirement) else {
            if !requirement.holds_for(&known) {
                requirements.push(requirement.unmet(&known));
            }
            continue;
        };
        match node.fact(literal.variable()) {
            Fact::Unknown => open.push(literal),
            Fact::Known(value) if literal.holds_for(value) => {}
            Fact::Known(_) => requirements.push(requirement.unmet(&known)),
        }
    }
    if !requirements.is_empty() {
        return OfTerm::Unmatched(UnmatchedTerm {
            term: term.index,
            requirements,
        });
    }
    let mut by_variable: BTreeMap<Variable<'_>, Vec<Literal<'_>>> = BTreeMap::new();
    for literal in &open {
        let on_it = by_variable.entry(literal.variable()).or_insert_with(|| {
            let must = must.get(&literal.variable());
            must.into_iter().copied().collect()
        });
        on_it.push(*literal);
    }
    for (variable, on_it) in by_variable {
        if !is_satisfiable(variable, &on_it) {
            return OfTerm::Contradiction(contradiction(Some(term.index), variable, &on_it));
        }
    }
    // What must hold anyway need not be asked for once more: with the one value that an entry of
    // the nodeSelector or the nodeName allows, the term's own requirements hold.
    open.retain(|literal| !must.contains_key(&literal.variable()));
    OfTerm::Open(open)
}

/// Whether some value satisfies all of these. Gives up with yes where that takes too long to find
/// out.
fn is_satisfiable(variable: Variable<'_>, literals: &[Literal<'_>]) -> bool {
    let size: usize = literals.iter().map(|l| l.values().len() + 1).sum();
    let mut left = LONGEST_SEARCH.max(size);
    let mut satisfies = |value: Option<&str>| match left.checked_sub(size) {
        Some(rest) => {
            left = rest;
            literals.iter().all(|l| l.holds_for(value))
        }
        None => true,
    };
    // What satisfies all of them is in the shortest list that one of them gives.
    let lists = literals.iter().filter_map(|literal| literal.list());
    match lists.min_by_key(Vec::len) {
        Some(list) => (list.into_iter().filter(|value| variable.allows(value)))
            .any(|value| satisfies(Some(value))),
        None => representatives(variable, literals.iter().copied())
            .iter()
            .any(|value| satisfies(value.as_deref())),
    }
}

fn contradiction(
    term: Option<usize>,
    variable: Variable<'_>,
    literals: &[Literal<'_>],
) -> Contradiction {
    Contradiction {
        term,
        key: variable.text(),
        wanted: literals.iter().map(|literal| literal.text()).collect(),
    }
}

/// Whether every choice of values satisfies at least one group. Gives up with no once it has
/// read `limit` values.
fn is_certain(groups: &[Vec<Literal<'_>>], limit: &mut usize) -> bool {
    let Some(variable) = groups.iter().flatten().next().map(|l| l.variable()) else {
        return !groups.is_empty();
    };
    let all = groups.iter().flatten().copied();
    let size = groups.iter().flatten().map(|l| l.values().len() + 1).sum();
    let values = representatives(variable, all.filter(|l| l.variable() == variable));
    values.iter().all(|value| {
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

/// An integer between the two, both included, written in a way that is not among the named ones.
/// Leading zeros are allowed. `None`, which stands for a missing label, where there is none.
fn unnamed_integer(from: i64, to: i64, named: &BTreeSet<&str>) -> Option<String> {
    const LONGEST: usize = 63;
    (from.max(0)..=to)
        .flat_map(|number| (1..=LONGEST).map(move |width| format!("{number:0width$}")))
        .find(|text| !named.contains(text.as_str()))
}
