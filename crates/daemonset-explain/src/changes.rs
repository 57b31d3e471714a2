//! What the current revision changed, and whether that is what fails.

use daemonset::revision::{KnownRevision, template_of};
use daemonset::template::Shape;
use daemonset::well_known::CONTROLLER_REVISION_HASH;
use serde_json::Value;

use crate::health::PodProblem;
use crate::round::{PodRevision, Round, staying_of};
use crate::what_if::api_server::canonical;
use crate::what_if::{Difference, differences};
use crate::words::list;

/// How many changed fields are told.
const NAMED: usize = 3;

/// The fields of a container by which it is started.
const OF_A_START: [&str; 6] = [
    ".command",
    ".args",
    ".image",
    ".securityContext",
    ".volumeMounts",
    ".workingDir",
];

/// The exit codes of a command that does not start.
const NEVER_STARTED: [i32; 3] = [126, 127, 128];

/// What changed between the old revision that ran best and the current one.
#[derive(Debug)]
pub(crate) struct Changes {
    /// The number of the current revision, where it has one.
    pub revision: Option<i64>,
    /// The template as it was.
    pub before: Value,
    /// The template as it is.
    pub after: Value,
    pub differences: Vec<Difference>,
}

/// The old revision that most available pods are of, or else the newest old one.
pub(crate) fn best_old<'r>(round: &'r Round<'_>) -> Option<&'r KnownRevision> {
    let available = |revision: &&KnownRevision| {
        let nodes = round.view.nodes.iter().filter(|node| node.runs_old());
        let pods = nodes.flat_map(|node| staying_of(node, PodRevision::Old));
        pods.filter(|pod| {
            let hash = pod.pod.metadata.labels.get(CONTROLLER_REVISION_HASH);
            pod.fact.readiness.is_available() && hash == Some(revision.hash.as_str())
        })
        .count()
    };
    let old = round.planner.old_revisions().iter();
    old.max_by_key(|revision| (available(revision), revision.revision))
}

impl Changes {
    /// `None` where there is no old revision, or its template was not given.
    pub fn of(round: &Round<'_>) -> Option<Self> {
        let old = best_old(round)?;
        let revisions = round.cluster.revisions()?;
        let namespace = &round.daemon_set().metadata.namespace;
        let found = revisions.iter().find(|revision| {
            let metadata = &revision.metadata;
            metadata.name == old.name && metadata.namespace == *namespace
        })?;
        let before = canonical(&template_of(found).ok()?);
        let after = canonical(&round.daemon_set().spec.template);
        let is_known = round.current_hash().is_some() && round.planner.knows_revisions();
        Some(Self {
            revision: is_known.then(|| round.planner.current_revision().revision),
            differences: differences(Shape::of_type("PodTemplateSpec"), &before, &after),
            before,
            after,
        })
    }

    /// The changes that may be what makes pods fail so.
    pub fn explaining(&self, problem: &PodProblem) -> Vec<&Difference> {
        let differences = self.differences.iter();
        differences
            .filter(|it| explains(&it.path.to_string(), problem))
            .collect()
    }

    /// What changed, what explains the problem first: `containers[agent].image: a → b`.
    pub fn told(&self, problem: Option<&PodProblem>) -> Vec<String> {
        let is_plain =
            |difference: &&Difference| !difference.path.to_string().starts_with("metadata");
        let of_spec = self.differences.iter().filter(is_plain);
        let mut all: Vec<&Difference> = of_spec
            .chain(self.differences.iter().filter(|it| !is_plain(it)))
            .collect();
        if let Some(problem) = problem {
            // Stable: otherwise in the template's order.
            all.sort_by_cached_key(|difference| rank(&difference.path.to_string(), problem));
        }
        all.into_iter().map(told).collect()
    }

    /// The memory limit of a container in the old and the current template.
    pub fn memory_limits(&self, container: &str) -> (Option<String>, Option<String>) {
        (
            memory_limit(&self.before, container),
            memory_limit(&self.after, container),
        )
    }
}

