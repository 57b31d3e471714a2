//! Label selectors as text, in the notation of `kubectl get -l`.
//!
//! Source: [Label selectors](https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api).

use std::fmt;
use std::str::FromStr;

use super::{Requirement, RequirementFault, Selector};

/// A text that is no label selector as kubectl reads it.
///
/// ```
/// use daemonset::matching::Selector;
///
/// let error = "app=agent,tier in a".parse::<Selector>().unwrap_err();
/// assert_eq!(error.to_string(), r#"column 19: expected (, found "a""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelectorTextError {
    /// Where it is, in characters from 1 on.
    pub column: usize,
    /// What was expected there.
    pub expected: &'static str,
    /// What was found, its first 64 characters at most; `None` at the end of the text.
    pub found: Option<String>,
}

impl fmt::Display for SelectorTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            column, expected, ..
        } = self;
        write!(f, "column {column}: expected {expected}, found ")?;
        match &self.found {
            Some(found) => write!(f, "{found:?}"),
            None => f.write_str("the end"),
        }
    }
}

impl std::error::Error for SelectorTextError {}

/// What stands for the selector that matches nothing; no label can be called so.
const NOTHING: &str = "<none>";

/// Reads what `kubectl get -l` reads: `app=agent,tier in (a,b),!canary`. The empty text selects
/// everything, and `<none>` nothing.
///
/// `>` and `<` compare integers, which a DaemonSet's own selector cannot do.
impl FromStr for Selector {
    type Err = SelectorTextError;

    fn from_str(text: &str) -> Result<Self, SelectorTextError> {
        if text == NOTHING {
            return Ok(Self::nothing());
        }
        let mut reader = Reader { text, at: 0 };
        let mut requirements = Vec::new();
        if reader.peek().token != Token::End {
            loop {
                requirements.push(reader.requirement()?);
                let next = reader.next();
                match next.token {
                    Token::End => break,
                    Token::Comma => {}
                    _ => return Err(reader.expected("a comma or the end", next)),
                }
            }
        }
        Ok(Self::of(requirements))
    }
}

/// Reads a selector of one requirement.
impl FromStr for Requirement {
    type Err = SelectorTextError;

    fn from_str(text: &str) -> Result<Self, SelectorTextError> {
        let mut reader = Reader { text, at: 0 };
        let requirement = reader.requirement()?;
        let next = reader.next();
        match next.token {
            Token::End => Ok(requirement),
            _ => Err(reader.expected("the end", next)),
        }
    }
}

/// Prints the selector as kubectl reads it: `app=agent,tier in (a,b),!canary`. One that selects
/// everything is empty, and one that matches nothing is `<none>`, which kubectl prints and does not
/// read.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_nothing() {
            return f.write_str(NOTHING);
        }
        for (at, requirement) in self.requirements().iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{requirement}")?;
        }
        Ok(())
    }
}

/// Prints the requirement as kubectl reads it in a selector: `app=agent`, `tier in (a,b)`,
/// `env notin (x)`, `gpu`, `!canary`, `cores>8`.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, values) = (self.key(), self.values());
        match (self.operator(), values) {
            ("In", [value]) => write!(f, "{key}={value}"),
            ("In", values) => write!(f, "{key} in ({})", values.join(",")),
            ("NotIn", values) => write!(f, "{key} notin ({})", values.join(",")),
            ("Gt", values) => write!(f, "{key}>{}", values.join(",")),
            ("Lt", values) => write!(f, "{key}<{}", values.join(",")),
            ("DoesNotExist", _) => write!(f, "!{key}"),
            (_, _) => f.write_str(key),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    End,
    Comma,
    Open,
    Close,
    Not,
    Equal,
    NotEqual,
    Greater,
    Less,
    /// A key, a value, `in` or `notin`, whichever may stand there.
    Word,
}

/// A token, and where it stands in the text.
#[derive(Clone, Copy)]
struct Found<'t> {
    token: Token,
    text: &'t str,
    start: usize,
}

