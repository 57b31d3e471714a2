//! Whether a change of a field is what makes pods fail as they do.

use crate::health::PodProblem;
use crate::stall::is_own_limit;

/// What is in the path of what containers request and may take.
pub(super) const OF_RESOURCES: &str = ".resources";

/// The fields of a container by which it is started.
const OF_A_START: [&str; 6] = [
    ".command",
    ".args",
    ".image",
    ".securityContext",
    ".volumeMounts",
    ".workingDir",
];

/// The fields of a container that decide whether its probes succeed.
pub(super) const OF_A_PROBE: [&str; 8] = [
    ".readinessProbe",
    ".startupProbe",
    ".livenessProbe",
    ".ports",
    ".image",
    ".command",
    ".args",
    ".env",
];

/// What the scheduler says, and the fields of a pod that it may say it of.
///
/// Source: [kube-scheduler](https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/) and
/// [Dynamic Resource Allocation](https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/).
const OF_SCHEDULING: [(&[&str], &[&str]); 7] = [
    (&["Insufficient "], &[".resources", "spec.overhead"]),
    (&["free ports"], &[".ports", "spec.hostNetwork"]),
    (
        &["persistentvolumeclaim", "PersistentVolume", "volume"],
        &["spec.volumes"],
    ),
    (
        &["affinity", "topology"],
        &["spec.affinity.pod", "spec.topologySpreadConstraints"],
    ),
    (&["selector"], &["spec.nodeSelector", "spec.affinity"]),
    (&["untolerated taint"], &["spec.tolerations"]),
    (
        &[
            "resourceclaim",
            "resource claim",
            "allocate all claims",
            "device class",
        ],
        &["spec.resourceClaims", ".resources.claims"],
    ),
];

/// The exit codes of a command that does not start.
const NEVER_STARTED: [i32; 3] = [126, 127, 128];

/// What is told first: what explains the problem, and of that what a failure to start names.
pub(super) fn rank(field: &str, problem: &PodProblem) -> u8 {
    let is_of_eviction = || evicted_for(problem).is_some() && field.contains(OF_RESOURCES);
    if !explains(field, problem) && !is_of_eviction() {
        return 3;
    }
    let starts = [".command", ".args", ".resources", "Probe", "spec."];
    let is_image = field.rsplit('.').next() == Some("image");
    u8::from(is_image || !starts.iter().any(|part| field.contains(part)))
}

/// Whether a change of this field may make pods fail so.
pub(super) fn explains(field: &str, problem: &PodProblem) -> bool {
    let container = problem.container().unwrap_or_default();
    let of_container = |parts: &[&str]| of_container(field, container, parts);
    let of_pod = |parts: &[&str]| parts.iter().any(|part| field.starts_with(part));
    match problem {
        PodProblem::Waiting { reason, last, .. } => match reason.as_str() {
            "ErrImagePull"
            | "ImagePullBackOff"
            | "InvalidImageName"
            | "ErrImageNeverPull"
            | "ImageInspectError"
            | "SignatureValidationFailed" => {
                of_container(&[".image"]) || of_pod(&["spec.imagePullSecrets"])
            }
            "CreateContainerConfigError" => {
                of_container(&[".env", ".securityContext", ".image"])
                    || of_pod(&["spec.securityContext", "spec.serviceAccountName"])
            }
            "PostStartHookError" => of_container(&[".lifecycle", ".image"]),
            "CrashLoopBackOff" => match last {
                Some(last) => ends(&of_container, last.exit_code, &last.reason),
                None => of_container(&[]),
            },
            _ => of_container(&OF_A_START),
        },
        PodProblem::Terminated { end, .. } => ends(&of_container, end.exit_code, &end.reason),
        PodProblem::NotReady {
            last: Some(last), ..
        } if last.reason == "OOMKilled" => ends(&of_container, last.exit_code, &last.reason),
        PodProblem::NotReady { .. } => of_container(&OF_A_PROBE),
        PodProblem::Initializing { .. } => of_container(&[".image", ".command", ".args", ".env"]),
        PodProblem::ReadinessGate { .. } => of_pod(&["spec.readinessGates"]),
        PodProblem::NotCreated { .. } => of_container(&[".image"]),
        PodProblem::NotSetUp { .. } => of_pod(&[
            "spec.volumes",
            "spec.hostNetwork",
            "spec.runtimeClassName",
            "spec.serviceAccount",
            "spec.hostUsers",
            "spec.securityContext",
        ]),
        PodProblem::SchedulingGated { gates } => {
            of_pod(&["spec.schedulingGates"]) || gates.iter().any(|gate| brings_gate(field, gate))
        }
        PodProblem::NotScheduled { .. } => of_pod(&["spec.schedulerName"]),
        PodProblem::Unschedulable { message, .. } => {
            let message = message.as_str();
            OF_SCHEDULING.iter().any(|(said, fields)| {
                said.iter().any(|it| message.contains(it))
                    && fields.iter().any(|part| field.contains(part))
            })
        }
        PodProblem::Phase {
            reason, message, ..
        } => {
            let is_of_amounts = reason.starts_with("OutOf")
                || reason.contains("Admission")
                || matches!(
                    reason.as_str(),
                    "TopologyAffinityError" | "SMTAlignmentError"
                )
                || is_own_limit(message);
            let of_fields = |wanted: &str, parts: &[&str]| {
                reason == wanted && parts.iter().any(|part| field.contains(part))
            };
            is_of_amounts && field.contains(OF_RESOURCES)
                || is_own_limit(message) && field.contains("emptyDir")
                || of_fields("SysctlForbidden", &["sysctls"])
                || of_fields("AppArmor", &["ppArmor", "apparmor"])
                || of_fields("PodOSNotSupported", &["spec.os"])
                || reason == "NodeAffinity" && of_pod(&["spec.nodeSelector", "spec.affinity"])
        }
        PodProblem::Unreported | PodProblem::Terminating { .. } => false,
    }
}

