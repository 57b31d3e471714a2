//! Who is to blame for failing pods.

use std::fmt;

use daemonset::api::Timestamp;
use serde::{Deserialize, Serialize};

use super::NAMED;
use crate::known::Known;
use crate::words::{agree, count, duration, list};

/// Who is to blame for failing pods of the current revision, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Blame {
    /// The revision: it changed what fails.
    Changed,
    /// The revision: its pods fail on every node that has one, and those of an older one run on
    /// others.
    EveryNode,
    /// The revision: its pods fail on nodes of one kind, none of it is available on such, and those
    /// of an older one run there.
    OnKind {
        /// The label that tells the kind, such as `kubernetes.io/arch=arm64`, or what such nodes run.
        label: String,
        /// How many such nodes have an available pod of an older revision.
        #[serde(default)]
        older: usize,
    },
    /// The revision: by the one before, none of these nodes should run the daemon.
    CameToNodes {
        /// The number of the one before.
        before: i64,
    },
    /// The revision: no pod of it is available anywhere, and there was an older one.
    Nowhere,
    /// Not the revision: pods of an older one fail in the same way.
    OldFailAlike {
        /// The nodes of those.
        nodes: Vec<String>,
    },
    /// Not the current template: they count as updated by their generation label alone, and run another.
    OtherTemplate {
        /// What they run: `revision 2`, or a hash.
        revisions: Vec<String>,
    },
    /// Not the revision: more nodes were updated at once than the budget allows, and that is so only
    /// where the old pods were not available either.
    OldFailedThere {
        /// How many nodes were updated at once.
        nodes: usize,
        /// How many the budget allows.
        limit: i64,
        /// How old the old pods were at most, in seconds, where they may have been starting.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        starting: Option<i64>,
    },
    /// Not the revision, as far as it shows: the one before asks for the readiness gate too that no controller has set.
    GateBefore {
        /// The condition.
        gate: String,
        /// How many other pods of the revision were given it.
        updated: usize,
    },
    /// Not the revision: what the pods miss, the one before it asks for too.
    NamedBefore {
        /// What they miss, such as `ConfigMap agent-config`.
        object: String,
    },
    /// Not the template: of it the revision changed an annotation alone, with which pods are started anew.
    StartedAnew {
        /// The annotation's path.
        field: String,
    },
    /// Not the template: what fails is no container of it, but was put into its pods as they were made.
    Injected {
        /// The container.
        container: String,
        /// By whom, where that is known.
        by: Option<String>,
    },
    /// Not the revision: those whom the pods ask are not ready themselves.
    AskedPods {
        /// Who they are.
        who: String,
    },
    /// Neither the revision nor the node: the registry lets nothing more be pulled for now.
    RateLimited,
    /// Not the image: no node that tries can pull it, for want of a registry that answers as it should; or the only one that
    /// tries is answered, or pods of others fail for the same on other nodes.
    RegistryFails,
    /// It cannot be told: all of them ask something outside in vain, of which the revision changed
    /// nothing, and of the old ones it is not known whether they would still find it.
    NoAnswer {
        /// What they ask, such as `10.20.0.5:4317`.
        address: String,
    },
    /// Not the revision: the node lacks what every pod takes.
    NodeLacks {
        /// What.
        lack: Known,
        /// The nodes, where pods fail on others for something else.
        #[serde(default)]
        nodes: Vec<String>,
    },
    /// Not what the revision brought: with surge its pod comes beside the old one, which holds a lock on a path of
    /// the node.
    OwnLock,
    /// Not what the revision brought: with surge its pod comes beside the old one, on the network of the node.
    OwnPort {
        /// The port that the old pod holds.
        port: u16,
    },
    /// Not the revision: its pods ran before.
    RanBefore {
        /// Since when they fail; `None` where it is their restarts that tell: earlier runs may have lasted
        /// longer than the last one.
        since: Option<Timestamp>,
        /// Within how many seconds of it all of them began to fail, where several did at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<i64>,
        /// For how long they had run, in seconds; where their restarts tell, how old the oldest of them is.
        ran: i64,
        /// How that is known.
        known_by: RunKnownBy,
    },
    /// Not the revision: its pods run on at least as many nodes as they fail on.
    RunsElsewhere,
    /// It cannot be told: one pod on one node fails, in a way that may be the node's.
    OneNode,
    /// Not the node, though one pod on one node fails: its words are known to be about something else.
    ByItsWords,
}