#[derive(Clone, Copy)]
struct Reader<'t> {
    text: &'t str,
    /// How many bytes have been read.
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(self) -> Found<'t> {
        let mut ahead = self;
        ahead.next()
    }

    fn next(&mut self) -> Found<'t> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let unspaced = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let start = self.text.len() - unspaced.len();
        let mut bytes = unspaced.bytes();
        let (token, length) = match (bytes.next(), bytes.next()) {
            (None, _) => (Token::End, 0),
            (Some(b','), _) => (Token::Comma, 1),
            (Some(b'('), _) => (Token::Open, 1),
            (Some(b')'), _) => (Token::Close, 1),
            (Some(b'!'), Some(b'=')) => (Token::NotEqual, 2),
            (Some(b'!'), _) => (Token::Not, 1),
            (Some(b'='), Some(b'=')) => (Token::Equal, 2),
            (Some(b'='), _) => (Token::Equal, 1),
            (Some(b'>'), _) => (Token::Greater, 1),
            (Some(b'<'), _) => (Token::Less, 1),
            _ => {
                const ENDS: [char; 11] = [' ', '\t', '\r', '\n', '=', '!', '(', ')', ',', '>', '<'];
                (Token::Word, unspaced.find(ENDS).unwrap_or(unspaced.len()))
            }
        };
        self.at = start + length;
        Found {
            token,
            text: unspaced.get(..length).unwrap_or_default(),
            start,
        }
    }

    fn expected(self, expected: &'static str, found: Found<'_>) -> SelectorTextError {
        let before = self.text.get(..found.start).unwrap_or_default();
        SelectorTextError {
            column: before.chars().count() + 1,
            expected,
            found: (found.token != Token::End).then(|| found.text.chars().take(64).collect()),
        }
    }

    fn requirement(&mut self) -> Result<Requirement, SelectorTextError> {
        let mut key = self.next();
        let negated = key.token == Token::Not;
        if negated {
            key = self.next();
        }
        if key.token != Token::Word {
            return Err(self.expected("a label's key", key));
        }
        if negated {
            return self.checked(key, "DoesNotExist", &[]);
        }
        if matches!(self.peek().token, Token::End | Token::Comma) {
            return self.checked(key, "Exists", &[]);
        }
        let operator = self.next();
        match (operator.token, operator.text) {
            (Token::Equal, _) => self.exact(key, "In"),
            (Token::NotEqual, _) => self.exact(key, "NotIn"),
            (Token::Greater, _) => self.exact(key, "Gt"),
            (Token::Less, _) => self.exact(key, "Lt"),
            (Token::Word, "in") => self.listed(key, "In"),
            (Token::Word, "notin") => self.listed(key, "NotIn"),
            _ => Err(self.expected("=, ==, !=, in, notin, > or <", operator)),
        }
    }

    /// A value behind an operator; nothing there is the empty value.
    fn exact(&mut self, key: Found<'_>, operator: &str) -> Result<Requirement, SelectorTextError> {
        let value = self.peek();
        match value.token {
            Token::Word => {
                self.next();
            }
            Token::End | Token::Comma => {}
            _ => return Err(self.expected("a value", value)),
        }
        let text = if value.token == Token::Word {
            value.text
        } else {
            ""
        };
        self.checked(key, operator, &[Found { text, ..value }])
    }

    /// Values in parentheses; nothing between two commas is the empty value.
    fn listed(&mut self, key: Found<'_>, operator: &str) -> Result<Requirement, SelectorTextError> {
        let open = self.next();
        if open.token != Token::Open {
            return Err(self.expected("(", open));
        }
        let mut values = Vec::new();
        loop {
            let value = self.peek();
            let text = if value.token == Token::Word {
                self.next().text
            } else {
                ""
            };
            values.push(Found { text, ..value });
            let next = self.next();
            match next.token {
                Token::Comma => {}
                Token::Close => break,
                _ => return Err(self.expected("a comma or )", next)),
            }
        }
        self.checked(key, operator, &values)
    }

    fn checked(
        self,
        key: Found<'_>,
        operator: &str,
        values: &[Found<'_>],
    ) -> Result<Requirement, SelectorTextError> {
        let texts: Vec<String> = values.iter().map(|value| value.text.to_owned()).collect();
        Requirement::new(key.text, operator, &texts).map_err(|fault| {
            let value = |at: usize| values.get(at).copied().unwrap_or(key);
            match fault {
                RequirementFault::Value(at) => self.expected("a label's value", value(at)),
                RequirementFault::Integer => self.expected("an integer", value(0)),
                _ => self.expected("a qualified name", key),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::NodeSelectorRequirement;

    /// Requirements as a node affinity term may write them, most of them well-formed.
    fn requirement() -> impl Strategy<Value = Requirement> {
        let key = "[a-z]{1,3}|in|notin|example\\.com/[a-z_.]{0,3}[a-z]";
        let value = || "|[a-z0-9]|[A-Z0-9][a-z._-]{0,3}[a-z]|in|notin";
        let listed = (
            prop_oneof![Just("In"), Just("NotIn")],
            proptest::collection::vec(value(), 1..4),
        );
        let bare = (
            prop_oneof![Just("Exists"), Just("DoesNotExist")],
            Just(Vec::new()),
        );
        let compared = (
            prop_oneof![Just("Gt"), Just("Lt")],
            "0{0,2}[1-9][0-9]{0,3}".prop_map(|number| vec![number]),
        );
        (key, prop_oneof![listed, bare, compared])
            .prop_map(|(key, (operator, values))| Requirement::new(&key, operator, &values))
            .prop_filter_map("well-formed", Result::ok)
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(
            requirements in proptest::collection::vec(requirement(), 0..4),
        ) {
            for requirement in &requirements {
                prop_assert_eq!(requirement.to_string().parse(), Ok(requirement.clone()));
                let json = serde_json::to_string(requirement)?;
                prop_assert_eq!(&serde_json::from_str::<Requirement>(&json)?, requirement);
                let written = NodeSelectorRequirement::from(requirement.clone());
                prop_assert_eq!(Requirement::try_from(written), Ok(requirement.clone()));
            }
            let selector = Selector::of(requirements);
            prop_assert_eq!(selector.to_string().parse(), Ok(selector));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "([a-c, ()!=<>é\u{0}]|in|notin){0,12}") {
            if let Ok(selector) = text.parse::<Selector>() {
                prop_assert_eq!(selector.to_string().parse(), Ok(selector));
            }
        }
    }

    /// Held against `labels.Parse` of Kubernetes 1.36, which `kubectl get -l` reads with.
    #[test]
    fn texts_are_read_as_kubectl_reads_them() {
        for (text, printed) in [
            ("", ""),
            (" ", ""),
            ("app = agent", "app=agent"),
            ("app==agent", "app=agent"),
            ("app=", "app="),
            ("app!=x", "app notin (x)"),
            ("app!=", "app notin ()"),
            ("app=,b", "app=,b"),
            ("tier in (a)", "tier=a"),
            ("tier in (b , a)", "tier in (b,a)"),
            ("tier in ()", "tier="),
            ("tier in (a,)", "tier in (a,)"),
            ("tier in (,)", "tier in (,)"),
            ("! canary", "!canary"),
            ("gpu", "gpu"),
            ("cores>8,cores<09", "cores>8,cores<09"),
            ("in in (in)", "in=in"),
            ("notin notin(notin, in)", "notin notin (notin,in)"),
            ("!in,notin", "!in,notin"),
            ("a\n in\t(b)", "a=b"),
            ("example.com/a in (x,y)", "example.com/a in (x,y)"),
        ] {
            let selector = text.parse::<Selector>().expect(text);
            assert_eq!(selector.to_string(), printed, "{text:?}");
        }
    }

    #[test]
    fn texts_are_refused_as_kubectl_refuses_them() {
        for (text, error) in [
            ("a,", "column 3: expected a label's key, found the end"),
            ("a,,b", r#"column 3: expected a label's key, found ",""#),
            (",a", r#"column 1: expected a label's key, found ",""#),
            ("=a", r#"column 1: expected a label's key, found "=""#),
            ("!", "column 2: expected a label's key, found the end"),
            ("!!a", r#"column 2: expected a label's key, found "!""#),
            (
                "!a=b",
                r#"column 3: expected a comma or the end, found "=""#,
            ),
            (
                "a b",
                r#"column 3: expected =, ==, !=, in, notin, > or <, found "b""#,
            ),
            (
                "a!b",
                r#"column 2: expected =, ==, !=, in, notin, > or <, found "!""#,
            ),
            (
                "a=b c",
                r#"column 5: expected a comma or the end, found "c""#,
            ),
            ("a=(b)", r#"column 3: expected a value, found "(""#),
            ("a in b", r#"column 6: expected (, found "b""#),
            ("a in (b", "column 8: expected a comma or ), found the end"),
            (
                "a in (b c)",
                r#"column 9: expected a comma or ), found "c""#,
            ),
            ("a in (!b)", r#"column 7: expected a comma or ), found "!""#),
            (
                "a in (b))",
                r#"column 9: expected a comma or the end, found ")""#,
            ),
            ("é=b", r#"column 1: expected a qualified name, found "é""#),
            (
                "é b",
                r#"column 3: expected =, ==, !=, in, notin, > or <, found "b""#,
            ),
            (
                "a/b/c",
                r#"column 1: expected a qualified name, found "a/b/c""#,
            ),
            ("a=-x", r#"column 3: expected a label's value, found "-x""#),
            (
                "a in (b,-x)",
                r#"column 9: expected a label's value, found "-x""#,
            ),
            ("cores>a", r#"column 7: expected an integer, found "a""#),
            ("cores>", "column 7: expected an integer, found the end"),
            (
                "cores>-3",
                r#"column 7: expected a label's value, found "-3""#,
            ),
        ] {
            let refused = text.parse::<Selector>().expect_err(text);
            assert_eq!(refused.to_string(), error, "{text:?}");
        }
        let two = "a,b".parse::<Requirement>().expect_err("two");
        assert_eq!(two.to_string(), r#"column 2: expected the end, found ",""#);
    }

    #[test]
    fn nothing_and_everything_are_told_apart() {
        let nothing: Selector = "<none>".parse().expect("it is printed so");
        assert!(nothing.is_nothing() && !nothing.is_everything());
        assert_eq!(nothing.to_string(), "<none>");
        assert_eq!(nothing, Selector::nothing());
        let everything: Selector = "".parse().expect("it is printed so");
        assert!(everything.is_everything() && !everything.is_nothing());
    }
}
