//! What is to be sent to the API server, and what came of it.

use std::fmt::{self, Write};

use crate::outcome::Action;

/// One request, complete but for the server's address and credentials.
///
/// Its text form says what it is for:
///
/// ```text
/// POST /api/v1/namespaces/infra/pods: create a pod on node-a: the node should run the daemon and has no pod of it
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The path, such as `/api/v1/namespaces/infra/pods`.
    pub path: String,
    /// The header `Content-Type`. A read has it too, though it has no body.
    pub content_type: &'static str,
    /// The body, to be sent byte for byte: reading and writing the JSON again may change the bytes
    /// of a revision's data, and the API server then refuses every later write to it.
    pub body: String,
    /// What it is for, in words, for logs.
    pub purpose: String,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.method, self.path, self.purpose)
    }
}

/// An HTTP method; prints as HTTP spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads an object.
    Get,
    /// Creates an object.
    Post,
    /// Changes an object in part.
    Patch,
    /// Deletes an object.
    Delete,
}

impl Method {
    /// As HTTP spells it.
    ///
    /// ```
    /// assert_eq!(daemonset::control::Method::Patch.as_str(), "PATCH");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The API server answered.
    Received {
        /// The HTTP status code.
        code: u16,
        /// The body: the object, or a
        /// [`Status`](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/)
        /// that says why not.
        body: Vec<u8>,
    },
    /// The request was not sent, for certain: there was no connection.
    NotSent,
    /// There was no answer, or only part of one: the request may have been carried out.
    Lost,
}

pub(super) const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const STRATEGIC_MERGE_PATCH: &str = "application/strategic-merge-patch+json";

/// How a patch is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Merge {
    /// Lists are replaced: RFC 7386.
    Plain,
    /// Entries of lists are merged by their key, as owner references by their UID.
    Strategic,
}

impl Request {
    pub(super) fn get(path: String, purpose: &impl ToString) -> Self {
        Self::new(Method::Get, path, JSON, String::new(), purpose)
    }

    pub(super) fn post(path: String, body: String, purpose: &impl ToString) -> Self {
        Self::new(Method::Post, path, JSON, body, purpose)
    }

    pub(super) fn patch(
        path: String,
        merge: Merge,
        body: &serde_json::Value,
        purpose: &impl ToString,
    ) -> Self {
        let content_type = match merge {
            Merge::Plain => MERGE_PATCH,
            Merge::Strategic => STRATEGIC_MERGE_PATCH,
        };
        let body = body.to_string();
        Self::new(Method::Patch, path, content_type, body, purpose)
    }

    pub(super) fn delete(path: String, body: &serde_json::Value, purpose: &impl ToString) -> Self {
        Self::new(Method::Delete, path, JSON, body.to_string(), purpose)
    }

    fn new(
        method: Method,
        path: String,
        content_type: &'static str,
        body: String,
        purpose: &impl ToString,
    ) -> Self {
        Self {
            method,
            path,
            content_type,
            body,
            purpose: purpose.to_string(),
        }
    }
}

/// A kind of object that has a path of its own in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    Pods,
    DaemonSets,
    ControllerRevisions,
    Events,
}

impl Resource {
    /// The path of all objects of a namespace.
    pub(super) fn in_namespace(self, namespace: &str) -> String {
        let (group, plural) = match self {
            Self::Pods => ("/api/v1", "pods"),
            Self::DaemonSets => ("/apis/apps/v1", "daemonsets"),
            Self::ControllerRevisions => ("/apis/apps/v1", "controllerrevisions"),
            Self::Events => ("/api/v1", "events"),
        };
        format!("{group}/namespaces/{}/{plural}", segment(namespace))
    }

    /// The path of one object.
    pub(super) fn named(self, namespace: &str, name: &str) -> String {
        format!("{}/{}", self.in_namespace(namespace), segment(name))
    }
}

/// A name as one segment of a path, whatever stands in it.
fn segment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            // "." and ".." would be steps in the path.
            b'.' if name.len() > 2 => out.push('.'),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

/// Deletes this very pod, and in this version only where one is given.
pub(super) fn delete_pod(
    namespace: &str,
    pod: &str,
    uid: &str,
    version: Option<u64>,
    action: &Action,
) -> Request {
    let version = version.map(|version| version.to_string());
    let options = delete_options(uid, &version.unwrap_or_default());
    Request::delete(Resource::Pods.named(namespace, pod), &options, action)
}

/// Deletes this very object and no later one of the same name, and this version only where one is
/// given.
pub(super) fn delete_options(uid: &str, resource_version: &str) -> serde_json::Value {
    let given = [("uid", uid), ("resourceVersion", resource_version)];
    let given = given.into_iter().filter(|(_, value)| !value.is_empty());
    let preconditions: serde_json::Map<String, serde_json::Value> = given
        .map(|(field, value)| (field.to_owned(), value.into()))
        .collect();
    serde_json::json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_segment_of_the_path() {
        let path = |name| Resource::Pods.named("infra", name);
        assert_eq!(path("agent.x-1"), "/api/v1/namespaces/infra/pods/agent.x-1");
        assert_eq!(path("../x?y"), "/api/v1/namespaces/infra/pods/..%2Fx%3Fy");
        assert_eq!(path(".."), "/api/v1/namespaces/infra/pods/%2E%2E");
    }
}
