//! The daemon itself, and what its template gives it.

use std::fmt;

use daemonset::api::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::former::Former;
use super::super::phrases::{NAMED, of_objects, of_template, start_time, variable};
use crate::words::{agree, list};

/// The daemon itself, and what its template gives it.
///
/// One kind of [`Repair`](super::Repair). Prints as an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "repair",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ContainerRepair {
    /// The limit at which a container is killed.
    Memory {
        /// The container.
        container: String,
        /// Its limit.
        limit: String,
        /// Its limit before the revision, where that was higher.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
    },
    /// Objects that pods wait for, such as `Secret agent-tls`.
    Objects {
        /// The objects.
        objects: Vec<String>,
        /// Their namespace.
        namespace: String,
    },
    /// What sets the condition of a readiness gate.
    ReadinessGate {
        /// The condition.
        gate: String,
        /// When it was set last of another pod of the DaemonSet, where it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        set: Option<Timestamp>,
        /// Whether that is since the pod was made that waits for it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_since: bool,
    },
    /// What a controller says against a readiness gate.
    GateNotMet {
        /// The condition.
        gate: String,
    },
    /// What containers and volumes were given before the revision, which lowered it.
    Former {
        /// What, each.
        amounts: Vec<Former>,
    },
    /// The limit on what a pod stores, for which it is evicted.
    Storage,
    /// What a container reads, and what its last words are about.
    Configuration {
        /// The objects, such as `ConfigMap agent-config`.
        objects: Vec<String>,
        /// Their namespace.
        namespace: String,
    },
    /// What a container reads, where the revision changed nothing but that pods are started anew.
    Reread {
        /// The objects, such as `ConfigMap agent-config`.
        objects: Vec<String>,
        /// Their namespace.
        namespace: String,
    },
    /// What has changed since the pods of the revision that run were started, and before those were made that fail.
    Since {
        /// When the last of those that run was started.
        running: Timestamp,
        /// When the first of those that fail was made.
        failing: Timestamp,
        /// What the container reads, such as `ConfigMap agent-config`.
        reads: Vec<String>,
    },
    /// The credentials of a container, which whom it asks does not take.
    Credentials {
        /// The container.
        container: String,
    },
    /// What keeps a pod that says nothing: its events tell, of which none were given.
    Events,
    /// A variable to which the environment or an argument of a container refers in vain.
    Variable {
        /// The container.
        container: String,
        /// The variable.
        name: String,
        /// The variable whose value refers to it; `None` where an argument does.
        user: Option<String>,
        /// Whether it is there, and stands after that.
        is_there: bool,
    },
    /// What puts a container into pods that their template does not have.
    PutIn {
        /// The container.
        container: String,
        /// By whom it is put in, where that is known.
        by: Option<String>,
        /// The label or annotation of the template that keeps it out.
        off: Option<String>,
    },
    /// An argument or environment variable of which the words of pods name the value.
    Argument {
        /// The container.
        container: String,
        /// As it is written: `--iface=eth1`.
        argument: String,
        /// The value that is named.
        value: String,
        /// The nodes.
        nodes: Vec<String>,
        /// Whether pods that are given the same are available on other nodes.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        works_elsewhere: bool,
    },
    /// A Secret of which the words of pods name a key.
    SecretKey {
        /// The Secret.
        secret: String,
        /// The key that the container reads.
        key: String,
        /// The container.
        container: String,
        /// The namespace.
        namespace: String,
    },
    /// The time that a probe gives a container to start, if that is all it is short of.
    StartTime {
        /// The container.
        container: String,
        /// What it comes to: `3 × 10 s = 30 s`.
        allowed: String,
        /// After how many seconds the container was killed last.
        killed_after: Option<i64>,
        /// Whether it has a startup probe.
        has_startup: bool,
        /// The `failureThreshold` that makes it longer.
        threshold: i64,
        /// What that comes to, in seconds.
        then: i64,
    },
    /// An image that is not there for a kind of machine.
    Platform {
        /// Whether its registry is one that everyone pulls from, so that it may be the image of others.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_public: bool,
        /// The container.
        container: String,
        /// The kind, such as `linux/arm64`.
        platform: String,
    },
    /// The image that a registry no longer has.
    Image {
        /// The container.
        container: String,
        /// Where its registry has it now, as far as that is known.
        moved: Option<String>,
    },
    /// The image of a tag that means two.
    Tag {
        /// The container.
        container: String,
        /// The image that runs where pods are available, by its digest.
        works: String,
    },
    /// What a container takes beyond what it requests, for which its pods are evicted first.
    Consumption {
        /// The container.
        container: String,
        /// What it used, such as `11840Mi`.
        used: String,
        /// What it requests.
        requested: String,
        /// What it may take, where it has a limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<String>,
        /// What it requested before the revision, where that was more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
        /// Of what.
        resource: String,
    },
    /// The image, the command or the configuration that the template names.
    Template {
        /// The container, where the pods are about one.
        container: Option<String>,
        /// Its fields that what the pods say may be about.
        fields: Vec<String>,
    },
    /// The daemon itself, which ends again and again.
    Daemon,
    /// A container that ends as what has done its work, and is to go on running.
    EndsWell {
        /// The container.
        container: String,
        /// What the template has it run, where it says that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runs: Option<String>,
    },
    /// What a container waits for that runs.
    Running,
    /// What an init container waits for.
    InitWaits {
        /// The container.
        container: String,
        /// The node.
        node: String,
        /// What it runs, as the template gives it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<String>,
    },
    /// What makes a readiness probe fail now and then.
    Wavering,
}

