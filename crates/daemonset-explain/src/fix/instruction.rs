//! Repairs as instructions.

use std::fmt;

use super::host_paths::put_right;
use super::phrases::{
    NAMED, asked_pods, certificates, cloud_controller, device_plugin, no_answer, node_memory,
    of_objects, of_template, of_writers, older_revision, outside, own_finalizers, pod_slots,
    pressure, priority, provisioning, registry, room, scheduling_gates, size, start_time,
    storage_class, variable, victim,
};
use super::probes::kubelet_to_pods;
use super::{Repair, Tells};
use crate::words::{agree, duration, list};

/// Prints as an instruction.
impl fmt::Display for Repair {
    #[allow(clippy::too_many_lines)] // one sentence for each variant
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Controller => f.write_str(
                "get kube-controller-manager, of which the DaemonSet controller and the node lifecycle controller are parts, to work \
                 again; its Lease tells whether one leads: spec.renewTime is of the last minute then",
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
            Self::NetworkTaint { taint, nodes } => write!(
                f,
                "if this DaemonSet is what sets the pod network up, let it tolerate taint {taint} of {}: there is none before it \
                 runs",
                list(nodes, NAMED),
            ),
            Self::AskedPods { who, pod, taint } => asked_pods(f, who, pod, taint.as_deref()),
            Self::CloudController { nodes, pod, taint } => {
                cloud_controller(f, nodes, pod.as_deref(), taint.as_deref())
            }
            Self::MissingNodes { nodes } => write!(
                f,
                "see whether {} {} there: if not, and the pods stay for more than a minute or two, the pod garbage \
                 collector (of kube-controller-manager) does not work, and what is terminating can be deleted by force",
                list(nodes, NAMED),
                agree(nodes.len(), "is", "are"),
            ),
            Self::Priority {
                value,
                preempts,
                nodes,
                ..
            } => priority(f, *value, nodes, preempts),
            Self::CriticalPriority { nodes } => write!(
                f,
                "see which pod took its place on {}: the kubelet makes place for critical pods alone (static ones, and those of \
                 system-cluster-critical or system-node-critical), so that no other priority class keeps this one there; free what \
                 that pod asks for, or move pods that can run elsewhere",
                list(nodes, NAMED)
            ),
            Self::PriorityClass { class } => {
                write!(
                    f,
                    "create PriorityClass {class}, or name one that exists in the template; its value here is that of pods which \
                     had it, or else a guess: give it what it is to have"
                )
            }
            Self::RuntimeClass { class } => write!(
                f,
                "create RuntimeClass {class} for a handler that the container runtime of the nodes has, or name \
                 one that exists in the template"
            ),
            Self::PodSecurity { namespace } => write!(
                f,
                "let the template meet the level, or have whoever owns namespace {namespace} lower its label \
                 pod-security.kubernetes.io/enforce to one that it meets; what that allows it allows every pod there"
            ),
            Self::TemplateField { field, class } => write!(
                f,
                "take {field} out of the template: only a {class} may give it"
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
            Self::Denied { by, demands } if demands.is_empty() => write!(
                f,
                "let the template meet what {by} demands, or have it except these pods"
            ),
            Self::Denied { by, demands } => write!(
                f,
                "{}, as {by} demands; or have it except these pods",
                demands.join("; ")
            ),
            Self::Autoscaler {
                autoscaler,
                namespace,
            } => write!(
                f,
                "let VerticalPodAutoscaler {autoscaler} of namespace {namespace} ask for less (maxAllowed of its resourcePolicy), or \
                 leave the pods as they are made (updateMode Off), and then delete the pod that waits: what it asks for comes of \
                 that, and not of the template"
            ),
            Self::Webhook {
                webhook,
                is_of_certificate: true,
                ..
            } => write!(
                f,
                "put right the certificate of admission webhook {webhook}, which answers: renew it, or let the caBundle of its \
                 configuration be that of its authority; meanwhile no pod of this DaemonSet is created"
            ),
            Self::Webhook {
                webhook,
                waits_for_network: true,
                ..
            } => write!(
                f,
                "break a circle: admission webhook {webhook} is asked before pods of this DaemonSet are made, and its own pods, unless \
                 they are on the network of their nodes, wait for the pod network, which this DaemonSet seems to set up and no node \
                 has; in its configuration let failurePolicy be Ignore, or leave this namespace out (namespaceSelector), until the \
                 network is there: meanwhile it guards nothing of that"
            ),
            Self::Webhook { webhook, .. } => {
                write!(f, "get admission webhook {webhook} to answer: meanwhile no pod of this DaemonSet is created")
            }
            Self::RateLimit => f.write_str(
                "wait until the registry lets images be pulled again, or pull with credentials \
                 (imagePullSecrets) or from a mirror",
            ),
            Self::Registry {
                host,
                status,
                nodes,
            } => registry(f, host.as_deref(), status.as_deref(), nodes),
            Self::Memory {
                container,
                limit,
                before: Some(before),
            } => write!(
                f,
                "give container {container} back the memory limit of {before} that it had before the revision (it is {limit} now)"
            ),
            Self::Memory {
                container,
                limit,
                before: None,
            } => write!(
                f,
                "give container {container} more than {limit} of memory (twice that is a guess), or find out what it takes it \
                 for"
            ),
            Self::Driver { driver, nodes } => write!(
                f,
                "find out why CSI driver {driver} is not registered on {}: that is for its pod there, if there is one",
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
            Self::Objects { objects, namespace } => of_objects(f, objects, namespace),
            Self::SchedulingGates { gates, in_template } => scheduling_gates(f, gates, *in_template),
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
            Self::Provisioning {
                class,
                claim,
                lacks,
            } => provisioning(f, class, claim, *lacks),
            Self::ClaimsElsewhere { claims, namespace } => write!(
                f,
                "let the template mount what every node can get at (a path of the node, emptyDir, an ephemeral volume, or a claim \
                 that many nodes may mount) instead of {} in namespace {namespace}, or leave out the other nodes",
                list(claims, NAMED)
            ),
            Self::Scheduling { nodes } => write!(
                f,
                "mend what the scheduler says against {}: it is not for want of room",
                list(nodes, NAMED)
            ),
            Self::AdmittedSelector { namespace, nodes } => write!(
                f,
                "see which nodeSelector the pods meant for {} carry: the template allows these nodes, so it seems to have been \
                 put into the pods at admission, as a default of namespace {namespace} or of the cluster is (annotations \
                 scheduler.alpha.kubernetes.io/node-selector and openshift.io/node-selector of the namespace; the latter, \
                 empty, lifts the cluster's default); pods that are there keep theirs until they are deleted",
                list(nodes, NAMED)
            ),
            Self::PodSlots {
                nodes,
                is_critical,
                others,
            } => pod_slots(f, nodes, *is_critical, others.as_deref()),
            Self::Room {
                nodes,
                asked,
                is_critical,
                others,
            } => room(f, nodes, asked, *is_critical, others.as_deref()),
            Self::Size { nodes, asked } => size(f, nodes, asked),
            Self::HostPorts { ports, nodes } => write!(
                f,
                "free host {} {} on {}: use another port, or run only one of the two there",
                agree(ports.len(), "port", "ports"),
                list(ports, NAMED),
                list(nodes, NAMED)
            ),
            Self::Pressure { of, nodes, images } => pressure(f, of, nodes, images.as_deref()),
            Self::NodeMemory {
                container,
                node,
                others,
            } => node_memory(f, container, node, others),
            Self::Proxy { proxy, nodes } => write!(
                f,
                "get proxy {proxy} to answer {}, by which the container runtime there pulls images, or set its HTTPS_PROXY \
                 and NO_PROXY right; a node that has the image may need no pull",
                list(nodes, NAMED)
            ),
            Self::Storage => f.write_str(
                "raise the limit that the pods are evicted for, or find out what they write",
            ),
            Self::Rejection { nodes } => write!(
                f,
                "repair what the kubelet of {} says: until then every new pod of this template is rejected there",
                list(nodes, NAMED),
            ),
            Self::Finalizers {
                finalizers,
                perhaps,
                why,
            } => {
                write!(
                    f,
                    "start the controller that removes finalizer {}",
                    list(finalizers, NAMED)
                )?;
                if let Some(pod) = perhaps {
                    write!(f, ": by its name it may be {pod}, which does not run")?;
                }
                match why {
                    Some(why) => write!(f, " ({why})"),
                    None => Ok(()),
                }
            }
            Self::StorageClass {
                class,
                claim,
                namespace,
                is_made,
            } => storage_class(f, class, (claim, namespace), *is_made),
            Self::KubeletToPods {
                node,
                others,
                anew,
            } => kubelet_to_pods(f, node, others, anew.as_ref()),
            Self::Certificates { requests } => certificates(f, requests),
            Self::Writers { writers } => of_writers(f, writers),
            Self::Variable {
                container,
                name,
                user,
                is_there,
            } => variable(f, container, name, user.as_deref(), *is_there),
            Self::PutIn { container, by, off } => {
                let by = by.as_deref().unwrap_or("a mutating webhook");
                match off {
                    Some(off) => write!(
                        f,
                        "if these pods are to be without {container}, which {by} puts in: {off} in the template keeps it out"
                    ),
                    None => write!(f, "see what puts {container} into the pods ({by}), and mend it there"),
                }
            }
            Self::OwnFinalizers { finalizers, pods } => own_finalizers(f, finalizers, *pods),
            Self::Kubelet {
                nodes,
                of_network: true,
            } => write!(
                f,
                "look at the network plugin (CNI) and the kubelet of {}: the pod does not end there, since its network is not \
                 taken down",
                list(nodes, NAMED)
            ),
            Self::Kubelet { nodes, .. } => write!(
                f,
                "look at the kubelet and the container runtime of {}: the pod does not end there; what cannot be killed ends \
                 with a reboot alone, which is the last resort: drain the node before it",
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
            Self::Reread { objects, namespace } => write!(
                f,
                "see what was changed in {} in namespace {namespace} since the old pods started, and put it right: they read \
                 it as it was, and an undo of the DaemonSet does not bring it back",
                list(objects, NAMED),
            ),
            Self::WayToApi { nodes } => write!(
                f,
                "find what {} have in common on the way to the API server, since they fell silent together: from one of \
                 them, ask it at the address that its kubelet uses, and read why its kubelet does not reach it (a load \
                 balancer or virtual IP, a switch, a firewall, a name, a certificate that has expired)",
                list(nodes, NAMED),
            ),
            Self::MarkedNodes { nodes } => write!(
                f,
                "see whether {} {} Ready: {} kubelet seems to be silent",
                list(nodes, NAMED),
                agree(nodes.len(), "is", "are"),
                agree(nodes.len(), "its", "their"),
            ),
            Self::NodeReport { node, report } => write!(
                f,
                "{node} is {report}: that may be why containers end there without a word; read in its log what goes on, and \
                 drain it, and restart or replace it, where that does not stop",
            ),
            Self::Victim {
                pod,
                node,
                over,
                said,
                finalizers,
            } => victim(f, (pod, node), *over, said.as_deref(), finalizers),
            Self::VictimFinalizers { pod, finalizers } => write!(
                f,
                "or, where that controller is not to come back, take {} {} off {pod}",
                agree(finalizers.len(), "finalizer", "finalizers"),
                list(finalizers, NAMED),
            ),
            Self::OlderRevision { hash, is_last } => older_revision(f, hash, *is_last),
            Self::ReportedAlone { node, condition } => write!(
                f,
                "look at what {node} reports alone, {condition}: whether its pod fails for that is not known",
            ),
            Self::Certificate {
                until,
                address,
                read,
            } => {
                match address {
                    Some(address) => write!(f, "renew the certificate of {address}, which has expired")?,
                    None => f.write_str("renew the certificate that the pods are shown, which has expired")?,
                }
                match until {
                    Some(until) => write!(f, " ({until})")?,
                    None => f.write_str(", or set right the clock by which it has, where it is ahead")?,
                }
                match read.as_slice() {
                    [] => Ok(()),
                    some => write!(
                        f,
                        "; whose it is the words do not tell: it may be in what the container reads, {}",
                        list(some, NAMED)
                    ),
                }
            }
            Self::CertificateEarly { from: Some(from) } => write!(
                f,
                "have a certificate issued that is valid now, or wait: the one that the pods are shown is valid from {from} on, \
                 as where the clock of its issuer is ahead"
            ),
            Self::CertificateEarly { from: None } => f.write_str(
                "set right the clock by which the certificate is not valid yet, which is behind (or, where it is right, have one \
                 issued that is valid now): it has not expired",
            ),
            Self::CertificateTime { node } => write!(
                f,
                "see whether the clock of {node} is right, and set it right if not: by it the certificate has expired, or is not \
                 valid yet; where it is right, renew the certificate"
            ),
            Self::Clock {
                node,
                is_behind,
                by,
            } => write!(
                f,
                "set the clock of {node} right (chronyc makestep there, or another NTP client): it is at least {} {}, and by it \
                 the certificate is not valid",
                duration(*by),
                if *is_behind { "behind" } else { "ahead" },
            ),
            Self::Trust { address } => write!(
                f,
                "have {address} present a certificate that the pods take, for the name by which they ask it and from \
                 an authority that they trust, or let them trust it"
            ),
            Self::Events => f.write_str(
                "look up in the events of the pod what keeps it: none about that were given, and it says nothing itself",
            ),
            Self::ClockAhead { node } => write!(
                f,
                "set the clock of {node} right (chrony or another NTP client there); until the time that its pod \
                 tells has come, the pod does not count as available"
            ),
            Self::Right { account, right } => write!(
                f,
                "give ServiceAccount {account} the right to {right}, by a role and its binding; see first whether those that it had are \
                 gone: it may need other rights beside this one"
            ),
            Self::TriesAgain { address, nodes } => write!(
                f,
                "wait: {address} seems to answer again, since pods that asked it in vain run now, and {} on {} {} again within 5 \
                 min; a pod that is deleted is made anew at once",
                agree(nodes.len(), "the pod", "the pods"),
                list(nodes, NAMED),
                agree(nodes.len(), "tries", "try"),
            ),
            Self::WayOut { nodes, address } => write!(
                f,
                "find why {address} does not answer on {}: pods of the same revision run elsewhere",
                list(nodes, NAMED)
            ),
            Self::Dns {
                server,
                name,
                nodes,
            } => {
                f.write_str("get the DNS server")?;
                if let Some(server) = server {
                    write!(f, " ({server})")?;
                }
                write!(
                    f,
                    " to answer the pods on {}, which look up {name}; no revision changes that",
                    list(nodes, NAMED)
                )
            }
            Self::NodePath {
                path,
                volume,
                nodes,
            } => write!(
                f,
                "look at {path} of {}, which the words name (volume {volume} of the template): what is there, whose it is, and \
                 how it differs from nodes on which the daemon runs",
                list(nodes, NAMED)
            ),
            Self::Argument {
                container,
                argument,
                value,
                nodes,
                works_elsewhere,
            } => {
                write!(
                    f,
                    "look at {value}, which the words name and container {container} is given ({argument}): whether it is right \
                     for {}, and what it stands for is there",
                    list(nodes, NAMED)
                )?;
                if *works_elsewhere {
                    f.write_str("; pods that are given the same are available on other nodes, and an edit changes it for all")?;
                }
                Ok(())
            }
            Self::SecretKey {
                secret,
                key,
                container,
                namespace,
            } => write!(
                f,
                "look at Secret {secret} in namespace {namespace}, of which container {container} reads {key}, which the \
                 words name: whether it is what is asked for and still valid; pods read it again when they are started anew",
            ),
            Self::ReadOnlyPath { path, nodes } => write!(
                f,
                "let the template take a path that {} can write to instead of {path}, which is read-only there, or \
                 leave such nodes out",
                list(nodes, NAMED)
            ),
            Self::HostPath {
                path,
                wanted,
                nodes,
                runs_elsewhere,
                runtime,
            } => put_right(f, (path, wanted), nodes, *runs_elsewhere, runtime.as_deref()),
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
            } => start_time(f, (container, allowed), *killed_after, *has_startup, (*threshold, *then)),
            Self::Known { instruction, .. } => f.write_str(instruction),
            Self::Platform {
                container,
                platform,
                is_public: true,
            } => write!(
                f,
                "name a tag of the image of container {container} that is there for {platform} too, if its repository has one, or \
                 leave such nodes out; where the image is your own, build it for {platform} too, under a tag of its own"
            ),
            Self::Platform {
                container,
                platform,
                is_public: false,
            } => write!(
                f,
                "build the image of container {container} for {platform} too, under a tag of its own: a node that has an image of \
                 that name does not pull it again (imagePullPolicy IfNotPresent)"
            ),
            Self::DevicePlugin {
                resource,
                nodes,
                offered,
            } => device_plugin(f, resource, nodes, offered),
            Self::NodesThatWent { nodes } => write!(
                f,
                "after that, get {} to answer again: a node that is started before starts its pod of this revision again",
                list(nodes, NAMED)
            ),
            Self::UnhealthyNodes { nodes } => write!(
                f,
                "repair {}: until then no pod starts, ends or counts there",
                list(nodes, NAMED)
            ),
            Self::NoAnswer { address, node } => no_answer(f, address, node.as_deref()),
            Self::Image {
                container,
                moved: Some(moved),
            } => write!(
                f,
                "let container {container} have image {moved}: its repository was moved there; where it is pulled already \
                 under its old name it runs on, new nodes cannot pull it"
            ),
            Self::Image {
                container,
                moved: None,
            } => write!(
                f,
                "put the image of container {container} back into the registry, or name one that is there (kubectl set image): \
                 where it is pulled already it runs on, new nodes cannot pull it"
            ),
            Self::Tag { container, works } => write!(
                f,
                "name the image that works by its digest, so that every node runs the same: {works} for \
                 container {container}; every pod is replaced, since the template changes"
            ),
            Self::Outside { asked: None, .. } => {
                f.write_str("repair what the pods' last words are about")
            }
            Self::Outside {
                asked: Some(asked),
                status,
                are_others,
            } => outside(f, asked, status.as_deref(), *are_others),
            Self::Resolver {
                name,
                server,
                nodes,
            } => {
                write!(f, "let the resolver of {}", list(nodes, NAMED))?;
                if let Some(server) = server {
                    write!(f, " ({server})")?;
                }
                write!(
                    f,
                    " find {name}, or pull from a registry that it finds; a node that has the image may need no pull"
                )
            }
            Self::Consumption {
                container,
                used,
                requested,
                limit: Some(limit),
                resource,
            } => write!(
                f,
                "let container {container} request what it may take, {limit} of {resource} (its limit), where the nodes have \
                 room for that, or find out what it takes {used} for: it requests {requested}, and what takes more than it \
                 requests is evicted first"
            ),
            Self::Consumption {
                container,
                used,
                requested,
                limit: None,
                resource,
            } => write!(
                f,
                "find out what container {container} takes {used} of {resource} for, and give it a limit above what it takes \
                 where it is well, or request what it needs: it requests {requested}, and what takes more than it requests is \
                 evicted first"
            ),
            Self::Sysctl { sysctl, nodes } => write!(
                f,
                "allow sysctl {sysctl} by allowedUnsafeSysctls of the kubelet of {} and of every other node that should run it, or take it \
                 out of the template",
                list(nodes, NAMED)
            ),
            Self::OneNode {
                node,
                tells: Tells::OtherNode,
            } => write!(
                f,
                "look at {node}; whether it is the node or the revision, a pod of the revision on another node \
                 tells"
            ),
            Self::OneNode { node, tells } => write!(
                f,
                "go back to {} to tell: if its pod runs on {node}, the newest revision is to blame, and if it \
                 fails there too, it is not (a pod of the newest one on another node would tell as well)",
                match tells {
                    Tells::Back(revision) => format!("revision {revision}"),
                    _ => "the revision that older pods are of".to_owned(),
                }
            ),
            Self::Nodes { nodes, differs, .. } => {
                write!(
                    f,
                    "look at what {} {} that the others have not: the same revision runs there",
                    list(nodes, NAMED),
                    agree(nodes.len(), "has", "have"),
                )?;
                match differs {
                    Some(differs) => write!(f, "; {differs}"),
                    None => Ok(()),
                }
            }
            Self::Template { container, fields } => of_template(f, container.as_deref(), fields),
            Self::Wavering => f.write_str(
                "find out what its readiness probe fails for now and then, in the logs of the container",
            ),
            Self::GoBack { revision } => write!(
                f,
                "go back to revision {revision} at once, so that the rollout takes no further node"
            ),
            Self::BackBeforeRepair {
                revision,
                nodes,
                within,
            } => write!(
                f,
                "go back to revision {revision} before {} {} repaired, unless it is known what else took {} down: {} went down \
                 within {} of getting the newest revision, of which no pod is available, and once {} well again the rollout \
                 takes further nodes",
                list(nodes, NAMED),
                agree(nodes.len(), "is", "are"),
                agree(nodes.len(), "it", "them"),
                agree(nodes.len(), "it", "they"),
                duration(*within),
                agree(nodes.len(), "it is", "they are"),
            ),
            Self::InitWaits {
                container, command, ..
            } => {
                write!(f, "read in the logs of init container {container} what it waits for")?;
                match command {
                    Some(command) => write!(f, ": it runs {command}"),
                    None => Ok(()),
                }
            }
            Self::Running => f.write_str("read in the logs of the container what it waits for"),
            Self::Daemon => f.write_str("read in the logs of the previous container why it ended"),
            Self::EndsWell { container, runs } => {
                write!(
                    f,
                    "let container {container} go on running: it ends with exit code 0, as what has done its work or goes \
                     into the background"
                )?;
                if let Some(runs) = runs {
                    write!(f, " (it runs {runs})")?;
                }
                f.write_str(
                    ", and is started again each time; what is to run once belongs in an init container, before one that \
                     stays",
                )
            }
        }
    }
}
