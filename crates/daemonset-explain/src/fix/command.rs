//! Edits as the commands that make them.

use daemonset::api::{DaemonSet, Pod};
use serde_json::{Map, Value, json};

use crate::edit::Edit;
use crate::edit::edited::Step;

/// How many objects a command names.
const MOST_NAMED: usize = 20;

/// How many nodes are looked at.
const MOST_DESCRIBED: usize = 3;

/// Whether a command patches the set for one of these steps.
pub(super) fn are_patched(steps: &[Step]) -> bool {
    steps.iter().any(|step| match step {
        Step::Edit(edit) => edit.changes_set() && !has_command(edit),
        Step::Repair { .. } => false,
    })
}

/// Whether kubectl has a command of its own for an edit of a set.
fn has_command(edit: &Edit) -> bool {
    matches!(edit, Edit::RollBack { .. } | Edit::Restart)
}

/// The commands that make these edits, in an order that holds; `after` is the set with those edits
/// made that concern it.
pub(super) fn commands(edits: &[Edit], set: &DaemonSet, after: Option<&DaemonSet>) -> Vec<String> {
    let target = target(set);
    let mut all = Vec::new();
    let of_set = edits.iter().filter(|edit| edit.changes_set());
    let mut is_patched = false;
    for edit in of_set {
        match edit {
            Edit::RollBack { revision } => all.push(undo_command(set, *revision)),
            Edit::Restart => all.push(format!("kubectl rollout restart {target}")),
            _ => is_patched = true,
        }
    }
    if let Some(after) = after.filter(|_| is_patched) {
        let patch = merge_patch(&spec_of(set), &spec_of(after));
        if let Some(patch) = patch {
            let patch = json!({"spec": patch}).to_string();
            let patch = quoted(&patch);
            all.push(format!("kubectl patch {target} --type=merge -p {patch}"));
        }
    }
    all.extend(of_nodes_and_pods(edits, &namespace(set)));
    all
}

/// The command that goes back to an earlier revision of the template, by its number.
///
/// ```
/// use daemonset::api::DaemonSet;
/// use daemonset_explain::undo_command;
///
/// let mut agent = DaemonSet::default();
/// (agent.metadata.namespace, agent.metadata.name) = ("infra".into(), "agent".into());
/// assert_eq!(
///     undo_command(&agent, 3),
///     "kubectl rollout undo ds/agent -n infra --to-revision=3",
/// );
/// ```
#[must_use]
pub fn undo_command(set: &DaemonSet, revision: i64) -> String {
    let target = target(set);
    format!("kubectl rollout undo {target} --to-revision={revision}")
}

/// The command that patches the spec of a set's pods, lists by their keys.
pub(super) fn patch_pods(set: &DaemonSet, spec: &Value) -> String {
    let patch = json!({"spec": {"template": {"spec": spec}}}).to_string();
    format!("kubectl patch {} -p {}", target(set), word(&patch))
}

/// `ds/agent -n infra`
pub(super) fn target(set: &DaemonSet) -> String {
    format!("ds/{} -n {}", word(&set.metadata.name), namespace(set))
}

/// The set's namespace, as kubectl takes it.
pub(super) fn namespace(set: &DaemonSet) -> String {
    namespace_of(&set.metadata.namespace)
}

/// A namespace, as kubectl takes it.
pub(super) fn namespace_of(namespace: &str) -> String {
    match namespace {
        "" => "default".to_owned(),
        namespace => word(namespace),
    }
}

