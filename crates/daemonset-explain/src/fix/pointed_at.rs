//! What the last words of pods point at, where it is not the revision that is to blame: an image, a
//! file that is mounted, a secret, a path or a port of the node.

use std::collections::BTreeSet;

use serde_json::Value;

use super::asked::{is_asked_by_node, registry};
use super::certificates::{not_trusted, of_certificate};
use super::command::{
    ask, debug_node, debug_node_as_root, debug_pod, describe_nodes, namespace, shown, target, word,
};
use super::host_paths::{READ_ONLY, host_path, of_host_path, read_only_path};
use super::known::{self, known_on};
use super::look::of_condition;
use super::other_nodes::runtime_of_its_own;
use super::platform::other_platform;
use super::silent::silent;
use super::since::{of_credentials, spared};
use super::{AskedRepair, ContainerRepair, Fix, NodeRepair, Repair, advice};
use crate::cause::blame::{holds_own_lock, own_port};
use crate::cause::told_apart::reported_alone;
use crate::evidence::ContainerState;
use crate::health::NodeProblem;
use crate::known::{Meaning, Owner, Supply};
use crate::round::{PodRevision, Round, staying_of};
use crate::signs::heard::heard;
use crate::signs::image::other_image;
use crate::signs::image_name::moved_to;
use crate::signs::lookup::Lookup;
use crate::signs::missing::missing;
use crate::signs::network::is_of_network;
use crate::signs::outside::{asked_in_vain, is_from_outside};
use crate::signs::quoted::{self, is_not_known, is_rate_limit, taken_port, words};
use crate::signs::validity::Validity;
use crate::signs::{given, mounted};
use crate::stall::{Said, Stalls};
use crate::template::{self, container, taken_by};

/// How many nodes a command is given for.
const NAMED: usize = 1;

/// How many failing pods are looked at.
const MOST_PODS: usize = 16;

