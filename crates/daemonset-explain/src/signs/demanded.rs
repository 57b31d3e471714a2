//! What an admission policy demands of a template that this lacks, and what gives it that.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::known::denial::{self, Demand};
use crate::template;
use crate::words::list;

/// How many containers or labels a sentence names.
const NAMED: usize = 3;

/// What gives a template something that it lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Limits and requests for a container, as options of `kubectl set resources`; amounts stand in capitals.
    Resources { container: String, options: String },
    /// Images, by the names of their containers.
    Images(Vec<(String, String)>),
    /// A patch of the template.
    Patch(Value),
    /// What no command knows.
    Edit,
}

/// What the template lacks of what the words demand, as things to do, and what does them.
pub(crate) fn demanded(words: &str, template: &Value) -> (Vec<String>, Vec<Act>) {
    let spec = &template["spec"];
    let (mut told, mut acts) = (Vec::new(), Vec::new());
    let named = denial::containers(words);
    let is_meant = |container: &&Value| {
        named.is_empty() || named.iter().any(|name| container["name"] == *name)
    };
    let containers: Vec<&Value> = template::containers(spec).filter(is_meant).collect();
    let demands = denial::demands(&without_images(words, &containers));
    of_resources(&containers, &demands, &mut told, &mut acts);
    let mut security = Security::default();
    for demand in &demands {
        match demand {
            Demand::Limits(_) | Demand::Requests(_) => {}
            Demand::Labels(keys) => {
                let has = &template["metadata"]["labels"];
                let lacking: Vec<&String> = keys.iter().filter(|key| has[*key].is_null()).collect();
                if lacking.is_empty() {
                    continue;
                }
                told.push(format!("give its pods label {}", list(&lacking, NAMED)));
                let values = lacking.iter().map(|key| ((*key).clone(), json!("VALUE")));
                let labels: BTreeMap<String, Value> = values.collect();
                acts.push(Act::Patch(json!({"metadata": {"labels": labels}})));
            }
            Demand::Registry(registry) => {
                of_registry(&containers, registry.as_deref(), &mut told, &mut acts);
            }
            Demand::Tag => {
                let has_none = |it: &&&Value| it["image"].as_str().is_some_and(is_of_no_version);
                let untagged = names(containers.iter().filter(has_none));
                if !untagged.is_empty() {
                    told.push(format!(
                        "name a version of the image of container {untagged}"
                    ));
                    acts.push(Act::Edit);
                }
            }
            Demand::ReadOnlyRoot => security.set(
                &containers,
                "give container {} a read-only root file system",
                |it| it["readOnlyRootFilesystem"] == true,
                &json!({"readOnlyRootFilesystem": true}),
            ),
            Demand::NonRoot => {
                let of_pod = spec["securityContext"]["runAsNonRoot"] == true;
                security.set(
                    &containers,
                    "run container {} as a user that is not root (runAsNonRoot)",
                    |it| it["runAsNonRoot"] == true || of_pod && it["runAsNonRoot"].is_null(),
                    &json!({"runAsNonRoot": true}),
                );
            }
            Demand::NoEscalation => security.set(
                &containers,
                "keep container {} from gaining privileges (allowPrivilegeEscalation)",
                |it| it["allowPrivilegeEscalation"] == false,
                &json!({"allowPrivilegeEscalation": false}),
            ),
            Demand::DropAll => security.set(
                &containers,
                "let container {} drop all capabilities but those that it adds",
                |it| {
                    let dropped = it["capabilities"]["drop"].as_array();
                    dropped.is_some_and(|all| all.iter().any(|it| it == "ALL"))
                },
                &json!({"capabilities": {"drop": ["ALL"]}}),
            ),
            Demand::Seccomp => {
                let of_pod = !spec["securityContext"]["seccompProfile"].is_null();
                security.set(
                    &containers,
                    "give container {} a seccomp profile (RuntimeDefault)",
                    |it| of_pod || !it["seccompProfile"].is_null(),
                    &json!({"seccompProfile": {"type": "RuntimeDefault"}}),
                );
            }
        }
    }
    security.finish(spec, &mut told, &mut acts);
    (told, acts)
}

/// Words without the names of images, in which a policy demands nothing: `image registry.example.com/agent`.
fn without_images(words: &str, containers: &[&Value]) -> String {
    let images = containers.iter().filter_map(|it| it["image"].as_str());
    let names = images.map(|image| match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    });
    let names = names.filter(|it| it.contains('/'));
    names.fold(words.to_owned(), |words, name| words.replace(name, "…"))
}