fn of_nodes_and_pods(edits: &[Edit], namespace: &str) -> Vec<String> {
    let mut all = Vec::new();
    let (mut pods, mut forced, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
    for edit in edits {
        match edit {
            Edit::SetNodeLabel { node, key, value } => {
                all.push(format!(
                    "kubectl label node {node} {key}={value} --overwrite"
                ));
            }
            Edit::RemoveNodeLabel { node, key } => {
                all.push(format!("kubectl label node {node} {key}-"));
            }
            Edit::RemoveTaint { node, taint } => {
                all.push(format!("kubectl taint node {node} {taint}-"));
            }
            Edit::RemoveFinalizers { pod, .. } => {
                let patch = r#"{"metadata":{"finalizers":null}}"#;
                all.push(format!(
                    "kubectl patch pod {pod} -n {namespace} --type=merge -p '{patch}'"
                ));
            }
            Edit::DeletePod { pod, .. } => pods.push(pod.as_str()),
            Edit::ForceDeletePod { pod, .. } => forced.push(pod.as_str()),
            Edit::DeleteNode { node } => nodes.push(node.as_str()),
            _ => {}
        }
    }
    if !pods.is_empty() {
        all.push(format!(
            "kubectl delete pod {} -n {namespace}",
            named(&pods)
        ));
    }
    if !forced.is_empty() {
        all.push(format!(
            "kubectl delete pod {} -n {namespace} --grace-period=0 --force",
            named(&forced)
        ));
    }
    if !nodes.is_empty() {
        all.push(format!("kubectl delete node {}", named(&nodes)));
    }
    all
}

/// The first names; who needs the others has them in the fix's edits.
fn named(names: &[&str]) -> String {
    let first = names.iter().take(MOST_NAMED).copied();
    first.collect::<Vec<_>>().join(" ")
}

/// The first so many names, as words of a command.
pub(super) fn words_of(names: &[String], most: usize) -> String {
    let first: Vec<String> = names.iter().take(most).map(|name| word(name)).collect();
    first.join(" ")
}

/// What edits change of a spec.
fn spec_of(set: &DaemonSet) -> Value {
    let strategy = &set.spec.update_strategy;
    json!({
        "template": Value::Object(set.spec.template.as_json().clone()),
        "updateStrategy": strategy,
    })
}

/// The JSON merge patch that makes one value of the other; `None` where they are equal.
///
/// Source: [RFC 7386](https://www.rfc-editor.org/rfc/rfc7386).
fn merge_patch(before: &Value, after: &Value) -> Option<Value> {
    if before == after {
        return None;
    }
    let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
        return Some(after.clone());
    };
    let mut patch = Map::new();
    for (key, value) in new {
        match old.get(key) {
            None => {
                patch.insert(key.clone(), value.clone());
            }
            Some(other) => {
                if let Some(inner) = merge_patch(other, value) {
                    patch.insert(key.clone(), inner);
                }
            }
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    Some(Value::Object(patch))
}

/// A text as one word of a shell, in quotes where it needs them.
///
/// ```
/// use daemonset_explain::shell_word;
///
/// assert_eq!(shell_word("eu-west-1b"), "eu-west-1b");
/// assert_eq!(shell_word("the rest"), "'the rest'");
/// ```
#[must_use]
pub fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('-') {
        return text.to_owned();
    }
    quoted(text)
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Commands that show what is wrong with the first few nodes.
pub(super) fn describe_nodes(nodes: &[String]) -> Vec<String> {
    let nodes = nodes.iter().take(MOST_DESCRIBED);
    nodes
        .map(|node| format!("kubectl describe node {}", word(node)))
        .collect()
}

const DEBUG_NODE: &str = "kubectl debug node/";
const IN_BUSYBOX: &str = " -it --image=busybox";
const AS_ROOT: &str = " --profile=sysadmin";

/// The command that shows a pod, with its events.
pub(super) fn describe_pod(pod: &Pod) -> String {
    let metadata = &pod.metadata;
    format!(
        "kubectl describe pod {} -n {}",
        word(&metadata.name),
        namespace_of(&metadata.namespace)
    )
}

/// The command that runs another beside a pod's containers, on its network.
pub(super) fn debug_pod(pod: &Pod, command: &str) -> String {
    let metadata = &pod.metadata;
    format!(
        "kubectl debug {} -n {}{IN_BUSYBOX} -- {command}",
        word(&metadata.name),
        namespace_of(&metadata.namespace)
    )
}

/// The command that runs another on a node.
pub(super) fn debug_node(node: &str, command: &str) -> String {
    format!("{DEBUG_NODE}{node}{IN_BUSYBOX} -- {command}")
}

/// The same, of one that only the node's root may run: a pod of `kubectl debug` has no privileges otherwise, and sees
/// neither devices nor whose a port is.
pub(super) fn debug_node_as_root(node: &str, command: &str) -> String {
    format!("{DEBUG_NODE}{node}{IN_BUSYBOX}{AS_ROOT} -- chroot /host {command}")
}

/// The same with what the pod has itself, where the node has none of it.
pub(super) fn in_pod_as_root(node: &str, command: &str) -> String {
    format!("{DEBUG_NODE}{node}{IN_BUSYBOX}{AS_ROOT} -- {command}")
}

/// The node on which a command runs another, and that other one.
pub(super) fn on_node(command: &str) -> Option<(&str, &str)> {
    match command.strip_prefix(DEBUG_NODE) {
        Some(rest) => {
            let (node, rest) = rest.split_once(IN_BUSYBOX)?;
            let rest = rest.strip_prefix(AS_ROOT).unwrap_or(rest);
            Some((node, rest.strip_prefix(" -- ")?))
        }
        None => command.strip_prefix("ssh ")?.split_once(' '),
    }
}

/// The command that runs on a node itself, by ssh, what a pod of `kubectl debug` would run there: the node's files are at
/// the root then, and its own shell reads the words once more.
pub(super) fn by_ssh(node: &str, look: &str) -> String {
    let own = on_host(look);
    let as_root = if own == look { "" } else { "sudo " };
    let own = format!("{as_root}{own}");
    if !own.contains(['\'', '"', ';', '|', '&', '*', '$']) {
        format!("ssh {node} {own}")
    } else if own.contains(['"', '$', '`', '\\', '!']) {
        format!("ssh {node} {}", quoted(&own))
    } else {
        format!("ssh {node} \"{own}\"")
    }
}

/// What a pod of `kubectl debug` would run on a node, as it is run on the node itself.
pub(super) fn on_host(look: &str) -> String {
    at_the_root(
        &look
            .replace("chroot /host ", "")
            .replace("nsenter -t 1 -m -- ", ""),
    )
}

/// A command with the paths that begin at `/host` beginning at `/`.
fn at_the_root(command: &str) -> String {
    const HOST: &str = "/host";
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let mut told = String::new();
    let mut rest = command;
    while let Some(at) = rest.find(HOST) {
        let (before, after) = (&rest[..at], &rest[at + HOST.len()..]);
        told.push_str(before);
        if told.ends_with(is_part) || after.starts_with(|c| is_part(c) && c != '/') {
            told.push_str(HOST);
        } else if !after.starts_with('/') {
            told.push('/');
        }
        rest = after;
    }
    told.push_str(rest);
    told
}

/// Words in names that many have.
const EVERYWHERE: [&str; 12] = [
    "app",
    "cleanup",
    "controller",
    "finalizer",
    "finalizers",
    "io",
    "k8s",
    "net",
    "operator",
    "protection",
    "ready",
    "x-k8s",
];

/// Words that names of many pods have, whatever they do.
const OF_MANY: [&str; 10] = [
    "agent", "cluster", "data", "kube", "network", "node", "pod", "service", "storage", "volume",
];

/// The command that finds the pods of what a name with a domain stands for, such as `mesh.example.com/synced`: by the
/// parts of it that are mostly in their names.
pub(super) fn pods_like(name: &str) -> Option<String> {
    let (domain, rest) = name.split_once('/').unwrap_or((name, ""));
    let labels: Vec<&str> = domain.split('.').collect();
    // What a registrar sells says whose it is, where nothing is before it.
    let own = match labels.len() {
        ..=2 => &labels[..1],
        more => &labels[..more - 2],
    };
    let first = rest.split(['-', '.', '_']).next().unwrap_or_default();
    let is_telling = |part: &&str| {
        let is_plain = part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        part.len() > 1 && is_plain && !EVERYWHERE.contains(part)
    };
    let mut parts: Vec<&str> = own
        .iter()
        .copied()
        .chain([first])
        .filter(is_telling)
        .filter(|part| !OF_MANY.contains(part))
        .collect();
    // Words of which half of a cluster has one tell something together alone.
    if parts.is_empty() {
        parts.extend([rest, domain].into_iter().find(|it| is_telling(it)));
    }
    (!parts.is_empty()).then(|| {
        let parts = word(&parts.join("|"));
        format!("kubectl get pods -A -o wide | grep -iE {parts}")
    })
}

/// How many objects are shown.
const MOST_SHOWN: usize = 2;

/// The commands that show objects of a namespace; what a secret holds is not for a terminal.
pub(super) fn shown<'o>(
    objects: &'o [String],
    namespace: &'o str,
) -> impl Iterator<Item = String> + 'o {
    objects.iter().take(MOST_SHOWN).filter_map(move |object| {
        Some(match object.split_once(' ')? {
            ("Secret", name) => format!("kubectl describe secret {} -n {namespace}", word(name)),
            (_, name) => format!(
                "kubectl get configmap {} -n {namespace} -o yaml",
                word(name)
            ),
        })
    })
}

