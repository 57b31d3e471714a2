//! What commands do besides what the sentence beside them says, told by the commands, whoever offers them.

use daemonset::api::{DaemonSet, Labels};
use daemonset::rollout::Strategy;

use super::command::target;
use super::{Applicability, Caution, Fix, NodeRepair, Repair};
use crate::edit::Edit;
use crate::round::Round;

/// The fixes, each with what its commands do besides.
pub(crate) fn cautioned(mut fixes: Vec<Fix>, round: &Round<'_>) -> Vec<Fix> {
    let set = round.daemon_set();
    let target = target(set);
    let owner = owner(set, round);
    let has_pods = may_have_pods(round);
    for fix in &mut fixes {
        let changes = fix.commands.iter();
        let changes: Vec<Change> = changes.filter_map(|it| Change::of(it, &target)).collect();
        let is_edited = !changes.is_empty();
        let said = fix.to_string();
        let is_said = said.contains("every pod is replaced");
        if has_pods && !is_said && changes.contains(&Change::Template) {
            let caution = match round.planner.strategy() {
                Strategy::OnDelete => Caution::OnDelete,
                Strategy::RollingUpdate { .. } if fix.edits.iter().any(Edit::changes_template) => {
                    Caution::ReplacesPods
                }
                Strategy::RollingUpdate { .. } => Caution::TypeReplacesPods,
            };
            if !fix.cautions.contains(&caution) {
                fix.cautions.insert(0, caution);
            }
        }
        for caution in fix.commands.iter().filter_map(|it| of_node(it)) {
            let is_said = caution == Caution::PrunesImages && said.contains("no container uses");
            if !is_said && !fix.cautions.contains(&caution) {
                fix.cautions.push(caution);
            }
        }
        let words = placeholders(&fix.commands);
        if !words.is_empty() {
            fix.cautions.push(Caution::PutIn { words });
        }
        let is_of_template = matches!(
            fix.applicability,
            Applicability::Outside {
                repair: Repair::Node(NodeRepair::HostPath { .. })
            }
        );
        let is_by_hand = *round.planner.strategy() == Strategy::OnDelete
            && (fix.edits.iter()).any(|it| matches!(it, Edit::DeletePod { .. }));
        if let Some(owner) = controller(set).filter(|_| is_by_hand && !is_edited) {
            fix.cautions.insert(0, Caution::DeletedByOwner { owner });
        }
        if let Some(owner) = owner.clone().filter(|_| is_edited || is_of_template) {
            fix.cautions.push(Caution::Owned { owner });
        }
    }
    fixes
}

/// What a command changes of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Its template, or what is typed then, which mostly is of it.
    Template,
    /// Its template to one before, of which pods may be there.
    Back,
    /// Something else.
    Other,
}

impl Change {
    pub(super) fn of(command: &str, target: &str) -> Option<Self> {
        const VERBS: [(&str, Change); 7] = [
            ("patch", Change::Template),
            ("set image", Change::Template),
            ("set resources", Change::Template),
            ("set env", Change::Template),
            ("rollout restart", Change::Template),
            ("rollout undo", Change::Back),
            ("edit", Change::Template),
        ];
        let rest = command.strip_prefix("kubectl ")?;
        VERBS.iter().find_map(|(verb, change)| {
            let rest = rest.strip_prefix(verb)?.strip_prefix(' ')?;
            let rest = rest.strip_prefix(target)?;
            if !rest.is_empty() && !rest.starts_with(' ') {
                return None;
            }
            let is_of_template = *verb != "patch"
                || rest.contains("\"template\"")
                || rest.contains("/spec/template/");
            Some(if is_of_template { *change } else { Self::Other })
        })
    }
}

/// What a command takes with it on a node.
fn of_node(command: &str) -> Option<Caution> {
    if command.starts_with("kubectl drain ") {
        return Some(Caution::Drains);
    }
    if command.ends_with("crictl rmi --prune") {
        return Some(Caution::PrunesImages);
    }
    let (_, units) = command.split_once(" sudo systemctl ")?;
    let (verb, units) = units.split_once(' ')?;
    matches!(verb, "restart" | "try-restart").then(|| Caution::Restarts {
        units: units.split(' ').map(str::to_owned).collect(),
    })
}

/// The words of commands that stand for what whoever types them has to know, each once.
fn placeholders(commands: &[String]) -> Vec<String> {
    const ALL: [&str; 14] = [
        "AMOUNT",
        "API-SERVER",
        "COUNT",
        "FILE",
        "GROUP-OF-MOUNT-TARGETS",
        "GROUP-OF-NODES",
        "HANDLER",
        "NAME",
        "NUMBER",
        "SERVER",
        "SIZE",
        "SUBNET-OF-NODES",
        "USER",
        "VALUE",
    ];
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_$^".contains(c);
    let is_in = |word: &str, command: &str| {
        command.match_indices(word).any(|(at, _)| {
            let (before, after) = (&command[..at], &command[at + word.len()..]);
            // A column of kubectl has a colon.
            !before.ends_with(is_part) && !after.starts_with(|c| is_part(c) || c == ':')
                || !before.ends_with(is_part) && after.starts_with(":6443")
        })
    };
    let told = |word: &&&str| commands.iter().any(|it| is_in(word, it));
    ALL.iter().filter(told).map(|it| (*it).to_owned()).collect()
}

