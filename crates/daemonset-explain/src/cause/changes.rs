//! What the current revision changed, and whether that is what fails.

use std::collections::BTreeMap;

use daemonset::api::{Pod, PodTemplate};
use daemonset::fit::Amounts;
use daemonset::revision::{KnownRevision, template_of};
use daemonset::round::PodInRound;
use daemonset::template::Quantity;
use serde_json::Value;

use super::explains::{OF_A_PROBE, OF_RESOURCES, evicted_for, explains, of_container, rank};
use super::shown;
use crate::health::PodProblem;
use crate::known::{Owner, is_of_probe};
use crate::round::{PodRevision, Round};
use crate::signs::claims::CLAIM;
use crate::signs::heard::heard;
use crate::signs::image_name::registry;
use crate::signs::missing::missing;
use crate::signs::mounted;
use crate::signs::network::is_of_network;
use crate::signs::outside::{asked_in_vain, is_from_outside};
use crate::signs::quoted;
use crate::signs::unexpanded::unexpanded;
use crate::stall::{Said, is_own_limit};
use crate::template::{containers, image, made_claims, memory_limit, mounts, requested};
pub(crate) use crate::version::Changes;
use crate::version::{Change, Difference};
use crate::words::{list, value as in_a_sentence};

/// How many changed fields are told.
const NAMED: usize = 3;

/// The fields of a template that decide where its pods should run.
const OF_PLACEMENT: [&str; 4] = [
    "spec.nodeSelector",
    "spec.affinity.nodeAffinity",
    "spec.tolerations",
    "spec.nodeName",
];

/// How many changed fields are held against what pods say.
const MOST_LOOKED_AT: usize = 64;

/// The fields of a container in which variables are set and referred to.
const OF_VARIABLES: [&str; 4] = [".env", ".envFrom", ".args", ".command"];

/// The fields of a pod that decide how it gets at what is outside, and by which names.
const OF_THE_WAY_OUT: [&str; 4] = [
    "spec.hostNetwork",
    "spec.dnsPolicy",
    "spec.dnsConfig",
    "spec.hostAliases",
];

/// What is in the name of an annotation by which pods are started anew, as `kubectl rollout restart` and the
/// checksums of Helm charts do.
const STARTS_ANEW: [&str; 7] = [
    "restart",
    "checksum",
    "sha256",
    "hash",
    "rollme",
    "timestamp",
    "config-version",
];

