//! Asks the cluster itself, by kubectl, where no file is given.
//!
//! kubectl knows the context, the credentials and the proxies; nothing of that is done again here.
//! One `kubectl get` for each kind runs beside the others, since one that is forbidden must not
//! take the rest with it.

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};

use clap::Args;
use daemonset_explain::evidence::GivenKind;
use daemonset_explain::shell_word;
use daemonset_explain::words::list;
use daemonset_manifest::{DEFAULT_NAMESPACE, Inventory};

use crate::failure::Failure;
use crate::output::complain;

/// So much of what kubectl says on standard error is kept.
const SAID: u64 = 4 << 10;

/// What kubectl says where one may not read something.
const FORBIDDEN: &str = "(Forbidden)";

/// How the cluster is reached where no file is given.
#[derive(Args, Clone, Debug)]
pub struct Cluster {
    /// Look at all namespaces. With FILE they are looked at anyway; without, it is otherwise that of
    /// kubectl's context
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// Without FILE: the context of the kubeconfig to use
    #[arg(long, value_name = "NAME", help_heading = "Without FILE")]
    context: Option<String>,
    /// Without FILE: the kubeconfig to use
    #[arg(long, value_name = "PATH", help_heading = "Without FILE")]
    kubeconfig: Option<PathBuf>,
}

/// What a verb needs to know of a cluster; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// The `DaemonSets` alone.
    DaemonSets,
    /// Their revisions too.
    Revisions,
    /// Nodes and pods too.
    Placement,
    /// All that tells how much room there is.
    Room,
    /// All that tells why something does not work.
    Evidence,
}

/// Where a kind is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// In the namespace that is looked at.
    Namespace,
    /// In every namespace, and in that one alone where this is forbidden.
    Everywhere,
    /// It has no namespace.
    Cluster,
}

/// What is asked for: the kind as kubectl knows it and as evidence does, where, and from which need
/// on.
const KINDS: [(&str, Option<GivenKind>, Scope, Needs); 11] = [
    ("daemonsets.apps", None, Scope::Namespace, Needs::DaemonSets),
    (
        "controllerrevisions.apps",
        Some(GivenKind::ControllerRevision),
        Scope::Namespace,
        Needs::Revisions,
    ),
    (
        "nodes",
        Some(GivenKind::Node),
        Scope::Cluster,
        Needs::Placement,
    ),
    // Those of other namespaces take room on the nodes.
    (
        "pods",
        Some(GivenKind::Pod),
        Scope::Everywhere,
        Needs::Placement,
    ),
    (
        "events",
        Some(GivenKind::Event),
        Scope::Namespace,
        Needs::Evidence,
    ),
    (
        "namespaces",
        Some(GivenKind::Namespace),
        Scope::Cluster,
        Needs::Evidence,
    ),
    (
        "resourcequotas",
        Some(GivenKind::ResourceQuota),
        Scope::Namespace,
        Needs::Evidence,
    ),
    ("limitranges", None, Scope::Namespace, Needs::Room),
    (
        "priorityclasses.scheduling.k8s.io",
        Some(GivenKind::PriorityClass),
        Scope::Cluster,
        Needs::Room,
    ),
    (
        "runtimeclasses.node.k8s.io",
        None,
        Scope::Cluster,
        Needs::Room,
    ),
    (
        "poddisruptionbudgets.policy",
        None,
        Scope::Everywhere,
        Needs::Room,
    ),
];

