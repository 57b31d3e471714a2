//! The field table: which type has which fields, and what is stored for an empty one.
//!
//! ```
//! use daemonset::template::table::{self, Kind};
//!
//! let spec = table::root_type().field("spec").unwrap();
//! let Kind::Object(spec) = spec.kind else { unreachable!() };
//! let limit = table::type_of(spec).field("revisionHistoryLimit").unwrap();
//! assert_eq!(limit.kind, Kind::Int32);
//! assert_eq!(limit.default, Some(10.into()));
//! ```

use std::sync::LazyLock;

use serde_json::Value;

/// Laid out as its first lines say.
const FIELDS: &str = include_str!("fields.txt");

/// The type of the whole object.
const ROOT: &str = "DaemonSet";

/// The type of `spec.template`.
const TEMPLATE: &str = "PodTemplateSpec";

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(FIELDS));

/// What a value may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    String,
    /// `true` or `false`.
    Bool,
    /// An integer from -2^31 to 2^31 - 1.
    Int32,
    /// An integer from -2^63 to 2^63 - 1.
    Int64,
    /// A [quantity](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
    Quantity,
    /// An integer from -2^31 to 2^31 - 1, or a string.
    IntOrString,
    /// A time as RFC 3339 writes it.
    Time,
    /// Anything: it is not looked into.
    Any,
    /// A list of this.
    List(Box<Kind>),
    /// A map from strings to this.
    Map(Box<Kind>),
    /// An object of a type of the table.
    Object(TypeId),
}

/// The place of a type in the table, which [`type_of`] finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeId(usize);

/// What is stored where a field is missing or empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nothing: missing and empty are the same.
    WhenFilled,
    /// What was written: an empty value is kept.
    WhenWritten,
    /// The empty value of its type.
    Always,
    /// What was written, and `null` for a missing field.
    AlwaysOrNull,
}

impl Presence {
    /// Whether a missing field and an empty one are the same.
    #[must_use]
    pub fn is_empty_missing(self) -> bool {
        matches!(self, Self::WhenFilled | Self::Always)
    }
}

/// How a value becomes one with the value that is there.
///
/// Source: the merge strategies and keys that the API's
/// [OpenAPI document](https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy)
/// names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Merging {
    /// Objects and maps field by field, everything else as a whole.
    #[default]
    Usual,
    /// Server-side apply takes the object or map as a whole; a strategic merge patch does not.
    Atomic,
    /// A list whose items are told apart by their values.
    Set(ListPatch),
    /// A list whose items are told apart by these fields; a strategic merge patch goes by the first
    /// alone.
    Keyed(Vec<&'static str>, ListPatch),
}

/// What a strategic merge patch does with a list of which items are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListPatch {
    /// It replaces the list.
    Replaces,
    /// It adds items and changes those that are there.
    Merges,
    /// The same, and of an item it leaves only those fields that it names (`$retainKeys`).
    MergesRetainingKeys,
}

/// A field of a type.
#[derive(Debug)]
pub struct Field {
    /// Its name, as manifests write it.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What is stored where it is missing or empty.
    pub presence: Presence,
    /// How two versions of its value become one.
    pub merging: Merging,
    /// What a missing one is set to, unless that depends on other fields.
    pub default: Option<Value>,
}

/// A type of the API, such as `PodSpec`.
#[derive(Debug)]
pub struct Type {
    /// Its name in the API.
    pub name: &'static str,
    /// How two versions of a value of the type become one.
    pub merging: Merging,
    /// Its fields, sorted by name.
    pub fields: Vec<Field>,
}

impl Type {
    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        let at = self.fields.binary_search_by(|field| field.name.cmp(name));
        self.fields.get(at.ok()?)
    }
}

impl Field {
    /// The key by which an item of this list is told from others, as paths write it: the values of
    /// the key's fields, defaults included (`agent`, `9100/TCP`). None where the list has no keys,
    /// or the item not the first of them.
    ///
    /// ```
    /// use daemonset::template::table::type_named;
    ///
    /// let ports = type_named("Container").unwrap().field("ports").unwrap();
    /// let port = serde_json::json!({"containerPort": 9100});
    /// assert_eq!(ports.item_key(&port).unwrap(), "9100/TCP");
    /// ```
    #[must_use]
    pub fn item_key(&self, item: &Value) -> Option<String> {
        let Merging::Keyed(keys, _) = &self.merging else {
            return None;
        };
        let item = item.as_object()?;
        let part = |name: &&str| {
            let value = item.get(*name).filter(|value| !value.is_null());
            match value.or_else(|| self.default_in_item(name))? {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            }
        };
        let mut key = part(keys.first()?)?;
        for more in keys.iter().skip(1).filter_map(part) {
            key.push('/');
            key.push_str(&more);
        }
        Some(key)
    }