/// What to repair, by what pods say and what they mount.
pub(super) fn pointed_at(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Vec<Fix> {
    let set = round.daemon_set();
    let failing = || stalls.all_failing();
    let nodes_of = &|of: &dyn Fn(&str) -> bool| -> Vec<String> {
        let all = failing().filter(|said| of(&words(round, said)));
        all.map(|said| said.node.name.to_owned()).collect()
    };
    if let Some(fix) = of_tag(round, stalls) {
        return vec![fix];
    }
    // What its own old pod holds is free once surge does not keep that.
    let is_by_own =
        |said: &&Said<'_, '_>| own_port(round, said).is_some() || holds_own_lock(round, said);
    for said in failing().filter(|it| !is_by_own(it)).take(MOST_PODS) {
        let words = words(round, said);
        if let Some((path, wanted)) = host_path(&words) {
            let nodes = nodes_of(&|words| host_path(words) == Some((path, wanted)));
            let commands = of_host_path(set, said.node.name, path, wanted);
            let (path, wanted) = (path.to_owned(), wanted.to_owned());
            let runtime = runtime_of_its_own(round, &nodes);
            let repair = Repair::Node(NodeRepair::HostPath {
                path,
                wanted,
                nodes,
                runs_elsewhere: round.available_updated() > 0,
                runtime,
            });
            return vec![Fix::outside(repair, commands)];
        }
        if let Some(fix) = port_of_node(round, said, nodes_of) {
            return vec![fix];
        }
        if let Some(fix) = other_platform(round, said) {
            return vec![fix];
        }
        if let Some(found) = Validity::of(&words) {
            return vec![of_certificate(round, said, &words, &found)];
        }
        if let Some(fix) = missing_right(&words) {
            return vec![fix];
        }
        let fix = image_gone(round, said)
            .or_else(|| node_report(round, said, &words))
            .or_else(|| silent(round, said, &words))
            .or_else(|| not_trusted(round, said, &words));
        if let Some(fix) = fix {
            return vec![fix];
        }
        if let Some(fix) = read_only_path(round, said, &words, || {
            nodes_of(&|words| words.contains(READ_ONLY))
        }) {
            return vec![fix];
        }
        let objects = read(said, set.spec.template.spec_as_json(), &words);
        // What is wrong in what it reads, that tells.
        let is_missing = missing(&words, set.spec.template.spec_as_json()).is_some();
        let is_of_another = |meaning: &Meaning| {
            let is_in_them = !objects.is_empty() && meaning.owner() == Owner::Template;
            !meaning.is_of_probe() && !is_missing && !is_in_them
        };
        if let Some(meaning) = heard(round, said).filter(is_of_another) {
            let nodes = known_on(stalls, round, &meaning);
            return vec![known::fix(&meaning, said, &nodes, round)];
        }
        if let Some(fix) = pulled_in_vain(round, stalls, said, &words) {
            return vec![fix];
        }
        let alike = |address: &str| {
            nodes_of(&|words| asked_in_vain(round, words).is_some_and(|it| it == address))
        };
        let pods_of = |address: &str| {
            let all = failing().filter(|said| {
                asked_in_vain(round, &quoted::words(round, said)).is_some_and(|it| it == address)
            });
            all.map(|said| word(&said.pod.metadata.name)).collect()
        };
        if let Some(fix) = way_out(round, said, &words, alike, pods_of) {
            return vec![fix];
        }
        if !objects.is_empty() {
            let namespace = namespace(set);
            let commands = shown(&objects, &namespace).collect();
            let repair = Repair::Container(ContainerRepair::Configuration { objects, namespace });
            let look = Fix::outside(repair, commands);
            return vec![if is_not_known(&words) {
                spared(look, round, stalls)
            } else {
                look
            }];
        }
        if let Some(fix) = given(round, said, &words, nodes_of) {
            return vec![if is_not_known(&words) {
                spared(fix, round, stalls)
            } else {
                fix
            }];
        }
        if let Some(fix) = node_path(round, said, &words, nodes_of) {
            return vec![fix];
        }
    }
    Vec::new()
}

/// What else listens on a port of the node, where the pod is on its network and its own old pod is not it.
pub(super) fn port_of_node(
    round: &Round<'_>,
    said: &Said<'_, '_>,
    nodes_of: impl Fn(&dyn Fn(&str) -> bool) -> Vec<String>,
) -> Option<Fix> {
    let on_node = round.daemon_set().spec.template.spec().host_network;
    let port = taken_port(&words(round, said)).filter(|_| on_node)?;
    if own_port(round, said).is_some() {
        return None;
    }
    let nodes = nodes_of(&|words| taken_port(words) == Some(port));
    let look = format!("ss -ltnp 'sport = :{port}'");
    let commands = nodes.iter().take(NAMED);
    let commands = commands.map(|node| debug_node_as_root(node, &look));
    let commands = commands.collect();
    Some(Fix::outside(
        Repair::Node(NodeRepair::Port { port, nodes }),
        commands,
    ))
}

/// The same of the pods of a revision that fails.
pub(super) fn port_of_revision(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Option<Fix> {
    let said = stalls.failing_new.first()?;
    port_of_node(round, said, |of| {
        let all = stalls.failing_new.iter();
        let all = all.filter(|said| of(&words(round, said)));
        all.map(|said| said.node.name.to_owned()).collect()
    })
}

/// What the template gives a container and the words name, where nothing more is known of them.
fn given(
    round: &Round<'_>,
    said: &Said<'_, '_>,
    words: &str,
    nodes_of: impl Fn(&dyn Fn(&str) -> bool) -> Vec<String>,
) -> Option<Fix> {
    let set = round.daemon_set();
    let spec = set.spec.template.spec_as_json();
    let container = said.problem.container()?;
    // What is not there is to be made, and nothing of it has been read.
    let is_missing = missing(words, spec).is_some();
    if said.problem.is_of_a_pull() || is_from_outside(round, words) || is_missing {
        return None;
    }
    let namespace = namespace(set);
    if let Some((secret, key)) = given::secret(spec, container, words) {
        let look = format!("kubectl describe secret {} -n {namespace}", word(&secret));
        let container = container.to_owned();
        let repair = Repair::Container(ContainerRepair::SecretKey {
            secret,
            key,
            container,
            namespace,
        });
        return Some(Fix::outside(repair, vec![look]));
    }
    if is_not_known(words) {
        return Some(of_credentials(said, container, round));
    }
    let (argument, value) = given::argument(spec, container, words)?;
    let nodes = nodes_of(&|words| {
        given::argument(spec, container, words).is_some_and(|(other, _)| other == argument)
    });
    let works_elsewhere = said.is_new && round.available_updated() > 0;
    // An interface is there under this name or it is not; after another kernel it may have another one.
    let look = if words.contains("interface") {
        debug_node(&word(said.node.name), "ip link")
    } else if works_elsewhere {
        format!("kubectl get {} -o yaml", target(set))
    } else {
        format!("kubectl edit {}", target(set))
    };
    let repair = Repair::Container(ContainerRepair::Argument {
        container: container.to_owned(),
        argument,
        value,
        nodes,
        works_elsewhere,
    });
    Some(Fix::outside(repair, vec![look]))
}

/// The path of the node that the words name, where nothing more is known of them: behind a mount of the container, or as its
/// kubelet or its container runtime names it, where no sandbox is made.
fn node_path(
    round: &Round<'_>,
    said: &Said<'_, '_>,
    words: &str,
    nodes_of: impl Fn(&dyn Fn(&str) -> bool) -> Vec<String>,
) -> Option<Fix> {
    let spec = round.daemon_set().spec.template.spec_as_json();
    let container = said.problem.container().unwrap_or_default();
    if said.problem.is_of_a_pull() || is_from_outside(round, words) {
        return None;
    }
    let own = || mounted::own_path_told(words).filter(|_| said.lacks_sandbox(round));
    let found = mounted::node_path_told(spec, container, words);
    let (path, volume) = match found {
        Some((path, volume)) => (path, Some(volume)),
        None => (own()?.to_owned(), None),
    };
    let nodes = nodes_of(&|words| match volume {
        Some(_) => mounted::node_path_told(spec, container, words).is_some_and(|it| it.0 == path),
        None => mounted::own_path_told(words) == Some(&path),
    });
    // A link such as /var/run leads where it leads on the node. What is not there is missed in its folder.
    let shown = match (&volume, path.rsplit_once('/')) {
        (None, Some((folder, _))) if !folder.is_empty() => folder,
        _ => &path,
    };
    let look = format!("chroot /host ls -la {}", word(shown));
    let command = debug_node(&word(said.node.name), &look);
    Some(Fix::outside(
        Repair::Node(NodeRepair::NodePath {
            awaited: Some(Supply::PodNetwork)
                .filter(|_| volume.is_none() && is_of_network(round, said)),
            path,
            volume,
            nodes,
        }),
        vec![command],
    ))
}

/// What a container reads that fails though nothing but its start is new: unless its words are about something
/// outside.
pub(super) fn reread(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Option<Fix> {
    let set = round.daemon_set();
    let said = stalls.failing_new.first()?;
    let spec = set.spec.template.spec_as_json();
    let objects = taken_by(spec, said.problem.container());
    if objects.is_empty() || is_from_outside(round, &words(round, said)) {
        return None;
    }
    let namespace = namespace(set);
    let logs = advice::logs_if_silent(stalls, set).map_or_else(Vec::new, |fix| fix.commands);
    let helm = (set.metadata.annotations)
        .get("meta.helm.sh/release-name")
        .map(|release| format!("helm history {} -n {namespace}", word(release)));
    let commands = logs
        .into_iter()
        .chain(shown(&objects, &namespace))
        .chain(helm)
        .collect();
    Some(Fix::outside(
        Repair::Container(ContainerRepair::Reread { objects, namespace }),
        commands,
    ))
}

/// The image that works, of a tag that means two.
fn of_tag(round: &Round<'_>, stalls: &Stalls<'_, '_>) -> Option<Fix> {
    let other = other_image(round, &stalls.failing_new)?;
    let command = other.works.contains('@').then(|| {
        let target = target(round.daemon_set());
        format!(
            "kubectl set image {target} {}={}",
            other.container, other.works
        )
    });
    let repair = Repair::Container(ContainerRepair::Tag {
        container: other.container,
        works: other.works,
    });
    Some(Fix::outside(repair, command.into_iter().collect()))
}

/// The right that a service account does not have: `User "system:serviceaccount:infra:agent" cannot list
/// resource "nodes" in API group ""`.
fn missing_right(words: &str) -> Option<Fix> {
    let (_, rest) = words.split_once("User \"system:serviceaccount:")?;
    let (account, rest) = rest.split_once("\" cannot ")?;
    let (verb, rest) = rest.split_once(" resource \"")?;
    let (resource, rest) = rest.split_once('"')?;
    let (namespace, name) = account.split_once(':')?;
    let of_group = rest
        .split_once("in API group \"")
        .and_then(|(_, rest)| rest.split_once('"'));
    let group = of_group
        .map(|(group, _)| group)
        .filter(|group| !group.is_empty());
    // At the scope that the words name.
    let of_namespace = rest
        .split_once("in the namespace \"")
        .and_then(|(_, rest)| Some(rest.split_once('"')?.0));
    let (plural, part) = match resource.split_once('/') {
        Some((plural, part)) => (plural, Some(part)),
        None => (resource, None),
    };
    let object = match group {
        Some(group) => format!("{plural}.{group}"),
        None => plural.to_owned(),
    };
    // A role has the part behind the group; what is asked behind a slash is the name of an object.
    let what = part.map_or_else(|| object.clone(), |part| format!("{object}/{part}"));
    let command = format!(
        "kubectl auth can-i {} {}{} --as={} {}",
        word(verb),
        word(&object),
        part.map_or_else(String::new, |part| format!(" --subresource={}", word(part))),
        word(&format!("system:serviceaccount:{account}")),
        of_namespace.map_or_else(|| "-A".to_owned(), |it| format!("-n {}", word(it))),
    );
    let repair = Repair::Asked(AskedRepair::Right {
        account: format!("{namespace}/{name}"),
        right: match of_namespace {
            Some(place) => format!("{verb} {what} in namespace {place}"),
            None => format!("{verb} {what} at the scope of the cluster"),
        },
    });
    let role = word(&format!("{name}-{verb}-{resource}").replace(['/', '*', ':'], "-"));
    let subject = word(&format!("{namespace}:{name}"));
    let (what, verb) = (word(&what), word(verb));
    let (kind, scope) = match of_namespace {
        Some(place) => ("role", format!(" -n {}", word(place))),
        None => ("clusterrole", String::new()),
    };
    let subjects = word(&format!("{namespace}/{name}"));
    let commands = vec![
        command,
        format!("kubectl get clusterrolebindings,rolebindings -A -o wide | grep -F {subjects}"),
        format!("kubectl create {kind} {role} --verb={verb} --resource={what}{scope}"),
        format!(
            "kubectl create {kind}binding {role} --{kind}={role} --serviceaccount={subject}{scope}"
        ),
    ];
    Some(Fix::outside(repair, commands))
}

/// What the node reports of itself, where a container there ends again and again and says nothing.
fn node_report(round: &Round<'_>, said: &Said<'_, '_>, words: &str) -> Option<Fix> {
    said.problem
        .last_end()
        .filter(|_| words.trim().is_empty())?;
    let problems = round.node_problems(said.node);
    let report = problems
        .iter()
        .find(|problem| matches!(problem, NodeProblem::Condition { .. }))?;
    let NodeProblem::Condition { condition, .. } = report else {
        return None;
    };
    let node = said.node.name.to_owned();
    let info = round.evidence.and_then(|it| it.node(&node));
    let command = of_condition(&word(&node), condition, info.map(|it| &*it.info));
    let report = report.to_string();
    Some(Fix::outside(
        Repair::Node(NodeRepair::NodeReport { node, report }),
        vec![command],
    ))
}

/// What nodes report where pods fail, and none does where they do not, where nothing is known of the pods' words.
pub(super) fn reported(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Option<Fix> {
    let mut failing = stalls.all_failing().take(MOST_PODS);
    failing.find_map(|said| {
        if heard(round, said).is_some() || !round.node_problems(said.node).is_empty() {
            return None;
        }
        let reported = reported_alone(round, said.node, said.pod)?;
        let NodeProblem::Condition {
            condition, holds, ..
        } = reported
        else {
            return None;
        };
        let node = said.node.name.to_owned();
        let commands = describe_nodes(std::slice::from_ref(&node));
        let condition = format!("{condition}={}", if holds { "True" } else { "False" });
        Some(Fix::outside(
            Repair::Node(NodeRepair::ReportedAlone { node, condition }),
            commands,
        ))
    })
}

/// The image that the registry no longer has, while pods run it that were created before.
pub(super) fn image_gone(round: &Round<'_>, said: &Said<'_, '_>) -> Option<Fix> {
    let is_gone = heard(round, said).is_some_and(|it| it.id() == "imageMissing");
    let container = said.problem.container()?.to_owned();
    let spec = round.daemon_set().spec.template.spec_as_json();
    let image = template::image(spec, &container);
    let is_moved = || image.and_then(moved_to).is_some();
    let is_so = is_gone && (round.available_updated() > 0 || is_moved());
    is_so.then(|| advice::of_image(container, round.daemon_set()))
}

/// The registry that does not answer, or is not found, on all nodes that say so.
fn pulled_in_vain(
    round: &Round<'_>,
    stalls: &Stalls<'_, '_>,
    said: &Said<'_, '_>,
    of_pod: &str,
) -> Option<Fix> {
    let is_so = |said: &Said<'_, '_>, words: &str| {
        said.problem.is_of_a_pull() && is_from_outside(round, words) && !is_rate_limit(words)
    };
    if !is_so(said, of_pod) {
        return None;
    }
    let failing = stalls.all_failing();
    let alike = failing.filter(|said| is_so(said, &words(round, said)));
    let nodes = alike.map(|said| said.node.name.to_owned()).collect();
    Some(registry(round, said, nodes))
}

/// The way out of nodes on which pods ask something in vain that others of their revision find: where a name
/// is looked up and no answer comes, to the DNS server.
fn way_out(
    round: &Round<'_>,
    said: &Said<'_, '_>,
    words: &str,
    alike: impl Fn(&str) -> Vec<String>,
    pods: impl Fn(&str) -> Vec<String>,
) -> Option<Fix> {
    let address = asked_in_vain(round, words)?;
    if !said.is_new || round.available_updated() == 0 {
        return None;
    }
    let nodes = alike(&address);
    if answers_since(round, said, &address) {
        let again = format!(
            "kubectl delete pod {} -n {}",
            pods(&address).join(" "),
            namespace(round.daemon_set())
        );
        return Some(Fix::outside(
            Repair::Asked(AskedRepair::TriesAgain { address, nodes }),
            vec![again],
        ));
    }
    let lookup = Lookup::of(words);
    let on_node =
        round.daemon_set().spec.template.spec().host_network || is_asked_by_node(&said.problem);
    let command = if on_node {
        let ask = lookup
            .as_ref()
            .map_or_else(|| ask(&address), Lookup::on_node);
        debug_node(&word(said.node.name), &ask)
    } else {
        let ask = lookup
            .as_ref()
            .map_or_else(|| ask(&address), |it| it.command(round));
        debug_pod(said.pod, &ask)
    };
    let silent = lookup.filter(|lookup| !lookup.is_answered);
    let address = silent.map_or(address, |lookup| match lookup.server {
        Some(server) => format!("DNS server {server}"),
        None => format!("the DNS server that is asked for {}", lookup.name),
    });
    Some(Fix::outside(
        Repair::Asked(AskedRepair::WayOut { nodes, address }),
        vec![command],
    ))
}

/// Whether a pod of the same revision that asked this in vain too has been started after this one ended last, and is
/// available.
fn answers_since(round: &Round<'_>, said: &Said<'_, '_>, address: &str) -> bool {
    let Some(ended) = said.problem.last_end().and_then(|end| end.at) else {
        return false;
    };
    let nodes = round.running_current();
    let mut pods = nodes.flat_map(|node| staying_of(node, PodRevision::New));
    pods.any(|pod| {
        let containers = round
            .said_by(pod.pod)
            .map_or(&[][..], |said| &said.containers);
        containers.iter().any(|container| {
            let is_since = matches!(
                container.state,
                ContainerState::Running { since: Some(since) } if since > ended
            );
            let last = container.last.as_deref().map_or("", |last| &last.message);
            is_since && asked_in_vain(round, last).is_some_and(|it| it == address)
        })
    })
}

/// The rights that failing pods lack, as they say.
pub(super) fn rights(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Option<Fix> {
    let mut failing = stalls.failing_new.iter().take(MOST_PODS);
    failing.find_map(|said| missing_right(&words(round, said)))
}

/// The `ConfigMap`s and `Secret`s that a container reads, and its last words are about: they name a file
/// beneath a mount, or say that the container is not known, where it takes a secret.
fn read(said: &Said<'_, '_>, spec: &Value, words: &str) -> Vec<String> {
    let name = said.problem.container().unwrap_or_default();
    if container(spec, name).is_none() {
        return Vec::new();
    }
    let mut objects = BTreeSet::new();
    if said.problem.is_of_a_pull() {
        let secrets = spec["imagePullSecrets"].as_array().into_iter().flatten();
        let is_denied = is_not_known(words);
        let named = secrets.filter(|_| is_denied);
        objects.extend(named.filter_map(|it| object("Secret", &it["name"])));
        return objects.into_iter().collect();
    }
    // What cannot be written or opened there says nothing of what is in it.
    let is_of_access = ["read-only file system", "ermission denied"];
    let is_read = !is_of_access.iter().any(|it| words.contains(it));
    let told = mounted::told_by(spec, name, words).into_iter();
    for volume in told
        .chain(mounted::files_told(spec, words))
        .filter(|_| is_read)
    {
        objects.extend(object("ConfigMap", &volume["configMap"]["name"]));
        objects.extend(object("Secret", &volume["secret"]["secretName"]));
    }
    if is_not_known(words) {
        let taken = taken_by(spec, Some(name)).into_iter();
        objects.extend(taken.filter(|object| object.starts_with("Secret ")));
    }
    objects.into_iter().collect()
}

fn object(kind: &str, name: &Value) -> Option<String> {
    name.as_str().map(|name| format!("{kind} {name}"))
}
