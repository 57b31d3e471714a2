//! Whether quotas have room for a pod.

use daemonset::api::PodTemplate;
use daemonset::fit::{Admission, Amounts, PodNeeds, amount_text};

use crate::evidence::ResourceQuota;
use crate::finding::Refusal;

/// What a pod of a template asks for; nothing of one that does not read.
pub(crate) fn asked(template: &PodTemplate, namespace: &str, admission: &Admission) -> Amounts {
    let needs = PodNeeds::of_template(template, namespace, admission);
    needs.map_or_else(|_| Amounts::default(), |needs| needs.requests().clone())
}

/// What a quota counts: pods, or what they request of a resource.
enum Counted<'q> {
    Pods,
    Requests(&'q str),
}

fn counted(resource: &str) -> Option<Counted<'_>> {
    match resource {
        "pods" | "count/pods" => Some(Counted::Pods),
        "cpu" | "memory" | "ephemeral-storage" => Some(Counted::Requests(resource)),
        name => name.strip_prefix("requests.").map(Counted::Requests),
    }
}

/// An amount of a resource, in the smallest unit in which it is counted.
pub(crate) fn amount(resource: &str, text: &str) -> Option<i128> {
    Some(Amounts::parse([(resource, text)])?.get(resource))
}

/// That no pod more fits into a quota, by its count of pods or by what a pod of the template asks for
/// at least: what a `LimitRange` may add comes on top.
pub(crate) fn full(quota: &ResourceQuota, asked: &Amounts) -> Option<Refusal> {
    Quotas::new([quota.clone()]).refuses(asked)
}

/// How much quotas have left while pods go and come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quotas {
    all: Vec<(ResourceQuota, Vec<Left>)>,
}

/// What is used of one resource.
#[derive(Clone, Debug)]
struct Left {
    /// As the quota calls it.
    resource: Box<str>,
    hard: i128,
    used: i128,
    /// What was used of it in the beginning.
    at_first: i128,
}

impl Quotas {
    pub fn new(quotas: impl IntoIterator<Item = ResourceQuota>) -> Self {
        let all = quotas.into_iter().map(|quota| {
            let lines = quota.hard.iter().filter_map(|(resource, hard)| {
                let used = quota.used.get(resource).map_or("0", |used| &**used);
                let (hard, used) = match counted(resource)? {
                    Counted::Pods => (hard.parse().ok()?, used.parse().ok()?),
                    Counted::Requests(name) => (amount(name, hard)?, amount(name, used)?),
                };
                let resource = resource.clone();
                Some(Left {
                    resource,
                    hard,
                    used,
                    at_first: used,
                })
            });
            let lines = lines.collect();
            (quota, lines)
        });
        Self { all: all.collect() }
    }

    /// That a pod which asks for so much finds no room in one of them.
    pub fn refuses(&self, asked: &Amounts) -> Option<Refusal> {
        self.all.iter().find_map(|(quota, lines)| {
            let full: Vec<String> = lines.iter().filter_map(|it| it.full(asked)).collect();
            (!full.is_empty()).then(|| Refusal::Quota {
                quota: quota.name.to_string(),
                full,
            })
        })
    }

    /// A pod that asks for so much is created.
    pub fn take(&mut self, asked: &Amounts) {
        self.change(asked, 1);
    }

    /// A pod that asked for so much is gone.
    pub fn release(&mut self, asked: &Amounts) {
        self.change(asked, -1);
    }

    fn change(&mut self, asked: &Amounts, sign: i128) {
        for line in self.all.iter_mut().flat_map(|(_, lines)| lines) {
            let amount = match counted(&line.resource) {
                Some(Counted::Pods) => 1,
                Some(Counted::Requests(name)) => asked.get(name),
                None => 0,
            };
            line.used = line.used.saturating_add(amount.saturating_mul(sign)).max(0);
        }
    }
}

impl Left {
    fn full(&self, asked: &Amounts) -> Option<String> {
        let Self {
            resource,
            hard,
            used,
            at_first,
        } = self;
        match counted(resource)? {
            Counted::Pods => (used >= hard).then(|| match at_first {
                at_first if at_first == used => format!("{resource} {used} of {hard}"),
                at_first => format!("{resource} {at_first} of {hard} now"),
            }),
            Counted::Requests(name) => {
                let wanted = asked.get(name);
                (wanted > 0 && used.saturating_add(wanted) > *hard).then(|| {
                    let now = if used == at_first {
                        String::new()
                    } else {
                        format!(" ({} now)", amount_text(name, *at_first))
                    };
                    format!(
                        "{resource} {} of {}{now}, and a pod asks for {}",
                        amount_text(name, *used),
                        amount_text(name, *hard),
                        amount_text(name, wanted)
                    )
                })
            }
        }
    }
}
