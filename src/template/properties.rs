//! What holds for every object, however it was written.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::table::{self, Kind, Type};
use super::{apply_defaults, canonical_template};

/// Makes objects along the field table. Every choice takes a byte, and where none is left
/// everything is empty, so objects end and shrink.
struct Writer<'a> {
    bytes: std::slice::Iter<'a, u8>,
    style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Style {
    /// Every value is of its field's type.
    Correct,
    /// Some values are of another type, and some fields unknown.
    Careless,
}

impl Writer<'_> {
    fn choose(&mut self, choices: u8) -> u8 {
        self.bytes.next().map_or(0, |byte| byte % choices)
    }

    fn pick(&mut self, choices: &[Value]) -> Value {
        let at = self.choose(u8::try_from(choices.len()).expect("few choices"));
        choices[usize::from(at)].clone()
    }

    fn object(&mut self, type_: &Type) -> Value {
        let mut fields = Map::new();
        let count = self.choose(8);
        for _ in 0..count {
            let at = usize::from(self.choose(u8::MAX)) % type_.fields.len();
            let field = &type_.fields[at];
            let value = self.value(&field.kind);
            fields.insert(field.name.to_owned(), value);
        }
        if self.style == Style::Careless && self.choose(8) == 1 {
            fields.insert("tomorrow".to_owned(), json!({"b": [null, ""], "a": {}}));
        }
        Value::Object(fields)
    }

    fn value(&mut self, kind: &Kind) -> Value {
        match self.choose(16) {
            1 => return Value::Null,
            2 if self.style == Style::Careless => {
                return self.pick(&[
                    json!(0),
                    json!(""),
                    json!(false),
                    json!([]),
                    json!({}),
                    json!("12Qi"),
                    json!(2.5),
                    json!(u64::MAX),
                ]);
            }
            _ => {}
        }
        match kind {
            Kind::String => self.pick(&[
                json!(""),
                json!("agent:1.0"),
                json!("agent"),
                json!("RollingUpdate"),
                json!("OnDelete"),
            ]),
            Kind::Bool => self.pick(&[json!(false), json!(true)]),
            Kind::Int32 | Kind::Int64 => self.pick(&[json!(0), json!(7), json!(-1), json!(30.0)]),
            Kind::Quantity => self.pick(&[
                json!("0"),
                json!("1024Mi"),
                json!("0.0001"),
                json!("1.1Ki"),
                json!("1e-1"),
                json!(0.5),
            ]),
            Kind::IntOrString => self.pick(&[json!(0), json!("25%"), json!("")]),
            Kind::Time => self.pick(&[
                json!("2026-03-01T12:00:00Z"),
                json!("2026-03-01T12:00:00.9+05:30"),
            ]),
            Kind::Any => json!({"f:spec": {}}),
            Kind::List(element) => {
                let count = self.choose(3);
                (0..count).map(|_| self.value(element)).collect()
            }
            Kind::Map(element) => {
                let count = usize::from(self.choose(3));
                let keys = ["cpu", "app.kubernetes.io/name", ""];
                let entries = keys.iter().take(count);
                Value::Object(
                    entries
                        .map(|key| ((*key).to_owned(), self.value(element)))
                        .collect(),
                )
            }
            Kind::Object(id) => self.object(table::type_of(*id)),
        }
    }
}

/// A DaemonSet whose pod template has something in it.
fn daemon_set(style: Style) -> impl Strategy<Value = Map<String, Value>> {
    vec(any::<u8>(), 0..600).prop_map(move |bytes| {
        let mut writer = Writer {
            bytes: bytes.iter(),
            style,
        };
        let Kind::Object(root) = table::root() else {
            unreachable!("the root is an object")
        };
        let template = writer.value(&table::template());
        let Value::Object(mut set) = writer.object(table::type_of(root)) else {
            unreachable!("objects are written as objects")
        };
        if let Some(spec) = set
            .entry("spec")
            .or_insert_with(|| json!({}))
            .as_object_mut()
        {
            spec.insert("template".to_owned(), template);
        }
        set
    })
}

/// Any JSON at all, six levels deep at most, with field names among the keys.
fn json_value() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        prop::sample::select(vec![
            "metadata",
            "labels",
            "spec",
            "template",
            "containers",
            "env",
            "volumes",
            "resources",
            "limits",
            "updateStrategy",
            "rollingUpdate",
            "hostNetwork",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[-+]?[0-9]{0,25}\\.?[0-9]{0,25}[eEinumkKMGTP]{0,2}[-+]?[0-9]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((key.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn template_of(set: &Map<String, Value>) -> Value {
    let template = set.get("spec").and_then(|spec| spec.get("template"));
    template.cloned().unwrap_or_default()
}

/// The same with the fields of every object the other way round.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(reversed).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().rev();
            Value::Object(
                fields
                    .map(|(name, value)| (name.clone(), reversed(value)))
                    .collect(),
            )
        }
        scalar => scalar.clone(),
    }
}

fn every_promise(set: &Map<String, Value>) -> Result<(), TestCaseError> {
    let written = template_of(set);
    let stored = canonical_template(&written);
    prop_assert_eq!(&canonical_template(&stored), &stored, "stored as it is");

    let mut defaulted = set.clone();
    apply_defaults(&mut defaulted);
    let mut again = defaulted.clone();
    apply_defaults(&mut again);
    prop_assert_eq!(&again, &defaulted, "defaults are set once");
    if written.is_object() {
        prop_assert_eq!(&canonical_template(&template_of(&defaulted)), &stored);
    }

    let Value::Object(other_order) = reversed(&Value::Object(set.clone())) else {
        unreachable!("an object stays one")
    };
    let other_stored = canonical_template(&template_of(&other_order));
    prop_assert_eq!(other_stored.to_string(), stored.to_string());
    Ok(())
}

proptest! {
    #[test]
    fn promises_hold_for_correct_objects(set in daemon_set(Style::Correct)) {
        every_promise(&set)?;
    }

    #[test]
    fn promises_hold_for_careless_objects(set in daemon_set(Style::Careless)) {
        every_promise(&set)?;
    }

    #[test]
    fn promises_hold_for_any_json(template in json_value(), other in json_value()) {
        let set = json!({"metadata": other.clone(), "spec": {"template": template}, "other": other});
        every_promise(set.as_object().expect("an object"))?;
    }
}
