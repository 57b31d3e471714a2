//! What to do about what pods and kubelets ask in vain: a service, a registry, a DNS server.

use super::command::{ask, behind, debug_node, namespace_of, word};
use super::{Fix, Repair};
use crate::round::Round;
use crate::signs::asked_pods::AskedPods;
use crate::signs::lookup::{Lookup, service};
use crate::signs::outside::{asked_in_vain, is_of_proxy};
use crate::signs::quoted::words;
use crate::stall::Stalls;

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
    Repair::AskedPods {
        who: found.who.clone(),
        pod: found.name(),
        taint: found.awaited_taint().map(str::to_owned),
    }
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
        _ => format!("kubectl describe pod {pod} -n {namespace}"),
    }
}

/// The registry that does not answer these nodes, or the resolver that does not find it, with the command
/// that asks it from one of them.
pub(super) fn registry(round: &Round<'_>, words: &str, nodes: Vec<String>) -> Fix {
    let lookup = Lookup::of(words);
    let host = asked_in_vain(round, words);
    let ask = match (&lookup, &host) {
        (Some(lookup), _) => Some(lookup.command()),
        (None, Some(host)) => Some(ask(host)),
        (None, None) => None,
    };
    let node = nodes.first().map(|node| word(node));
    let command = ask.zip(node).map(|(ask, node)| debug_node(&node, &ask));
    let repair = match lookup {
        Some(Lookup { name, server, .. }) => Repair::Resolver {
            name,
            server,
            nodes,
        },
        None => match host {
            Some(proxy) if is_of_proxy(words) => Repair::Proxy { proxy, nodes },
            host => Repair::Registry { host, nodes },
        },
    };
    Fix::outside(repair, command.into_iter().collect())
}

/// What the last words of pods are about, where no revision changes anything; in `logs` they can be read as a
/// whole.
pub(super) fn of_outside(stalls: &Stalls<'_, '_>, round: &Round<'_>, logs: Option<Fix>) -> Fix {
    let failing = || stalls.all_failing();
    let all = failing().map(|said| words(round, said));
    let mut asked = all.filter_map(|words| Some((asked_in_vain(round, &words)?, words)));
    let Some((asked, words)) = asked.next() else {
        let logs = logs.map_or_else(Vec::new, |fix| fix.commands);
        return Fix::outside(Repair::Outside { asked: None }, logs);
    };
    let lookup = Lookup::of(&words);
    if let Some(lookup) = lookup.as_ref().filter(|lookup| !lookup.is_answered) {
        return of_dns(lookup, failing().map(|said| said.node.name), round);
    }
    let mut commands: Vec<String> = service_of(&asked).into_iter().flatten().collect();
    if let (true, Some(lookup)) = (commands.is_empty(), lookup) {
        let node = failing().next().map(|said| word(said.node.name));
        commands.extend(node.map(|node| debug_node(&node, &lookup.command())));
    }
    if commands.is_empty() {
        let node = failing().next().map(|said| said.node.name);
        commands = behind(&asked, node);
    }
    Fix::outside(Repair::Outside { asked: Some(asked) }, commands)
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
        let ask = node.map(|node| debug_node(&node, &lookup.command()));
        ask.into_iter().collect()
    };
    let repair = Repair::Dns {
        server: lookup.server.clone(),
        name: lookup.name.clone(),
        nodes,
    };
    Fix::outside(repair, commands)
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
