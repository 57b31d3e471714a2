//! Fields that the API does not have, and the ones that may have been meant.

use serde_json::{Map, Value};

use super::table::{self, Kind, Type};
use super::walk::{Misfit, Place, misfits, push_name};

/// How many fields are suggested at most.
const SUGGESTIONS: usize = 3;

/// How many objects down a field of the same name is looked for.
const LEVELS: usize = 3;

/// No field's name is longer, so nothing longer is near one.
const LONGEST: usize = 64;

/// A field that the API does not have. The API server drops it or refuses the object, by the
/// [field validation](https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation)
/// that is asked for.
///
/// ```
/// let set = serde_json::json!({"spec": {"containers": []}});
/// let unknown = daemonset::schema::unknown_fields(set.as_object().unwrap());
/// assert_eq!(unknown[0].path, "spec.containers");
/// assert_eq!(unknown[0].suggestions, ["spec.template.spec.containers"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: unknown field{}", question(suggestions))]
pub struct UnknownField {
    /// Where it is, such as `spec.template.spec.containers[0].imagePullPolice`.
    pub path: String,
    /// The fields that may have been meant, the likeliest first; at most three. A field of the
    /// same object stands by its name, any other by its whole path.
    pub suggestions: Vec<String>,
}

fn question(suggestions: &[String]) -> String {
    match suggestions {
        [] => String::new(),
        some => format!(", did you mean {}?", some.join(" or ")),
    }
}

/// Every field of a DaemonSet that Kubernetes 1.36 does not have, in a fixed order: objects by
/// field name, lists in theirs.
///
/// Names are compared as they are: `Labels` is not `labels`. Values of the wrong type are not
/// looked into: they are [`type_faults`](super::type_faults).
///
/// ```
/// let set = serde_json::json!({"spec": {"template": {"tolerations": []}, "updateStratgy": {}}});
/// let unknown = daemonset::schema::unknown_fields(set.as_object().unwrap());
/// let lines: Vec<String> = unknown.iter().map(ToString::to_string).collect();
/// assert_eq!(
///     lines,
///     [
///         "spec.template.tolerations: unknown field, did you mean spec.template.spec.tolerations?",
///         "spec.updateStratgy: unknown field, did you mean updateStrategy?",
///     ],
/// );
/// ```
#[must_use]
pub fn unknown_fields(daemon_set: &Map<String, Value>) -> Vec<UnknownField> {
    let mut unknown = Vec::new();
    misfits(daemon_set, |place, misfit| {
        if let Misfit::UnknownField(name) = misfit {
            let mut path = place.path().to_owned();
            push_name(&mut path, name);
            unknown.push(UnknownField {
                path,
                suggestions: suggestions(place, name),
            });
        }
    });
    unknown
}

/// The near names of the same object, or else the same name in an object around it or inside.
fn suggestions(place: &Place, name: &str) -> Vec<String> {
    if name.len() > LONGEST {
        return Vec::new();
    }
    let mut objects = place.objects();
    let Some((type_, path)) = objects.next() else {
        return Vec::new();
    };
    let near = near_names(type_, name);
    if !near.is_empty() {
        return near;
    }
    let inside = same_name(type_, path, name);
    if !inside.is_empty() {
        return inside;
    }
    objects
        .map(|(type_, path)| same_name(type_, path, name))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// The fields of one object whose names are nearest, letters of the other case being the same.
///
/// A name of three letters may have one wrong, dropped, added or swapped, one of six letters two,
/// and a longer one three.
fn near_names(type_: &Type, name: &str) -> Vec<String> {
    let lower = name.to_lowercase();
    let length = lower.chars().count();
    let bound = (length / 3).min(3);
    let mut near: Vec<(usize, &str)> = Vec::new();
    for field in &type_.fields {
        // That many letters must be added or dropped at least.
        if field.name.len().abs_diff(length) > bound {
            continue;
        }
        let distance = strsim::osa_distance(&lower, &field.name.to_lowercase());
        if distance <= bound {
            near.push((distance, field.name));
        }
    }
    near.sort_unstable();
    let nearest = near.first().map_or(0, |(distance, _)| *distance);
    near.into_iter()
        .take_while(|(distance, _)| *distance == nearest)
        .take(SUGGESTIONS)
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// The paths of the fields with this name in an object or in those inside it, no list between; the
/// nearest ones only.
fn same_name(type_: &'static Type, path: &str, name: &str) -> Vec<String> {
    // Each object met, with the fields that lead to it.
    let mut level: Vec<(&Type, Vec<&str>)> = vec![(type_, Vec::new())];
    for _ in 0..=LEVELS {
        let mut found = Vec::new();
        let mut below = Vec::new();
        for (type_, steps) in level {
            for field in &type_.fields {
                let beyond = || steps.iter().copied().chain([field.name]);
                if field.name.eq_ignore_ascii_case(name) {
                    found.push(joined(path, beyond()));
                }
                if let Kind::Object(id) = field.kind {
                    below.push((table::type_of(id), beyond().collect()));
                }
            }
        }
        if !found.is_empty() {
            found.truncate(SUGGESTIONS);
            return found;
        }
        level = below;
    }
    Vec::new()
}

fn joined<'a>(path: &str, steps: impl Iterator<Item = &'a str>) -> String {
    let mut path = path.to_owned();
    steps.for_each(|name| push_name(&mut path, name));
    path
}
