//! What an answer means.

use serde::Deserialize;
use serde_json::Value;

use super::request::Answer;

/// What an answer means, whatever it answers.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reply {
    /// It is done; the object as it is now, where the answer shows it.
    Done(Value),
    /// There is no such object.
    Missing,
    /// An object of this name exists.
    Exists,
    /// The object has changed, or it is another one by now.
    Conflict,
    /// The namespace is being deleted: nothing is created there any more.
    NamespaceTerminating,
    /// The API server refuses, and says why.
    Refused(String),
    /// The API server failed, and may have carried it out all the same.
    Unclear(String),
    /// There was no connection.
    NotSent,
    /// There was no answer; it may have been carried out all the same.
    Lost,
}

/// The part of a `Status` that is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    reason: String,
    message: String,
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    causes: Option<Vec<Cause>>,
    kind: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cause {
    reason: String,
}

impl Reply {
    pub(super) fn of(answer: &Answer) -> Self {
        let (code, body) = match answer {
            Answer::NotSent => return Self::NotSent,
            Answer::Lost => return Self::Lost,
            Answer::Received { code, body } => (*code, body.as_slice()),
        };
        if (200..300).contains(&code) {
            return Self::Done(serde_json::from_slice(body).unwrap_or_default());
        }
        let status: Status = serde_json::from_slice(body).unwrap_or_default();
        let details = status.details.unwrap_or_default();
        let causes = details.causes.unwrap_or_default();
        let terminating = (causes.iter()).any(|cause| cause.reason == "NamespaceTerminating");
        let message = || match status.message.as_str() {
            "" => format!("the API server answered {code}"),
            message => message.to_owned(),
        };
        match code {
            403 if terminating => Self::NamespaceTerminating,
            404 if details.kind == "namespaces" => Self::NamespaceTerminating,
            404 | 410 => Self::Missing,
            409 if status.reason == "AlreadyExists" => Self::Exists,
            409 => Self::Conflict,
            408 | 500..600 => Self::Unclear(message()),
            _ => Self::Refused(message()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(code: u16, body: &Value) -> Reply {
        Reply::of(&Answer::Received {
            code,
            body: body.to_string().into_bytes(),
        })
    }

    #[test]
    fn answers_are_told_apart() {
        use serde_json::json;
        let object = json!({"metadata": {"name": "a"}});
        assert_eq!(received(201, &object), Reply::Done(object));
        assert_eq!(
            received(404, &json!({"details": {"kind": "pods"}})),
            Reply::Missing
        );
        let going = json!({"reason": "Forbidden", "details": {"causes": [{"reason": "NamespaceTerminating"}]}});
        assert_eq!(received(403, &going), Reply::NamespaceTerminating);
        let none = json!({"details": {"kind": "namespaces"}});
        assert_eq!(received(404, &none), Reply::NamespaceTerminating);
        assert_eq!(
            received(409, &json!({"reason": "AlreadyExists"})),
            Reply::Exists
        );
        assert_eq!(
            received(409, &json!({"reason": "Conflict"})),
            Reply::Conflict
        );
        let quota = json!({"reason": "Forbidden", "message": "exceeded quota"});
        assert_eq!(
            received(403, &quota),
            Reply::Refused("exceeded quota".to_owned())
        );
        assert_eq!(
            received(503, &Value::Null),
            Reply::Unclear("the API server answered 503".to_owned())
        );
        let garbage = Answer::Received {
            code: 200,
            body: b"<html>".to_vec(),
        };
        assert_eq!(Reply::of(&garbage), Reply::Done(Value::Null));
    }
}
