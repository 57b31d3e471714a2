//! What a name was sought by in vain, as programs say it.

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

    /// The command that asks again, where it is run.
    pub fn command(&self) -> String {
        let name = &self.name;
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
            Lookup::of(words).map(|it| (it.name.clone(), it.command(), it.is_answered))
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
            ("lookup table", None),
            ("lookup ", None),
        ];
        for (words, wanted) in all {
            let wanted = wanted
                .map(|(name, ask, is): (&str, &str, bool)| (name.to_owned(), ask.to_owned(), is));
            assert_eq!(told(words), wanted, "{words}");
        }
    }
}
