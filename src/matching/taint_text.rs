//! Taints and tolerations as text, in the notation of kubectl.

use std::fmt;
use std::str::FromStr;

use super::names::{is_label_value, is_qualified_name};
use crate::api::{Taint, Toleration};
use crate::view::TaintView;

/// A text that is no taint or toleration as kubectl writes it.
///
/// ```
/// use daemonset::api::Taint;
///
/// let error = "gpu:NoSched".parse::<Taint>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"expected NoSchedule, PreferNoSchedule or NoExecute, found "NoSched""#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
#[non_exhaustive]
pub struct TaintTextError {
    /// What was expected.
    pub expected: &'static str,
    /// What was found, its first 64 characters at most.
    pub found: String,
}

impl TaintTextError {
    fn new(expected: &'static str, found: &str) -> Self {
        Self {
            expected,
            found: found.chars().take(64).collect(),
        }
    }
}

/// Prints as kubectl does: `key=value:Effect`, or `key:Effect` without a value. When the taint was
/// added is left out.
impl fmt::Display for Taint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        TaintView::from(self).fmt(f)
    }
}

/// Reads what `kubectl taint` takes: `key=value:Effect` or `key:Effect`.
impl FromStr for Taint {
    type Err = TaintTextError;

    fn from_str(text: &str) -> Result<Self, TaintTextError> {
        let (entry, effect) = text
            .split_once(':')
            .ok_or_else(|| TaintTextError::new("key=value:Effect or key:Effect", text))?;
        let (key, value) = entry.split_once('=').unwrap_or((entry, ""));
        Ok(Self {
            key: qualified_name(key)?,
            value: label_value(value)?,
            effect: taint_effect(effect)?,
            time_added: None,
        })
    }
}

/// What separates a toleration's operator from what stands before it.
const OPERATOR: &str = "op=";

/// Prints as `kubectl describe` does: `key=value:Effect`, `key:Effect op=Exists`, `op=Exists for
/// 300s`. The operator `Equal` goes without saying.
impl fmt::Display for Toleration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        f.write_str(&self.key)?;
        if !self.value.is_empty() {
            write!(f, "={}", self.value)?;
        }
        if !self.effect.is_empty() {
            write!(f, ":{}", self.effect)?;
        }
        if !(self.key.is_empty() && self.value.is_empty() && self.effect.is_empty()) {
            separator = " ";
        }
        if !matches!(self.operator.as_str(), "" | "Equal") {
            write!(f, "{separator}{OPERATOR}{}", self.operator)?;
            separator = " ";
        }
        if let Some(seconds) = self.toleration_seconds {
            write!(f, "{separator}for {seconds}s")?;
        }
        Ok(())
    }
}

/// Reads what `kubectl describe` prints; without an operator it is `Equal`.
///
/// Read are the operators `Equal`, `Exists`, `Gt` and `Lt`, qualified names for keys and label
/// values for values, as the API server takes them. `op=Exists` alone tolerates everything; a key `op`
/// with the value `Exists` and without an effect prints the same.
impl FromStr for Toleration {
    type Err = TaintTextError;

    fn from_str(text: &str) -> Result<Self, TaintTextError> {
        let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
        let mut ahead = words.clone();
        let taint = match (ahead.next(), ahead.next()) {
            (Some("for"), Some(word)) if seconds(word).is_some() => "",
            (Some(word), _) if operator(word).is_some() => "",
            _ => words.next().unwrap_or_default(),
        };
        let operator = match words.next_if(|word| word.starts_with(OPERATOR)) {
            None => "Equal",
            Some(word) => operator(word)
                .ok_or_else(|| TaintTextError::new("op=Equal, op=Exists, op=Gt or op=Lt", word))?,
        };
        let toleration_seconds = if words.next_if_eq(&"for").is_some() {
            let word = words.next().unwrap_or_default();
            let error = || TaintTextError::new("seconds such as 300s", word);
            Some(seconds(word).ok_or_else(error)?)
        } else {
            None
        };
        if let Some(more) = words.next() {
            return Err(TaintTextError::new("the end", more));
        }
        let (entry, effect) = match taint.split_once(':') {
            Some((entry, effect)) => (entry, taint_effect(effect)?),
            None => (taint, String::new()),
        };
        let (key, value) = entry.split_once('=').unwrap_or((entry, ""));
        Ok(Self {
            key: match key {
                "" => String::new(),
                key => qualified_name(key)?,
            },
            operator: operator.to_owned(),
            value: label_value(value)?,
            effect,
            toleration_seconds,
        })
    }
}

/// The operator in `op=Exists`.
fn operator(word: &str) -> Option<&str> {
    let operator = word.strip_prefix(OPERATOR)?;
    matches!(operator, "Equal" | "Exists" | "Gt" | "Lt").then_some(operator)
}

/// The number in `300s`.
fn seconds(word: &str) -> Option<i64> {
    word.strip_suffix('s')?.parse().ok()
}

fn qualified_name(text: &str) -> Result<String, TaintTextError> {
    if is_qualified_name(text) {
        Ok(text.to_owned())
    } else {
        Err(TaintTextError::new("a qualified name", text))
    }
}

fn label_value(text: &str) -> Result<String, TaintTextError> {
    if is_label_value(text) {
        Ok(text.to_owned())
    } else {
        Err(TaintTextError::new("a label's value", text))
    }
}

