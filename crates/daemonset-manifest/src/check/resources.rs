//! Requests and limits: of containers, of the pod, and its overhead.

use std::collections::{BTreeMap, BTreeSet};

use super::amount::{is_multiple, is_whole, nanos};
use super::at::At;
use super::format::Format;
use super::found::{Found, Reason};
use super::lists::{Lists, is_sidecar};
use super::pod::Pod;
use super::rules::format_of;
use crate::words::Quoted;

/// What a container may ask for, besides huge pages and resources with a domain.
const OF_CONTAINERS: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// Names without a domain that are known, but not for containers. The first nine are counted in
/// whole numbers.
const COUNTED: [&str; 9] = [
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

const HUGE_PAGES: &str = "hugepages-";

/// What may ask for resources.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asker {
    Container,
    Pod,
}

/// `resources` of a container. `claims` are the claims of its pod.
pub(super) fn container(resources: &At<'_, '_>, claims: &BTreeSet<&str>, found: &mut Found) {
    requirements(resources, Asker::Container, found);
    claim_names(&resources.field("claims"), claims, found);
}

/// `overhead` of the pod, which reads as limits.
pub(super) fn overhead(overhead: &At<'_, '_>, found: &mut Found) {
    let limits = overhead.field_as("limits", overhead);
    let mut seen = Seen::default();
    for (name, value) in limits.entries() {
        resource(name, &value, Asker::Container, found);
        seen.note(name);
    }
    seen.check(overhead, found);
}

/// Which resources there are.
#[derive(Default)]
struct Seen {
    cpu_or_memory: bool,
    huge_pages: bool,
}

impl Seen {
    fn note(&mut self, name: &str) {
        self.cpu_or_memory |= matches!(name, "cpu" | "memory");
        self.huge_pages |= name.starts_with(HUGE_PAGES);
    }

    fn check(&self, at: &At<'_, '_>, found: &mut Found) {
        if self.huge_pages && !self.cpu_or_memory {
            found.forbidden(at, "cpu or memory beside huge pages");
        }
    }
}

fn requirements(resources: &At<'_, '_>, asker: Asker, found: &mut Found) {
    let (limits, requests) = (resources.field("limits"), resources.field("requests"));
    let mut seen = Seen::default();
    for (name, limit) in limits.entries() {
        resource(name, &limit, asker, found);
        seen.note(name);
    }
    for (name, request) in requests.entries() {
        resource(name, &request, asker, found);
        seen.note(name);
        let here = requests.same_as(&request);
        let amount = nanos(request.value());
        let must_be_equal = !may_be_overcommitted(name);
        match limits.object().and_then(|limits| limits.get(name)) {
            Some(limit) => {
                let (most, name) = (nanos(limit), Quoted(name));
                let meant = || {
                    let written = limit
                        .as_str()
                        .map_or_else(|| limit.to_string(), str::to_owned);
                    vec![written]
                };
                if must_be_equal && amount != most {
                    let expected = format_args!("as much as the limit of {name}");
                    found.invalid_suggesting(&here, expected, meant);
                } else if amount > most {
                    let expected = format_args!("at most the limit of {name}");
                    found.invalid_suggesting(&here, expected, meant);
                }
            }
            None if must_be_equal => {
                let message = format_args!(
                    "expected a limit for {}, found a request alone",
                    Quoted(name)
                );
                found.fault(&limits.same_as(&request), Reason::Required, message);
            }
            None => {}
        }
    }
    seen.check(resources, found);
}

/// One resource: its name and its amount.
fn resource(name: &str, at: &At<'_, '_>, asker: Asker, found: &mut Found) {
    resource_name(name, at, asker, found);
    if nanos(at.value()) < 0 {
        found.invalid(at, "an amount not below zero");
    }
    if (COUNTED.contains(&name) || is_extended(name)) && !is_whole(at.value()) {
        found.invalid(at, "a whole number");
    }
    if let Some(size) = name.strip_prefix(HUGE_PAGES)
        && !is_multiple(at.value(), size)
    {
        found.invalid(at, format_args!("a multiple of {}", Quoted(size)));
    }
}

fn resource_name(name: &str, at: &At<'_, '_>, asker: Asker, found: &mut Found) {
    let fault = |expected: &str, found: &mut Found| {
        let known = OF_CONTAINERS.iter().copied();
        let near = crate::suggest::nearest(name, known);
        let meant = || near.into_iter().map(str::to_owned).collect();
        found.invalid_named(at, expected, name, meant);
    };
    if !Format::QualifiedName.holds(name) {
        return fault("the name of a resource", found);
    }
    let is_huge = name.starts_with(HUGE_PAGES);
    let has_domain = name.contains('/');
    match asker {
        Asker::Container => {
            let is_known = if has_domain {
                is_native(name) || is_extended(name)
            } else {
                OF_CONTAINERS.contains(&name) || is_huge
            };
            if !is_known {
                fault(
                    "cpu, memory, ephemeral-storage, hugepages-<size> or a name with a domain",
                    found,
                );
            }
        }
        Asker::Pod => {
            let is_standard = has_domain
                || is_huge
                || name.starts_with("requests.hugepages-")
                || OF_CONTAINERS.contains(&name)
                || COUNTED.contains(&name)
                || STANDARD.contains(&name);
            if !is_standard {
                fault("cpu, memory or hugepages-<size>", found);
            } else if !matches!(name, "cpu" | "memory") && !is_huge {
                let message = format_args!(
                    "expected cpu, memory or hugepages-<size>, found {}",
                    Quoted(name)
                );
                found.fault(at, Reason::NotSupported, message);
            }
        }
    }
}

