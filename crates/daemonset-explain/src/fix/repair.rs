//! What has to be repaired outside of what was given: no copy can show whether it helps.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::label_owner::LabelOwner;
use crate::outside::Scarce;
use crate::words::{agree, duration, list};

/// How many names the printed form gives.
const NAMED: usize = 3;

/// Something outside that has to be repaired.
///
/// Prints as an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "repair",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Repair {
    /// The DaemonSet controller, which is part of kube-controller-manager.
    Controller,
    /// The `ResourceQuota` that has no room.
    Quota {
        /// Its name.
        quota: String,
        /// Its namespace.
        namespace: String,
    },
    /// What sets the label that the template selects.
    Label {
        /// The label.
        label: String,
        /// Who sets it.
        owner: LabelOwner,
    },
    /// Pods that stay on nodes which do not exist.
    MissingNodes {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The priority of the pods, which others exceed.
    Priority {
        /// The PriorityClass to make, where what was given tells how high.
        class: String,
        /// Its value, which no pod on these nodes has that is not of Kubernetes itself.
        value: Option<i32>,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The PriorityClass that is not there.
    PriorityClass {
        /// Its name.
        class: String,
    },
    /// The RuntimeClass that is not there.
    RuntimeClass {
        /// Its name.
        class: String,
    },
    /// The template, which brings what only a class may give.
    TemplateField {
        /// The field of the pod's spec.
        field: String,
        /// The field that names a class.
        class: String,
    },
    /// The Pod Security level of the namespace, or the template that does not meet it.
    PodSecurity {
        /// The namespace.
        namespace: String,
    },
    /// The namespace that is being deleted.
    Namespace {
        /// Its name.
        namespace: String,
    },
    /// The `ServiceAccount` that is not there.
    ServiceAccount {
        /// Its name, with its namespace.
        account: String,
    },
    /// What the template leaves open, and a `ResourceQuota` wants specified.
    Unspecified {
        /// What, such as `limits.cpu`.
        resources: Vec<String>,
        /// The namespace.
        namespace: String,
    },
    /// The `LimitRange` that does not allow what the template asks for.
    LimitRange {
        /// The namespace.
        namespace: String,
    },
    /// The template that admission denies.
    Denied {
        /// What denies it.
        by: String,
    },
    /// The admission webhook that does not answer.
    Webhook {
        /// Its name.
        webhook: String,
    },
    /// The registry that limits how often images are pulled.
    RateLimit,
    /// The registry, or the way to it.
    Registry,
    /// The limit at which a container is killed.
    Memory {
        /// The container.
        container: String,
        /// Its limit.
        limit: String,
    },
    /// The driver that a node does not have, which is a pod there.
    Driver {
        /// Its name.
        driver: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The deletion of nodes, which something has to finish.
    NodeDeletion {
        /// The nodes.
        nodes: Vec<String>,
        /// What has to be removed first.
        finalizers: Vec<String>,
    },
    /// Whatever refuses the pods, which the events tell.
    Refusal,
    /// What the API server says against the pods.
    RefusalSaid,
    /// A namespace that has no quota for pods of a priority class.
    QuotaScope {
        /// The class.
        class: String,
        /// The namespace.
        namespace: String,
    },
    /// Objects that pods wait for, such as `Secret agent-tls`.
    Objects {
        /// The objects.
        objects: Vec<String>,
        /// Their namespace.
        namespace: String,
    },
    /// What takes scheduling gates off pods.
    SchedulingGates {
        /// The gates.
        gates: Vec<String>,
    },
    /// The scheduler that the template names.
    Scheduler {
        /// Its name.
        scheduler: String,
    },
    /// What sets the condition of a readiness gate.
    ReadinessGate {
        /// The condition.
        gate: String,
    },
    /// What a controller says against a readiness gate.
    GateNotMet {
        /// The condition.
        gate: String,
    },
    /// Claims that are not bound to a volume.
    Claims {
        /// The claims.
        claims: Vec<String>,
        /// Their namespace.
        namespace: String,
    },
    /// What the scheduler says that keeps a pod off, which is not for want of room.
    Scheduling {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Nodes that have as many pods as they take.
    PodSlots {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Nodes that have no room for the pod.
    Room {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Nodes that are too small for the pod, whoever is on them.
    Size {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Whatever holds the host ports that the pod asks for.
    HostPorts {
        /// The ports.
        ports: Vec<u16>,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// What a node is short of.
    Pressure {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The limit on what a pod stores, for which it is evicted.
    Storage,
    /// What makes kubelets reject the pod.
    Rejection {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The controllers that remove finalizers.
    Finalizers {
        /// The finalizers.
        finalizers: Vec<String>,
    },
    /// The kubelet that does not end a pod.
    Kubelet {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The kubelet that has not taken a pod up.
    NoReport {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// What a container reads, and what its last words are about.
    Configuration {
        /// The objects, such as `ConfigMap agent-config`.
        objects: Vec<String>,
        /// Their namespace.
        namespace: String,
    },
    /// A certificate that has expired.
    Certificate,
    /// A path of the node that the template mounts, and that is not of the type it asks for.
    HostPath {
        /// The path.
        path: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// What holds a port of the node that a container listens on.
    Port {
        /// The port.
        port: u16,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The time that a probe gives a container to start, if that is all it is short of.
    StartTime {
        /// The container.
        container: String,
        /// What it comes to: `3 × 10 s = 30 s`.
        allowed: String,
        /// After how many seconds the container was killed last.
        killed_after: Option<i64>,
        /// Whether it has a startup probe.
        has_startup: bool,
        /// The `failureThreshold` that makes it longer.
        threshold: i64,
        /// What that comes to, in seconds.
        then: i64,
    },
    /// What a node has nothing left of.
    Scarce {
        /// What.
        scarce: Scarce,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Something outside that does not answer the pods, or the revision that asks it: an old pod tells.
    NoAnswer {
        /// What they ask.
        address: String,
    },
    /// The image that a registry no longer has.
    Image {
        /// The container.
        container: String,
    },
    /// The image of a tag that means two.
    Tag {
        /// The container.
        container: String,
        /// The image that runs where pods are available, by its digest.
        works: String,
    },
    /// What the pods' last words name: going back to another revision changes nothing.
    Outside,
    /// The node on which alone a pod fails, or else the revision: another node would tell.
    OneNode {
        /// The node.
        node: String,
    },
    /// The nodes on which pods fail of a revision that runs on others.
    Nodes {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The image, the command or the configuration that the template names.
    Template,
    /// The daemon itself, which ends again and again.
    Daemon,
    /// What a container waits for that runs.
    Running,
    /// What makes a readiness probe fail now and then.
    Wavering,
}

/// Prints as an instruction.
impl fmt::Display for Repair {
    #[allow(clippy::too_many_lines)] // one sentence for each variant
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Controller => f.write_str(
                "get kube-controller-manager, of which the DaemonSet controller is a part, to work again; its Lease \
                 tells whether one leads: spec.renewTime is of the last minute then",
            ),
            Self::Quota { quota, namespace } => write!(
                f,
                "raise ResourceQuota {quota} of namespace {namespace}, or remove what uses it up"
            ),
            Self::Label { label, owner } => write!(
                f,
                "see that {} runs, which sets label {label} on nodes that have the device; without such nodes \
                 nothing is wrong",
                owner.name()
            ),
            Self::MissingNodes { nodes } => write!(
                f,
                "see whether {} {} there: if not, and the pods stay for more than a minute or two, the pod garbage \
                 collector (of kube-controller-manager) does not work, and they can be deleted by force",
                list(nodes, NAMED),
                agree(nodes.len(), "is", "are"),
            ),
            Self::Priority { value, nodes, .. } => {
                f.write_str("give the template a priority class above that of the pods that take its place")?;
                match value {
                    Some(value) => write!(f, " ({value} is above all on {})", list(nodes, NAMED)),
                    None => write!(f, " on {}", list(nodes, NAMED)),
                }
            }
            Self::PriorityClass { class } => {
                write!(f, "create PriorityClass {class}, or name one that exists in the template")
            }
            Self::RuntimeClass { class } => write!(
                f,
                "create RuntimeClass {class} for a handler that the container runtime of the nodes has, or name \
                 one that exists in the template"
            ),
            Self::PodSecurity { namespace } => write!(
                f,
                "let the template meet the level, or lower pod-security.kubernetes.io/enforce of namespace \
                 {namespace} to one that it meets"
            ),
            Self::TemplateField { field, class } => write!(
                f,
                "take {field} out of the template, and name a {class} that gives it instead, if it is wanted"
            ),
            Self::Namespace { namespace } => write!(
                f,
                "namespace {namespace} is being deleted: nothing is created in it, in another the DaemonSet can run"
            ),
            Self::ServiceAccount { account } => write!(f, "create ServiceAccount {account}"),
            Self::Unspecified {
                resources,
                namespace,
            } => write!(
                f,
                "give each container {} in the template, or namespace {namespace} a LimitRange with a default",
                list(resources, NAMED)
            ),
            Self::LimitRange { namespace } => write!(
                f,
                "let the template ask for what the LimitRange of namespace {namespace} allows, or change that"
            ),
            Self::Denied { by } => write!(
                f,
                "let the template meet what {by} demands, or have it except these pods"
            ),
            Self::Webhook { webhook } => {
                write!(f, "get admission webhook {webhook} to answer: no pod is created meanwhile")
            }
            Self::RateLimit => f.write_str(
                "wait until the registry lets images be pulled again, or pull with credentials \
                 (imagePullSecrets) or from a mirror",
            ),
            Self::Registry => f.write_str(
                "get the registry to answer these nodes, or pull from another: what is pulled already runs on",
            ),
            Self::Memory { container, limit } => write!(
                f,
                "give container {container} more than {limit} of memory, or find out what it takes it for"
            ),
            Self::Driver { driver, nodes } => write!(
                f,
                "start CSI driver {driver} on {}: its pod there registers it",
                list(nodes, NAMED)
            ),
            Self::NodeDeletion { nodes, finalizers } => {
                write!(f, "let the deletion of {} be finished", list(nodes, NAMED))?;
                match finalizers.as_slice() {
                    [] => Ok(()),
                    some => write!(
                        f,
                        ", by the {} of {} {}",
                        agree(some.len(), "controller", "controllers"),
                        agree(some.len(), "finalizer", "finalizers"),
                        list(some, NAMED)
                    ),
                }
            }
            Self::RefusalSaid => f.write_str("mend what the API server says against the pods"),
            Self::QuotaScope { class, namespace } => write!(
                f,
                "let namespace {namespace} have pods of priority class {class}, by a ResourceQuota for that scope, or \
                 name another class in the template"
            ),
            Self::Refusal => f.write_str("look up in the events why the API server refuses the pods"),
            Self::Objects { objects, namespace } => {
                write!(f, "create {} in namespace {namespace}", list(objects, NAMED))
            }
            Self::SchedulingGates { gates } => write!(
                f,
                "let the controller of scheduling {} {} take {} off the pods",
                agree(gates.len(), "gate", "gates"),
                list(gates, NAMED),
                agree(gates.len(), "it", "them"),
            ),
            Self::Scheduler { scheduler } if scheduler == "default-scheduler" => {
                f.write_str("get kube-scheduler to work again: it has not looked at these pods")
            }
            Self::Scheduler { scheduler } => {
                write!(f, "start scheduler {scheduler}, or name one that runs in the template")
            }
            Self::ReadinessGate { gate } => write!(
                f,
                "start the controller that sets condition {gate}, which the readiness gate waits for"
            ),
            Self::GateNotMet { gate } => write!(
                f,
                "mend what keeps condition {gate} from being True: its controller is at work, and says so"
            ),
            Self::Claims { claims, namespace } => write!(
                f,
                "have {} in namespace {namespace} bound: a PersistentVolume or the StorageClass has to provide it",
                list(claims, NAMED)
            ),
            Self::Scheduling { nodes } => write!(
                f,
                "mend what the scheduler says against {}: it is not for want of room",
                list(nodes, NAMED)
            ),
            Self::PodSlots { nodes } => write!(
                f,
                "remove other pods from {}, raise maxPods of the kubelet there, or give the template a priority \
                 class above that of pods there, which are preempted then",
                list(nodes, NAMED)
            ),
            Self::Room { nodes } => write!(
                f,
                "make room on {}: lower what the template requests, remove other pods, or give it a priority \
                 class above that of pods there, which are preempted then",
                list(nodes, NAMED)
            ),
            Self::Size { nodes } => write!(
                f,
                "lower what the template requests, use larger nodes, or keep the daemon off {}: no eviction \
                 helps where a pod asks for more than the whole node has",
                list(nodes, NAMED)
            ),
            Self::HostPorts { ports, nodes } => write!(
                f,
                "free host {} {} on {}: use another port, or run only one of the two there",
                agree(ports.len(), "port", "ports"),
                list(ports, NAMED),
                list(nodes, NAMED)
            ),
            Self::Pressure { nodes } => write!(
                f,
                "free what {} {} short of (its condition says what): until then every new pod is evicted there",
                list(nodes, NAMED),
                agree(nodes.len(), "is", "are"),
            ),
            Self::Storage => f.write_str(
                "raise the limit that the pods are evicted for, or find out what they write",
            ),
            Self::Rejection { nodes } => write!(
                f,
                "repair what the kubelet of {} says: until then every new pod is rejected there",
                list(nodes, NAMED),
            ),
            Self::Finalizers { finalizers } => write!(
                f,
                "start the controller that removes finalizer {}",
                list(finalizers, NAMED)
            ),
            Self::Kubelet { nodes } => write!(
                f,
                "look at the kubelet and the container runtime of {}: they have been asked to end the pod and \
                 have not",
                list(nodes, NAMED)
            ),
            Self::NoReport { nodes } => write!(
                f,
                "look at the kubelet of {}: it has not taken the pod up",
                list(nodes, NAMED)
            ),
            Self::Configuration { objects, namespace } => write!(
                f,
                "look at {} in namespace {namespace}: the pods' last words are about what they take from {}",
                list(objects, NAMED),
                agree(objects.len(), "it", "them"),
            ),
            Self::Certificate => f.write_str(
                "renew the certificate that has expired, as the pods say, or set the clock that says so",
            ),
            Self::HostPath { path, nodes } => write!(
                f,
                "put {path} right on {}, or let the hostPath volume of the template ask for another type \
                 (DirectoryOrCreate makes a missing directory)",
                list(nodes, NAMED)
            ),
            Self::Port { port, nodes } => write!(
                f,
                "find what listens on port {port} of {}: a process of the node, or a pod on its network",
                list(nodes, NAMED)
            ),
            Self::StartTime {
                container,
                allowed,
                killed_after,
                has_startup,
                threshold,
                then,
            } => {
                write!(f, "if container {container} only needs longer to start than {allowed}")?;
                if let Some(ran) = killed_after {
                    write!(f, " (it was killed after {})", duration(*ran))?;
                }
                match has_startup {
                    true => write!(f, ": failureThreshold {threshold} of its startup probe")?,
                    false => write!(
                        f,
                        ": a startup probe that asks what its liveness probe asks, with failureThreshold \
                         {threshold},"
                    )?,
                }
                write!(f, " lets it take {}", duration(*then))
            }
            Self::Scarce { scarce, nodes } => write!(
                f,
                "free {scarce} on {}, or let it have more: no pod gets on without",
                list(nodes, NAMED)
            ),
            Self::NoAnswer { address } => write!(
                f,
                "ask {address} from an old pod: if it does not answer there either, repair that, and another \
                 revision changes nothing; if it does, go back"
            ),
            Self::Image { container } => write!(
                f,
                "put the image of container {container} back into the registry, or name one that is there: \
                 where it is pulled already it runs on, new nodes cannot pull it"
            ),
            Self::Tag { container, works } => write!(
                f,
                "name the image that works by its digest, so that every node runs the same: {works} for \
                 container {container}; every pod is replaced, since the template changes"
            ),
            Self::Outside => f.write_str(
                "repair what the pods' last words are about; another revision changes nothing",
            ),
            Self::OneNode { node } => write!(
                f,
                "look at {node}; whether it is the node or the revision, a pod of the revision on another node \
                 tells"
            ),
            Self::Nodes { nodes } => write!(
                f,
                "look at what {} {} that the others have not: the same revision runs there",
                list(nodes, NAMED),
                agree(nodes.len(), "has", "have"),
            ),
            Self::Template => f.write_str("mend what the template names, as the pods say"),
            Self::Wavering => f.write_str(
                "find out what its readiness probe fails for now and then, in the logs of the container",
            ),
            Self::Running => f.write_str("read in the logs of the container what it waits for"),
            Self::Daemon => f.write_str("read why it ended in the logs of the container before"),
        }
    }
}