/// Prints as an instruction.
impl fmt::Display for ContainerRepair {
    #[allow(clippy::too_many_lines)] // one sentence for each variant
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory {
                container,
                limit,
                before: Some(before),
            } => write!(
                f,
                "give container {container} back the memory limit of {before} that it had before the revision (it is {limit} now)"
            ),
            Self::Memory {
                container,
                limit,
                before: None,
            } => write!(
                f,
                "give container {container} more than {limit} of memory (twice that is a guess), or find out what it takes it \
                 for"
            ),
            Self::Objects { objects, namespace } => of_objects(f, objects, namespace),
            Self::ReadinessGate { gate, set: None, .. } => write!(
                f,
                "start the controller that sets condition {gate}, which the readiness gate waits for"
            ),
            Self::ReadinessGate {
                gate,
                set: Some(at),
                is_since: true,
            } => write!(
                f,
                "look why the controller that sets condition {gate} has not set it of this pod: at {at} it did of another pod of \
                 the DaemonSet, which is since this one was made"
            ),
            Self::ReadinessGate {
                gate, set: Some(at), ..
            } => write!(
                f,
                "look whether the controller that sets condition {gate}, which the readiness gate waits for, is at work: it set it \
                 last at {at}, of another pod of the DaemonSet"
            ),
            Self::GateNotMet { gate } => write!(
                f,
                "mend what keeps condition {gate} from being True: its controller is at work, and says so"
            ),
            Self::Former { amounts } => write!(
                f,
                "give {}, as {} before the revision",
                list(amounts, NAMED),
                agree(amounts.len(), "it was", "they were")
            ),
            Self::Storage => f.write_str(
                "raise the limit that the pods are evicted for (twice that is a guess), or find out what they write",
            ),
            Self::Variable {
                container,
                name,
                user,
                is_there,
            } => variable(f, container, name, user.as_deref(), *is_there),
            Self::PutIn { container, by, off } => {
                let by = by.as_deref().unwrap_or("a mutating webhook");
                match off {
                    Some(off) => write!(
                        f,
                        "if these pods are to be without {container}, which {by} puts in: {off} in the template keeps it out"
                    ),
                    None => write!(f, "see what puts {container} into the pods ({by}), and mend it there"),
                }
            }
            Self::Configuration { objects, namespace } => write!(
                f,
                "look at {} in namespace {namespace}: the pods' last words are about what they take from {}",
                list(objects, NAMED),
                agree(objects.len(), "it", "them"),
            ),
            Self::Reread { objects, namespace } => write!(
                f,
                "see what was changed in {} in namespace {namespace} since the old pods started, and put it right: they read \
                 it as it was, and an undo of the DaemonSet does not bring it back",
                list(objects, NAMED),
            ),
            Self::Since {
                running,
                failing,
                reads,
            } => {
                write!(
                    f,
                    "find what has changed between {running} and {failing} in what the pods ask, pull or read"
                )?;
                if !reads.is_empty() {
                    write!(f, " ({})", list(reads, NAMED))?;
                }
                f.write_str(
                    ": pods of the same revision that were started before run, those that were made after fail",
                )
            }
            Self::Credentials { container } => write!(
                f,
                "see whether what container {container} presents (a token, a key, a password) is still valid and allowed where it \
                 asks, and renew it where it is not"
            ),
            Self::Events => f.write_str(
                "look up in the events of the pod what keeps it: none about that were given, and it says nothing itself",
            ),
            Self::Argument {
                container,
                argument,
                value,
                nodes,
                works_elsewhere,
            } => {
                write!(
                    f,
                    "look at {value}, which the words name and container {container} is given ({argument}): whether it is right \
                     for {}, and what it stands for is there",
                    list(nodes, NAMED)
                )?;
                if *works_elsewhere {
                    f.write_str("; pods that are given the same are available on other nodes, and an edit changes it for all")?;
                }
                Ok(())
            }
            Self::SecretKey {
                secret,
                key,
                container,
                namespace,
            } => write!(
                f,
                "look at Secret {secret} in namespace {namespace}, of which container {container} reads {key}, which the \
                 words name: whether it is what is asked for and still valid; pods read it again when they are started anew",
            ),
            Self::StartTime {
                container,
                allowed,
                killed_after,
                has_startup,
                threshold,
                then,
            } => start_time(f, (container, allowed), *killed_after, *has_startup, (*threshold, *then)),
            Self::Platform {
                container,
                platform,
                is_public: true,
            } => write!(
                f,
                "name a tag of the image of container {container} that is there for {platform} too, if its repository has one, or \
                 leave such nodes out; where the image is your own, build it for {platform} too, under a tag of its own"
            ),
            Self::Platform {
                container,
                platform,
                is_public: false,
            } => write!(
                f,
                "build the image of container {container} for {platform} too, under a tag of its own: a node that has an image of \
                 that name does not pull it again (imagePullPolicy IfNotPresent)"
            ),
            Self::Image {
                container,
                moved: Some(moved),
            } => write!(
                f,
                "let container {container} have image {moved}: its repository was moved there; where it is pulled already \
                 under its old name it runs on, new nodes cannot pull it"
            ),
            Self::Image {
                container,
                moved: None,
            } => write!(
                f,
                "put the image of container {container} back into the registry, or name one that is there (kubectl set image): \
                 where it is pulled already it runs on, new nodes cannot pull it"
            ),
            Self::Tag { container, works } => write!(
                f,
                "name the image that works by its digest, so that every node runs the same: {works} for \
                 container {container}; every pod is replaced, since the template changes"
            ),
            Self::Consumption {
                container,
                used,
                requested,
                before: Some(before),
                resource,
                ..
            } => write!(
                f,
                "let container {container} request {before} of {resource} again, as before the revision, or find out what it \
                 takes {used} for: it requests {requested}, and what takes more than it requests is evicted first"
            ),
            Self::Consumption {
                container,
                used,
                requested,
                limit: Some(limit),
                resource,
                ..
            } => write!(
                f,
                "let container {container} request what it may take, {limit} of {resource} (its limit), where the nodes have \
                 room for that, or find out what it takes {used} for: it requests {requested}, and what takes more than it \
                 requests is evicted first"
            ),
            Self::Consumption {
                container,
                used,
                requested,
                limit: None,
                resource,
                ..
            } => write!(
                f,
                "find out what container {container} takes {used} of {resource} for, and give it a limit above what it takes \
                 where it is well, or request what it needs: it requests {requested}, and what takes more than it requests is \
                 evicted first"
            ),
            Self::Template { container, fields } => of_template(f, container.as_deref(), fields),
            Self::Wavering => f.write_str(
                "find out what its readiness probe fails for now and then, in the logs of the container",
            ),
            Self::InitWaits {
                container, command, ..
            } => {
                write!(f, "read in the logs of init container {container} what it waits for")?;
                match command {
                    Some(command) => write!(f, ": it runs {command}"),
                    None => Ok(()),
                }
            }
            Self::Running => f.write_str("read in the logs of the container what it waits for"),
            Self::Daemon => f.write_str("read in the logs of the previous container why it ended"),
            Self::EndsWell { container, runs } => {
                write!(
                    f,
                    "let container {container} go on running: it ends with exit code 0, as what has done its work or goes \
                     into the background"
                )?;
                if let Some(runs) = runs {
                    write!(f, " (it runs {runs})")?;
                }
                f.write_str(
                    ", and is started again each time; what is to run once belongs in an init container, before one that \
                     stays",
                )
            }
        }
    }
}