/// Limits and requests that containers lack.
fn of_resources(
    containers: &[&Value],
    demands: &[Demand],
    told: &mut Vec<String>,
    acts: &mut Vec<Act>,
) {
    for container in containers {
        let Some(name) = container["name"].as_str() else {
            continue;
        };
        let (mut phrases, mut options) = (Vec::new(), String::new());
        for demand in demands {
            let (field, what, resources) = match demand {
                Demand::Limits(resources) => ("limits", "a limit", resources),
                Demand::Requests(resources) => ("requests", "a request", resources),
                _ => continue,
            };
            let given = &container["resources"];
            // A limit is the request where none is given.
            let has = |it: &str| {
                !given[field][it].is_null() || field == "requests" && !given["limits"][it].is_null()
            };
            let lacking: Vec<&str> = resources.iter().copied().filter(|it| !has(it)).collect();
            if lacking.is_empty() {
                continue;
            }
            phrases.push(format!("{what} of {}", list(&lacking, NAMED)));
            let amounts = lacking
                .iter()
                .map(|it| format!("{it}={}", it.to_uppercase()));
            let amounts: Vec<String> = amounts.collect();
            options.push_str(" --");
            options.push_str(field);
            options.push('=');
            options.push_str(&amounts.join(","));
        }
        if phrases.is_empty() {
            continue;
        }
        told.push(format!("give container {name} {}", list(&phrases, NAMED)));
        acts.push(Act::Resources {
            container: name.to_owned(),
            options,
        });
    }
}

/// Images that are not of the registry that is allowed, or of any, where that is not told.
fn of_registry(
    containers: &[&Value],
    registry: Option<&str>,
    told: &mut Vec<String>,
    acts: &mut Vec<Act>,
) {
    let others = containers.iter().filter(|it| {
        let image = it["image"].as_str().unwrap_or_default();
        registry.is_none_or(|registry| !image.starts_with(registry))
    });
    let names = names(others.clone());
    if names.is_empty() {
        return;
    }
    let Some(registry) = registry else {
        told.push(format!(
            "take the image of container {names} from a registry that is allowed"
        ));
        acts.push(Act::Edit);
        return;
    };
    told.push(format!(
        "take the image of container {names} from {registry}, once it is there"
    ));
    let images = others.filter_map(|it| {
        let (name, image) = (it["name"].as_str()?, it["image"].as_str()?);
        let path = match image.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) => path,
            _ => image,
        };
        Some((name.to_owned(), format!("{registry}/{path}")))
    });
    acts.push(Act::Images(images.collect()));
}

/// Whether an image names no version of it, or `latest`.
fn is_of_no_version(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    !image.contains('@') && (!name.contains(':') || name.ends_with(":latest"))
}

/// The names of containers.
fn names<'v>(containers: impl Iterator<Item = &'v &'v Value>) -> String {
    let names: Vec<&str> = containers.filter_map(|it| it["name"].as_str()).collect();
    list(&names, NAMED)
}

/// What security contexts lack, each container once.
#[derive(Default)]
struct Security {
    told: BTreeMap<&'static str, Vec<String>>,
    patches: BTreeMap<String, Value>,
}

impl Security {
    fn set(
        &mut self,
        containers: &[&Value],
        what: &'static str,
        has: impl Fn(&Value) -> bool,
        fields: &Value,
    ) {
        for container in containers.iter().filter(|it| !has(&it["securityContext"])) {
            let Some(name) = container["name"].as_str() else {
                continue;
            };
            self.told.entry(what).or_default().push(name.to_owned());
            let patch = self
                .patches
                .entry(name.to_owned())
                .or_insert_with(|| json!({}));
            for (field, value) in fields.as_object().into_iter().flatten() {
                patch[field] = value.clone();
            }
        }
    }

    fn finish(self, spec: &Value, told: &mut Vec<String>, acts: &mut Vec<Act>) {
        let what = self.told.iter();
        let what = what.map(|(what, names)| what.replace("{}", &list(names, NAMED)));
        let what: Vec<String> = what.collect();
        if !what.is_empty() {
            let what = list(&what, what.len());
            told.push(format!("{what}, if its program gets by with that"));
        }
        let mut lists: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (name, fields) in self.patches {
            let Some(list) = template::list_of(spec, &name) else {
                continue;
            };
            let patch = json!({"name": name, "securityContext": fields});
            lists.entry(list).or_default().push(patch);
        }
        if !lists.is_empty() {
            acts.push(Act::Patch(json!({"spec": lists})));
        }
    }
}
