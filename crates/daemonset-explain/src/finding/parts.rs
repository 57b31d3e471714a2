//! What findings are made of, in words.

use std::fmt::{self, Write as _};

use super::{LeftOut, Misplaced, NAMED, Refusal};
use crate::evidence::GivenKind;
use crate::words::{count, list};

/// A sentence in the making, clause by clause.
#[derive(Default)]
pub(super) struct Clauses(pub(super) Vec<String>);

impl Clauses {
    /// What follows is a clause of its own.
    pub(super) fn next(&mut self) {
        self.0.push(String::new());
    }
}

impl fmt::Write for Clauses {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match self.0.last_mut() {
            Some(clause) => clause.push_str(text),
            None => self.0.push(text.to_owned()),
        }
        Ok(())
    }
}

/// What was not given, and the command that brings it.
pub(super) fn not_given(
    f: &mut Clauses,
    kinds: &[GivenKind],
    (desired, current): (i32, i32),
    pods_of_others: bool,
    namespace: &str,
) -> fmt::Result {
    let is_missing = |kind| kinds.contains(&kind);
    let (nodes, pods) = (is_missing(GivenKind::Node), is_missing(GivenKind::Pod));
    f.write_str("cannot tell: ")?;
    match (nodes, pods) {
        (true, true) => f.write_str("no nodes and no pods are given")?,
        (true, false) => f.write_str("no nodes are given")?,
        (false, _) if pods_of_others => {
            f.write_str("no pods are given that belong to it (pods of others are)")?;
        }
        (false, _) => f.write_str("no pods are given")?,
    }
    if desired > 0 {
        write!(
            f,
            ", while its own status counts {desired} that should run it, and {current} with a pod",
        )?;
    }
    f.write_str("; add the output of: kubectl get ")?;
    match (nodes, pods) {
        (true, true) => f.write_str("nodes,pods -A -o yaml"),
        (true, false) => f.write_str("nodes -o yaml"),
        (false, _) => match namespace {
            "" => f.write_str("pods -A -o yaml"),
            namespace => write!(f, "pods -n {namespace} -o yaml"),
        },
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quota { quota, full } => {
                write!(f, "ResourceQuota {quota}")?;
                match full.as_slice() {
                    [] => f.write_str(" has no room for them"),
                    full => write!(f, " is used up: {}", full.join(", ")),
                }
            }
            Self::PriorityClass { class } => write!(f, "there is no PriorityClass {class}"),
            Self::TemplateField { field, class } => write!(
                f,
                "the template gives {field}, which only a {class} may give, and names none"
            ),
            Self::PodSecurity { level } => write!(
                f,
                "the namespace enforces Pod Security {level}, which the template does not meet"
            ),
            Self::NamespaceTerminating => f.write_str("the namespace is being deleted"),
            Self::ServiceAccount { account } => write!(f, "there is no ServiceAccount {account}"),
            Self::Unspecified { quota, resources } => write!(
                f,
                "ResourceQuota {quota} wants every container to specify {}",
                list(resources, NAMED)
            ),
            Self::LimitRange => {
                f.write_str("a LimitRange does not allow what the template asks for")
            }
            Self::Denied { denied_by } => write!(f, "{denied_by} denies them"),
            Self::Webhook { webhook, .. } => {
                write!(f, "admission webhook {webhook} does not answer")
            }
        }
    }
}

/// `3 nodes (a, b and c): nodeSelector wants …: disk=ssd may be meant`
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = count(self.nodes.len(), "node");
        write!(f, "{nodes} ({}): {}", list(&self.nodes, NAMED), self.why)?;
        match &self.near {
            None => Ok(()),
            Some(near) => write!(f, ": {near}"),
        }
    }
}

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.node, self.why.join(", "))
    }
}
