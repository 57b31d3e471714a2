//! What a name was sought by in vain, as programs say it.

use crate::round::Round;

/// A name that was looked up in vain: `lookup quay.io on 10.8.0.2:53: no such host`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lookup {
    /// The name.
    pub name: String,
    /// The DNS server that was asked, such as `10.8.0.2:53`, where the words tell it.
    pub server: Option<String>,
    /// Whether it answered, that there is no such name.
    pub is_answered: bool,
}

impl Lookup {
    /// The lookup that the words tell of.
    pub fn of(words: &str) -> Option<Self> {
        Self::of_go(words).or_else(|| words.lines().find_map(Self::of_others))
    }

    /// As programs say it that ask by the C library: Node.js, Java, Python.
    fn of_others(line: &str) -> Option<Self> {
        // The last as Fluent Bit says it, with the words of c-ares behind.
        const BEFORE_NAMES: [&str; 5] = [
            "getaddrinfo ENOTFOUND ",
            "getaddrinfo EAI_AGAIN ",
            "UnknownHostException: ",
            "Failed to resolve '",
            "getaddrinfo(host='",
        ];
        let (before, rest) = BEFORE_NAMES
            .iter()
            .find_map(|it| Some((it, line.split_once(it)?.1)))?;
        let is_part = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        let name = rest.split(|c: char| !is_part(c)).next()?;
        let name = name.trim_matches(['.', '-']);
        let says = |words: &str| line.contains(words);
        let is_silent = before.contains("EAI_AGAIN")
            || says("Temporary failure in name")
            || says(" contact DNS servers")
            || says(" contacting DNS servers");
        (!name.is_empty()).then(|| Self {
            name: name.to_owned(),
            server: None,
            is_answered: !is_silent,
        })
    }

    /// As Go says it.
    fn of_go(words: &str) -> Option<Self> {
        let line = words.lines().find(|line| line.contains("lookup "))?;
        let (_, rest) = line.split_once("lookup ")?;
        let is_part = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        let name = rest.split(|c: char| !is_part(c)).next()?;
        let rest = &rest[name.len()..];
        let name = name.trim_matches(['.', '-']);
        if name.is_empty() || !rest.starts_with([':', ' ']) {
            return None;
        }
        let server = rest.strip_prefix(" on ").and_then(|rest| {
            let (server, _) = rest.split_once(": ")?;
            let is_part = |c: char| c.is_ascii_alphanumeric() || ".:[]%-".contains(c);
            server.chars().all(is_part).then(|| server.to_owned())
        });
        Some(Self {
            name: name.to_owned(),
            server,
            is_answered: rest.contains("no such host"),
        })
    }

    /// The command that asks again, where it is run, by the whole name: what asks may not go through search domains, as
    /// busybox does not.
    pub fn command(&self, round: &Round<'_>) -> String {
        let namespace = &round.daemon_set().metadata.namespace;
        let is_namespace = |name: &str| {
            let mut pods = round.cluster.pods().iter();
            name == namespace || pods.any(|pod| pod.metadata.namespace == name)
        };
        match &self.server {
            Some(_) => self.asked_as(&whole_name(&self.name, namespace, is_namespace)),
            // The resolver of a node may know nothing of the cluster.
            None => self.on_node(),
        }
    }

    /// The same of what a node looked up itself.
    pub fn on_node(&self) -> String {
        self.asked_as(&self.name)
    }

    fn asked_as(&self, name: &str) -> String {
        match self.host() {
            Some(server) => format!("nslookup {name} {server}"),
            None => format!("nslookup {name}"),
        }
    }

    /// The server without its port.
    fn host(&self) -> Option<&str> {
        let server = self.server.as_deref()?;
        let host = server.rsplit_once(':').map_or(server, |(host, _)| host);
        Some(host.trim_start_matches('[').trim_end_matches(']'))
    }

    /// Whether the name is one of the cluster's own, which its DNS alone knows.
    pub fn is_of_cluster(&self) -> bool {
        service(&self.name).is_some()
    }
}