/// A change as people say it: without `spec.`.
fn told(difference: &Difference) -> String {
    let text = difference.to_string();
    match text.strip_prefix("spec.") {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

/// The first few changes in one clause.
pub(crate) fn in_words(changes: &[String]) -> String {
    let shown: Vec<&str> = changes.iter().take(NAMED).map(String::as_str).collect();
    match changes.len() - shown.len() {
        0 => shown.join("; "),
        more => format!("{}; and {more} more", shown.join("; ")),
    }
}

/// The memory limit of a container of a template.
pub(crate) fn memory_limit(template: &Value, container: &str) -> Option<String> {
    let containers = ["containers", "initContainers"].into_iter();
    let mut all = containers
        .filter_map(|list| template["spec"][list].as_array())
        .flatten();
    let found = all.find(|it| it["name"] == container)?;
    match &found["resources"]["limits"]["memory"] {
        Value::Null => None,
        Value::String(limit) => Some(limit.clone()),
        other => Some(other.to_string()),
    }
}

/// What the template mounts that has to be there before a pod starts: `Secret agent-tls`.
pub(crate) fn mounts(template: &Value) -> Vec<String> {
    let volumes = template["spec"]["volumes"].as_array();
    let mut all = Vec::new();
    for volume in volumes.into_iter().flatten() {
        let name = |value: &Value, field: &str| value[field].as_str().map(str::to_owned);
        let optional = |value: &Value| value["optional"] == true;
        let secret = &volume["secret"];
        if let Some(found) = name(secret, "secretName").filter(|_| !optional(secret)) {
            all.push(format!("Secret {found}"));
        }
        let config = &volume["configMap"];
        if let Some(found) = name(config, "name").filter(|_| !optional(config)) {
            all.push(format!("ConfigMap {found}"));
        }
        if let Some(found) = name(&volume["persistentVolumeClaim"], "claimName") {
            all.push(format!("PersistentVolumeClaim {found}"));
        }
        if let Some(found) = name(&volume["csi"], "driver") {
            all.push(format!("a volume of CSI driver {found}"));
        }
        let sources = volume["projected"]["sources"].as_array();
        for source in sources.into_iter().flatten() {
            for (field, kind) in [("secret", "Secret"), ("configMap", "ConfigMap")] {
                let found = name(&source[field], "name");
                all.extend(
                    found
                        .filter(|_| !optional(&source[field]))
                        .map(|it| format!("{kind} {it}")),
                );
            }
        }
    }
    all
}

/// The mounts in one clause.
pub(crate) fn mounts_in_words(mounts: &[String]) -> String {
    list(mounts, NAMED)
}

/// What is told first: what explains the problem, and of that what a failure to start names.
fn rank(field: &str, problem: &PodProblem) -> u8 {
    if !explains(field, problem) {
        return 3;
    }
    let starts = [".command", ".args", ".resources", "Probe", "spec."];
    let is_image = field.rsplit('.').next() == Some("image");
    u8::from(is_image || !starts.iter().any(|part| field.contains(part)))
}

/// Whether a change of this field may make pods fail so.
fn explains(field: &str, problem: &PodProblem) -> bool {
    let container = problem.container().unwrap_or_default();
    let of_container = |parts: &[&str]| {
        let path = format!("ontainers[{container}]");
        let Some((_, rest)) = field.split_once(&path) else {
            // A list that is new as a whole.
            return matches!(field, "spec.containers" | "spec.initContainers");
        };
        // The container itself is new.
        rest.is_empty() || parts.iter().any(|part| rest.starts_with(part))
    };
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
        PodProblem::NotReady { .. } => of_container(&[
            ".readinessProbe",
            ".startupProbe",
            ".livenessProbe",
            ".ports",
            ".image",
            ".command",
            ".args",
            ".env",
        ]),
        PodProblem::Initializing { .. } => of_container(&[".image", ".command", ".args", ".env"]),
        PodProblem::ReadinessGate { .. } => of_pod(&["spec.readinessGates"]),
        PodProblem::NotSetUp { .. } => of_pod(&[
            "spec.volumes",
            "spec.hostNetwork",
            "spec.runtimeClassName",
            "spec.serviceAccount",
            "spec.hostUsers",
            "spec.securityContext",
        ]),
        PodProblem::SchedulingGated { .. } => of_pod(&["spec.schedulingGates"]),
        PodProblem::NotScheduled { .. } => of_pod(&["spec.schedulerName"]),
        PodProblem::Unschedulable { message, .. } => {
            let message = message.as_str();
            let is_asked = message.contains("Insufficient")
                && (field.contains(".resources") || field.starts_with("spec.overhead"));
            let of_ports = message.contains("free ports")
                && (field.contains(".ports") || field == "spec.hostNetwork");
            let of_volumes = (message.contains("persistentvolumeclaim")
                || message.contains("volume"))
                && field.starts_with("spec.volumes");
            let of_others = (message.contains("affinity") || message.contains("topology"))
                && of_pod(&["spec.affinity.pod", "spec.topologySpreadConstraints"]);
            let of_nodes =
                message.contains("selector") && of_pod(&["spec.nodeSelector", "spec.affinity"]);
            is_asked || of_ports || of_volumes || of_others || of_nodes
        }
        PodProblem::Phase { reason, .. } => {
            reason.starts_with("OutOf") && field.contains(".resources")
                || reason.contains("Admission") && field.contains(".resources")
        }
        PodProblem::Unreported | PodProblem::Terminating { .. } => false,
    }
}

/// Whether a change of the container's field may make it end so.
fn ends(of_container: &dyn Fn(&[&str]) -> bool, exit_code: i32, reason: &str) -> bool {
    if reason == "OOMKilled" {
        return of_container(&[".resources", ".image", ".args", ".env", ".command"]);
    }
    let is_start =
        NEVER_STARTED.contains(&exit_code) || matches!(reason, "StartError" | "ContainerCannotRun");
    // One that is new in the revision never ran before.
    of_container(&[]) || is_start && of_container(&OF_A_START)
}
