//! Whether the words of a failure are about something else than the pod, that does not answer it.

use daemonset::api::Pod;

use crate::evidence::ContainerState;
use crate::health::PodProblem;
use crate::known::{self, is_of_probe};
use crate::round::{PodRevision, Round, staying_of};
use crate::stall::Said;

/// Words for what does not answer, or not as it should.
const NO_ANSWER: [&str; 32] = [
    "connection refused",
    "connection reset by peer",
    "Connection refused",
    "ECONNREFUSED",
    "ETIMEDOUT",
    "server misbehaving",
    "Temporary failure in name resolution",
    "Name or service not known",
    "Could not resolve host",
    "UnknownHostException",
    "Resolv::ResolvError",
    "failed to lookup address information",
    "Connection reset by peer",
    "EAI_AGAIN",
    "ENOTFOUND",
    "Connection timed out",
    "i/o timeout",
    "no such host",
    "Could not contact DNS servers",
    "Timeout while contacting DNS servers",
    "TLS handshake",
    "x509: ",
    "context deadline exceeded",
    "unexpected EOF",
    "toomanyrequests",
    "429 Too Many",
    "500 Internal Server Error",
    "502 Bad Gateway",
    "503 Service Unavailable",
    "504 Gateway Time",
    "no route to host",
    "network is unreachable",
];

/// Statuses of HTTP, which what is asked, or a proxy before it, answers with.
const STATUSES: [&str; 5] = [
    "429 Too Many",
    "500 Internal Server Error",
    "502 Bad Gateway",
    "503 Service Unavailable",
    "504 Gateway Time",
];

/// What stands before an address that is asked, and the port where it names none; a name before the
/// address that it stands for today.
const BEFORE_ADDRESSES: [(&str, &str); 17] = [
    ("https://", ":443"),
    ("http://", ":80"),
    ("dial tcp ", ""),
    ("dial udp ", ""),
    ("lookup ", ""),
    ("connect to ", ""),
    ("Could not resolve host: ", ""),
    ("getaddrinfo ENOTFOUND ", ""),
    ("getaddrinfo EAI_AGAIN ", ""),
    ("UnknownHostException: ", ""),
    ("Failed to resolve '", ""),
    ("getaddrinfo(host='", ""),
    ("no address for ", ""),
    ("connect(2) for ", ""),
    ("connect ECONNREFUSED ", ""),
    ("connect ETIMEDOUT ", ""),
    // As mount.nfs does.
    ("timed out for ", ":2049"),
];

/// What stands before the address of a proxy, as Go says it.
const OF_PROXY: &str = "proxyconnect tcp: dial tcp ";

/// Whether the words are about the way to a proxy.
pub(crate) fn is_of_proxy(words: &str) -> bool {
    words.contains(OF_PROXY)
}

/// What a pod itself listens on, unless it shares its node's network.
const OF_THE_POD: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// The lines of which this may be said: a probe asks the pod itself.
fn lines(words: &str) -> impl Iterator<Item = &str> {
    let lines = words.lines().filter(|line| !line.is_empty());
    lines.filter(|line| !is_of_probe(line))
}

/// The line that says that something outside of the pod does not answer.
fn no_answer<'w>(round: &Round<'_>, words: &'w str) -> Option<&'w str> {
    let on_node = round.daemon_set().spec.template.spec().host_network;
    lines(words).find(|line| {
        let is_own = !on_node && OF_THE_POD.iter().any(|own| line.contains(own));
        !is_own && NO_ANSWER.iter().any(|it| line.contains(it))
    })
}

