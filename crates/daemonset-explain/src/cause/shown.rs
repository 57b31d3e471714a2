//! What pods of two revisions show of what the newest one changed, where no ControllerRevision of an older one was given.

use std::collections::BTreeSet;

use daemonset::api::{Pod, PodTemplate};
use daemonset::well_known::CONTROLLER_REVISION_HASH;
use serde_json::{Value, json};

use crate::evidence::{ContainerGiven, PodSpecEvidence};
use crate::round::{PodRevision, Round};
use crate::version::Changes;

/// A field of a container by its name, and where it is read.
type Field = (&'static str, fn(&ContainerGiven) -> &Value);

/// The fields of a container that are read of pods.
const FIELDS: [Field; 4] = [
    ("image", |it| &it.image),
    ("command", |it| &it.command),
    ("args", |it| &it.args),
    ("env", |it| &it.env),
];

/// The hash of the older pods that most available ones have.
pub(crate) fn old_hash<'r>(round: &'r Round<'_>) -> Option<&'r str> {
    let counts = round.available_old().iter();
    let most = counts.max_by_key(|(_, pods)| **pods)?;
    Some(most.0)
}

/// Whether pods of both show what is compared of them, and it is the same.
pub(crate) fn is_all_alike(round: &Round<'_>) -> bool {
    compared(round).is_some_and(|(before, is_whole)| {
        let after = &round.daemon_set().spec.template;
        let changes = Changes::between(&before, after, None);
        is_whole && changes.differences.is_empty()
    })
}

/// The current template with what its containers and its annotations were in the older pods that most nodes run, as far as
/// pods of both show it. What is written otherwise in the pods than in the template, or in some of them alone, was changed
/// as they were made, and tells nothing.
pub(super) fn old_template(round: &Round<'_>) -> Option<PodTemplate> {
    Some(compared(round)?.0)
}

/// The same, and whether pods of both show all that is compared.
fn compared(round: &Round<'_>) -> Option<(PodTemplate, bool)> {
    let hash = old_hash(round)?;
    let of = |revision: PodRevision| -> Vec<(&Pod, &PodSpecEvidence)> {
        let is_meant = |pod: &&Pod| {
            let own = pod.metadata.labels.get(CONTROLLER_REVISION_HASH);
            revision == PodRevision::New || own == Some(hash)
        };
        let pods = round.staying(revision).map(|pod| pod.pod).filter(is_meant);
        pods.filter_map(|pod| Some((pod, &*round.said_by(pod)?.spec)))
            .collect()
    };
    let (old, new) = (of(PodRevision::Old), of(PodRevision::New));
    if old.is_empty() || new.is_empty() {
        return None;
    }
    let mut template = Value::Object(round.daemon_set().spec.template.as_json().clone());
    let mut is_whole = put_annotations_back(&mut template["metadata"]["annotations"], &old, &new);
    let [old, new] = [old, new]
        .map(|pods| -> Vec<&PodSpecEvidence> { pods.into_iter().map(|(_, spec)| spec).collect() });
    for list in ["containers", "initContainers"] {
        let Some(containers) = template["spec"][list].as_array_mut() else {
            continue;
        };
        for container in containers.iter_mut() {
            let name = container["name"].as_str().unwrap_or_default().to_owned();
            for (field, read) in FIELDS {
                let alike = |pods| alike(pods, |pod| given(pod, &name).map(read)).cloned();
                is_whole &= put_back(container, field, alike(&old), alike(&new));
            }
            let limit = |pods| {
                let found = alike(pods, |pod| {
                    given(pod, &name)?;
                    let mut all = pod.memory_limits.iter();
                    Some(all.find(|(of, _)| **of == *name).map(|(_, limit)| &**limit))
                });
                found.map(|limit| json!(limit))
            };
            let (old, new) = (limit(&old), limit(&new));
            let limits = &mut container["resources"]["limits"];
            is_whole &= put_back(limits, "memory", old, new);
        }
        containers.retain(|container| {
            let has = |pods: &[&PodSpecEvidence]| {
                let mut all = pods.iter().flat_map(|pod| &pod.given);
                all.any(|it| container["name"] == *it.name)
            };
            has(&old) || !has(&new)
        });
    }
    Some((serde_json::from_value(template).ok()?, is_whole))
}

/// Puts annotations back as old pods have them, of those that the template has, and says whether all are known. What else is
/// in pods was put in as they were made, or later.
fn put_annotations_back(
    annotations: &mut Value,
    old: &[(&Pod, &PodSpecEvidence)],
    new: &[(&Pod, &PodSpecEvidence)],
) -> bool {
    let Some(written) = annotations.as_object() else {
        return true;
    };
    let mut is_whole = true;
    let keys: Vec<String> = written.keys().cloned().collect();
    for key in keys {
        let alike = |pods: &[(&Pod, &PodSpecEvidence)]| {
            let values = pods
                .iter()
                .map(|(pod, _)| pod.metadata.annotations.get(&key));
            let values: BTreeSet<Option<&str>> = values.collect();
            let mut values = values.into_iter();
            let value = values.next().filter(|_| values.next().is_none());
            value.map(|value| json!(value))
        };
        is_whole &= put_back(annotations, &key, alike(old), alike(new));
    }
    is_whole
}

/// What a container of a pod was given.
fn given<'p>(pod: &'p PodSpecEvidence, name: &str) -> Option<&'p ContainerGiven> {
    pod.given.iter().find(|it| &*it.name == name)
}

/// What all of these pods have; `None` where they differ, or it is not known of one.
fn alike<'p, T: PartialEq>(
    pods: &[&'p PodSpecEvidence],
    given: impl Fn(&'p PodSpecEvidence) -> Option<T>,
) -> Option<T> {
    let (first, others) = pods.split_first()?;
    let first = given(first)?;
    let mut others = others.iter().map(|pod| given(pod));
    others
        .all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}

/// Puts what old pods have in the place of what new ones and the template have; whether that is known.
fn put_back(holder: &mut Value, field: &str, old: Option<Value>, new: Option<Value>) -> bool {
    let (Some(old), Some(new)) = (old, new) else {
        return false;
    };
    let is_of_template = match (&new, &holder[field]) {
        (Value::Null, own) | (own, Value::Null) => is_nothing(own),
        (new, own) => new == own,
    };
    if old == new || !is_of_template {
        return is_of_template;
    }
    match holder.as_object_mut() {
        Some(fields) if is_nothing(&old) => drop(fields.remove(field)),
        Some(fields) => drop(fields.insert(field.to_owned(), old)),
        // Nothing stands there yet.
        None => *holder = json!({field: old}),
    }
    true
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_old_pods_have_is_put_back_where_new_ones_are_as_the_template_says() {
        let put = |own: Value, old: Option<Value>, new: Option<Value>| {
            let mut container = json!({"args": own});
            put_back(&mut container, "args", old, new);
            container["args"].clone()
        };
        let (a, b, c) = (json!(["a"]), json!(["b"]), json!(["c"]));
        assert_eq!(put(b.clone(), Some(a.clone()), Some(b.clone())), a);
        // None were there, or none are.
        assert_eq!(
            put(b.clone(), Some(Value::Null), Some(b.clone())),
            Value::Null
        );
        assert_eq!(put(Value::Null, Some(a.clone()), Some(Value::Null)), a);
        // It was changed as the pod was made, or not all of them have the same.
        assert_eq!(put(b.clone(), Some(a.clone()), Some(c)), b);
        assert_eq!(put(b.clone(), None, Some(b.clone())), b);
        assert_eq!(put(b.clone(), Some(a), None), b);
    }
}
