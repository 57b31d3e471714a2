//! What to do about words that are known.

use std::collections::BTreeMap;

use daemonset::api::{DaemonSet, Pod};
use daemonset::template::Quantity;
use serde_json::{Value, json};

use super::command::{namespace, patch_pods, target, word};
use super::host_paths::read_only_path;
use super::look::{kubelet, runtime};
use super::probes::port_before;
use super::{Fix, KnownRepair, NAMED, Repair, machine, mended};
use crate::cause::changes::Changes;
use crate::cause::told_apart::label_of_gpus;
use crate::health::PodProblem;
use crate::health::message::alike;
use crate::known::{self, Meaning, Mend, Place, Words};
use crate::round::Round;
use crate::signs::heard::heard;
use crate::signs::missing::{Kind, missing};
use crate::signs::mounted;
use crate::signs::quoted::words;
use crate::stall::{Said, Stalls};
use crate::template::{self, containers, mounts};
use crate::words::list;

/// How many failing pods are looked at for their meaning, each kind of words once.
const MOST_KINDS: usize = 64;

/// The nodes of all failing pods whose words mean the same.
pub(super) fn known_on(
    stalls: &Stalls<'_, '_>,
    round: &Round<'_>,
    meaning: &Meaning,
) -> Vec<String> {
    let failing = stalls.all_failing();
    on_nodes(failing, round, meaning)
}

fn on_nodes<'s, 'r: 's, 'a: 's + 'r>(
    all: impl Iterator<Item = &'s Said<'r, 'a>>,
    round: &Round<'_>,
    meaning: &Meaning,
) -> Vec<String> {
    let mut kinds: BTreeMap<String, bool> = BTreeMap::new();
    let means = |said: &&Said<'_, '_>| {
        let kind = alike(&words(round, said), &said.pod.metadata.name);
        if let Some(known) = kinds.get(&kind) {
            return *known;
        }
        let means = kinds.len() < MOST_KINDS
            && heard(round, said).is_some_and(|other| other.id() == meaning.id());
        kinds.insert(kind, means);
        means
    };
    let all = all.filter(means);
    all.map(|said| said.node.name.to_owned()).collect()
}

/// What to do, by what one of the pods says.
pub(super) fn fix(
    meaning: &Meaning,
    said: &Said<'_, '_>,
    nodes: &[String],
    round: &Round<'_>,
) -> Fix {
    let set = round.daemon_set();
    let pod = format!("{} -n {}", word(&said.pod.metadata.name), namespace(set));
    let mut around = around(set);
    let container = said.problem.container().unwrap_or_default();
    let spec = set.spec.template.spec_as_json();
    let meaning =
        (meaning.clone()).with_paths_of_node(|path| mounted::path_on_node(spec, container, path));
    let previous = match said.problem.last_end() {
        Some(_) => " --previous",
        None => "",
    };
    let limit = template::container(spec, container)
        .is_some_and(|it| !it["resources"]["limits"]["cpu"].is_null());
    if limit {
        around.push(("cpulimit", "a CPU limit that is too low, ".to_owned()));
    }
    let (secret, key) = key_of_secret(spec, container);
    around.extend([
        ("nodes", list(nodes, NAMED)),
        ("container", word(container)),
        ("image", image(spec, container)),
        ("pulled", pulled_before(spec, container).to_owned()),
        ("waiting", waiting(nodes, round)),
        ("keysecret", of_secret(&secret)),
        ("keysecretname", secret),
        ("keyname", key),
        (
            "logs",
            format!("kubectl logs {pod} -c {}{previous}", word(container)),
        ),
        ("pod", pod),
    ]);
    // All nodes are looked at for it.
    if meaning.asks_for("gpuselector") || meaning.asks_for("nvidiaclass") {
        around.extend(of_gpus(nodes, round));
    }
    let port = port_before(round, container);
    around.extend(port.map(|it| {
        (
            "portbefore",
            format!(" (before the revision its probe asked port {it})"),
        )
    }));
    if meaning.asks_for("variablebefore") {
        let before = meaning.named("variable");
        let before = before.and_then(|name| variable_before(round, container, name));
        around.extend(before.map(|it| ("variablebefore", it)));
    }
    around.extend(of_node(said.node.name, round));
    around.extend(agents_on(said.node.name, round));
    let mut fix = of(&meaning, &around, nodes);
    let mended = mended::command(&meaning, container, set);
    // Whether it is only slow, the others tell.
    let at = match meaning.mend() {
        Some(Mend::ProbeTime) => fix.commands.len(),
        _ => 0,
    };
    fix.commands.splice(at..at, mended);
    if template::list_of(spec, container) == Some("initContainers") {
        for command in &mut fix.commands {
            *command = command.replace(".spec.containers[*]", ".spec.initContainers[*]");
        }
    }
    fix
}

