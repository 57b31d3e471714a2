//! Ports of the host that pods take.

use std::fmt;

use serde::Serialize;

/// The address that stands for every one.
const EVERY_ADDRESS: &str = "0.0.0.0";

/// A port of the host that a container takes.
///
/// Source: the API's `hostPort` and `hostIP` of a
/// [container port](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HostPort {
    /// The port's number.
    pub port: i32,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Box<str>,
    /// The host's address; `0.0.0.0` is every one.
    pub host_ip: Box<str>,
}

impl HostPort {
    /// A port as a container writes it: an empty protocol is TCP, an empty address every one.
    #[must_use]
    pub fn new(port: i32, protocol: &str, host_ip: &str) -> Self {
        let or = |text: &str, default: &str| if text.is_empty() { default } else { text }.into();
        Self {
            port,
            protocol: or(protocol, "TCP"),
            host_ip: or(host_ip, EVERY_ADDRESS),
        }
    }

    /// Whether both cannot be taken at once: the same port and protocol, and the same address,
    /// or either has every one. `::` is an address like any other.
    ///
    /// ```
    /// use daemonset::fit::HostPort;
    ///
    /// let metrics = HostPort::new(9100, "", "");
    /// assert!(metrics.conflicts_with(&HostPort::new(9100, "TCP", "10.0.0.5")));
    /// assert!(!metrics.conflicts_with(&HostPort::new(9100, "UDP", "")));
    /// ```
    #[must_use]
    pub fn conflicts_with(&self, other: &Self) -> bool {
        self.port == other.port
            && self.protocol == other.protocol
            && (self.host_ip == other.host_ip
                || &*self.host_ip == EVERY_ADDRESS
                || &*other.host_ip == EVERY_ADDRESS)
    }
}

/// Prints as `9100/TCP`, or `10.0.0.5:9100/TCP` where the address is not every one.
impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.host_ip {
            EVERY_ADDRESS => {}
            address if address.contains(':') => write!(f, "[{address}]:")?,
            address => write!(f, "{address}:")?,
        }
        write!(f, "{}/{}", self.port, self.protocol)
    }
}