/// How what is asked answers, where it is reached: `503` of `503 Service Unavailable`.
pub(crate) fn status(round: &Round<'_>, words: &str) -> Option<&'static str> {
    let line = no_answer(round, words)?;
    let found = STATUSES.iter().find(|it| line.contains(*it))?;
    found.split(' ').next()
}

/// Whether what is asked is reached, so that a connection to it proves nothing.
pub(crate) fn is_reached(round: &Round<'_>, words: &str) -> bool {
    let of_tls = |line: &str| {
        ["x509: ", "TLS handshake"]
            .iter()
            .any(|it| line.contains(it))
    };
    status(round, words).is_some() || no_answer(round, words).is_some_and(of_tls)
}

/// The URL that is asked, as far as it may stand in a command.
pub(crate) fn url_asked(round: &Round<'_>, words: &str) -> Option<String> {
    let line = no_answer(round, words)?;
    let start = ["https://", "http://"]
        .iter()
        .find_map(|it| line.find(it))?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || ".-_:/[]".contains(c);
    let url = line[start..].split(|c: char| !is_part(c)).next()?;
    Some(url.trim_end_matches([':', '.']).to_owned())
}

/// Whether the words of a failure are about something else than the pod.
pub(crate) fn is_from_outside(round: &Round<'_>, words: &str) -> bool {
    no_answer(round, words).is_some() || known::is(words, "disk")
}

/// What is asked in vain: `10.20.0.5:4317` of `dial tcp 10.20.0.5:4317: i/o timeout`. It may stand in a
/// command.
pub(crate) fn asked_in_vain(round: &Round<'_>, words: &str) -> Option<String> {
    // Over a socket of the node, the host of a URL is no host.
    let line = no_answer(round, words).filter(|line| !line.contains("dial unix "))?;
    let found = BEFORE_ADDRESSES.iter().find_map(|(before, port)| {
        let (_, rest) = line.split_once(before)?;
        Some((rest, *port))
    });
    // What is asked is asked by a proxy, and that it is which does not answer.
    let of_proxy = line
        .split_once(OF_PROXY)
        .filter(|(_, rest)| !rest.starts_with("lookup "))
        .map(|(_, rest)| (rest, ""));
    let (rest, port) = of_proxy.or(found)?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
    let address = rest.split(|c: char| !is_part(c)).next()?;
    let address = address.trim_matches([':', '-', '.']);
    let has_port = address
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let port = if has_port { "" } else { port };
    (!address.is_empty()).then(|| format!("{address}{port}"))
}

/// Whether what one node pulls in vain is not for that node: the registry, or a proxy before it, answers with a status of HTTP,
/// or pods of others ask the same in vain on other nodes.
pub(crate) fn is_not_of_one_node(round: &Round<'_>, said: &Said<'_, '_>, words: &str) -> bool {
    let Some(address) = asked_in_vain(round, words) else {
        return false;
    };
    if OF_THE_POD.iter().any(|own| address.starts_with(own)) {
        return false;
    }
    let own = said.node.name;
    let fails_alike = |pod: &&Pod| {
        let problems = round.problems_of(pod).into_iter();
        let mut pulls = problems.filter(PodProblem::is_of_a_pull);
        pulls.any(|it| {
            let told = round.told(pod, &it);
            asked_in_vain(round, &told).is_some_and(|asked| asked == address)
        })
    };
    let elsewhere = |pod: &&Pod| !pod.spec.node_name.is_empty() && pod.spec.node_name != own;
    let mut others = round.cluster.pods().iter().copied().filter(elsewhere);
    status(round, words).is_some() || others.any(|pod| fails_alike(&pod))
}

/// Whether an old pod is available of which a container was started after a new one had come: it has
/// found what new ones do not find.
pub(crate) fn old_ones_find_it(round: &Round<'_>, failing: &[Said<'_, '_>]) -> bool {
    let created = failing
        .iter()
        .filter_map(|said| said.pod.metadata.creation_timestamp);
    let Some(begun) = created.min() else {
        return false;
    };
    let nodes = round.view.nodes.iter().filter(|node| node.runs_old());
    let mut old = nodes.flat_map(|node| staying_of(node, PodRevision::Old));
    old.any(|pod| {
        let containers = round.said_by(pod.pod).map_or(&[][..], |said| &said.containers);
        pod.fact.readiness.is_available()
            && containers.iter().any(|container| {
                matches!(container.state, ContainerState::Running { since: Some(since) } if since > begun)
            })
    })
}