/// A variable of a container with the value that the template before gave it, where that is no reference: as kubectl sets it.
fn variable_before(round: &Round<'_>, name: &str, variable: &str) -> Option<String> {
    let old = template::container(&Changes::of(round)?.before["spec"], name)?;
    let mut all = old["env"].as_array()?.iter();
    let value = all.find(|it| it["name"] == variable)?["value"].as_str()?;
    Some(word(&format!("{variable}={value}")))
}

/// The commands that keep pods to nodes with a GPU, or give them NVIDIA's runtime: by a label that tells those nodes, and
/// where no pod is available without that class.
fn of_gpus(nodes: &[String], round: &Round<'_>) -> Vec<(&'static str, String)> {
    let set = round.daemon_set();
    let mut found = Vec::new();
    if let Some((key, value)) = label_of_gpus(round, nodes) {
        let patch = patch_pods(set, &json!({"nodeSelector": {key: value}}));
        found.push(("gpuselector", patch));
    }
    let has_class = !set.spec.template.spec_as_json()["runtimeClassName"].is_null();
    let mut all = round.view.nodes.iter();
    if !has_class && !all.any(|node| node.runs_updated() || node.runs_old()) {
        let patch = patch_pods(set, &json!({"runtimeClassName": "nvidia"}));
        found.push((
            "nvidiaclass",
            format!("kubectl get runtimeclass nvidia\n{patch}"),
        ));
    }
    found
}

/// What a row may name of a node.
fn of_node(name: &str, round: &Round<'_>) -> Vec<(&'static str, String)> {
    let said = round.evidence.and_then(|it| it.node(name));
    let info = said.map(|it| &*it.info);
    let labels = round.cluster.node(name).map(|it| &it.metadata.labels);
    let label = |key: &str| labels.and_then(|it| it.get(key));
    let is_server = label("node-role.kubernetes.io/control-plane").is_some();
    // A server of K3s and RKE2 has the unit that is named first.
    let unit = |units: &[&str]| match units {
        [server, _] if is_server => (*server).to_owned(),
        [.., last] => (*last).to_owned(),
        [] => String::new(),
    };
    let instance = said.and_then(|it| machine::instance(&it.provider_id));
    // Where containerd reads of registries, unless another has set it up.
    let registries = match unit(runtime(info)).as_str() {
        "containerd" if info.is_some() => "/etc/containerd/certs.d",
        _ => "",
    };
    vec![
        ("node", word(name)),
        ("kubelet", unit(kubelet(info))),
        ("runtime", unit(runtime(info))),
        (
            "arch",
            label("kubernetes.io/arch").map(word).unwrap_or_default(),
        ),
        ("instance", instance.unwrap_or_default().to_owned()),
        ("registries", registries.to_owned()),
    ]
}

/// Agents of a node that rows name, and what names of their pods have in them.
const AGENTS: [(&str, &str); 4] = [
    ("kubeproxypod", "kube-proxy"),
    ("flannelpod", "flannel"),
    ("multuspod", "multus"),
    ("ovnpod", "ovnkube-node"),
];