/// The commands that show what of the cluster has an IP address, and whether it answers from a node.
pub(super) fn behind(address: &str, node: Option<&str>) -> Vec<String> {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let ip = host.trim_start_matches('[').trim_end_matches(']');
    let shown = ip.parse::<std::net::IpAddr>().ok().map(|ip| {
        format!(
            "kubectl get services,endpointslices,pods -A -o wide | grep -F {}",
            word(&ip.to_string())
        )
    });
    let asked = node.map(|node| debug_node(&word(node), &ask(address)));
    shown.into_iter().chain(asked).collect()
}

/// The command that asks an address, by its name where it has no port.
pub(super) fn ask(address: &str) -> String {
    match address.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            format!("nc -zv -w 3 {host} {port}")
        }
        _ => format!("nslookup {address}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_patch_says_what_differs() {
        let before = json!({"a": 1, "b": {"c": [1], "d": 2}, "e": 3});
        let after = json!({"a": 1, "b": {"c": [1, 2], "d": 2}, "f": 4});
        let patch = merge_patch(&before, &after);
        assert_eq!(patch, Some(json!({"b": {"c": [1, 2]}, "e": null, "f": 4})));
        assert_eq!(merge_patch(&before, &before), None);
    }

    #[test]
    fn a_name_leads_to_pods() {
        let like =
            |name: &str| pods_like(name).and_then(|it| Some(it.rsplit_once(' ')?.1.to_owned()));
        assert_eq!(like("net.example.org/vlan-ready").as_deref(), Some("vlan"));
        assert_eq!(
            like("mesh.example.com/synced").as_deref(),
            Some("'mesh|synced'")
        );
        assert_eq!(
            like("operator.px.example.com/cleanup").as_deref(),
            Some("px")
        );
        assert_eq!(like("example.com/hold").as_deref(), Some("'example|hold'"));
        assert_eq!(like("volcano").as_deref(), Some("volcano"));
        assert_eq!(
            like("storage.example.com/volume-guard").as_deref(),
            Some("volume-guard")
        );
        assert_eq!(like("").as_deref(), None);
    }

    #[test]
    fn what_runs_by_ssh_is_read_by_two_shells() {
        let ssh = |look: &str| by_ssh("a", look);
        assert_eq!(
            ssh("nc -zv -w 3 quay.io 443"),
            "ssh a nc -zv -w 3 quay.io 443"
        );
        assert_eq!(ssh("cat /host/etc/hosts"), "ssh a sudo cat /etc/hosts");
        assert_eq!(
            ssh("sh -c 'df -h /host /host/var; df -i /host'"),
            "ssh a \"sudo sh -c 'df -h / /var; df -i /'\""
        );
        assert_eq!(
            ssh("chroot /host ls -la /srv/host/data /hosts"),
            "ssh a sudo ls -la /srv/host/data /hosts"
        );
        assert_eq!(ssh("echo $HOME | wc"), "ssh a 'echo $HOME | wc'");
    }

    #[test]
    fn a_command_on_a_node_is_told() {
        let root = debug_node_as_root("a", "ss -ltnp");
        assert_eq!(on_node(&root), Some(("a", "chroot /host ss -ltnp")));
        let look = debug_node("a", "date -u");
        assert_eq!(on_node(&look), Some(("a", "date -u")));
        assert_eq!(on_node("ssh a date -u"), Some(("a", "date -u")));
    }

    #[test]
    fn a_quote_does_not_end_a_word() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
