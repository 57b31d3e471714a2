//! Two versions of DaemonSets: what there is, and what there would be.

use clap::Args;
use daemonset_explain::evidence::Moment;
use daemonset_manifest::{Inventory, NamespaceOrigin, Written};

use super::{Failure, Wanted, bytes, files_and_name, moment, read_files_into, say};
use crate::Clock;
use crate::kubectl::{Cluster, Needs};
use crate::output::complain;

/// Where both are read, and which DaemonSets to look at.
#[derive(Args)]
pub struct Versions {
    /// OLD is what there is: a dump of the cluster, or manifests. NEW is what there would be: manifests,
    /// which are taken as `kubectl apply` takes them, or a dump. Without OLD, kubectl is asked what
    /// there is. `-` is standard input. NAME or NAMESPACE/NAME is the one DaemonSet to look at
    #[arg(value_name = "[OLD] NEW [NAME]", required = true, num_args = 1..=3)]
    files: Vec<String>,
    #[command(flatten)]
    cluster: Cluster,
    /// Look at the DaemonSets of this namespace alone, which is that of manifests without one, too
    #[arg(short, long)]
    namespace: Option<String>,
    /// How many MiB a file may have at most
    #[arg(long, value_name = "MIB", default_value_t = 512)]
    max_size: usize,
    #[command(flatten)]
    clock: Clock,
}

/// Both versions, read.
pub struct Both {
    pub old: Inventory,
    pub new: Inventory,
    /// The moment that was asked for, or at which the cluster was.
    pub moment: Option<Moment>,
}

impl Versions {
    /// Reads both, with what the question for room reads, and says what is wrong with them.
    pub fn read(&self) -> Result<Both, Failure> {
        let (files, _) = files_and_name(&self.files);
        let (old, new) = match files {
            [] => return Err(Failure::NoNew(self.files.join(" "))),
            [new] => (None, new),
            [old, new] => (Some(old), new),
            [_, _, other, ..] => return Err(Failure::ThirdFile(other.clone())),
        };
        if old.is_some_and(|old| old == "-" && new == "-") {
            return Err(Failure::StandardInputTwice);
        }
        let read = |file: &str| {
            let inventory = Inventory::new().with_fit_objects();
            read_files_into(inventory, &[file.to_owned()], self.max_size)
        };
        let both = if let Some(old) = old {
            for flag in self.cluster.flags() {
                complain("note", &format!("{flag}: not used, since OLD is given"));
            }
            let mut old = read(old)?;
            let mut new = read(new)?;
            if let Some(namespace) = &self.namespace {
                old.put_into_namespace(namespace);
                new.put_into_namespace(namespace);
            }
            [old, new]
        } else {
            let mut new = read(new)?;
            let is_default = |it: &NamespaceOrigin| *it == NamespaceOrigin::Default;
            let mut origins = new.daemon_sets.iter().map(|set| &set.namespace);
            match &self.namespace {
                Some(namespace) => new.put_into_namespace(namespace),
                None if origins.any(is_default) => {
                    new.put_into_namespace(&self.cluster.namespace_of_context()?);
                }
                None => {}
            }
            let asked = self.asked(&new).map_err(|reason| {
                let new = self.files.first().cloned().unwrap_or_default();
                match reason {
                    Failure::Kubectl(said) => Failure::NoOld { new, said },
                    Failure::NoKubectl(error) => Failure::NoOld {
                        new,
                        said: error.to_string(),
                    },
                    other => other,
                }
            })?;
            [asked, new]
        };
        for side in &both {
            say(side.diagnostics());
        }
        let [old, new] = both;
        Ok(Both {
            moment: moment(&self.clock, files.len() == 1),
            old,
            new,
        })
    }

    /// What there is in the cluster of the namespaces that the new version names.
    fn asked(&self, new: &Inventory) -> Result<Inventory, Failure> {
        let mut namespaces: Vec<&str> = new.written().map(Written::namespace).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        let mut cluster = self.cluster.clone();
        let namespace = match (self.wanted().namespace, namespaces.as_slice()) {
            (Some(wanted), _) => Some(wanted),
            (None, [only]) => Some(*only),
            (None, _) => {
                cluster.all_namespaces = true;
                None
            }
        };
        let empty = Inventory::new().with_max_bytes(bytes(self.max_size));
        cluster.read(empty.with_fit_objects(), namespace, Needs::Evidence)
    }

    /// Which DaemonSets are asked for.
    pub fn wanted(&self) -> Wanted<'_> {
        let (_, name) = files_and_name(&self.files);
        Wanted::new(name, self.namespace.as_deref())
    }
}
