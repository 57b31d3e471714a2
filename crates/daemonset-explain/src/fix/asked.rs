//! What to do about what pods and kubelets ask in vain: a service, a registry, a DNS server.

use super::command::{ask, behind, debug_node, debug_pod, describe_pod, namespace_of, word};
use super::{AskedRepair, Fix, Repair};
use crate::health::PodProblem;
use crate::round::{PodRevision, Round, staying_of};
use crate::signs::asked_pods::AskedPods;
use crate::signs::image_name;
use crate::signs::lookup::{Lookup, service};
use crate::signs::outside::{asked_in_vain, is_of_proxy, is_reached, status, url_asked};
use crate::signs::quoted::words;
use crate::stall::{Said, Stalls};
use crate::template;

/// For how many failing pods it is sought whom they ask.
const MOST_SOUGHT: usize = 8;

/// To mend first those whom failing pods ask, where none of them is ready.
pub(super) fn of_asked_pods(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Option<Fix> {
    let mut failing = stalls.all_failing().take(MOST_SOUGHT);
    let found = failing.find_map(|said| AskedPods::of_words(round, &words(round, said)))?;
    Some(Fix::outside(asked_pods(&found), vec![shown(&found)]))
}

/// The same as a repair.
pub(super) fn asked_pods(found: &AskedPods<'_>) -> Repair {
    Repair::Asked(AskedRepair::AskedPods {
        who: found.who.clone(),
        pod: found.name(),
        taint: found.awaited_taint().map(str::to_owned),
    })
}

/// The command that shows why the first of them is not ready.
pub(super) fn shown(found: &AskedPods<'_>) -> String {
    let metadata = &found.pod.metadata;
    let pod = word(&metadata.name);
    let namespace = namespace_of(&metadata.namespace);
    let end = found
        .problem
        .last_end()
        .filter(|end| end.reason != "OOMKilled");
    match (end, found.problem.container()) {
        (Some(_), Some(container)) => {
            let container = word(container);
            format!("kubectl logs {pod} -n {namespace} -c {container} --previous")
        }
        _ => describe_pod(found.pod),
    }
}

/// The registry that does not answer these nodes, or the resolver that does not find it, with the command
/// that asks it from one of them.
pub(super) fn registry(round: &Round<'_>, said: &Said<'_, '_>, nodes: Vec<String>) -> Fix {
    let words = &words(round, said);
    let lookup = Lookup::of(words);
    let status = status(round, words);
    // What answers without a word of where it was asked is asked for the image of the pod.
    let host = asked_in_vain(round, words)
        .or_else(|| status.and_then(|_| registry_of(round, said.problem.container()?)));
    let ask = match (&lookup, &host) {
        (Some(lookup), _) => Some(lookup.on_node()),
        (None, Some(host)) => Some(ask(host)),
        (None, None) => None,
    };
    let node = nodes.first().map(|node| word(node));
    let command = ask.zip(node).map(|(ask, node)| match &host {
        // That it takes connections is known.
        Some(host) if status.is_some() => format!("ssh {node} curl -sI https://{host}/v2/"),
        _ => debug_node(&node, &ask),
    });
    let repair = match lookup {
        Some(Lookup { name, server, .. }) => Repair::Asked(AskedRepair::Resolver {
            name,
            server,
            nodes,
        }),
        None => match host {
            Some(proxy) if is_of_proxy(words) => Repair::Asked(AskedRepair::Proxy { proxy, nodes }),
            host => Repair::Asked(AskedRepair::Registry {
                host,
                status: status.map(str::to_owned),
                nodes,
            }),
        },
    };
    Fix::outside(repair, command.into_iter().collect())
}

/// Where the registry of a container's image is asked.
fn registry_of(round: &Round<'_>, container: &str) -> Option<String> {
    let spec = round.daemon_set().spec.template.spec_as_json();
    let host = image_name::registry(template::image(spec, container)?);
    Some(match &*host {
        "docker.io" => "registry-1.docker.io".to_owned(),
        _ => host,
    })
}

/// What the last words of pods are about, where no revision changes anything; in `logs` they can be read as a
/// whole.
pub(super) fn of_outside(stalls: &Stalls<'_, '_>, round: &Round<'_>, logs: Option<Fix>) -> Fix {
    let failing = || stalls.all_failing();
    let all = failing().map(|said| words(round, said));
    let mut asked = all.filter_map(|words| Some((asked_in_vain(round, &words)?, words)));
    let Some((asked, words)) = asked.next() else {
        let logs = logs.map_or_else(Vec::new, |fix| fix.commands);
        return Fix::outside(
            Repair::Asked(AskedRepair::Outside {
                asked: None,
                status: None,
                are_others: false,
            }),
            logs,
        );
    };
    let lookup = Lookup::of(&words);
    if let Some(lookup) = lookup.as_ref().filter(|lookup| !lookup.is_answered) {
        return of_dns(lookup, failing().map(|said| said.node.name), round);
    }
    let mut commands: Vec<String> = service_of(&asked).into_iter().flatten().collect();
    if let (true, Some(lookup)) = (commands.is_empty(), lookup) {
        let node = failing().next().map(|said| word(said.node.name));
        commands.extend(node.map(|node| debug_node(&node, &lookup.command(round))));
    }
    if commands.is_empty() {
        let node = failing().next().map(|said| said.node.name);
        commands = behind(&asked, node.filter(|_| !is_reached(round, &words)));
    }
    let status = status(round, &words).map(str::to_owned);
    let asked = Some(asked);
    let mut pods = round.view.nodes.iter().flat_map(|node| &node.pods);
    let are_others = pods.any(|pod| pod.fact.readiness.is_available());
    let repair = Repair::Asked(AskedRepair::Outside {
        asked,
        status,
        are_others,
    });
    Fix::outside(repair, commands)
}

/// The DNS server that does not answer: that of the cluster, unless pods take their node's.
fn of_dns<'n>(lookup: &Lookup, nodes: impl Iterator<Item = &'n str>, round: &Round<'_>) -> Fix {
    let spec = round.daemon_set().spec.template.spec_as_json();
    let policy = spec["dnsPolicy"].as_str().unwrap_or("ClusterFirst");
    let is_of_cluster = match policy {
        "ClusterFirst" => spec["hostNetwork"] != true,
        policy => policy == "ClusterFirstWithHostNet",
    };
    let nodes: Vec<String> = nodes.map(str::to_owned).collect();
    let commands = if is_of_cluster || lookup.is_of_cluster() {
        vec![
            "kubectl get pods -n kube-system -l k8s-app=kube-dns -o wide".to_owned(),
            "kubectl get endpointslices -n kube-system -l kubernetes.io/service-name=kube-dns"
                .to_owned(),
        ]
    } else {
        let node = nodes.first().map(|node| word(node));
        let ask = node.map(|node| debug_node(&node, &lookup.on_node()));
        ask.into_iter().collect()
    };
    let repair = Repair::Asked(AskedRepair::Dns {
        server: lookup.server.clone(),
        name: lookup.name.clone(),
        nodes,
    });
    Fix::outside(repair, commands)
}