/// Those of them that were given, as kubectl takes them: only where one pod alone may be meant.
fn agents_on(node: &str, round: &Round<'_>) -> Vec<(&'static str, String)> {
    let all = round.cluster.pods().iter();
    let on_node: Vec<&&Pod> = all
        .filter(|pod| pod.spec.node_name == node && !pod.is_terminal())
        .collect();
    let found = AGENTS.iter().filter_map(|(key, part)| {
        let mut all = (on_node.iter()).filter(|pod| pod.metadata.name.contains(part));
        let (pod, None) = (all.next()?, all.next()) else {
            return None;
        };
        let name = word(&pod.metadata.name);
        Some((*key, format!("{name} -n {}", word(&pod.metadata.namespace))))
    });
    found.collect()
}

/// The image of a container of the template.
fn image(spec: &Value, container: &str) -> String {
    let own = template::image(spec, container);
    own.map(word).unwrap_or_default()
}

/// That nodes which have the image need no right to pull it: not where it is always asked for.
fn pulled_before(spec: &Value, container: &str) -> &'static str {
    if template::pulls_always(spec, container) {
        ""
    } else {
        "; nodes that had pulled the image before may run it all the same"
    }
}

/// How many pods that wait are named in a command.
const MOST_WAITING: usize = 20;

/// The pods of the set on these nodes whose image is not pulled.
fn waiting(nodes: &[String], round: &Round<'_>) -> String {
    let seen = nodes.iter().filter_map(|node| round.view.node(node));
    let pods = seen.flat_map(|node| node.staying().map(|pod| pod.pod));
    let waits = |pod: &&Pod| (round.problems_of(pod).iter()).any(PodProblem::is_of_a_pull);
    let names = pods.filter(waits).take(MOST_WAITING);
    let names: Vec<String> = names.map(|pod| word(&pod.metadata.name)).collect();
    names.join(" ")
}