/// More names without a domain that are known, but not for containers.
const STANDARD: [&str; 8] = [
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "storage",
    "requests.storage",
];

/// Whether a resource is Kubernetes's own.
fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Whether a resource is one that nodes announce under a domain of their own.
fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && Format::QualifiedName.holds(&format!("requests.{name}"))
}

/// Whether more may be limited than is requested.
fn may_be_overcommitted(name: &str) -> bool {
    is_native(name) && !name.starts_with(HUGE_PAGES)
}

/// The claims that a container takes from its pod.
fn claim_names(list: &At<'_, '_>, claims: &BTreeSet<&str>, found: &mut Found) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for claim in list.items() {
        let (name, request) = (claim.field("name"), claim.field("request"));
        let here = claim.same_as(&name);
        if name.is_empty() {
            found.required(&here, "the name of one of the pod's resourceClaims");
            continue;
        }
        if taken.contains(name.text()) {
            found.duplicate(&here, "an entry above");
        } else {
            let mut key = name.text().to_owned();
            let part_of_it = format!("{key}/");
            if request.is_empty() {
                let in_part = taken.range(part_of_it.clone()..).next();
                if in_part.is_some_and(|part| part.starts_with(&part_of_it)) {
                    found.duplicate(&here, "an entry above in part");
                }
            } else {
                format_of(&request, Format::DnsLabel, found);
                key = part_of_it + request.text();
                if taken.contains(&key) {
                    found.duplicate(&here, "an entry above");
                }
            }
            taken.insert(key);
        }
        if !claims.contains(name.text()) {
            found.not_found(
                &here,
                "the name of one of the pod's resourceClaims",
                claims.iter().copied(),
            );
        }
    }
}

/// `spec.resources`: what all containers have together.
pub(super) fn pod_level(pod: &Pod<'_>, lists: &Lists<'_, '_>, found: &mut Found) {
    let resources = pod.spec.field("resources");
    if !resources.is_set() {
        return;
    }
    if pod.os() == "windows" {
        found.forbidden(&resources, "no resources of the whole pod on Windows");
        return;
    }
    let claims = resources.field("claims");
    if claims.is_set() {
        found.forbidden(&claims, "no claims of the whole pod");
    }
    requirements(&resources, Asker::Pod, found);
    claim_names(&claims, &pod.claims, found);
    for (kind, only_huge_pages) in [("requests", false), ("limits", true)] {
        let of_pod = resources.field(kind);
        for (name, total) in totals(lists, kind) {
            let at = of_pod.entry(name);
            let is_compared = !only_huge_pages || name.starts_with(HUGE_PAGES);
            if is_compared && has(&of_pod, name) && total > nanos(at.value()) {
                found.invalid(
                    &at,
                    format_args!("at least what the containers have in {kind} together"),
                );
            }
        }
    }
    limits_of_containers(&resources, lists, found);
}

fn has(map: &At<'_, '_>, key: &str) -> bool {
    map.object().is_some_and(|map| map.contains_key(key))
}

/// No container may have a limit above the pod's.
fn limits_of_containers(resources: &At<'_, '_>, lists: &Lists<'_, '_>, found: &mut Found) {
    let of_pod = resources.field("limits");
    let containers = resources.field_as("containers", &lists.regular);
    for (index, container) in lists.regular.items().enumerate() {
        let limits = container.field("resources");
        let limits = limits.field("limits");
        let here = containers.item_as(index, &container);
        for (name, limit) in limits.entries() {
            if has(&of_pod, name) && nanos(limit.value()) > nanos(of_pod.entry(name).value()) {
                let here = here.entry_as(name, &limit);
                let here = here.field_as("limits", &limit);
                found.invalid(&here, "at most the limit of the pod");
            }
        }
    }
}

/// What all containers need together: regular ones and sidecars at once, and each init container
/// beside the sidecars before it.
fn totals<'v>(lists: &Lists<'v, '_>, kind: &'static str) -> BTreeMap<&'v str, i128> {
    let of = |container: &At<'v, '_>| -> Vec<(&'v str, i128)> {
        let resources = container.field("resources");
        let amounts = resources.field(kind);
        let amounts = amounts.entries().into_iter();
        amounts
            .map(|(name, at)| (name, nanos(at.value())))
            .collect()
    };
    let add = |sum: &mut BTreeMap<&'v str, i128>, amounts: Vec<(&'v str, i128)>| {
        for (name, amount) in amounts {
            let total = sum.entry(name).or_default();
            *total = total.saturating_add(amount);
        }
    };
    let mut together = BTreeMap::new();
    for container in lists.regular.items() {
        add(&mut together, of(&container));
    }
    let (mut sidecars, mut most) = (BTreeMap::new(), BTreeMap::new());
    for container in lists.init.items() {
        let mut needed = BTreeMap::new();
        if is_sidecar(&container) {
            add(&mut together, of(&container));
            add(&mut sidecars, of(&container));
        } else {
            add(&mut needed, of(&container));
            for (name, amount) in &mut needed {
                *amount = amount.saturating_add(sidecars.get(name).copied().unwrap_or(0));
            }
        }
        for (name, amount) in needed {
            let known: &mut i128 = most.entry(name).or_insert(amount);
            *known = (*known).max(amount);
        }
    }
    for (name, amount) in most {
        let total = together.entry(name).or_insert(amount);
        *total = (*total).max(amount);
    }
    together
}