/// Whether there are pods of the set to replace, as far as was given, or its status has it.
fn may_have_pods(round: &Round<'_>) -> bool {
    let DaemonSet {
        metadata, status, ..
    } = round.daemon_set();
    let cluster = round.cluster;
    let mut own = cluster.pods_controlled_by(&metadata.namespace, Some(&metadata.uid));
    let is_counted = status.current_number_scheduled > 0 || status.number_misscheduled > 0;
    own.next().is_some() || is_counted || status.observed_generation == 0
}

/// The kind and name of what controls the set.
fn controller(set: &DaemonSet) -> Option<String> {
    let controller = set.metadata.controller();
    controller.map(|it| format!("{} {}", it.kind, it.name))
}

/// What writes the set, and so may write over what is edited: its controller, or what brings a cluster to what a
/// repository says.
fn owner(set: &DaemonSet, round: &Round<'_>) -> Option<String> {
    let metadata = &set.metadata;
    let of_evidence = round
        .evidence?
        .daemon_set(&metadata.namespace, &metadata.name);
    let writers = of_evidence.into_iter().flat_map(|it| &it.template_writers);
    controller(set)
        .or_else(|| of_repository(&metadata.labels, &metadata.annotations))
        .or_else(|| writers.into_iter().find_map(|it| of_manager(&it.manager)))
}

/// By what it writes on what it makes.
///
/// Source: [Argo CD](https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/) and
/// [Flux](https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources).
fn of_repository(labels: &Labels, annotations: &Labels) -> Option<String> {
    const OF_FLUX: [(&str, &str); 2] = [
        ("kustomize.toolkit.fluxcd.io", "Kustomization"),
        ("helm.toolkit.fluxcd.io", "HelmRelease"),
    ];
    let tracked = annotations.get("argocd.argoproj.io/tracking-id");
    let tracked = tracked.and_then(|id| Some(id.split_once(':')?.0));
    let of_argo = tracked.or_else(|| labels.get("argocd.argoproj.io/instance"));
    let mut of_flux = OF_FLUX.iter().filter_map(|(domain, kind)| {
        let name = labels.get(&format!("{domain}/name"))?;
        Some(format!("{kind} {name} of Flux"))
    });
    of_argo
        .map(|name| format!("Application {name} of Argo CD"))
        .or_else(|| of_flux.next())
}

/// By the name with which it writes.
fn of_manager(manager: &str) -> Option<String> {
    let name = match manager {
        "argocd-controller" | "argocd-application-controller" => "Argo CD",
        "kustomize-controller" | "helm-controller" => "Flux",
        _ => return None,
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_changes_is_told_by_it() {
        let of = |command: &str| Change::of(command, "ds/a -n b");
        for command in [
            r#"kubectl patch ds/a -n b -p '{"spec":{"template":{}}}'"#,
            r#"kubectl patch ds/a -n b --type=json -p '[{"op":"remove","path":"/spec/template/spec/x"}]'"#,
            "kubectl set resources ds/a -n b -c c --limits=cpu=1",
            "kubectl rollout restart ds/a -n b",
            "kubectl edit ds/a -n b",
        ] {
            assert_eq!(of(command), Some(Change::Template), "{command}");
        }
        let undo = "kubectl rollout undo ds/a -n b --to-revision=1";
        assert_eq!(of(undo), Some(Change::Back));
        let budget = r#"kubectl patch ds/a -n b -p '{"spec":{"updateStrategy":{}}}'"#;
        assert_eq!(of(budget), Some(Change::Other));
        for command in [
            "kubectl edit ds/a -n bb",
            "kubectl edit ds/aa -n b",
            "kubectl get ds/a -n b",
            "kubectl edit vpa a -n b",
        ] {
            assert_eq!(of(command), None, "{command}");
        }
    }

    #[test]
    fn what_is_to_be_put_in_is_told() {
        let of = |command: &str| placeholders(&[command.to_owned()]);
        assert_eq!(
            of("kubectl set resources ds/a --requests=cpu=AMOUNT"),
            ["AMOUNT"]
        );
        assert_eq!(
            of(r#"echo '{"handler":"HANDLER"}' | kubectl create -f -"#),
            ["HANDLER"]
        );
        assert_eq!(of("curl -k https://API-SERVER:6443/livez"), ["API-SERVER"]);
        for command in [
            "kubectl get pods -o custom-columns=NAME:.metadata.name",
            "kubectl get pods -A -o wide | grep -e ^NAME -e ^etcd-",
            "kubectl set env ds/a -c b FILE_SERVER=x",
            "echo $USER",
        ] {
            assert!(of(command).is_empty(), "{command}");
        }
    }

    #[test]
    fn what_is_made_of_a_repository_is_told() {
        let of = |labels: &[(&str, &str)], annotations: &[(&str, &str)]| {
            let made = |all: &[(&str, &str)]| {
                let all = all
                    .iter()
                    .map(|(key, value)| ((*key).to_owned(), (*value).into()));
                let all: serde_json::Map<String, serde_json::Value> = all.collect();
                serde_json::from_value::<Labels>(all.into()).unwrap()
            };
            of_repository(&made(labels), &made(annotations))
        };
        let id = "edge:apps/DaemonSet:infra/agent";
        assert_eq!(
            of(&[], &[("argocd.argoproj.io/tracking-id", id)]).as_deref(),
            Some("Application edge of Argo CD")
        );
        assert_eq!(
            of(&[("helm.toolkit.fluxcd.io/name", "agent")], &[]).as_deref(),
            Some("HelmRelease agent of Flux")
        );
        // Helm writes it, too.
        assert_eq!(of(&[("app.kubernetes.io/instance", "agent")], &[]), None);
        assert_eq!(of_manager("kubectl-client-side-apply"), None);
    }
}
