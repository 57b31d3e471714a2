//! Every finding, edit, effect and caution, as JSON and as a sentence: one line a case.
//!
//! The JSON is what programs read; reading it back and printing it must give the sentence, and
//! writing it again the same JSON.

#[path = "sentences/changes.rs"]
mod changes;
#[path = "sentences/diagnosis.rs"]
mod diagnosis;
#[path = "sentences/findings.rs"]
mod findings;
#[path = "sentences/fixes.rs"]
mod fixes;
#[path = "sentences/health.rs"]
mod health;
#[path = "sentences/ledger.rs"]
mod ledger;
#[path = "sentences/repairs.rs"]
mod repairs;

use std::collections::BTreeSet;
use std::fmt::{self, Display};

use serde::de::value::MapDeserializer;
use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A case: what is written as JSON, and the sentence.
type Case = (Value, &'static str);

/// Checks each case, and that every variant of the type has one. `tag` is the field that names the
/// variant.
fn check<T: DeserializeOwned + Serialize + Display>(tag: &'static str, cases: &[Case]) {
    let seen = check_each::<T>(tag, cases);
    let all: BTreeSet<&str> = variants::<T>(tag).iter().copied().collect();
    assert_eq!(seen, all, "every variant has a sentence");
}

/// Checks each case, and says which variants were among them.
fn check_each<'c, T: DeserializeOwned + Serialize + Display>(
    tag: &str,
    cases: &'c [Case],
) -> BTreeSet<&'c str> {
    let mut seen = BTreeSet::new();
    for (json, sentence) in cases {
        let read: T =
            serde_json::from_value(json.clone()).unwrap_or_else(|e| panic!("{json}: {e}"));
        assert_eq!(read.to_string(), *sentence, "{json}");
        assert_eq!(&json!(read), json);
        seen.insert(json[tag].as_str().unwrap());
    }
    seen
}

/// The names of the variants of an enum with a tag.
fn variants<T: DeserializeOwned>(tag: &'static str) -> &'static [&'static str] {
    let unknown = MapDeserializer::<_, Variants>::new([(tag, "no such variant")].into_iter());
    match T::deserialize(unknown) {
        Err(Variants(variants)) => variants,
        Ok(_) => panic!("there is no such variant"),
    }
}

/// The error that keeps which variants there are.
#[derive(Debug)]
struct Variants(&'static [&'static str]);

impl Display for Variants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Variants {}

impl de::Error for Variants {
    fn custom<T: Display>(message: T) -> Self {
        panic!("{message}")
    }
    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(expected)
    }
}

/// What no other test reads from a map.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind")]
enum Probe {
    #[serde(rename = "a")]
    A,
    #[serde(rename = "b")]
    B,
}

/// The list of variants is found as it is written.
#[test]
fn the_list_of_variants_is_whole() {
    assert_eq!(variants::<Probe>("kind"), ["a", "b"]);
    assert!(matches!(
        serde_json::from_str(r#"{"kind": "a"}"#),
        Ok(Probe::A)
    ));
    assert!(matches!(
        serde_json::from_str(r#"{"kind": "b"}"#),
        Ok(Probe::B)
    ));
}