/// Variables that decide where clients go: client-go reads the first two, and most clients the others.
const OF_CLIENTS: [&str; 8] = [
    "KUBERNETES_SERVICE_HOST",
    "KUBERNETES_SERVICE_PORT",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Whether a change sets or takes away a variable of the container that decides where clients go.
fn is_of_client(difference: &Difference, container: &str) -> bool {
    let path = difference.path.to_string();
    let names = |value: &Value| {
        let all = value
            .as_array()
            .map_or(std::slice::from_ref(value), Vec::as_slice);
        all.iter().any(|it| {
            it["name"]
                .as_str()
                .is_some_and(|name| OF_CLIENTS.contains(&name))
        })
    };
    let is_named = || {
        OF_CLIENTS
            .iter()
            .any(|name| path.contains(&format!(".env[{name}]")))
    };
    of_container(&path, container, &[".env"])
        && match &difference.change {
            Change::Added { after: value } | Change::Removed { before: value } => {
                is_named() || names(value)
            }
            _ => is_named(),
        }
}

/// The old revision that most available pods are of, or else the newest old one.
pub(crate) fn best_old<'r>(round: &'r Round<'_>) -> Option<&'r KnownRevision> {
    let available = |revision: &KnownRevision| {
        let counts = round.available_old();
        counts.get(revision.hash.as_str()).copied().unwrap_or(0)
    };
    match round.planner.old_revisions() {
        [only] => Some(only),
        old => (old.iter()).max_by_key(|revision| (available(revision), revision.revision)),
    }
}

/// The template of that revision, where it was given.
pub(crate) fn old_template(round: &Round<'_>) -> Option<PodTemplate> {
    let old = best_old(round)?;
    let namespace = &round.daemon_set().metadata.namespace;
    template_of(round.cluster.revision(namespace, &old.name)?).ok()
}

impl Changes {
    /// What changed between the old revision that ran best and the current one, looked for once in a
    /// round; `None` where there is no old revision, or its template was not given.
    pub fn of<'r>(round: &'r Round<'_>) -> Option<&'r Self> {
        let look = || Self::look_for(round);
        round.changes.get_or_init(look).as_ref()
    }

    /// The same; where no template before was given, what pods of both revisions show of it.
    pub fn shown<'r>(round: &'r Round<'_>) -> Option<&'r Self> {
        let look = || {
            let before = shown::old_template(round)?;
            let after = &round.daemon_set().spec.template;
            let mut changes = Self::between(&before, after, None);
            changes.is_partial = true;
            Some(changes).filter(|it| !it.differences.is_empty())
        };
        Self::of(round).or_else(|| round.shown_changes.get_or_init(look).as_ref())
    }

    fn look_for(round: &Round<'_>) -> Option<Self> {
        let before = old_template(round)?;
        let is_known = round.planner.knows_revisions() && round.current_hash().is_some();
        let revision = is_known.then(|| round.planner.current_revision().revision);
        let after = &round.daemon_set().spec.template;
        Some(Self::between(&before, after, revision))
    }

    /// The changes that may be what makes pods fail so.
    pub fn explaining(&self, problem: &PodProblem) -> Vec<&Difference> {
        // A claim that the template mounted before keeps the pods before it off too.
        let is_of_claims = matches!(
            problem,
            PodProblem::Unschedulable { message, .. } if message.contains("PersistentVolume")
        );
        let other_volumes = is_of_claims && !self.brings_claim();
        let asks_less = evicted_for(problem).is_some_and(|resource| self.asks_less(resource));
        // No pod is evicted for a limit that was raised.
        let is_of_limit = matches!(
            problem,
            PodProblem::Phase { message, .. } if is_own_limit(message)
        );
        let other_limits = is_of_limit && !self.stores_less();
        let differences = self.differences.iter();
        differences
            .filter(|it| {
                let path = it.path.to_string();
                explains(&path, problem)
                    && !(other_volumes && path.starts_with("spec.volumes"))
                    && !(other_limits && (path.contains(OF_RESOURCES) || path.contains("emptyDir")))
                    || asks_less && path.contains(OF_RESOURCES)
            })
            .collect()
    }

    /// Whether a container, or a volume of both, may store less than before, or was given a limit.
    fn stores_less(&self) -> bool {
        let [before, after] = [&self.before, &self.after].map(|it| stored(&it["spec"]));
        after.iter().any(|(what, limit)| match before.get(what) {
            Some(Some(before)) => limit.is_some_and(|limit| limit < *before),
            Some(None) | None => limit.is_some(),
        })
    }

    /// Whether pods request less of something than before.
    fn asks_less(&self, resource: &str) -> bool {
        let [before, after] =
            [&self.before, &self.after].map(|it| requested(&it["spec"], resource));
        after < before
    }

    /// Whether a claim is mounted that was not before.
    fn brings_claim(&self) -> bool {
        let before = mounts(&self.before["spec"]);
        let mut after = mounts(&self.after["spec"]).into_iter();
        let is_named = after.any(|mount| mount.starts_with(CLAIM) && !before.contains(&mount));
        is_named || made_claims(&self.before["spec"]).ne(made_claims(&self.after["spec"]))
    }

    /// Whether a change may be what makes this pod fail: its field is one that the failure is about,
    /// or the words quote what it brought.
    pub fn explain(&self, round: &Round<'_>, said: &Said<'_, '_>) -> bool {
        // What it requests is in the words, whether that was changed for the worse or not.
        if let Some(resource) = evicted_for(&said.problem) {
            return self.asks_less(resource);
        }
        let words = quoted::words(round, said);
        if self.quoted(&words).next().is_some() {
            return true;
        }
        let container = said.problem.container().unwrap_or_default();
        let is_platform = quoted::is_of_platform(&words);
        let brings_image = || {
            let image = format!("ontainers[{container}].image");
            self.differences
                .iter()
                .any(|it| it.path.to_string().ends_with(&image))
        };
        // A configuration that no volume brings came with the image.
        let is_of_own_file = || {
            let of_template = heard(round, said).is_some_and(|it| it.owner() == Owner::Template);
            of_template && mounted::names_own_file(&self.after["spec"], container, &words)
        };
        // A container that waits after a probe had it killed fails as one that is not ready.
        let is_probe = words.lines().any(is_of_probe);
        let of_probe = |it: &Difference| {
            of_container(&it.path.to_string(), container, &OF_A_PROBE) || is_less_cpu(it, container)
        };
        // What it mounts elsewhere now is what it reads.
        let spec = &self.after["spec"];
        let of_mount = |it: &Difference| {
            let path = it.path.to_string();
            let mut told = mounted::told_by(spec, container, &words).into_iter();
            told.any(|volume| {
                let name = volume["name"].as_str().unwrap_or_default();
                path.starts_with(&format!("spec.volumes[{name}]"))
            })
        };
        let of_variable = || {
            unexpanded(spec, container, &words).is_some()
                && (self.differences.iter())
                    .any(|it| of_container(&it.path.to_string(), container, &OF_VARIABLES))
        };
        let of_field = of_variable()
            || !self.explaining(&said.problem).is_empty()
            || self.differences.iter().take(MOST_LOOKED_AT).any(of_mount)
            || brings_image() && (is_platform || is_of_own_file())
            || is_probe && self.differences.iter().any(of_probe)
            || self
                .differences
                .iter()
                .take(MOST_LOOKED_AT)
                .any(|it| quoted::is_about(it, container, &words));
        of_field && !is_of_network(round, said) && !is_from_outside(round, &words)
            || self.moves_clients(round, said)
            || self.moves_checked_port(round, said)
            || self.moves_registry(said)
    }

    /// Whether an image cannot be pulled that is pulled from another registry than before: what that one does to those who
    /// pull, the one before does not.
    pub fn moves_registry(&self, said: &Said<'_, '_>) -> bool {
        let Some(container) = said.problem.container() else {
            return false;
        };
        let [before, after] = [&self.before, &self.after]
            .map(|template| image(&template["spec"], container).map(registry));
        said.problem.is_of_a_pull() && before.is_some() && after.is_some() && before != after
    }

    /// Whether a readiness gate is False of which the older pods have the same, and have it True, since they are available; and
    /// the revision changed the ports that its controller may check from outside.
    fn moves_checked_port(&self, round: &Round<'_>, said: &Said<'_, '_>) -> bool {
        let PodProblem::ReadinessGate {
            gate, is_set: true, ..
        } = &said.problem
        else {
            return false;
        };
        // Its controller may put it into pods as they are made.
        let has_gate = |pod: &PodInRound<'_, Pod>| {
            let said = round.said_by(pod.pod);
            said.is_some_and(|said| said.spec.readiness_gates.iter().any(|it| **it == **gate))
        };
        let mut old = round.staying(PodRevision::Old);
        let mut paths = self.differences.iter().map(|it| it.path.to_string());
        !self.is_partial
            && old.any(|pod| pod.fact.readiness.is_available() && has_gate(pod))
            && paths.any(|path| is_of_ports(&path))
    }

    /// Whether the pod asks something in vain, and the revision changed how it gets there, or what decides where it asks.
    pub fn moves_clients(&self, round: &Round<'_>, said: &Said<'_, '_>) -> bool {
        let words = quoted::words(round, said);
        let container = said.problem.container().unwrap_or_default();
        let of_way = |it: &Difference| {
            let path = it.path.to_string();
            OF_THE_WAY_OUT.iter().any(|field| path.starts_with(field))
                || is_of_client(it, container)
        };
        is_from_outside(round, &words)
            && asked_in_vain(round, &words).is_some()
            && self.differences.iter().any(of_way)
    }

    /// The changes that the words of a failure quote.
    pub fn quoted<'s>(&'s self, words: &'s str) -> impl Iterator<Item = &'s Difference> {
        let differences = self.differences.iter().take(MOST_LOOKED_AT);
        let says_something = !words.trim().is_empty();
        differences.filter(move |it| says_something && quoted::quotes(it, self.texts(), words))
    }

    /// The changes that the words of a refusal quote, in words.
    pub fn told_if_quoted(&self, words: &str) -> Vec<String> {
        let quoted: Vec<&Difference> = self.quoted(words).collect();
        let differences = self.differences.iter().take(MOST_LOOKED_AT);
        differences
            .filter(|it| quoted.contains(it) || quoted::names_image(it, words))
            .map(told)
            .collect()
    }

    /// The changes of fields of which this holds, in words.
    pub fn told_where(&self, is_meant: impl Fn(&str) -> bool) -> Vec<String> {
        let differences = self.differences.iter().take(MOST_LOOKED_AT);
        differences
            .filter(|it| is_meant(&it.path.to_string()))
            .map(told)
            .collect()
    }

    /// What changed of where pods should run, in words.
    pub fn told_of_placement(&self) -> Vec<String> {
        self.told_where(|path| {
            let mut fields = OF_PLACEMENT.iter();
            fields.any(|field| path.starts_with(field)) || path == "spec.affinity"
        })
    }

    /// All that changed, of where pods should run first.
    pub fn placement_first(&self, all: Vec<String>) -> Vec<String> {
        let mut first = self.told_of_placement();
        let others = all.into_iter().filter(|it| !first.contains(it));
        let others: Vec<String> = others.collect();
        first.extend(others);
        first
    }

    /// Whether anything of that changed.
    pub fn changes_placement(&self) -> bool {
        !self.told_of_placement().is_empty()
    }

    /// What changed, what words quote first; nothing where pods are only started anew by it.
    pub fn told_unless_started_anew(&self, words: &str) -> Vec<String> {
        match self.only_starts_anew() {
            Some(_) => Vec::new(),
            None => self.told(None, words),
        }
    }

    /// What changed, what explains this failure first.
    pub fn told_of(&self, round: &Round<'_>, said: &Said<'_, '_>) -> Vec<String> {
        self.told(Some(&said.problem), &quoted::words(round, said))
    }

    /// The revision, and what it changed, where a change may be what makes this pod fail.
    pub fn behind(
        &self,
        round: &Round<'_>,
        said: &Said<'_, '_>,
    ) -> Option<(Option<i64>, Vec<String>)> {
        self.explain(round, said)
            .then(|| (self.revision, self.told_of(round, said)))
    }

    /// What changed, what the words quote and what explains the problem first:
    /// `containers[agent].image: a → b`.
    pub fn told(&self, problem: Option<&PodProblem>, words: &str) -> Vec<String> {
        let is_plain =
            |difference: &&Difference| !difference.path.to_string().starts_with("metadata");
        let of_spec = self.differences.iter().filter(is_plain);
        let mut all: Vec<&Difference> = of_spec
            .chain(self.differences.iter().filter(|it| !is_plain(it)))
            .collect();
        let container = problem.and_then(PodProblem::container).unwrap_or_default();
        if let Some(problem) = problem {
            // Stable: otherwise in the template's order. Of fields that matter alike, those of the container that fails.
            all.sort_by_cached_key(|difference| {
                let path = difference.path.to_string();
                let is_own = of_container(&path, container, &["."]);
                (rank(&path, problem), !is_own)
            });
        }
        let quoted: Vec<&Difference> = self.quoted(words).collect();
        all.sort_by_cached_key(|difference| {
            let is_about = || quoted::is_about(difference, container, words);
            match quoted.contains(difference) {
                true => 0,
                false if is_about() => 1,
                false => 2,
            }
        });
        // Of what is cut off, another image would tell most.
        let is_image = |it: &&Difference| {
            let path = it.path.to_string();
            path.rsplit('.').next() == Some("image")
                && (container.is_empty() || of_container(&path, container, &[".image"]))
        };
        let image = all.iter().position(is_image);
        if let Some(at) = image.filter(|at| *at >= NAMED) {
            all[NAMED - 1..=at].rotate_right(1);
        }
        all.into_iter().map(told).collect()
    }

    /// The annotation that the revision changed alone, where it is one by which pods are started anew and nothing
    /// else: when, or a checksum of what they read.
    pub fn only_starts_anew(&self) -> Option<String> {
        // What else was changed is not known.
        if self.is_partial {
            return None;
        }
        let fields = self.differences.iter().map(|it| match &it.change {
            // All annotations are new, or none is left.
            Change::Added { after: entries } | Change::Removed { before: entries }
                if it.path.to_string() == "metadata.annotations" =>
            {
                let (key, _) = entries
                    .as_object()
                    .filter(|all| all.len() == 1)?
                    .iter()
                    .next()?;
                Some(format!("metadata.annotations[{key}]"))
            }
            _ => Some(it.path.to_string()),
        });
        let fields: Option<Vec<String>> = fields.collect();
        let starts_anew = |field: &String| {
            let key = field.strip_prefix("metadata.annotations[");
            key.is_some_and(|key| STARTS_ANEW.iter().any(|it| key.to_lowercase().contains(it)))
        };
        let fields = fields.filter(|all| !all.is_empty() && all.iter().all(starts_anew))?;
        Some(list(&fields, NAMED))
    }

    /// The object that the words say is missing, where the template before named it too, and the
    /// revision changed nothing of that: `ConfigMap agent-config`.
    pub fn missed_before_too(&self, words: &str) -> Option<String> {
        if self.is_partial {
            return None;
        }
        let missing = missing(words, &self.after["spec"])?;
        let (before, after) = self.texts();
        let quoted = |name: &str| format!("\"{name}\"");
        let all_named =
            |template: &str| (missing.names.iter()).all(|name| template.contains(&quoted(name)));
        let is_changed = |difference: &Difference| match &difference.change {
            Change::Added { after } => after.to_string().contains(&missing.names[0]),
            Change::Removed { before } => before.to_string().contains(&missing.names[0]),
            Change::Changed { before, after } => [before, after]
                .iter()
                .any(|it| it.to_string().contains(&missing.names[0])),
            Change::Reordered { .. } => false,
        };
        let is_old = all_named(before) && all_named(after);
        (is_old && !self.differences.iter().any(is_changed)).then(|| missing.object())
    }

    /// The memory limit of a container in the old and the current template.
    pub fn memory_limits(&self, container: &str) -> (Option<String>, Option<String>) {
        (
            memory_limit(&self.before["spec"], container),
            memory_limit(&self.after["spec"], container),
        )
    }
}

