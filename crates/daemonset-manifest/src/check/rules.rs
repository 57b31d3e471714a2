//! The table of rules: what is asked of single fields.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use daemonset::template::table::{self, Field, Kind, Presence};

use super::at::At;
use super::format::Format;
use super::found::Found;
use crate::words::Alternatives;

/// Laid out as its first lines say.
const RULES: &str = include_str!("rules.txt");

static TABLE: LazyLock<Table> = LazyLock::new(|| parse(RULES));

/// The rules of each type's fields.
type Table = BTreeMap<&'static str, Vec<FieldRules>>;

#[derive(Debug)]
struct FieldRules {
    field: &'static Field,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq)]
enum Rule {
    Required,
    NotEmpty,
    OneOf(Vec<&'static str>, Asked),
    Range(i64, i64),
    Format(Format, Asked),
    Named,
    Inside,
    Each(Box<Rule>),
}

/// Of which empty texts a rule is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// Of those that the API can tell from missing ones.
    WhereWritten,
    /// Of all, missing ones too.
    Always,
    /// Of none.
    WhereFilled,
}

/// Asks the rules of a type of an object of this type.
pub(super) fn check(type_name: &str, at: &At<'_, '_>, found: &mut Found) {
    for FieldRules { field, rules } in TABLE.get(type_name).into_iter().flatten() {
        let here = at.field(field.name);
        let is_required = rules.contains(&Rule::Required);
        for rule in rules {
            rule.ask(&here, field, is_required, rules, found);
        }
    }
}

impl Rule {
    fn ask(
        &self,
        here: &At<'_, '_>,
        field: &Field,
        is_required: bool,
        beside: &[Self],
        found: &mut Found,
    ) {
        let is_written = here.is_set() && field.presence == Presence::WhenWritten;
        match self {
            Self::Required if is_empty(here, &field.kind) => found.required(here, Words(beside)),
            Self::NotEmpty if here.is_set() && here.is_empty() => {
                found.required(here, Words(beside));
            }
            Self::Required | Self::NotEmpty => {}
            Self::OneOf(allowed, asked) => {
                if is_asked(
                    here,
                    *asked,
                    is_written && !beside.contains(&Self::NotEmpty),
                ) {
                    one_of(here, allowed, found);
                }
            }
            Self::Range(from, to) => {
                let is_missing = field.presence == Presence::WhenWritten && !here.is_set();
                let is_told_already = is_required && here.integer() == 0;
                if !is_missing && !is_told_already {
                    range(here, *from, *to, found);
                }
            }
            Self::Format(format, asked) => {
                if is_asked(here, *asked, is_written) {
                    format_of(here, *format, found);
                }
            }
            Self::Named => {
                let name = here.field("name");
                if here.is_set() && name.is_empty() {
                    found.required(&name, "a name");
                }
            }
            Self::Inside => inside(here, &field.kind, found),
            Self::Each(rule) => {
                for item in here.items() {
                    rule.ask_item(&item, found);
                }
            }
        }
    }

    /// Asks the rule of an item of a list, which is there whatever it is.
    fn ask_item(&self, item: &At<'_, '_>, found: &mut Found) {
        match self {
            Self::Range(from, to) => range(item, *from, *to, found),
            Self::Format(format, _) => format_of(item, *format, found),
            Self::OneOf(allowed, _) => one_of(item, allowed, found),
            _ => {}
        }
    }
}

fn is_asked(here: &At<'_, '_>, asked: Asked, is_written: bool) -> bool {
    match asked {
        Asked::Always => true,
        Asked::WhereWritten => is_written || !here.is_empty(),
        Asked::WhereFilled => !here.is_empty(),
    }
}

/// Whether the API takes a field for missing.
fn is_empty(here: &At<'_, '_>, kind: &Kind) -> bool {
    match kind {
        Kind::Object(_) => !here.is_set(),
        Kind::Int32 | Kind::Int64 => here.integer() == 0,
        _ => here.is_empty(),
    }
}

/// A value that is none of those allowed is a fault.
pub(super) fn one_of(here: &At<'_, '_>, allowed: &[&str], found: &mut Found) {
    if !allowed.contains(&here.text()) {
        found.not_supported(here, allowed);
    }
}

fn range(here: &At<'_, '_>, from: i64, to: i64, found: &mut Found) {
    if !(from..=to).contains(&here.integer()) {
        found.invalid(here, Range(from, to));
    }
}

/// A text of another format is a fault.
pub(super) fn format_of(here: &At<'_, '_>, format: Format, found: &mut Found) {
    let text = here.text();
    if !format.holds(text) {
        found.invalid_suggesting(here, format.words(), || {
            format.mended(text).into_iter().collect()
        });
    }
}

fn inside(here: &At<'_, '_>, kind: &Kind, found: &mut Found) {
    match kind {
        Kind::Object(id) if here.is_set() => check(table::type_of(*id).name, here, found),
        Kind::List(element) => {
            if let Kind::Object(id) = **element {
                for item in here.items() {
                    check(table::type_of(id).name, &item, found);
                }
            }
        }
        _ => {}
    }
}

/// A range in words.
struct Range(i64, i64);

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(0, i64::MAX) => f.write_str("a number not below zero"),
            Self(1, i64::MAX) => f.write_str("a number above zero"),
            Self(from, i64::MAX) => write!(f, "a number from {from}"),
            Self(0, 511) => f.write_str("a mode from 0 to 511 (0777)"),
            Self(from, to) => write!(f, "a number from {from} to {to}"),
        }
    }
}