    /// What a field is set to where an item of this list does not have it.
    fn default_in_item(&self, name: &str) -> Option<&'static Value> {
        match &self.kind {
            Kind::List(element) => match **element {
                Kind::Object(id) => type_of(id).field(name)?.default.as_ref(),
                _ => None,
            },
            _ => None,
        }
    }
}

#[derive(Debug)]
struct Table(Vec<Type>);

/// Every type of the table, as a kind.
static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let places = 0..TABLE.0.len();
    places.map(|at| Kind::Object(TypeId(at))).collect()
});

/// The type of the whole object.
#[must_use]
pub fn root_type() -> &'static Type {
    match root() {
        Kind::Object(id) => type_of(id),
        _ => unreachable!("types of the table are objects"),
    }
}

/// The type of the whole object, as a kind.
#[must_use]
pub fn root() -> Kind {
    TABLE.kind(ROOT)
}

/// The type of `spec.template`.
#[must_use]
pub fn template() -> Kind {
    TABLE.kind(TEMPLATE)
}

/// A type of the table.
#[must_use]
#[allow(clippy::indexing_slicing)] // only the table itself gives places in it
pub fn type_of(id: TypeId) -> &'static Type {
    let table: &'static Table = &TABLE;
    &table.0[id.0]
}

/// The type of this name.
///
/// ```
/// let port = daemonset::template::table::type_named("ContainerPort").unwrap();
/// assert!(port.field("hostPort").is_some());
/// ```
#[must_use]
pub fn type_named(name: &str) -> Option<&'static Type> {
    let table: &'static Table = &TABLE;
    table.0.iter().find(|type_| type_.name == name)
}

/// The type of this name, as a kind.
#[must_use]
pub fn kind_named(name: &str) -> Option<&'static Kind> {
    let at = TABLE.0.iter().position(|type_| type_.name == name)?;
    KINDS.get(at)
}

#[allow(clippy::expect_used)] // the table is a part of the crate, and the tests read it whole
impl Table {
    /// Reads the table. It is a part of the crate, so a fault in it is one of the crate's own; the
    /// tests below read it whole.
    fn parse(text: &'static str) -> Self {
        let lines = || {
            text.lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
        };
        let name_of = |line: &'static str| line.split_once(' ').unwrap_or((line, ""));
        let names: Vec<&str> = lines()
            .filter(|line| !line.starts_with(' '))
            .map(|line| name_of(line).0)
            .collect();
        let mut types: Vec<Type> = Vec::with_capacity(names.len());
        for line in lines() {
            match line.strip_prefix("  ") {
                None => {
                    let (name, merging) = name_of(line);
                    types.push(Type {
                        name,
                        merging: parse_merging(merging),
                        fields: Vec::new(),
                    });
                }
                Some(field) => types
                    .last_mut()
                    .expect("a type stands before its fields")
                    .fields
                    .push(parse_field(field, &names)),
            }
        }
        for type_ in &mut types {
            type_.fields.sort_unstable_by_key(|field| field.name);
        }
        Self(types)
    }

    fn kind(&self, name: &str) -> Kind {
        let at = self.0.iter().position(|type_| type_.name == name);
        Kind::Object(TypeId(at.expect("the table has the type")))
    }
}

