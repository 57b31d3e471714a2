//! A row of the table: by which words something is known, whose it is, and what to do.

use serde::{Deserialize, Serialize};

use super::Supply;
use super::mend::Mend;
use super::taken::Take;

/// Who has to mend what the words of a failure mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Owner {
    /// The node, whatever the template asks for: every pod takes it.
    Node,
    /// The node does not have what the template asks for, or not as it asks for it.
    NodeAsAsked,
    /// The template.
    Template,
    /// The cluster: an object in it, or how it is set up.
    Cluster,
    /// Something outside of the cluster.
    Outside,
}

/// Where words of a failure stand, and so who says them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a status or an event: the kubelet, the container runtime, the controller that attaches
    /// volumes.
    Kubelet,
    /// The same, where an image is not pulled.
    Pull,
    /// The same, where a probe failed: what answered the probe.
    Probe,
    /// In the termination message of a container: its program.
    Program,
    /// What the API server has against pods.
    Refusal,
    /// What the scheduler has against a node.
    Scheduler,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// What it is called in data.
    pub id: &'static str,
    pub owner: Owner,
    /// What is lacking that a DaemonSet may bring to the node.
    pub supply: Option<Supply>,
    /// By which words it is known: all of one alternative, in one line.
    pub by: &'static [&'static [&'static str]],
    /// By which exit code, where the words tell nothing.
    pub exit_code: Option<i32>,
    /// Words of the same line that rule it out.
    pub unless: &'static [&'static str],
    /// Where the words stand.
    pub heard: &'static [Place],
    /// What is taken out of them.
    pub takes: &'static [Take],
    /// What is lacking, as `disk space`.
    pub lacks: &'static str,
    /// What to do, with what was taken in braces: `{module}`, or `{module|the module}` where it may not
    /// be told.
    pub todo: &'static str,
    /// Commands, of which the first is given whose braces can all be filled; two in one stand on two lines.
    pub commands: &'static [&'static str],
    /// The change of the template that mends it, which comes before the commands where the template lacks it.
    pub mend: Option<Mend>,
}

impl Row {
    pub(super) const fn new(id: &'static str, owner: Owner) -> Self {
        Self {
            id,
            owner,
            supply: None,
            by: &[],
            exit_code: None,
            unless: &[],
            heard: &[Place::Kubelet, Place::Program],
            takes: &[],
            lacks: "",
            todo: "",
            commands: &[],
            mend: None,
        }
    }

    pub(super) const fn brought_as(mut self, supply: Supply) -> Self {
        self.supply = Some(supply);
        self
    }

    pub(super) const fn by(mut self, by: &'static [&'static [&'static str]]) -> Self {
        self.by = by;
        self
    }

    pub(super) const fn exit_code(mut self, code: i32) -> Self {
        self.exit_code = Some(code);
        self
    }

    pub(super) const fn unless(mut self, unless: &'static [&'static str]) -> Self {
        self.unless = unless;
        self
    }

    pub(super) const fn heard(mut self, heard: &'static [Place]) -> Self {
        self.heard = heard;
        self
    }

    pub(super) const fn takes(mut self, takes: &'static [Take]) -> Self {
        self.takes = takes;
        self
    }

    pub(super) const fn lacks(mut self, lacks: &'static str) -> Self {
        self.lacks = lacks;
        self
    }

    pub(super) const fn todo(mut self, todo: &'static str) -> Self {
        self.todo = todo;
        self
    }

    pub(super) const fn commands(mut self, commands: &'static [&'static str]) -> Self {
        self.commands = commands;
        self
    }

    pub(super) const fn mend(mut self, mend: Mend) -> Self {
        self.mend = Some(mend);
        self
    }

    /// Whether a line is one by which it is known.
    pub(super) fn fits(&self, place: Place, line: &str) -> bool {
        self.heard.contains(&place) && self.words_in(line).next().is_some()
    }

    /// The words by which a line is known, wherever it stands.
    pub(super) fn words_in(&self, line: &str) -> impl Iterator<Item = &'static str> {
        let is_ruled_out = || self.unless.iter().any(|part| line.contains(part));
        let by = self.by.iter();
        let by = by.filter(move |all| all.iter().all(|part| line.contains(part)));
        let mut by = by.peekable();
        let is_known = by.peek().is_some() && !is_ruled_out();
        by.filter(move |_| is_known)
            .flat_map(|all| all.iter().copied())
    }
}

/// A command that looks at a node by a pod on it, where its files are under `/host`.
macro_rules! on_node {
    ($look:literal) => {
        concat!("kubectl debug node/{node} -it --image=busybox -- ", $look)
    };
}

/// A command that changes something of a node itself, or sees what others may not (its devices, processes of others, the
/// kernel's log), by a pod that may do what its root may.
macro_rules! as_root {
    ($do:literal) => {
        concat!(
            "kubectl debug node/{node} -it --image=busybox --profile=sysadmin -- chroot /host ",
            $do
        )
    };
}

/// A command that mounts or unmounts something of a node, where all that runs there sees it.
macro_rules! in_mounts {
    ($do:literal) => {
        concat!(
            "kubectl debug node/{node} -it --image=busybox --profile=sysadmin -- nsenter -t 1 -m -- ",
            $do
        )
    };
}

/// A command that installs a package on a node, by its name of Debian's kind and of Red Hat's, and then does something.
macro_rules! install {
    ($deb:literal, $rpm:literal $(, $then:literal)?) => {
        concat!(
            "kubectl debug node/{node} -it --image=busybox --profile=sysadmin -- chroot /host sh -c '(apt-get install -y ",
            $deb,
            " || yum install -y ",
            $rpm,
            ")",
            $(" && ", $then,)?
            "'"
        )
    };
}

/// A command that loads kernel modules on a node.
macro_rules! load {
    ($modules:literal) => {
        concat!(
            "kubectl debug node/{node} -it --image=busybox --profile=sysadmin -- chroot /host modprobe -a ",
            $modules
        )
    };
}

/// The pod of an agent on a node, and its log, by the label that its installer gives it.
macro_rules! agent {
    ($label:literal) => {
        concat!(
            "kubectl get pods -A -o wide --field-selector spec.nodeName={node} -l ",
            $label,
            "\nkubectl get pods -A --no-headers -o custom-columns=:.metadata.namespace,:.metadata.name --field-selector spec.nodeName={node} -l ",
            $label,
            " | xargs -r -L 1 kubectl logs --all-containers --tail=50 -n"
        )
    };
}

/// What a pod that was given says, by what a row may name of it.
macro_rules! pod_of {
    ($pod:literal) => {
        concat!(
            "kubectl describe pod {",
            $pod,
            "}\nkubectl logs {",
            $pod,
            "} --all-containers --tail=50"
        )
    };
}

/// A command that patches the template of the set, lists by their keys.
macro_rules! patch {
    ($template:literal) => {
        concat!(
            "kubectl patch {set} -p '{\"spec\":{\"template\":",
            $template,
            "}}'"
        )
    };
}

/// A command that looks at a node on which no pod starts, none of `kubectl debug` either.
macro_rules! by_ssh {
    ($look:literal) => {
        concat!("ssh {node} ", $look)
    };
}

/// All pods on a node: their labels are those that their installer gave them.
macro_rules! pods_on_node {
    () => {
        "kubectl get pods -A -o wide --field-selector spec.nodeName={node}"
    };
}

pub(super) use {
    agent, as_root, by_ssh, in_mounts, install, load, on_node, patch, pod_of, pods_on_node,
};