/// The domain of clusters, where nobody chose another.
///
/// Source: [DNS for Services and Pods](https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/).
const DOMAIN: &str = "cluster.local";

/// A name as the search domains of a pod in a namespace complete it, where it is one of the cluster.
fn whole_name(name: &str, namespace: &str, is_namespace: impl Fn(&str) -> bool) -> String {
    match name.split('.').collect::<Vec<_>>().as_slice() {
        [_] if !namespace.is_empty() => format!("{name}.{namespace}.svc.{DOMAIN}"),
        [_, of] if is_namespace(of) => format!("{name}.svc.{DOMAIN}"),
        [.., "svc"] => format!("{name}.{DOMAIN}"),
        _ => name.to_owned(),
    }
}

/// Name and namespace of the Service whose name within the cluster a host is: `config.platform.svc`.
pub(crate) fn service(host: &str) -> Option<(&str, &str)> {
    let mut parts = host.split('.');
    let (name, namespace) = (parts.next()?, parts.next()?);
    (parts.next() == Some("svc")).then_some((name, namespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookups_are_read() {
        let told = |words: &str| {
            Lookup::of(words).map(|it| (it.name.clone(), it.on_node(), it.is_answered))
        };
        let all = [
            (
                "dial tcp: lookup quay.io on 10.8.0.2:53: no such host",
                Some(("quay.io", "nslookup quay.io 10.8.0.2", true)),
            ),
            (
                "dial tcp: lookup a.b.svc on 10.8.0.2:53: read udp 10.1.9.4:1->10.8.0.2:53: i/o timeout",
                Some(("a.b.svc", "nslookup a.b.svc 10.8.0.2", false)),
            ),
            (
                "lookup quay.io on [::1]:53: connection refused",
                Some(("quay.io", "nslookup quay.io ::1", false)),
            ),
            (
                "lookup quay.io: i/o timeout",
                Some(("quay.io", "nslookup quay.io", false)),
            ),
            (
                "Error: getaddrinfo ENOTFOUND es.search.svc es.search.svc:9200",
                Some(("es.search.svc", "nslookup es.search.svc", true)),
            ),
            (
                "Error: getaddrinfo EAI_AGAIN es.search.svc",
                Some(("es.search.svc", "nslookup es.search.svc", false)),
            ),
            (
                "java.net.UnknownHostException: es.search.svc: Temporary failure in name resolution",
                Some(("es.search.svc", "nslookup es.search.svc", false)),
            ),
            (
                "NameResolutionError: Failed to resolve 'es.search.svc' ([Errno -2] Name or service not known)",
                Some(("es.search.svc", "nslookup es.search.svc", true)),
            ),
            (
                "[net] getaddrinfo(host='loki.obs.svc', err=11): Could not contact DNS servers",
                Some(("loki.obs.svc", "nslookup loki.obs.svc", false)),
            ),
            (
                "[net] getaddrinfo(host='loki.obs.svc', err=12): Timeout while contacting DNS servers",
                Some(("loki.obs.svc", "nslookup loki.obs.svc", false)),
            ),
            (
                "[net] getaddrinfo(host='loki.obs.svc', err=4): Domain name not found",
                Some(("loki.obs.svc", "nslookup loki.obs.svc", true)),
            ),
            ("lookup table", None),
            ("lookup ", None),
        ];
        for (words, wanted) in all {
            let wanted = wanted
                .map(|(name, ask, is): (&str, &str, bool)| (name.to_owned(), ask.to_owned(), is));
            assert_eq!(told(words), wanted, "{words}");
        }
    }

    #[test]
    fn names_of_the_cluster_are_whole() {
        let whole = |name: &str| whole_name(name, "infra", |it| it == "obs");
        for (name, wanted) in [
            ("backend", "backend.infra.svc.cluster.local"),
            ("collector.obs", "collector.obs.svc.cluster.local"),
            ("db.shop.svc", "db.shop.svc.cluster.local"),
            ("quay.io", "quay.io"),
            ("a.b.svc.cluster.local", "a.b.svc.cluster.local"),
        ] {
            assert_eq!(whole(name), wanted);
        }
    }
}