/// How much each container and each volume on the node's disk, or in memory, may store, in billionths; nothing where that is
/// not limited.
fn stored(spec: &Value) -> BTreeMap<(&str, &str), Option<i128>> {
    let amount = |value: &Value| Some(Quantity::from_json(value)?.nanos());
    let limits = containers(spec).filter_map(|it| {
        let limit = &it["resources"]["limits"]["ephemeral-storage"];
        Some((("container", it["name"].as_str()?), amount(limit)))
    });
    let volumes = spec["volumes"].as_array().into_iter().flatten();
    let volumes = volumes.filter_map(|it| {
        let limit = &it["emptyDir"]["sizeLimit"];
        Some((("volume", it["name"].as_str()?), amount(limit)))
    });
    limits.chain(volumes).collect()
}

/// Whether a field is about the ports of a container.
pub(super) fn is_of_ports(path: &str) -> bool {
    path.contains("ontainers[") && path.contains(".ports")
}

/// A change as people say it: without `spec.`.
fn told(difference: &Difference) -> String {
    let brief = match &difference.change {
        Change::Added { after } => brief(after).map(|it| format!("added {it}")),
        Change::Removed { before } => brief(before).map(|it| format!("removed {it}")),
        _ => None,
    };
    let text = match brief {
        Some(brief) => format!("{}: {brief}", difference.path),
        None => difference.to_string(),
    };
    match text.strip_prefix("spec.") {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

/// Things that have a name, and plain entries, without the signs of JSON: `proxy (image agent:2)`.
fn brief(value: &Value) -> Option<String> {
    let plain = |value: &Value| !matches!(value, Value::Object(_) | Value::Array(_) | Value::Null);
    match value {
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(named).collect();
            items
                .filter(|items| !items.is_empty())
                .map(|items| list(&items, NAMED))
        }
        Value::Object(entries) if entries.contains_key("name") => named(value),
        Value::Object(entries) if !entries.is_empty() && entries.values().all(plain) => {
            let entries: Vec<String> = (entries.iter())
                .map(|(key, it)| format!("{key}={}", in_a_sentence(it)))
                .collect();
            Some(list(&entries, NAMED))
        }
        _ => None,
    }
}

/// Something that has a name, with what tells most of it.
fn named(item: &Value) -> Option<String> {
    const TELLING: [&str; 6] = [
        "image",
        "restartPolicy",
        "value",
        "mountPath",
        "resourceClaimName",
        "resourceClaimTemplateName",
    ];
    let name = item["name"].as_str()?;
    let telling = TELLING.iter().filter_map(|field| {
        let value = item.get(field)?;
        Some(format!("{field} {}", in_a_sentence(value)))
    });
    let telling: Vec<String> = telling.collect();
    Some(match telling.as_slice() {
        [] => name.to_owned(),
        telling => format!("{name} ({})", telling.join(", ")),
    })
}

/// Whether the container gets less CPU than before: what is slow does not answer its probe in time.
fn is_less_cpu(difference: &Difference, container: &str) -> bool {
    let path = difference.path.to_string();
    if !of_container(&path, container, &[".resources.limits[cpu]"]) {
        return false;
    }
    let amount = |value: &Value| Some(Amounts::parse([("cpu", value.as_str()?)])?.get("cpu"));
    match &difference.change {
        Change::Added { .. } => true,
        Change::Changed { before, after } => amount(after) < amount(before),
        _ => false,
    }
}
