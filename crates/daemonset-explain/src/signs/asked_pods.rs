//! The pods of what failing pods, or the API server, ask in vain, where they were given and fail themselves.

use daemonset::api::Pod;

use super::lookup::Lookup;
use super::outside::asked_in_vain;
use super::quoted::words;
use crate::health::PodProblem;
use crate::owner::TaintOwner;
use crate::round::Round;
use crate::stall::{Said, is_young};

/// Labels by which the pods of a Service are mostly known.
const NAMING: [&str; 3] = ["app.kubernetes.io/name", "app", "k8s-app"];

/// Parts of a larger whole that programs name by their own words, without an address: who it is, the words, and a
/// label of its pods.
type Component = (
    &'static str,
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

const COMPONENTS: &[Component] = &[
    ("Typha", &["Typha"], &[("k8s-app", "calico-typha")]),
    (
        "the Cilium operator",
        &["Cilium Operator", "Cilium CRDs"],
        &[("io.cilium/app", "operator"), ("name", "cilium-operator")],
    ),
    (
        "Ceph's metadata servers",
        &["no mds (Metadata Server) is up", "no mds server is up"],
        &[("app", "rook-ceph-mds")],
    ),
    (
        "Ceph's monitors",
        &["monclient", "rados: ret=-110", "mount error 110"],
        &[("app", "rook-ceph-mon")],
    ),
];

/// What stands before the name of a CSI driver whose controller is waited for.
const BEFORE_DRIVERS: [&str; 2] = ["external-attacher of ", "external provisioner '"];

/// What names of the pods of a CSI driver's controller have beside the driver's.
const OF_CONTROLLERS: [&str; 3] = ["controller", "provisioner", "attacher"];

/// Pods that are asked, of which none is ready.
#[derive(Clone, Debug)]
pub(crate) struct AskedPods<'a> {
    /// Who they are.
    pub who: String,
    /// How many there are.
    number: usize,
    /// The first of them.
    pub pod: &'a Pod,
    /// What is wrong with it.
    pub problem: PodProblem,
}

