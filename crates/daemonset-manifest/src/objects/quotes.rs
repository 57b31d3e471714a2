//! Texts that have lost their quotes on their way here: `gpu: true` where a cluster wrote `gpu: "true"`.

use daemonset::template::table::{self, Type};

use super::kinds::{Kind, is_stored};
use crate::check::{self, FieldValidation};
use crate::path::{FieldPath, Step};
use crate::source::{Node, Spanned, plain_text};

/// The text of a source whose objects have lost quotes, line by line: what its texts were taken for (`True`, `1.30`) does not
/// tell how they stood there.
#[derive(Debug)]
pub(super) struct Lines {
    text: String,
    /// Where each begins.
    starts: Vec<usize>,
}

impl Lines {
    pub fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(&plain_text(bytes)).into_owned();
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        Self {
            starts: starts.collect(),
            text,
        }
    }

    /// The line of this number, counted from 1.
    fn line(&self, number: u32) -> Option<&str> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.text.get(*self.starts.get(at)?..)?.lines().next()
    }

    /// The plain scalar that stands at a step on a line.
    fn scalar(&self, number: u32, step: &Step) -> Option<&str> {
        let mut rest = self.line(number)?.trim();
        while let Some(inner) = rest.strip_prefix("- ") {
            rest = inner.trim_start();
        }
        let value = match step {
            Step::Index(_) => rest,
            Step::Field(key) => value_of(rest, key)?,
            Step::Key(key) => value_of(rest, key)?,
        };
        let value = value.split(" #").next().unwrap_or_default().trim();
        let is_plain = value.starts_with(|first: char| {
            first.is_ascii_alphanumeric() || matches!(first, '-' | '+' | '.' | '~')
        });
        (is_plain && !value.contains([' ', ':', ',', '{', '['])).then_some(value)
    }
}

/// What stands behind a key on a line.
fn value_of<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let quoted = |quote| {
        let inner = line.strip_prefix(quote)?.strip_prefix(key)?;
        inner.strip_prefix(quote)
    };
    let behind = (line.strip_prefix(key))
        .or_else(|| quoted('"'))
        .or_else(|| quoted('\''))?;
    behind.strip_prefix(": ")
}

/// Whether an object that a cluster wrote, or one of a list, has something else where there are texts in all of them.
pub(super) fn has_lost_quotes(value: &Spanned) -> bool {
    let is_bare = |value: &Spanned| matches!(value.node, Node::Bool(_) | Node::Number(_));
    let metadata = |field: &str| value.get("metadata").and_then(|it| it.get(field));
    let maps = ["labels", "annotations"].into_iter().filter_map(metadata);
    let mut entries = maps.filter_map(Spanned::as_object);
    let has_bare = metadata("resourceVersion").is_some_and(is_bare)
        || entries.any(|map| map.entries().iter().any(|entry| is_bare(&entry.value)));
    let items = match value.get("items").map(|items| &items.node) {
        Some(Node::List(items)) => &**items,
        _ => &[],
    };
    has_bare && is_stored(value) || items.iter().any(has_lost_quotes)
}

/// An object that a cluster stored with the quotes that its texts have lost, and where these are; `None` where it lacks none,
/// or something else is wrong with it.
pub(super) fn with_quotes(
    kind: Kind,
    value: &Spanned,
    lines: &Lines,
) -> Option<(Spanned, Vec<FieldPath>)> {
    if !is_stored(value) {
        return None;
    }
    let mut mended = value.clone();
    let mut paths = quote(
        table::type_named(kind.name())?,
        &FieldPath::root(),
        &mut mended,
        lines,
    )?;
    if kind == Kind::ControllerRevision {
        // What it keeps has no type of its own, and is held against the DaemonSet's.
        let template = FieldPath::root()
            .field("data")
            .field("spec")
            .field("template");
        let type_ = table::type_named("PodTemplateSpec")?;
        paths.extend(quote(type_, &template, &mut mended, lines)?);
    }
    (!paths.is_empty()).then_some((mended, paths))
}

/// Gives the texts of a value at a path their quotes, and says where; `None` where something else is wrong with it.
fn quote(
    type_: &'static Type,
    at: &FieldPath,
    object: &mut Spanned,
    lines: &Lines,
) -> Option<Vec<FieldPath>> {
    let Some(value) = object.at_mut(at) else {
        return Some(Vec::new());
    };
    let faults = check::decode(type_, &value.to_value(), FieldValidation::Ignore);
    let mut paths = Vec::new();
    for fault in faults {
        let found = value
            .at_mut(&fault.path)
            .filter(|_| fault.message.starts_with("expected a string, "))?;
        if !matches!(found.node, Node::Bool(_) | Node::Number(_)) {
            return None;
        }
        let text = lines.scalar(found.line, fault.path.steps().last()?)?;
        found.node = Node::String(text.into());
        paths.push(at.clone().join(fault.path));
    }
    Some(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_as_they_were_written() {
        let lines = Lines::of(
            b"a: True\n- - b: 1.30 # c\n  \"d.e/f\": 0570\r\n- 5\nx: \"y\"\nz: {a: true}\n",
        );
        let field = |name: &'static str| Step::Field(name.into());
        assert_eq!(lines.scalar(1, &field("a")), Some("True"));
        assert_eq!(lines.scalar(2, &field("b")), Some("1.30"));
        assert_eq!(
            lines.scalar(3, &Step::Key("d.e/f".to_owned())),
            Some("0570")
        );
        assert_eq!(lines.scalar(4, &Step::Index(1)), Some("5"));
        for (line, name) in [(1, "b"), (5, "x"), (6, "a"), (6, "z"), (9, "a"), (0, "a")] {
            assert_eq!(lines.scalar(line, &field(name)), None, "{line} {name}");
        }
    }
}