/// How it is known that pods had run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum RunKnownBy {
    /// They say since when they are no longer ready.
    Readiness,
    /// They have restarted too seldom for their age, and their rollout went on past them.
    Restarts,
}

impl Blame {
    /// Whether the revision is to blame.
    #[must_use]
    pub fn is_revision(&self) -> bool {
        matches!(
            self,
            Self::Changed
                | Self::EveryNode
                | Self::OnKind { .. }
                | Self::CameToNodes { .. }
                | Self::Nowhere
        )
    }

    /// Whether the failure is known to be about something that is neither the revision nor its nodes.
    pub(crate) fn is_elsewhere(&self) -> bool {
        matches!(
            self,
            Self::OldFailAlike { .. }
                | Self::GateBefore { .. }
                | Self::NamedBefore { .. }
                | Self::Injected { .. }
                | Self::AskedPods { .. }
                | Self::RateLimited
                | Self::RegistryFails
        )
    }

    /// Whether it may be for what the nodes are that pods fail.
    pub(crate) fn may_be_the_node(blame: Option<&Self>) -> bool {
        matches!(
            blame,
            None | Some(Self::RunsElsewhere | Self::OneNode | Self::StartedAnew { .. })
        )
    }

    /// On what nodes the revision fails alone, as a clause.
    pub(crate) fn of_kind(&self) -> Option<String> {
        matches!(self, Self::OnKind { .. } | Self::CameToNodes { .. }).then(|| self.to_string())
    }

    /// Whether the revision is not to blame, so that going back to an older one changes nothing.
    #[must_use]
    pub fn clears_revision(&self) -> bool {
        matches!(
            self,
            Self::OldFailAlike { .. }
                | Self::OldFailedThere { .. }
                | Self::GateBefore { .. }
                | Self::NamedBefore { .. }
                | Self::RanBefore { .. }
                | Self::StartedAnew { .. }
                | Self::Injected { .. }
                | Self::AskedPods { .. }
        )
    }
}