/// Reads `name: type mark merging = default`.
#[allow(clippy::expect_used)] // the table is a part of the crate, and the tests read it whole
fn parse_field(line: &'static str, names: &[&str]) -> Field {
    let (name, rest) = line.split_once(": ").expect("a field has a type");
    let (rest, default) = match rest.split_once(" = ") {
        Some((rest, json)) => (
            rest,
            Some(serde_json::from_str(json).expect("defaults are JSON")),
        ),
        None => (rest, None),
    };
    let (kind, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let (mark, merging) = rest.split_once(' ').unwrap_or((rest, ""));
    let (presence, merging) = match mark {
        "?" => (Presence::WhenWritten, merging),
        "!" => (Presence::Always, merging),
        "?!" => (Presence::AlwaysOrNull, merging),
        _ => (Presence::WhenFilled, rest),
    };
    Field {
        name,
        kind: parse_kind(kind, names),
        presence,
        merging: parse_merging(merging),
        default,
    }
}

fn parse_merging(text: &'static str) -> Merging {
    let (what, patch) = text.split_once(' ').unwrap_or((text, ""));
    let patch = match patch {
        "" => ListPatch::Merges,
        "retain" => ListPatch::MergesRetainingKeys,
        "replace" => ListPatch::Replaces,
        other => unreachable!("no patch does {other}"),
    };
    match what {
        "" => Merging::Usual,
        "atomic" => Merging::Atomic,
        "set" => Merging::Set(patch),
        keyed => match keyed.strip_prefix("by=") {
            Some(keys) => Merging::Keyed(keys.split(',').collect(), patch),
            None => unreachable!("nothing is merged {keyed}"),
        },
    }
}

#[allow(clippy::expect_used)] // the table is a part of the crate, and the tests read it whole
fn parse_kind(text: &str, names: &[&str]) -> Kind {
    let inner = |open, close| text.strip_prefix(open)?.strip_suffix(close);
    if let Some(element) = inner('[', ']') {
        return Kind::List(Box::new(parse_kind(element, names)));
    }
    if let Some(element) = inner('{', '}') {
        return Kind::Map(Box::new(parse_kind(element, names)));
    }
    match text {
        "string" => Kind::String,
        "bool" => Kind::Bool,
        "int32" => Kind::Int32,
        "int64" => Kind::Int64,
        "quantity" => Kind::Quantity,
        "int-or-string" => Kind::IntOrString,
        "time" => Kind::Time,
        "any" => Kind::Any,
        name => {
            let at = names.iter().position(|known| *known == name);
            Kind::Object(TypeId(at.expect("the table has every type it names")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(type_name: &str, name: &str) -> &'static Field {
        let Kind::Object(id) = TABLE.kind(type_name) else {
            unreachable!("types of the table are objects")
        };
        type_of(id).field(name).expect("the type has the field")
    }

    #[test]
    fn the_table_reads_as_it_is_laid_out() {
        assert_eq!(TABLE.0[0].name, ROOT);
        let period = field("PodSpec", "terminationGracePeriodSeconds");
        assert_eq!(period.kind, Kind::Int64);
        assert_eq!(period.presence, Presence::WhenWritten);
        assert_eq!(period.default, Some(30.into()));
        let limits = field("ResourceRequirements", "limits");
        assert_eq!(limits.kind, Kind::Map(Box::new(Kind::Quantity)));
        assert_eq!(limits.presence, Presence::WhenFilled);
        assert_eq!(
            field("PodSpec", "containers").kind,
            Kind::List(Box::new(TABLE.kind("Container")))
        );
        assert_eq!(
            field("PodSpec", "containers").merging,
            Merging::Keyed(vec!["name"], ListPatch::Merges)
        );
        assert_eq!(
            field("PodSpec", "volumes").merging,
            Merging::Keyed(vec!["name"], ListPatch::MergesRetainingKeys)
        );
        assert_eq!(field("PodSpec", "nodeSelector").merging, Merging::Atomic);
        assert_eq!(
            type_named("LabelSelector").expect("it is there").merging,
            Merging::Atomic
        );
        assert_eq!(
            field("TypedLocalObjectReference", "apiGroup").presence,
            Presence::AlwaysOrNull
        );
    }

    #[test]
    fn no_name_comes_twice() {
        let mut types: Vec<_> = TABLE.0.iter().map(|type_| type_.name).collect();
        types.sort_unstable();
        assert!(types.is_sorted_by(|a, b| a < b));
        for type_ in &TABLE.0 {
            assert!(!type_.fields.is_empty(), "{}", type_.name);
            assert!(type_.fields.is_sorted_by(|a, b| a.name < b.name));
        }
    }

    #[test]
    fn every_type_is_reached_and_none_holds_itself() {
        // Walking the table ends only because no type leads back to itself.
        fn reach(kind: &Kind, above: &mut Vec<usize>, seen: &mut [bool]) {
            match kind {
                Kind::List(element) | Kind::Map(element) => reach(element, above, seen),
                Kind::Object(TypeId(at)) => {
                    assert!(!above.contains(at), "{} holds itself", TABLE.0[*at].name);
                    seen[*at] = true;
                    above.push(*at);
                    for field in &TABLE.0[*at].fields {
                        reach(&field.kind, above, seen);
                    }
                    above.pop();
                }
                _ => {}
            }
        }
        let mut seen = vec![false; TABLE.0.len()];
        for read in ["DaemonSet", "ControllerRevision", "Node", "Pod"] {
            reach(&TABLE.kind(read), &mut Vec::new(), &mut seen);
        }
        assert!(seen.iter().all(|&seen| seen));
    }
}
