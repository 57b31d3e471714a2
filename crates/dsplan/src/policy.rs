//! Policies: what `--policy` reads, and what is held back.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use daemonset::api::DaemonSet;
use daemonset::policy::{FromApi, Governed, Governor, GroupAhead, Hold, Memory, Policy};
use daemonset::{Action, Cluster, Options, Planner};
use daemonset_explain::evidence::Evidence;
use daemonset_explain::words::{agree, count, list};
use daemonset_explain::{shell_word, undo_command};
use daemonset_manifest::{read_policy, suggest};

use crate::input::{self, Failure};
use crate::output::Page;

/// How many names are given of a list.
const SHOWN: usize = 5;

#[derive(Args)]
pub struct PolicyArguments {
    /// A policy to plan under: canaries, waves, windows, an order, a stop; YAML or JSON, see
    /// docs/policy.md
    #[arg(long, value_name = "FILE")]
    policy: Option<String>,
    /// A wave with a manual gate that may begin, by the name that `waits for approval` tells
    #[arg(long, value_name = "WAVE", requires = "policy")]
    approve: Vec<String>,
    /// What was remembered after the last round, as -o json prints it under `memory`
    #[arg(long, value_name = "FILE", requires = "policy")]
    memory: Option<String>,
}

/// A policy, and what is remembered.
pub struct UnderPolicy {
    governor: Governor,
    memory: Memory,
    /// The waves that --approve names.
    approved: Vec<String>,
}

impl PolicyArguments {
    /// Whether a memory is given.
    pub fn has_memory(&self) -> bool {
        self.memory.is_some()
    }

    /// Reads the policy and the memory, where they are given.
    pub fn read(&self) -> Result<Option<UnderPolicy>, Failure> {
        let Some(file) = &self.policy else {
            return Ok(None);
        };
        let governor = read_policy(file, &bytes(file)?).map_err(|faults| {
            input::say(&faults);
            Failure::Policy { file: file.clone() }
        })?;
        let mut memory = match &self.memory {
            None => Memory::default(),
            Some(file) => {
                serde_json::from_slice(&bytes(file)?).map_err(|error| Failure::Memory {
                    file: file.clone(),
                    error: error.to_string(),
                })?
            }
        };
        for wave in &self.approve {
            memory.approve(wave);
        }
        Ok(Some(UnderPolicy {
            governor,
            memory,
            approved: self.approve.clone(),
        }))
    }
}

/// A small file, whole.
fn bytes(file: &str) -> Result<Vec<u8>, Failure> {
    use std::io::Read;
    const MOST: u64 = 16 << 20;
    let failed = |error| Failure::Open {
        file: file.to_owned(),
        error,
    };
    let mut bytes = Vec::new();
    let open = std::fs::File::open(file).map_err(failed)?;
    open.take(MOST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

impl UnderPolicy {
    /// The policy.
    pub fn governor(&self) -> &Governor {
        &self.governor
    }

    /// The planner of the rolling update that the policy is about. A DaemonSet with `OnDelete` is
    /// the way to carry a policy out; it is planned as if Kubernetes replaced its pods.
    pub fn planner(set: &DaemonSet, cluster: &Cluster<'_>) -> Result<Planner, String> {
        let mut set = set.clone();
        if set.spec.update_strategy.type_ == "OnDelete" {
            "RollingUpdate".clone_into(&mut set.spec.update_strategy.type_);
        }
        Planner::in_cluster(&set, cluster, &Options::default()).map_err(|error| error.to_string())
    }

    /// That --approve names a wave which no DaemonSet has; these are those that they have.
    pub fn unknown_wave<'n>(
        &self,
        waves: impl IntoIterator<Item = &'n GroupAhead>,
    ) -> Option<Failure> {
        let waves: BTreeSet<&str> = waves
            .into_iter()
            .map(|group| group.name.as_str())
            .filter(|name| !name.is_empty())
            .collect();
        let mut approved = self.approved.iter();
        let wanted = approved.find(|wave| !waves.contains(wave.as_str()))?;
        let near = suggest::nearest(wanted, waves.iter().copied());
        Some(Failure::NoWave {
            wanted: wanted.clone(),
            found: list(&waves.iter().collect::<Vec<_>>(), SHOWN),
            near: match near.as_slice() {
                [one] => Some((*one).to_owned()),
                _ => None,
            },
        })
    }

    /// The groups in the order in which they go.
    pub fn groups(&self, planner: &Planner, cluster: &Cluster<'_>) -> Vec<GroupAhead> {
        let view = planner.view(cluster);
        self.governor.groups_ahead(planner, &view, &FromApi)
    }

    /// A round under the policy.
    pub fn govern(
        &self,
        planner: &Planner,
        cluster: &Cluster<'_>,
        evidence: &Evidence,
    ) -> Governed {
        let view = planner.view(cluster);
        self.governor.govern(planner, &view, &self.memory, evidence)
    }
}

/// What the policy holds back, that with the same reason together, the most first.
pub fn add_held(page: &mut Page, set: &DaemonSet, policy: &Policy, governed: &Governed) {
    if let Some(stopped) = &governed.memory.stopped {
        page.line(&format!(
            "The policy has stopped the rollout: pods fail on {}, by its bounds for failures.",
            list(&stopped.failing, SHOWN)
        ));
    }
    if let Some(revision) = governed.roll_back {
        page.line(&format!(
            "The policy wants to go back to revision {revision}:"
        ));
        page.command(&undo_command(set, revision));
    }
    // A round that creates what is missing replaces nothing, so nothing is held back in it.
    let status = &governed.plan.status;
    let outdated = status.desired_number_scheduled - status.updated_number_scheduled;
    if outdated > 0 && governed.held.is_empty() {
        if policy.frozen {
            page.line("The policy is frozen: no pod is created and none is replaced.");
        } else if policy.paused {
            page.line("The policy is paused: no pod of an older revision is replaced.");
        }
    }
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for held in &governed.held {
        if let Action::CreatePod { node, .. } | Action::DeletePod { node, .. } = &held.action {
            let why = match &held.hold {
                Hold::Gate { wave } => {
                    format!("{}: --approve {}", held.hold, shell_word(wave))
                }
                Hold::Canary { waits_for, .. } if !waits_for.is_empty() => match &policy.canary {
                    Some(canary) if canary.duration.seconds() > 0 => {
                        format!("{}, and then for {}", held.hold, canary.duration)
                    }
                    _ => held.hold.to_string(),
                },
                hold => hold.to_string(),
            };
            groups.entry(why).or_default().push(node);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(_, a), (_, b)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    for (why, nodes) in groups {
        let names = list(&nodes, SHOWN);
        page.item(&format!(
            "{} {}: {names}: {why}",
            count(nodes.len(), "node"),
            agree(nodes.len(), "waits", "wait")
        ));
    }
    if let Some(at) = governed.look_again_at {
        page.line(&format!("Time alone may change the plan at {at}."));
    }
}