/// Prints as a sentence without its full stop.
impl fmt::Display for Blame {
    #[allow(clippy::too_many_lines)] // one sentence for each variant
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => f.write_str("the revision changed what fails"),
            Self::EveryNode => f.write_str(
                "it fails on every node that has it, and an older revision runs on others",
            ),
            Self::OnKind { label, older } => write!(
                f,
                "it fails on nodes of one kind ({label}): of that kind no node has an available pod of it, and {older} {} an \
                 available older pod",
                agree(*older, "has", "have"),
            ),
            Self::CameToNodes { before } => {
                write!(f, "by revision {before} the daemon should not run on these nodes")
            }
            Self::Nowhere => f.write_str("it is available nowhere"),
            Self::OldFailAlike { nodes } => write!(
                f,
                "not the revision: {} of an older one {} alike on {}, so going back changes nothing",
                agree(nodes.len(), "a pod", "pods"),
                agree(nodes.len(), "fails", "fail"),
                list(nodes, NAMED),
            ),
            Self::OtherTemplate { revisions } => write!(
                f,
                "not the current template: what fails is of {}",
                list(revisions, NAMED)
            ),
            Self::OldFailedThere {
                nodes,
                limit,
                starting,
            } => write!(
                f,
                "{}not the revision: {} were updated at once though the budget is {limit}, as where the old pods were not \
                 available either{}",
                if starting.is_some() { "probably " } else { "" },
                count(*nodes, "node"),
                match starting {
                    None => String::new(),
                    Some(age) => format!(
                        "; but these were at most {} old, and may only have been starting",
                        duration(*age)
                    ),
                }
            ),
            Self::RanBefore {
                since,
                within,
                ran,
                known_by: RunKnownBy::Readiness,
            } => {
                let ran = duration(*ran);
                write!(
                    f,
                    "not the revision: its rollout had passed, and these pods had run for {ran}"
                )?;
                match (since, within) {
                    (Some(since), Some(0)) => {
                        write!(f, ", until all of them failed in the same second, at {since}, which points at something that they share")
                    }
                    (Some(since), Some(within)) => write!(
                        f,
                        ", until all of them failed within {}, from {since} on, which points at something that they share",
                        duration(*within)
                    ),
                    (Some(since), None) => write!(f, ", until the first began to fail at {since}"),
                    (None, _) => Ok(()),
                }
            }
            Self::RanBefore {
                ran,
                known_by: RunKnownBy::Restarts,
                ..
            } => write!(
                f,
                "not the revision: its rollout had passed, and its pods are {} old: had they failed all along as they \
                 do now, they would have restarted more often",
                duration(*ran)
            ),
            Self::NoAnswer { address } => write!(
                f,
                "it is about {address}, which is outside of the pods and is not written in what the revision changed; whether the one before asks it \
                 too is not known: that old pods \
                 run does not show that they would find it, since none is known to have been started since"
            ),
            Self::NodeLacks { lack, nodes } if nodes.is_empty() => {
                write!(f, "not the revision: the node lacks {lack}, as its pod says")
            }
            Self::NodeLacks { lack, nodes } => write!(
                f,
                "on {} not the revision: {} {lack}, as {} there; what it is elsewhere is not known",
                list(nodes, NAMED),
                agree(nodes.len(), "the node lacks", "the nodes lack"),
                agree(nodes.len(), "its pod says", "their pods say"),
            ),
            Self::OwnLock => f.write_str(
                "its own old pod there has the same path of the node, and its words are about a lock: with maxSurge both \
                 run at once",
            ),
            Self::OwnPort { port } => write!(
                f,
                "its own old pod there is on the network of the node too and holds port {port}, so maxSurge cannot \
                 work: both never run on a node"
            ),
            Self::GateBefore { gate, updated: 0 } => write!(
                f,
                "not the revision, as far as it shows: the one before asks for readiness gate {gate} too, and while its controller \
                 does not set that, going back changes nothing"
            ),
            Self::GateBefore { gate, updated } => write!(
                f,
                "not the revision: {} of it {} readiness gate {gate} True",
                count(*updated, "other pod"),
                agree(*updated, "has", "have"),
            ),
            Self::NamedBefore { object } => write!(
                f,
                "not the revision: the one before asks for {object} too, so going back changes nothing"
            ),
            Self::StartedAnew { field } => write!(
                f,
                "not the template: of it the revision changed {field} alone, with which pods are started anew, so going \
                 back changes nothing; what pods read or ask for as they start, or their node, may have changed since the old ones started"
            ),
            Self::Injected { container, by } => {
                write!(
                    f,
                    "container {container} is not in the template: it was put into the pod as that was made, "
                )?;
                match by {
                    Some(by) => write!(f, "by {by} (a mutating webhook), as an annotation of the pod tells")?,
                    None => f.write_str("as mutating webhooks do")?,
                }
                f.write_str("; going back changes nothing")
            }
            Self::AskedPods { who } => write!(
                f,
                "not the revision: they ask {who}, of which no pod is ready; going back changes nothing of that"
            ),
            Self::RateLimited => f.write_str(
                "the registry limits how often images are pulled: that is neither the revision nor the node",
            ),
            Self::RegistryFails => f.write_str(
                "it is about the registry or the way to it, and not about the image, nor about one node alone",
            ),
            Self::RunsElsewhere => {
                f.write_str("the same revision runs on at least as many other nodes")
            }
            Self::OneNode => f.write_str(
                "one pod on one node proves nothing about the revision: it may be the node",
            ),
            Self::ByItsWords => f.write_str("going by its words, the node is not why it fails"),
        }
    }
}
