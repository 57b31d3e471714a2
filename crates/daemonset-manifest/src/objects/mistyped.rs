//! Which value is of the wrong type, and of which it should be.

use std::fmt::{self, Display};

use serde::de::{Error, Expected, Unexpected};

use crate::check::meant_quantity;
use crate::path::{FieldPath, Step};
use crate::source::{Fault, Spanned, codes, shown};
use crate::words::bare;

/// So many bytes of a sentence are told as they are: all that are ours, with the name of a field in them.
const LONGEST: usize = 512;

/// Some value is of the wrong type. Boxed, since it hardly ever comes.
#[derive(Debug)]
pub(crate) struct Mistyped(Box<Parts>);

#[derive(Debug)]
struct Parts {
    /// Where it stands, the innermost step first.
    steps: Vec<Step>,
    why: Why,
}

#[derive(Debug)]
enum Why {
    /// Something else was expected.
    Expected(String),
    /// It is told in a sentence.
    Told(String),
}

impl Mistyped {
    /// The value is none of these.
    pub fn no(expected: &str) -> Self {
        Self::of(Why::Expected(expected.to_owned()))
    }

    fn of(why: Why) -> Self {
        Self(Box::new(Parts {
            steps: Vec::new(),
            why,
        }))
    }

    /// The same where it is behind a step of what was read.
    pub fn behind(mut self, step: Step) -> Self {
        self.0.steps.push(step);
        self
    }

    /// Where it stands in what was read.
    pub fn path(&self) -> FieldPath {
        let steps = self.0.steps.iter().rev();
        steps.fold(FieldPath::root(), |path, step| path.then(step.clone()))
    }

    /// What is wrong with the value that was read.
    pub fn fault(&self, read: &Spanned) -> Fault {
        let path = self.path();
        let value = read.nearest(&path);
        let mut fault = match &self.0.why {
            Why::Expected(expected) => {
                Fault::unexpected(codes::WRONG_TYPE, &bare(expected), shown(value))
            }
            Why::Told(sentence) => Fault::new(codes::WRONG_TYPE, harmless(sentence)),
        };
        fault.suggestions = (self.is_of_quantity().then(|| value.as_str()).flatten())
            .and_then(meant_quantity)
            .into_iter()
            .collect();
        fault.path = path;
        fault
    }

    fn is_of_quantity(&self) -> bool {
        matches!(&self.0.why, Why::Expected(expected) if expected.starts_with("a quantity"))
    }
}

impl Error for Mistyped {
    /// What is told of values in the crate's own words says what was expected and what was found; the
    /// latter is told here as everywhere else.
    fn custom<T: Display>(message: T) -> Self {
        let message = message.to_string();
        let expected = message.strip_prefix("expected ");
        match expected.and_then(|rest| rest.split_once(", found ")) {
            Some((expected, _)) => Self::no(expected),
            None => Self::of(Why::Told(message)),
        }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::no(in_words(&expected.to_string()))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::no(in_words(&expected.to_string()))
    }
}

/// A sentence as it is, unless something in it should not be seen as it is.
fn harmless(sentence: &str) -> String {
    if sentence.len() > LONGEST || sentence.chars().any(char::is_control) {
        bare(sentence)
    } else {
        sentence.to_owned()
    }
}

/// What serde expects, in the words of the API.
fn in_words(expected: &str) -> &str {
    match expected {
        "i32" => "a 32-bit integer",
        "i64" => "a 64-bit integer",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a number that is not negative",
        "a sequence" => "a list",
        "a map" => "an object",
        other => other,
    }
}

impl std::error::Error for Mistyped {}

impl Display for Mistyped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.why {
            Why::Expected(expected) => write!(f, "expected {expected}"),
            Why::Told(sentence) => f.write_str(sentence),
        }
    }
}