/// What to do about pods that wait for a place for what the scheduler is known to mean.
pub(super) fn of_scheduler(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Option<Fix> {
    let mut all = stalls.unscheduled.iter();
    let (said, meaning) = all.find_map(|said| Some((said, heard(round, said)?)))?;
    let nodes = on_nodes(stalls.unscheduled.iter(), round, &meaning);
    Some(fix(&meaning, said, &nodes, round))
}

/// What to do about pods of a revision that fails, beside going back: not what every pod of a node
/// lacks, which may come of the revision.
pub(super) fn of_revision(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Option<Fix> {
    let said = stalls.failing_new.first()?;
    // What is not there is to be made, and nothing is wrong with what it holds.
    let spec = round.daemon_set().spec.template.spec_as_json();
    if missing(&words(round, said), spec).is_some_and(|it| it.kind != Kind::Driver) {
        return None;
    }
    // That the image is not there, the words say, and going back mends it.
    let is_told = |meaning: &Meaning| meaning.id() == "imageMissing";
    let meaning = heard(round, said)
        .filter(|meaning| meaning.owner() != known::Owner::Node && !is_told(meaning))?;
    let nodes = on_nodes(stalls.failing_new.iter(), round, &meaning);
    let of_host = read_only_path(round, said, &words(round, said), || nodes.clone());
    Some(of_host.unwrap_or_else(|| fix(&meaning, said, &nodes, round)))
}

/// What to do about what a probe is answered, where nothing else is known.
pub(super) fn of_probe(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Option<Fix> {
    let failing = || stalls.all_failing();
    let (said, meaning) = failing().take(MOST_KINDS).find_map(|said| {
        let meaning = heard(round, said).filter(Meaning::is_of_probe)?;
        Some((said, meaning))
    })?;
    let nodes = known_on(stalls, round, &meaning);
    Some(fix(&meaning, said, &nodes, round))
}

/// What to do about what kubelets or the API server say of pods that are rejected or refused.
pub(super) fn of_said<'s>(
    place: Place,
    said: impl IntoIterator<Item = &'s str>,
    nodes: &[String],
    round: &Round<'_>,
) -> Option<Fix> {
    let mut all = said.into_iter();
    let meaning = all.find_map(|said| known::meaning(&Words::default().with(place, said)))?;
    let set = round.daemon_set();
    let mut around = around(set);
    around.push(("nodes", list(nodes, NAMED)));
    around.extend(
        nodes
            .first()
            .into_iter()
            .flat_map(|node| of_node(node, round)),
    );
    let mut fix = of(&meaning, &around, nodes);
    fix.commands
        .splice(0..0, mended::command(&meaning, "", set));
    Some(fix)
}

fn of(meaning: &Meaning, around: &[(&str, String)], nodes: &[String]) -> Fix {
    let repair = Repair::Known(KnownRepair {
        known: meaning.known(),
        instruction: meaning.todo(around),
        nodes: nodes.to_vec(),
    });
    Fix::outside(repair, meaning.commands(around))
}

/// What a row may name of the set, as kubectl takes it.
fn around(set: &DaemonSet) -> Vec<(&'static str, String)> {
    let spec = set.spec.template.spec_as_json();
    let mounted = mounts(spec);
    let of_kind = |kind: &str| -> Vec<String> {
        let all = mounted.iter().filter_map(|it| it.strip_prefix(kind));
        all.map(word).collect()
    };
    let (claims, configs) = (of_kind("PersistentVolumeClaim "), of_kind("ConfigMap "));
    let first = |all: &[String]| all.first().cloned().unwrap_or_default();
    let account = spec["serviceAccountName"].as_str().unwrap_or("default");
    let configs_told = match configs.as_slice() {
        [] => String::new(),
        some => format!(" in ConfigMap {}", list(some, NAMED)),
    };
    vec![
        ("set", target(set)),
        ("namespace", namespace(set)),
        ("account", word(account)),
        ("claim", first(&claims)),
        ("secret", pull_secret(spec)),
        ("renewed", renewed(spec)),
        ("puller", puller(spec, account)),
        ("trusted", trusted(&mounted, &namespace(set))),
        ("sharesecret", of_secret(&share_secret(spec))),
        ("sharesecretname", share_secret(spec)),
        ("config", first(&configs)),
        ("configs", configs_told),
        ("scc", least_constraint(spec).to_owned()),
        ("release", release(set)),
        ("hugepages", huge_pages(spec)),
    ]
}

/// The release of Helm that the set is of; empty where it is of none.
fn release(set: &DaemonSet) -> String {
    let release = set.metadata.annotations.get("meta.helm.sh/release-name");
    release.map(word).unwrap_or_default()
}

/// How many huge pages of 2 MiB a pod asks for; empty where it asks for none.
fn huge_pages(spec: &Value) -> String {
    const NANOS_OF_A_PAGE: i128 = (2 << 20) * 1_000_000_000;
    let asked = containers(spec).map(|it| {
        let resources = &it["resources"];
        let mut kinds = ["limits", "requests"].iter();
        let amount = kinds.find_map(|kind| Quantity::from_json(&resources[kind]["hugepages-2Mi"]));
        amount.map_or(0, |it| it.nanos() / NANOS_OF_A_PAGE)
    });
    match asked.sum::<i128>() {
        pages @ 1.. => pages.to_string(),
        _ => String::new(),
    }
}

/// The first secret by which the template has images pulled; empty where it names none.
fn pull_secret(spec: &Value) -> String {
    let name = spec["imagePullSecrets"][0]["name"].as_str();
    name.map(word).unwrap_or_default()
}

/// That the pull secret is what has to be put right, where the template names one.
fn renewed(spec: &Value) -> String {
    match pull_secret(spec).as_str() {
        "" => String::new(),
        secret => format!("; or renew pull secret {secret}, by which the template has it pulled"),
    }
}

/// Who pulls images, and has to have the right to.
fn puller(spec: &Value, account: &str) -> String {
    match pull_secret(spec).as_str() {
        "" => format!(
            "give the pods a pull secret that may read the image (imagePullSecrets of the template, or of ServiceAccount {account}: then delete the pods that wait, since they get it as they are made \
             alone), or the nodes' cloud identity the right to"
        ),
        secret => format!(
            "renew pull secret {secret}, which the template names: what it holds is not taken (a password or token that ended, or one \
             without the right to read the image)"
        ),
    }
}

/// The command that shows what of the mounts has certificates by its name; empty where none has.
fn trusted(mounted: &[String], namespace: &str) -> String {
    const PARTS: [&str; 9] = [
        "ca", "cas", "bundle", "trust", "tls", "cert", "certs", "root", "roots",
    ];
    let is_of_trust = |name: &str| name.split(['-', '.', '_']).any(|it| PARTS.contains(&it));
    let found = mounted.iter().find_map(|it| {
        let (kind, name) = it.split_once(' ')?;
        is_of_trust(name).then_some((kind, name))
    });
    match found {
        Some(("ConfigMap", name)) => {
            format!(
                "kubectl get configmap {} -n {namespace} -o yaml",
                word(name)
            )
        }
        Some(("Secret", name)) => format!("kubectl describe secret {} -n {namespace}", word(name)),
        _ => String::new(),
    }
}

/// The Secret with the credentials of a file share that a volume of the template names; empty where none does.
fn share_secret(spec: &Value) -> String {
    let mut volumes = spec["volumes"].as_array().into_iter().flatten();
    let name = volumes.find_map(|volume| {
        let csi = &volume["csi"];
        let names = [
            &csi["volumeAttributes"]["secretName"],
            &csi["nodePublishSecretRef"]["name"],
            &volume["azureFile"]["secretName"],
        ];
        names.into_iter().find_map(Value::as_str)
    });
    name.map(word).unwrap_or_default()
}

/// The Secret and its key that a container has a key or a license from, by what its variable is called; empty where it
/// has none.
fn key_of_secret(spec: &Value, container: &str) -> (String, String) {
    const PARTS: [&str; 4] = ["KEY", "LICENSE", "LICENCE", "TOKEN"];
    let own = template::container(spec, container);
    let mut all = own
        .and_then(|it| it["env"].as_array())
        .into_iter()
        .flatten();
    let found = all.find_map(|variable| {
        let name = variable["name"].as_str()?.to_uppercase();
        let of = &variable["valueFrom"]["secretKeyRef"];
        let named = (of["name"].as_str()?, of["key"].as_str()?);
        PARTS.iter().any(|it| name.contains(it)).then_some(named)
    });
    found.map_or_else(Default::default, |(name, key)| (word(name), word(key)))
}

/// `Secret a`, where there is one.
fn of_secret(name: &str) -> String {
    match name {
        "" => String::new(),
        name => format!("Secret {name}"),
    }
}

/// The least of `OpenShift`'s own `SecurityContextConstraints` that allows what the pods ask for.
///
/// Source: [default SCCs](https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/authentication_and_authorization/managing-pod-security-policies).
fn least_constraint(spec: &Value) -> &'static str {
    let containers = || containers(spec);
    let of_pod = &spec["securityContext"];
    let is_root = |of: &Value| of["runAsUser"] == 0;
    let as_root = is_root(of_pod) || containers().any(|it| is_root(&it["securityContext"]));
    let as_user = of_pod["runAsUser"].is_u64()
        || containers().any(|it| it["securityContext"]["runAsUser"].is_u64());
    let is_privileged = containers().any(|it| {
        let security = &it["securityContext"];
        let adds = security["capabilities"]["add"].as_array();
        security["privileged"] == true
            || adds.is_some_and(|all| all.iter().any(|it| it != "NET_BIND_SERVICE"))
    });
    let volumes = spec["volumes"].as_array().into_iter().flatten();
    let mut host_paths = volumes.filter(|it| it.get("hostPath").is_some());
    let has_path = host_paths.next().is_some();
    let of_process = spec["hostPID"] == true || spec["hostIPC"] == true;
    let ports = containers()
        .filter_map(|it| it["ports"].as_array())
        .flatten();
    let on_host =
        spec["hostNetwork"] == true || ports.into_iter().any(|it| it.get("hostPort").is_some());
    match (has_path || of_process, on_host || of_process) {
        (_, on_host) if is_privileged || on_host && as_root => "privileged",
        (true, true) => "hostaccess",
        (true, false) => "hostmount-anyuid",
        (false, true) => "hostnetwork-v2",
        (false, false) if as_root => "anyuid",
        (false, false) if as_user => "nonroot-v2",
        (false, false) => "restricted-v2",
    }
}