/// To ask from an old pod what new ones ask in vain, or from its node where nodes ask it; nothing where it is known that
/// it is reached, and no command shows more.
pub(super) fn ask_from_old(
    round: &Round<'_>,
    address: &str,
    said: Option<&Said<'_, '_>>,
) -> Option<Fix> {
    let words = said.map(|said| words(round, said)).unwrap_or_default();
    let by_node = said.is_some_and(|said| is_asked_by_node(&said.problem));
    let nodes = round.view.nodes.iter().filter(|node| node.runs_old());
    let mut old = nodes.flat_map(|node| staying_of(node, PodRevision::Old));
    let pod = old.find(|pod| pod.fact.readiness.is_available());
    let lookup = Lookup::of(&words).filter(|_| by_node);
    let ask = match status(round, &words) {
        _ if by_node && is_reached(round, &words) => return None,
        Some(_) => format!("wget -S -O /dev/null -T 3 {}", url_asked(round, &words)?),
        None if is_reached(round, &words) => return None,
        None => lookup.map_or_else(|| ask(address), |it| it.on_node()),
    };
    let node = pod.map(|pod| pod.pod.spec.node_name.clone());
    let node = node.filter(|_| by_node);
    let command = match &node {
        Some(node) => Some(debug_node(&word(node), &ask)),
        None if by_node => return None,
        None => pod.map(|pod| debug_pod(pod.pod, &ask)),
    };
    // Whether there is such a Service at all is told at once.
    let behind = service_of(address).into_iter().flatten();
    let address = address.to_owned();
    Some(Fix::outside(
        Repair::Asked(AskedRepair::NoAnswer { address, node }),
        behind.chain(command).collect(),
    ))
}

/// Whether the node asks for what the pod wants for, and not a program in the pod: its runtime pulls, its kubelet mounts.
pub(super) fn is_asked_by_node(problem: &PodProblem) -> bool {
    problem.is_of_a_pull()
        || matches!(
            problem,
            PodProblem::NotSetUp { .. } | PodProblem::NotCreated { .. }
        )
}

/// The commands that show the Service behind an address such as `config.platform.svc:443`, and what it leads to.
fn service_of(address: &str) -> Option<[String; 2]> {
    let (name, namespace) = service(address.split(':').next()?)?;
    let (name, namespace) = (word(name), word(namespace));
    Some([
        format!("kubectl get service {name} -n {namespace}"),
        format!("kubectl get endpointslices -n {namespace} -l kubernetes.io/service-name={name}"),
    ])
}