impl<'a> AskedPods<'a> {
    /// The first of the pods that are meant, where none is ready; not those of the set itself, nor of work that ends.
    pub fn none_is_ready(
        round: &Round<'a>,
        who: String,
        is_meant: impl Fn(&Pod) -> bool,
    ) -> Option<Self> {
        let own = &round.daemon_set().metadata.uid;
        let counts = |pod: &&Pod| {
            let owner = pod.metadata.controller();
            !pod.is_terminal()
                && pod.metadata.deletion_timestamp.is_none()
                && owner.is_none_or(|it| it.uid != *own && it.kind != "Job")
                && is_meant(pod)
        };
        let pods = round.cluster.pods().iter().copied().filter(counts);
        let told = pods.map(|pod| {
            let worst = round.problems_of(pod).into_iter().next();
            let is_meant =
                |problem: &PodProblem| problem.is_fault() || !is_young(pod, round.view.now);
            let worst = worst.filter(is_meant)?;
            Some((pod, worst))
        });
        let told: Option<Vec<(&'a Pod, PodProblem)>> = told.collect();
        let told = told?;
        let number = told.len();
        let (pod, problem) = told.into_iter().next()?;
        Some(Self {
            who,
            number,
            pod,
            problem,
        })
    }

    /// Those that these words say are asked in vain.
    pub fn of_words(round: &Round<'a>, words: &str) -> Option<Self> {
        let asked = asked_in_vain(round, words);
        // The server that is asked for names first.
        let lookup = Lookup::of(words).filter(|it| asked.is_some() && !it.is_answered);
        let is_dns = lookup
            .as_ref()
            .is_some_and(|it| it.server.is_some() || it.is_of_cluster());
        if is_dns {
            return Self::none_is_ready(round, "the DNS server".to_owned(), |pod| {
                pod.metadata.labels.get("k8s-app") == Some("kube-dns")
            });
        }
        let of_service = asked.as_deref().and_then(|asked| {
            let host = asked.rsplit_once(':').map_or(asked, |(host, _)| host);
            Self::of_service(round, host)
        });
        of_service
            .or_else(|| Self::of_component(round, words))
            .or_else(|| Self::of_driver(round, words))
    }

    /// Those behind a Service, by its name as the set's pods ask it: `config`, `config.platform`, `config.platform.svc`.
    fn of_service(round: &Round<'a>, host: &str) -> Option<Self> {
        let mut parts = host.split('.');
        let name = parts.next().filter(|name| !name.is_empty())?;
        let own = &round.daemon_set().metadata.namespace;
        let namespace = parts.next().unwrap_or(own);
        if parts.next().is_some_and(|part| part != "svc") {
            return None;
        }
        Self::none_is_ready(round, name.to_owned(), |pod| {
            pod.metadata.namespace == namespace && is_behind(pod, name)
        })
    }

    fn of_component(round: &Round<'a>, words: &str) -> Option<Self> {
        let is_named = |(_, named, _): &&Component| named.iter().any(|it| words.contains(it));
        let (who, _, labels) = COMPONENTS.iter().find(is_named)?;
        Self::none_is_ready(round, (*who).to_owned(), |pod| {
            let own = &pod.metadata.labels;
            labels
                .iter()
                .any(|(key, value)| own.get(key) == Some(*value))
        })
    }

    /// Those of a component of the control plane, where none is ready; or that one of them which led last.
    ///
    /// Source: [static Pods](https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/), of which the API server
    /// has mirror pods that are named after their node.
    pub fn of_control_plane(
        round: &Round<'a>,
        component: &str,
        led_last: Option<&str>,
    ) -> Option<Self> {
        let is_of = |pod: &Pod| {
            let metadata = &pod.metadata;
            metadata.namespace == "kube-system"
                && (metadata.labels.get("component") == Some(component)
                    || is_behind(pod, component))
        };
        Self::none_is_ready(round, component.to_owned(), is_of).or_else(|| {
            // A holder is named after its host: `cp-1_d5f26917-…`.
            let node = led_last?.split('_').next().filter(|it| !it.is_empty())?;
            let who = format!("{component} on {node}, which led last,");
            let is_led = |pod: &Pod| is_of(pod) && pod.spec.node_name == node;
            Self::none_is_ready(round, who, is_led).filter(|found| found.problem.is_fault())
        })
    }

    /// The controller of a CSI driver, where it is what is waited for.
    pub fn of_driver(round: &Round<'a>, words: &str) -> Option<Self> {
        let mut found = BEFORE_DRIVERS.iter().map(|it| words.split_once(it));
        let (_, rest) = found.find_map(|it| it)?;
        let driver = rest.split([' ', '\'', '"']).next()?;
        // `rook-ceph.cephfs.csi.ceph.com` has pods `csi-cephfsplugin-provisioner`.
        let short = match driver.split_once(".csi.") {
            Some((before, _)) => before.rsplit('.').next()?,
            None => driver.rsplit('.').nth(1)?,
        };
        let who = format!("the controller of CSI driver {driver}");
        Self::none_is_ready(round, who, |pod| {
            let name = &pod.metadata.name;
            name.contains(short)
                && name.contains("csi")
                && OF_CONTROLLERS.iter().any(|part| name.contains(part))
        })
    }

    /// Those behind a webhook's Service: those that are named as it is, or else those of its namespace that are named
    /// as it is at the beginning.
    pub fn of_webhook(round: &Round<'a>, namespace: &str, service: &str) -> Option<Self> {
        let there = |pod: &Pod| pod.metadata.namespace == namespace;
        let is_named = |pod: &Pod| there(pod) && is_behind(pod, service);
        let mut pods = round.cluster.pods().iter();
        if pods.any(|pod| is_named(pod)) {
            return Self::none_is_ready(round, service.to_owned(), is_named);
        }
        let first = service.split('-').next()?;
        // Which of the namespace are behind it is not known.
        let who = format!("namespace {namespace} named {first}-…");
        Self::none_is_ready(round, who, |pod| {
            there(pod) && pod.metadata.name.split('-').next() == Some(first)
        })
    }

    /// That none of them is ready, as a clause.
    pub fn told(&self, round: &Round<'_>) -> String {
        let which = match self.number {
            1 => format!("the one pod of {} that was given is not ready", self.who),
            many => format!(
                "none of the {many} pods of {} that were given is ready",
                self.who
            ),
        };
        format!(
            "{which}: {}: {}",
            self.name(),
            round.told(self.pod, &self.problem)
        )
    }

    /// The taint for which the first is not scheduled, of those that go once something runs on the node.
    pub fn awaited_taint(&self) -> Option<&str> {
        let PodProblem::Unschedulable { message, .. } = &self.problem else {
            return None;
        };
        // `had untolerated taint {node.kubernetes.io/not-ready: }`, and of several each in braces.
        let (_, rest) = message.split_once("taint")?;
        let mut taints = rest.split('{').skip(1);
        taints.find_map(|it| {
            let key = it.split([':', '}', ' ']).next()?;
            let owner = TaintOwner::of(key)?;
            let is_awaited = owner.awaits_agent()
                || matches!(owner, TaintOwner::Condition | TaintOwner::CloudProvider);
            is_awaited.then_some(key)
        })
    }

    /// Namespace and name of the first.
    pub fn name(&self) -> String {
        let metadata = &self.pod.metadata;
        format!("{}/{}", metadata.namespace, metadata.name)
    }
}

/// What the pods say that are to answer the failing one, as a clause; where one of them is well, nothing.
pub(crate) fn of_asked(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
    Some(AskedPods::of_words(round, &words(round, said))?.told(round))
}

/// Whether a pod is named as a Service, or labelled by its name.
fn is_behind(pod: &Pod, service: &str) -> bool {
    let metadata = &pod.metadata;
    let rest = metadata.name.strip_prefix(service);
    rest.is_some_and(|it| it.starts_with('-'))
        || NAMING
            .iter()
            .any(|label| metadata.labels.get(label) == Some(service))
}