impl Cluster {
    /// The flags that say how a cluster is reached, as far as they are given.
    pub fn flags(&self) -> Vec<&'static str> {
        let flags = [
            (self.context.is_some(), "--context"),
            (self.kubeconfig.is_some(), "--kubeconfig"),
        ];
        let given = flags.into_iter().filter(|(is_given, _)| *is_given);
        given.map(|(_, flag)| flag).collect()
    }

    /// The flags as they are typed.
    pub fn as_typed(&self) -> Vec<String> {
        let mut typed = Vec::new();
        if self.all_namespaces {
            typed.push("-A".to_owned());
        }
        if let Some(context) = &self.context {
            typed.extend(["--context".to_owned(), shell_word(context)]);
        }
        if let Some(kubeconfig) = &self.kubeconfig {
            let path = shell_word(&kubeconfig.to_string_lossy());
            typed.extend(["--kubeconfig".to_owned(), path]);
        }
        typed
    }

    /// Reads from the cluster what is needed, and says what may not be read.
    ///
    /// # Errors
    /// kubectl does not run, or `DaemonSets` may not be read.
    pub fn read(
        &self,
        mut inventory: Inventory,
        namespace: Option<&str>,
        needs: Needs,
    ) -> Result<Inventory, Failure> {
        let kinds = KINDS.into_iter().filter(|(.., of)| *of <= needs);
        let asked: Vec<_> = kinds
            .map(|(kind, given, scope, _)| {
                let asked = Asked::new(self.asking(kind, scope, namespace))?;
                Ok((kind, given, scope, asked))
            })
            .collect::<Result<_, Failure>>()?;
        let mut forbidden = Vec::new();
        for (kind, given, scope, asked) in asked {
            let mut refused = asked.read_into(&mut inventory, kind)?;
            if refused.is_some() && scope == Scope::Everywhere && !self.all_namespaces {
                let again = Asked::new(self.asking(kind, Scope::Namespace, namespace))?;
                refused = again.read_into(&mut inventory, kind)?;
                if refused.is_none() {
                    complain(
                        "note",
                        &format!("{kind} of other namespaces may not be read"),
                    );
                }
            }
            match refused {
                Some(said) if kind == "daemonsets.apps" => return Err(Failure::Kubectl(said)),
                Some(said) if said.contains(FORBIDDEN) => forbidden.push(kind),
                Some(said) => complain("warning", &format!("{kind} are not known: {said}")),
                None => given
                    .into_iter()
                    .for_each(|given| inventory.note_given(given)),
            }
        }
        if !forbidden.is_empty() {
            let kinds = list(&forbidden, forbidden.len());
            complain(
                "warning",
                &format!("may not be read, so not known: {kinds}"),
            );
        }
        Ok(inventory)
    }

    /// Where DaemonSets were looked for.
    pub fn place(&self, namespace: Option<&str>) -> String {
        match namespace {
            Some(namespace) => format!("namespace {namespace}"),
            None if self.all_namespaces => "any namespace".to_owned(),
            None => "the namespace of kubectl's context; -A looks at all namespaces".to_owned(),
        }
    }

    /// The namespace of kubectl's context.
    ///
    /// # Errors
    /// kubectl does not run.
    pub fn namespace_of_context(&self) -> Result<String, Failure> {
        let mut command = self.reached(&["config", "view", "--minify"]);
        command.args(["--output", "jsonpath={..namespace}"]);
        let told = command.output().map_err(Failure::NoKubectl)?;
        let namespace = String::from_utf8_lossy(&told.stdout).trim().to_owned();
        // What has none means this one, as has a pod that runs kubectl without a kubeconfig.
        Ok(if told.status.success() && !namespace.is_empty() {
            namespace
        } else {
            DEFAULT_NAMESPACE.to_owned()
        })
    }

    /// A command that prints a line for every change of a kind.
    pub fn watching(&self, kind: &str, namespace: Option<&str>) -> Command {
        let scope = if kind == "nodes" {
            Scope::Cluster
        } else {
            Scope::Namespace
        };
        let mut command = self.get(kind, scope, namespace);
        command.args(["--watch-only", "--output", "name"]);
        command
    }

    fn asking(&self, kind: &str, scope: Scope, namespace: Option<&str>) -> Command {
        let mut command = self.get(kind, scope, namespace);
        command.args(["--output", "json"]);
        if kind == "daemonsets.apps" {
            // They tell when the spec was changed.
            command.arg("--show-managed-fields");
        }
        command
    }

    fn get(&self, kind: &str, scope: Scope, namespace: Option<&str>) -> Command {
        let mut command = self.reached(&["get", kind]);
        match (scope, namespace) {
            (Scope::Everywhere, _) => {
                command.arg("--all-namespaces");
            }
            (Scope::Namespace, _) if self.all_namespaces => {
                command.arg("--all-namespaces");
            }
            (Scope::Namespace, Some(namespace)) => {
                command.args(["--namespace", namespace]);
            }
            (Scope::Namespace, None) | (Scope::Cluster, _) => {}
        }
        command.stdout(Stdio::piped());
        command
    }

    /// kubectl with these arguments, which reaches the cluster that is meant.
    fn reached(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        command.args(arguments);
        if let Some(context) = &self.context {
            command.args(["--context", context]);
        }
        if let Some(kubeconfig) = &self.kubeconfig {
            command.arg("--kubeconfig").arg(kubeconfig);
        }
        command.stdin(Stdio::null());
        command
    }
}

/// One `kubectl get` under way.
struct Asked {
    child: Child,
    answer: ChildStdout,
    complaint: JoinHandle<String>,
}

impl Asked {
    fn new(mut command: Command) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::NoKubectl(error);
        let mut child = command.stderr(Stdio::piped()).spawn().map_err(failed)?;
        let pipes = child.stdout.take().zip(child.stderr.take());
        let (answer, said) = pipes.ok_or_else(|| failed(io::ErrorKind::BrokenPipe.into()))?;
        // Read beside the answer, so that neither waits for the other.
        let complaint = thread::spawn(move || {
            let mut text = Vec::new();
            let mut said = said;
            let _ = said.by_ref().take(SAID).read_to_end(&mut text);
            let _ = io::copy(&mut said, &mut io::sink());
            String::from_utf8_lossy(&text).trim().to_owned()
        });
        Ok(Self {
            child,
            answer,
            complaint,
        })
    }

    /// Reads the answer. What kubectl says where it has none.
    fn read_into(
        mut self,
        inventory: &mut Inventory,
        kind: &str,
    ) -> Result<Option<String>, Failure> {
        let name = format!("kubectl get {kind}");
        let mut text = Vec::new();
        let limit = u64::try_from(inventory.max_bytes()).unwrap_or(u64::MAX);
        let read = (&mut self.answer)
            .take(limit.saturating_add(1))
            .read_to_end(&mut text);
        drop(self.answer);
        let ended = read.and_then(|_| self.child.wait());
        let ended = ended.map_err(|error| Failure::Open {
            file: name.clone(),
            error,
        })?;
        let said = self.complaint.join().unwrap_or_default();
        if ended.success() || text.len() as u64 > limit {
            inventory.read(&name, &text);
            return Ok(None);
        }
        // The lines before the last one are of its own log.
        let said = said
            .lines()
            .next_back()
            .unwrap_or("it says nothing")
            .to_owned();
        Ok(Some(said))
    }
}