/// What is expected of a field that is missing.
struct Words<'a>(&'a [Rule]);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rule in self.0 {
            match rule {
                Rule::OneOf(allowed, _) => return Alternatives(allowed).fmt(f),
                Rule::Format(format, _) => return f.write_str(format.words()),
                Rule::Range(from, to) => return Range(*from, *to).fmt(f),
                _ => {}
            }
        }
        f.write_str("a value")
    }
}

/// Reads the table. It is a part of the crate, so a fault in it is one of the crate's own; the
/// test below reads it whole.
fn parse(text: &'static str) -> Table {
    let mut table = Table::new();
    let mut type_ = None;
    let lines = text.lines();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("  ") {
            None => type_ = table::type_named(line),
            Some(field) => {
                let type_ = type_.expect("the field table has the type");
                let (name, rules) = field.split_once(": ").expect("a field has rules");
                table.entry(type_.name).or_default().push(FieldRules {
                    field: type_.field(name).expect("the type has the field"),
                    rules: rules.split(", ").map(parse_rule).collect(),
                });
            }
        }
    }
    table
}

fn parse_rule(rule: &'static str) -> Rule {
    if let Some(rule) = rule.strip_prefix("each ") {
        return Rule::Each(Box::new(parse_rule(rule)));
    }
    if let Some((word, allowed)) = rule.split_once(' ') {
        let (word, asked) = parse_asked(word);
        assert_eq!(word, "one-of", "only one-of has choices");
        return Rule::OneOf(allowed.split('|').collect(), asked);
    }
    if let Some((from, to)) = rule.split_once("..") {
        let from = from.parse().expect("a range begins with a number");
        let to = match to {
            "" => i64::MAX,
            to => to.parse().expect("a range ends with a number"),
        };
        return Rule::Range(from, to);
    }
    match rule {
        "required" => Rule::Required,
        "not-empty" => Rule::NotEmpty,
        "named" => Rule::Named,
        "inside" => Rule::Inside,
        "id" => Rule::Range(0, i64::from(i32::MAX)),
        "port" => Rule::Range(1, 65535),
        "file-mode" => Rule::Range(0, 0o777),
        format => {
            let (format, asked) = parse_asked(format);
            Rule::Format(Format::named(format).expect("the format is known"), asked)
        }
    }
}

fn parse_asked(word: &'static str) -> (&'static str, Asked) {
    match (word.strip_suffix('!'), word.strip_suffix('?')) {
        (Some(word), _) => (word, Asked::Always),
        (_, Some(word)) => (word, Asked::WhereFilled),
        _ => (word, Asked::WhereWritten),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_table_reads_as_it_is_laid_out() {
        let rules = |type_name: &str, name: &str| {
            let fields = &TABLE[type_name];
            let field = fields.iter().find(|rules| rules.field.name == name);
            field.map(|field| field.rules.clone()).unwrap_or_default()
        };
        assert_eq!(rules("ContainerPort", "hostPort"), [Rule::Range(0, 65535)]);
        let format = |format| Rule::Format(format, Asked::Always);
        assert_eq!(
            rules("NFSVolumeSource", "path"),
            [Rule::Required, format(Format::AbsolutePath)]
        );
        let id = Rule::Range(0, i64::from(i32::MAX));
        assert_eq!(
            rules("PodSecurityContext", "supplementalGroups"),
            [Rule::Each(Box::new(id))]
        );
    }

    /// The path and code of every fault of an object.
    fn faults(type_name: &str, object: &Value) -> Vec<String> {
        let mut found = Found::default();
        check(type_name, &At::root(object), &mut found);
        let (findings, _) = found.into_sorted();
        let faults = findings.into_iter().map(|finding| finding.diagnostic);
        faults
            .map(|fault| format!("{} {}", fault.path, fault.code))
            .collect()
    }

    #[test]
    fn missing_and_empty_fields_are_asked_as_the_table_says() {
        // The API can tell an empty runtime class from none, but no empty hostname.
        let pod = json!({"runtimeClassName": "", "hostname": "", "preemptionPolicy": ""});
        assert_eq!(
            faults("PodSpec", &pod),
            ["preemptionPolicy required", "runtimeClassName invalid"]
        );
        assert_eq!(faults("PodSpec", &json!({})), Vec::<String>::new());
        let port = json!({"containerPort": 0, "protocol": "TCP"});
        assert_eq!(faults("ContainerPort", &port), ["containerPort required"]);
        assert_eq!(
            faults("TopologySpreadConstraint", &json!({})),
            [
                "maxSkew invalid",
                "topologyKey required",
                "whenUnsatisfiable not-supported"
            ]
        );
        assert_eq!(
            faults("NFSVolumeSource", &json!({"server": "s"})),
            ["path invalid", "path required"]
        );
    }
}