fn taint_effect(text: &str) -> Result<String, TaintTextError> {
    match text {
        "NoSchedule" | "PreferNoSchedule" | "NoExecute" => Ok(text.to_owned()),
        _ => Err(TaintTextError::new(
            "NoSchedule, PreferNoSchedule or NoExecute",
            text,
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn effect() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["NoSchedule", "PreferNoSchedule", "NoExecute"])
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(
            key in "([a-z.]{0,3}[a-z]/)?[a-zA-Z0-9]([a-z_.-]{0,3}[a-z])?",
            value in "([a-z0-9]([a-z_.-]{0,3}[a-z])?)?",
            effect in effect(),
            operator in prop::sample::select(vec!["Equal", "Exists", "Gt", "Lt"]),
            seconds in prop::option::of(any::<i64>()),
            parts in 0_u8..8,
        ) {
            prop_assume!(is_qualified_name(&key));
            let taint = Taint {
                key: key.clone(),
                value: value.clone(),
                effect: effect.to_owned(),
                time_added: None,
            };
            prop_assert_eq!(taint.to_string().parse(), Ok(taint));
            let part = |bit: u8, text: String| if parts & bit == 0 { text } else { String::new() };
            let toleration = Toleration {
                key: part(1, key),
                operator: operator.to_owned(),
                value: part(2, value),
                effect: part(4, effect.to_owned()),
                toleration_seconds: seconds,
            };
            prop_assert_eq!(toleration.to_string().parse(), Ok(toleration));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "([a:= ]|op=|for|Exists|NoExecute|3s){0,8}") {
            if let Ok(taint) = text.parse::<Taint>() {
                prop_assert_eq!(taint.to_string().parse(), Ok(taint));
            }
            if let Ok(toleration) = text.parse::<Toleration>() {
                prop_assert_eq!(toleration.to_string().parse(), Ok(toleration));
            }
        }
    }

    #[test]
    fn tolerations_print_as_kubectl_describes_them() {
        for (key, operator, value, effect, seconds, printed) in [
            ("", "", "", "", None, ""),
            ("", "Exists", "", "", None, "op=Exists"),
            ("", "Exists", "", "", Some(30), "op=Exists for 30s"),
            ("", "Exists", "", "NoExecute", None, ":NoExecute op=Exists"),
            ("gpu", "Exists", "", "", None, "gpu op=Exists"),
            (
                "gpu",
                "Equal",
                "a100",
                "NoSchedule",
                None,
                "gpu=a100:NoSchedule",
            ),
            ("gpu", "", "a100", "", Some(-1), "gpu=a100 for -1s"),
            (
                "gpu",
                "Gt",
                "8",
                "NoSchedule",
                None,
                "gpu=8:NoSchedule op=Gt",
            ),
        ] {
            let toleration = Toleration {
                key: key.to_owned(),
                operator: operator.to_owned(),
                value: value.to_owned(),
                effect: effect.to_owned(),
                toleration_seconds: seconds,
            };
            assert_eq!(toleration.to_string(), printed);
        }
    }

    #[test]
    fn keys_may_be_called_as_the_words_of_the_notation() {
        for (text, key, operator, seconds) in [
            ("for", "for", "Equal", None),
            ("for for 3s", "for", "Equal", Some(3)),
            ("for 3s", "", "Equal", Some(3)),
            ("for op=Exists", "for", "Exists", None),
            ("op=a:NoSchedule op=Exists", "op", "Exists", None),
            ("op op=Exists", "op", "Exists", None),
            ("op=Exists", "", "Exists", None),
        ] {
            let read: Toleration = text.parse().expect(text);
            assert_eq!(
                (read.key.as_str(), read.operator.as_str()),
                (key, operator),
                "{text}"
            );
            assert_eq!(read.toleration_seconds, seconds, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, error) in [
            (
                "gpu",
                r#"expected key=value:Effect or key:Effect, found "gpu""#,
            ),
            (":NoSchedule", r#"expected a qualified name, found """#),
            (
                "a b:NoSchedule",
                r#"expected a qualified name, found "a b""#,
            ),
            (
                "gpu=-1:NoSchedule",
                r#"expected a label's value, found "-1""#,
            ),
            (
                "a=b=c:NoSchedule",
                r#"expected a label's value, found "b=c""#,
            ),
            (
                "gpu:",
                r#"expected NoSchedule, PreferNoSchedule or NoExecute, found """#,
            ),
        ] {
            assert_eq!(text.parse::<Taint>().expect_err(text).to_string(), error);
        }
        for (text, error) in [
            (
                "gpu op=In",
                r#"expected op=Equal, op=Exists, op=Gt or op=Lt, found "op=In""#,
            ),
            ("gpu for", r#"expected seconds such as 300s, found """#),
            ("gpu for 3", r#"expected seconds such as 300s, found "3""#),
            (
                "gpu for 3s op=Exists",
                r#"expected the end, found "op=Exists""#,
            ),
            ("gpu gpu", r#"expected the end, found "gpu""#),
            (
                "gpu:noSchedule",
                r#"expected NoSchedule, PreferNoSchedule or NoExecute, found "noSchedule""#,
            ),
        ] {
            assert_eq!(
                text.parse::<Toleration>().expect_err(text).to_string(),
                error
            );
        }
    }
}
