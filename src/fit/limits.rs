//! What LimitRanges forbid.

use super::admission::Admission;
use super::facts::{FactsError, PodFacts, PodSpec, Resources};
use super::requests;
use super::resource::{Exact, ResourceList, amount_text};
use crate::api::PodTemplate;

/// What a LimitRange's item bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bounded {
    Container,
    Pod,
}

/// The bounds of one item of a LimitRange.
pub(super) struct Bounds<'r> {
    pub of: Bounded,
    pub min: &'r ResourceList,
    pub max: &'r ResourceList,
    pub ratio: &'r ResourceList,
}

impl Admission {
    /// What the LimitRanges of the namespace forbid of the pods that a DaemonSet makes of a template,
    /// each as the API server says it; none also where no LimitRange was given. Requests and limits
    /// are those that defaults have filled in.
    ///
    /// Of a pod as a whole its requests are looked at.
    ///
    /// Source: [Limit Ranges](https://kubernetes.io/docs/concepts/policy/limit-range/).
    ///
    /// # Errors
    /// A field of the wrong type, or a quantity that is none.
    ///
    /// ```
    /// use daemonset::api::PodTemplate;
    /// use daemonset::fit::{Admission, LimitRange};
    /// use serde_json::json;
    ///
    /// let template = PodTemplate::try_from(json!({"spec": {"containers": [
    ///     {"name": "agent", "resources": {"requests": {"memory": "1Gi"}}},
    /// ]}}))?;
    /// let range: LimitRange = serde_json::from_value(json!({
    ///     "metadata": {"name": "small", "namespace": "infra"},
    ///     "spec": {"limits": [{"type": "Container", "max": {"memory": "512Mi"}}]},
    /// }))?;
    /// let admission = Admission::default().limit_ranges([range]);
    /// assert_eq!(
    ///     admission.forbidden(&template, "infra")?,
    ///     ["maximum memory usage per Container is 512Mi, but request is 1Gi (container agent)"],
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn forbidden(
        &self,
        template: &PodTemplate,
        namespace: &str,
    ) -> Result<Vec<String>, FactsError> {
        let mut pod = PodFacts::of_template(template, namespace)?;
        self.admit(&mut pod);
        let default_limits = self.default_limits(namespace);
        let spec = &mut pod.spec;
        for container in spec.containers.iter_mut().chain(&mut spec.init_containers) {
            container.resources.limits.fill_from(&default_limits);
        }
        let mut all = Vec::new();
        for bounds in self.bounds_in(namespace) {
            match bounds.of {
                Bounded::Container => of_containers(&pod.spec, &bounds, &mut all),
                Bounded::Pod => {
                    let requests = requests::of_containers_as_written(&pod.spec);
                    of_pod(&requests, &bounds, &mut all);
                }
            }
        }
        all.dedup();
        Ok(all)
    }
}

fn of_containers(spec: &PodSpec, bounds: &Bounds<'_>, all: &mut Vec<String>) {
    for container in spec.containers.iter().chain(&spec.init_containers) {
        let Resources { requests, limits } = &container.resources;
        let mut say = |what: String| all.push(format!("{what} (container {})", container.name));
        for (name, least) in bounds.min.iter() {
            let is = format!(
                "minimum {name} usage per Container is {}",
                text(name, least)
            );
            match (requests.get(name), limits.get(name)) {
                (None, _) => say(format!("{is}, and no request is specified")),
                (Some(asked), _) if asked < least => {
                    say(format!("{is}, but request is {}", text(name, asked)));
                }
                (_, Some(limit)) if limit < least => {
                    say(format!("{is}, but limit is {}", text(name, limit)));
                }
                _ => {}
            }
        }
        for (name, most) in bounds.max.iter() {
            let is = format!("maximum {name} usage per Container is {}", text(name, most));
            match (requests.get(name), limits.get(name)) {
                (_, Some(limit)) if limit > most => {
                    say(format!("{is}, but limit is {}", text(name, limit)));
                }
                (Some(asked), _) if asked > most => {
                    say(format!("{is}, but request is {}", text(name, asked)));
                }
                (_, None) => say(format!("{is}, and no limit is specified")),
                _ => {}
            }
        }
        for (name, most) in bounds.ratio.iter() {
            let is = format!(
                "{name} max limit to request ratio per Container is {}",
                text(name, most)
            );
            let positive = |amount: Option<Exact>| amount.filter(|it| *it > Exact::default());
            match (positive(requests.get(name)), positive(limits.get(name))) {
                (None, _) => say(format!("{is}, but no request is specified or request is 0")),
                (_, None) => say(format!("{is}, but no limit is specified or limit is 0")),
                (Some(asked), Some(limit)) if limit.exceeds_times(asked, most) => {
                    say(format!(
                        "{is}, but request is {} and limit is {}",
                        text(name, asked),
                        text(name, limit)
                    ));
                }
                _ => {}
            }
        }
    }
}

fn of_pod(requests: &ResourceList, bounds: &Bounds<'_>, all: &mut Vec<String>) {
    for (name, most) in bounds.max.iter() {
        if let Some(asked) = requests.get(name).filter(|asked| *asked > most) {
            all.push(format!(
                "maximum {name} usage per Pod is {}, but request is {}",
                text(name, most),
                text(name, asked)
            ));
        }
    }
    for (name, least) in bounds.min.iter() {
        if let Some(asked) = requests.get(name).filter(|asked| *asked < least) {
            all.push(format!(
                "minimum {name} usage per Pod is {}, but request is {}",
                text(name, least),
                text(name, asked)
            ));
        }
    }
}

/// A quantity for people.
fn text(name: &str, amount: Exact) -> String {
    let mut one = ResourceList::default();
    one.set(name, amount);
    amount_text(name, one.rounded().get(name))
}
