//! What has to be repaired outside of what was given: no copy can show whether it helps.

use daemonset::api::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tells;
use super::provisioner::Provisioner;
use super::requests::Requested;
use crate::known::{Known, Supply};
use crate::owner::LabelOwner;

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
    /// A taint of nodes without a pod network, which what sets it up has to tolerate.
    NetworkTaint {
        /// Its key.
        taint: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The pods that failing pods ask, none of which is ready.
    AskedPods {
        /// Who they are.
        who: String,
        /// Namespace and name of the first of them.
        pod: String,
        /// The taint that the first does not tolerate, and that goes once something runs on the node.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taint: Option<String>,
    },
    /// The cloud controller manager, which does not initialize nodes.
    CloudController {
        /// The nodes.
        nodes: Vec<String>,
        /// Namespace and name of the first of its pods, where none is ready.
        pod: Option<String>,
        /// The taint that this one does not tolerate, and that goes once nodes are initialized.
        taint: Option<String>,
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
        /// Pods there that are below that, with their namespaces.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        preempts: Vec<String>,
    },
    /// The priority of pods for which a kubelet makes place, which no class of users reaches.
    CriticalPriority {
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
        /// What the template lacks of what that demands, as things to do; empty where its words do not tell.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        demands: Vec<String>,
    },
    /// The admission webhook that does not answer.
    Webhook {
        /// Its name.
        webhook: String,
        /// Whether it answers, with a certificate that is not taken.
        is_of_certificate: bool,
        /// Whether its pods wait for the pod network, which this DaemonSet sets up.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waits_for_network: bool,
    },
    /// The autoscaler that sets what pods ask for, which their template does not.
    Autoscaler {
        /// The `VerticalPodAutoscaler`.
        autoscaler: String,
        /// The namespace.
        namespace: String,
    },
    /// The registry that limits how often images are pulled.
    RateLimit,
    /// The registry, or the way to it.
    Registry {
        /// What is asked in vain, such as `quay.io:443`, where the words tell it.
        host: Option<String>,
        /// The status of HTTP that it answers with, where it does: `503`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// The nodes that it does not answer.
        nodes: Vec<String>,
    },
    /// The proxy by which images are pulled, or the way to it.
    Proxy {
        /// The proxy, such as `10.0.3.8:3128`.
        proxy: String,
        /// The nodes that it does not answer.
        nodes: Vec<String>,
    },
    /// Nodes that the revision seems to have taken down, once the template is another.
    NodesThatWent {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The limit at which a container is killed.
    Memory {
        /// The container.
        container: String,
        /// Its limit.
        limit: String,
        /// Its limit before the revision, where that was higher.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
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
        /// Whether the template has them, and not only the pods, which got them at admission then.
        in_template: bool,
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
    /// What provides volumes of a class, which says why it does not.
    Provisioning {
        /// The class.
        class: String,
        /// The claim, or the first of those for which it says so.
        claim: String,
        /// What it lacks.
        lacks: Provisioner,
    },
    /// Claims that are bound to volumes of other nodes.
    ClaimsElsewhere {
        /// The claims, of which one is meant at least.
        claims: Vec<String>,
        /// Their namespace.
        namespace: String,
    },
    /// What the scheduler says that keeps a pod off, which is not for want of room.
    Scheduling {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The selector that was put into pods at admission.
    AdmittedSelector {
        /// Their namespace.
        namespace: String,
        /// The nodes that it keeps them off.
        nodes: Vec<String>,
    },
    /// Nodes that have as many pods as they take.
    PodSlots {
        /// The nodes.
        nodes: Vec<String>,
        /// Whether the pod has a priority that no class of users reaches.
        is_critical: bool,
        /// Pods of others there that could go for it, with their namespaces; `None` where no others were given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        others: Option<Vec<String>>,
    },
    /// Nodes that have no room for the pod.
    Room {
        /// The nodes.
        nodes: Vec<String>,
        /// What the template asks for of what they are short of.
        asked: Vec<Requested>,
        /// Whether the pod has a priority that no class of users reaches.
        is_critical: bool,
        /// Pods of others there that could go for it, with their namespaces; `None` where no others were given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        others: Option<Vec<String>>,
    },
    /// Nodes that are too small for the pod, whoever is on them.
    Size {
        /// The nodes.
        nodes: Vec<String>,
        /// What the template asks for of what they are short of.
        asked: Vec<Requested>,
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
        /// Of what, as their conditions say: `disk space`, `memory`, `process ids`.
        of: Vec<String>,
        /// The nodes.
        nodes: Vec<String>,
        /// How little the kubelet of the first found to free among images: `0.2 of 18.8 GB`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        images: Option<String>,
    },
    /// The memory of a node that ran out, where a container without a limit was killed for it.
    NodeMemory {
        /// The container.
        container: String,
        /// The node.
        node: String,
        /// Pods of others there that were killed so too, with their namespaces.
        others: Vec<String>,
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
        /// The pod that may be it by its name, with its namespace, and does not run.
        perhaps: Option<String>,
        /// Why that does not run, as it says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// The kubelet that does not end a pod.
    Kubelet {
        /// The nodes.
        nodes: Vec<String>,
        /// Whether all that it says is that the pod's network is not taken down.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        of_network: bool,
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
    /// What a container reads, where the revision changed nothing but that pods are started anew.
    Reread {
        /// The objects, such as `ConfigMap agent-config`.
        objects: Vec<String>,
        /// Their namespace.
        namespace: String,
    },
    /// The way from nodes that fell silent together to the API server.
    WayToApi {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Nodes of which pods are marked as not ready, as is done where a kubelet is silent.
    MarkedNodes {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// What a node reports of itself, where a pod there fails and does not say why.
    NodeReport {
        /// The node.
        node: String,
        /// What it reports, such as `FrequentContainerdRestart=True`.
        report: String,
    },
    /// The revision that older pods are of, which was not given.
    OlderRevision {
        /// Its hash.
        hash: String,
        /// Whether it is the one before the newest.
        is_last: bool,
    },
    /// A pod whose room is awaited, and that does not end.
    Victim {
        /// The pod, with its namespace.
        pod: String,
        /// Its node.
        node: String,
        /// For how many seconds its grace period has been over.
        over: i64,
        /// What its kubelet says of it.
        said: Option<String>,
        /// What has to be removed first.
        finalizers: Vec<String>,
    },
    /// The finalizers of such a pod, where their controllers do not come back.
    VictimFinalizers {
        /// The pod, with its namespace.
        pod: String,
        /// Its finalizers.
        finalizers: Vec<String>,
    },
    /// What a node reports where pods fail, and no other does where one is available.
    ReportedAlone {
        /// The node.
        node: String,
        /// The condition, such as `BondDegraded=True`.
        condition: String,
    },
    /// A certificate that has expired.
    Certificate {
        /// The Secrets that the container reads, where the words name nobody.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        read: Vec<String>,
        /// When, where the words tell it.
        until: Option<Timestamp>,
        /// Who shows it, where the words tell it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// A certificate that is not valid yet, or the clock by which it is not.
    CertificateEarly {
        /// From when on, where that is still to come.
        from: Option<Timestamp>,
    },
    /// A certificate that has expired or is not valid yet, or the clock of the node by which it is not.
    CertificateTime {
        /// The node.
        node: String,
    },
    /// The clock of a node, by which a certificate is not valid.
    Clock {
        /// The node.
        node: String,
        /// Whether it is behind, or else ahead.
        is_behind: bool,
        /// By how many seconds, at least.
        by: i64,
    },
    /// The certificate of what pods ask, or what they trust: they do not take it.
    Trust {
        /// What they ask.
        address: String,
    },
    /// What keeps a pod that says nothing: its events tell, of which none were given.
    Events,
    /// The clock of a node that is ahead, so that its pod is ready since a time that is still to come.
    ClockAhead {
        /// The node.
        node: String,
    },
    /// A right that a service account does not have.
    Right {
        /// The account, with its namespace.
        account: String,
        /// The verb and the resource, such as `list nodes`.
        right: String,
    },
    /// What did not answer, and has answered pods that were started since: the others only wait to try again.
    TriesAgain {
        /// What they ask.
        address: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The way from some nodes to what pods elsewhere find.
    WayOut {
        /// The nodes.
        nodes: Vec<String>,
        /// What does not answer there.
        address: String,
    },
    /// The DNS server that does not answer pods which look a name up.
    Dns {
        /// The server, such as `10.96.0.10:53`, where the words tell it.
        server: Option<String>,
        /// The name.
        name: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The `StorageClass` that a claim asks for, and that is not there.
    StorageClass {
        /// Its name.
        class: String,
        /// The claim.
        claim: String,
        /// The claim's namespace.
        namespace: String,
        /// Whether the claim is made for each pod, as the template says.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_made: bool,
    },
    /// What is between the kubelet of a node and the pods there.
    KubeletToPods {
        /// The node.
        node: String,
        /// Pods of others there that do not answer their probes in time either.
        others: Vec<String>,
        /// A pod there whose container ended as its runtime was started anew, and when it was started again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        anew: Option<(String, Timestamp)>,
    },
    /// The certificates that kubelets have asked for, and that wait to be approved.
    Certificates {
        /// The requests, the newest first.
        requests: Vec<String>,
    },
    /// Those that write a template in turn.
    Writers {
        /// Who wrote it of late, where that was given.
        writers: Vec<String>,
    },
    /// A variable to which the environment or an argument of a container refers in vain.
    Variable {
        /// The container.
        container: String,
        /// The variable.
        name: String,
        /// The variable whose value refers to it; `None` where an argument does.
        user: Option<String>,
        /// Whether it is there, and stands after that.
        is_there: bool,
    },
    /// What puts a container into pods that their template does not have.
    PutIn {
        /// The container.
        container: String,
        /// By whom it is put in, where that is known.
        by: Option<String>,
        /// The label or annotation of the template that keeps it out.
        off: Option<String>,
    },
    /// The finalizers of a DaemonSet that is being deleted, where their controllers do not come back.
    OwnFinalizers {
        /// The finalizers.
        finalizers: Vec<String>,
        /// How many pods of it are there, which go with it.
        pods: usize,
    },
    /// A path of the node that the words of pods name.
    NodePath {
        /// The path on the node.
        path: String,
        /// The volume of the template that brings it.
        volume: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// An argument or environment variable of which the words of pods name the value.
    Argument {
        /// The container.
        container: String,
        /// As it is written: `--iface=eth1`.
        argument: String,
        /// The value that is named.
        value: String,
        /// The nodes.
        nodes: Vec<String>,
        /// Whether pods that are given the same are available on other nodes.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        works_elsewhere: bool,
    },
    /// A Secret of which the words of pods name a key.
    SecretKey {
        /// The Secret.
        secret: String,
        /// The key that the container reads.
        key: String,
        /// The container.
        container: String,
        /// The namespace.
        namespace: String,
    },
    /// A path of the node that pods cannot write to, since its file system is read-only there.
    ReadOnlyPath {
        /// The path.
        path: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// A path of the node that the template mounts, and that is not of the type it asks for.
    HostPath {
        /// The path.
        path: String,
        /// What it should be, as the kubelet says: `a directory`, `a socket file`.
        wanted: String,
        /// The nodes.
        nodes: Vec<String>,
        /// Whether updated pods are available on other nodes, where the path is right.
        #[serde(default)]
        runs_elsewhere: bool,
        /// Their container runtime, where no node has it on which updated pods are available.
        #[serde(default)]
        runtime: Option<String>,
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
    /// What the words of pods are known to mean.
    Known {
        /// What is lacking, and whose it is.
        known: Known,
        /// What to do.
        instruction: String,
        /// The nodes of these pods.
        nodes: Vec<String>,
    },
    /// An image that is not there for a kind of machine.
    Platform {
        /// Whether its registry is one that everyone pulls from, so that it may be the image of others.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_public: bool,
        /// The container.
        container: String,
        /// The kind, such as `linux/arm64`.
        platform: String,
    },
    /// What offers a resource on nodes that have none of it.
    DevicePlugin {
        /// What the first of the nodes offers under the same prefix.
        offered: Vec<String>,
        /// The resource, such as `nvidia.com/gpu`.
        resource: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Nodes that are not well, whose pods do not count.
    UnhealthyNodes {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Something outside that does not answer the pods, or the revision that asks it: an old pod tells, or its node
    /// where nodes ask.
    NoAnswer {
        /// What they ask.
        address: String,
        /// The node to ask it from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<String>,
    },
    /// The image that a registry no longer has.
    Image {
        /// The container.
        container: String,
        /// Where its registry has it now, as far as that is known.
        moved: Option<String>,
    },
    /// The image of a tag that means two.
    Tag {
        /// The container.
        container: String,
        /// The image that runs where pods are available, by its digest.
        works: String,
    },
    /// What the pods' last words name.
    Outside {
        /// What they ask in vain, where they say it, such as `config.platform.svc:443`.
        asked: Option<String>,
        /// The status of HTTP that it answers with, where it does: `503`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// Whether other pods of it run, which may ask it too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        are_others: bool,
    },
    /// The resolver of nodes that does not find a registry.
    Resolver {
        /// The registry's name.
        name: String,
        /// The resolver, such as `10.8.0.2:53`, where the words tell it.
        server: Option<String>,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// What a container takes beyond what it requests, for which its pods are evicted first.
    Consumption {
        /// The container.
        container: String,
        /// What it used, such as `11840Mi`.
        used: String,
        /// What it requests.
        requested: String,
        /// What it may take, where it has a limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<String>,
        /// Of what.
        resource: String,
    },
    /// A sysctl that kubelets do not allow.
    Sysctl {
        /// Its name.
        sysctl: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The node on which alone a pod fails, or else the revision: another node would tell.
    OneNode {
        /// The node.
        node: String,
        /// What would tell.
        tells: Tells,
    },
    /// The nodes on which pods fail of a revision that runs on others.
    Nodes {
        /// The nodes.
        nodes: Vec<String>,
        /// What other DaemonSets may bring there that the pods wait for: the pod network, where their sandbox is not
        /// set up.
        awaited: Option<Supply>,
        /// What they are that those are not on which a pod is available, or that some of those run the same, as a clause;
        /// `None` where what was given does not tell.
        differs: Option<String>,
    },
    /// The image, the command or the configuration that the template names.
    Template {
        /// The container, where the pods are about one.
        container: Option<String>,
        /// Its fields that what the pods say may be about.
        fields: Vec<String>,
    },
    /// The daemon itself, which ends again and again.
    Daemon,
    /// A container that ends as what has done its work, and is to go on running.
    EndsWell {
        /// The container.
        container: String,
        /// What the template has it run, where it says that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runs: Option<String>,
    },
    /// The revision that takes nodes down: to go back, of which no copy shows yet what comes of it.
    GoBack {
        /// The older revision.
        revision: i64,
    },
    /// The revision that nodes may have gone down for: to go back before they are repaired.
    BackBeforeRepair {
        /// The older revision.
        revision: i64,
        /// The nodes.
        nodes: Vec<String>,
        /// Within how many seconds of getting the newest one they went down.
        within: i64,
    },
    /// What a container waits for that runs.
    Running,
    /// What an init container waits for.
    InitWaits {
        /// The container.
        container: String,
        /// The node.
        node: String,
        /// What it runs, as the template gives it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<String>,
    },
    /// What makes a readiness probe fail now and then.
    Wavering,
}