/// Whether a field is one of these of a container, or the whole of it.
pub(super) fn of_container(field: &str, container: &str, parts: &[&str]) -> bool {
    let path = format!("ontainers[{container}]");
    let Some((_, rest)) = field.split_once(&path) else {
        // A list that is new as a whole.
        return matches!(field, "spec.containers" | "spec.initContainers");
    };
    // The container itself is new.
    rest.is_empty() || parts.iter().any(|part| rest.starts_with(part))
}

/// What a pod was evicted for that it can request, since its node ran short of that: of such pods those go first that take
/// more than they request.
///
/// Source: [selection of pods for eviction](https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#pod-selection-for-kubelet-eviction).
pub(super) fn evicted_for(problem: &PodProblem) -> Option<&'static str> {
    let PodProblem::Phase {
        reason, message, ..
    } = problem
    else {
        return None;
    };
    let (_, short) = message.split_once("low on resource: ")?;
    let mut known = ["memory", "ephemeral-storage"].into_iter();
    known.find(|it| reason == "Evicted" && short.starts_with(it))
}

/// Whether a label or an annotation is of the controller that a scheduling gate is for, by what both begin with:
/// `kueue.x-k8s.io/queue-name` and `kueue.x-k8s.io/admission`.
fn brings_gate(field: &str, gate: &str) -> bool {
    let of_gate = gate.split_once('/').map(|(domain, _)| domain);
    let kinds = ["metadata.labels[", "metadata.annotations["].into_iter();
    let mut keys = kinds.filter_map(|kind| field.strip_prefix(kind));
    of_gate.is_some_and(|domain| keys.any(|key| key.split('/').next() == Some(domain)))
}

/// Whether a change of the container's field may make it end so.
fn ends(of_container: &dyn Fn(&[&str]) -> bool, exit_code: i32, reason: &str) -> bool {
    if reason == "OOMKilled" {
        return of_container(&[".resources", ".image", ".args", ".env", ".command"]);
    }
    let is_start =
        NEVER_STARTED.contains(&exit_code) || matches!(reason, "StartError" | "ContainerCannotRun");
    // No node makes a program end as if it had done its work.
    let is_done = exit_code == 0 && reason == "Completed";
    if is_done && of_container(&[".image", ".command", ".args"]) {
        return true;
    }
    // One that is new in the revision never ran before.
    of_container(&[]) || is_start && of_container(&OF_A_START)
}
