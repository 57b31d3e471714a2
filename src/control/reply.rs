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
    /// The API server failed or has too much to do, and may have carried it out all the same: what stands
    /// between, such as a proxy, may have sent it twice, and the second answer is the one that came.
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
    #[serde(rename = "retryAfterSeconds")]
    retry_after_seconds: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cause {
    reason: String,
}

/// For how many seconds the API server asks to be left alone. Where it has too much to do and does not say,
/// one, as its own flow control asks for in a header.
pub(super) fn asks_for_rest(answer: &Answer) -> i64 {
    let Answer::Received { code, body } = answer else {
        return 0;
    };
    if *code != 429 && *code < 500 {
        return 0;
    }
    let status: Status = serde_json::from_slice(body).unwrap_or_default();
    let seconds = status.details.unwrap_or_default().retry_after_seconds;
    let least = i64::from(*code == 429);
    seconds.clamp(least, LONGEST_REST_SECONDS)
}

/// The longest time that is left to an API server which asks for it, in seconds.
const LONGEST_REST_SECONDS: i64 = 60;

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
            408 | 429 | 500..600 => Self::Unclear(message()),
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
        let busy = json!({"message": "busy", "details": {"retryAfterSeconds": 7}});
        assert_eq!(received(429, &busy), Reply::Unclear("busy".to_owned()));
        let garbage = Answer::Received {
            code: 200,
            body: b"<html>".to_vec(),
        };
        assert_eq!(Reply::of(&garbage), Reply::Done(Value::Null));
    }

    #[test]
    fn an_api_server_that_asks_for_rest_is_given_it() {
        let asks = |code, body: &str| {
            let body = body.as_bytes().to_vec();
            asks_for_rest(&Answer::Received { code, body })
        };
        let after = |seconds| format!(r#"{{"details": {{"retryAfterSeconds": {seconds}}}}}"#);
        assert_eq!(asks(429, "Too many requests, please try again later."), 1);
        assert_eq!(asks(429, &after(7)), 7);
        assert_eq!(asks(503, &after(2)), 2);
        assert_eq!(asks(429, &after(86_400)), 60);
        assert_eq!(asks(500, &after(-3)), 0);
        assert_eq!(asks(500, "{}"), 0);
        assert_eq!(asks(409, &after(7)), 0);
        assert_eq!(asks_for_rest(&Answer::Lost), 0);
    }
}
