//! Containers: regular ones, init containers and ephemeral ones.

use std::collections::{BTreeMap, BTreeSet};

use super::at::At;
use super::format::Format;
use super::found::{Found, Reason};
use super::lists::{Lists, is_sidecar};
use super::pod::Pod;
use super::rules::{self, format_of, one_of};
use super::{env, mounts, ports, probes, resources, security};

/// How many restart rules a container may have, and exit codes a rule.
const RESTART_RULES: usize = 20;
const EXIT_CODES: usize = 255;

const RESTART_POLICIES: [&str; 3] = ["Always", "Never", "OnFailure"];

/// What an ephemeral container may not have.
const NOT_EPHEMERAL: [&str; 9] = [
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
];

/// What only a container that goes on running may have.
const OF_RUNNING: [&str; 4] = [
    "lifecycle",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
];

/// Which list a container stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Init,
    Regular,
}

pub(super) fn check(pod: &Pod<'_>, lists: &Lists<'_, '_>, found: &mut Found) {
    regular(pod, &lists.regular, found);
    init(pod, lists, found);
    ephemeral(pod, lists, found);
    mounts::file_volumes(pod, lists, found);
}

fn regular(pod: &Pod<'_>, list: &At<'_, '_>, found: &mut Found) {
    if list.is_empty() {
        found.required(list, "at least one container");
    }
    let mut names = Names::default();
    for container in list.items() {
        common(pod, &container, found);
        names.add(&container, found);
        running(pod, &container, found);
        restart_policy(&container, Role::Regular, found);
    }
    ports::host_ports_once(list.items(), None, found);
    if pod.is_on_host_network() {
        ports::same_on_host_network(list, found);
    }
}

fn init(pod: &Pod<'_>, lists: &Lists<'_, '_>, found: &mut Found) {
    let mut names = Names::of(&lists.regular);
    for container in lists.init.items() {
        common(pod, &container, found);
        names.add_filled(&container, found);
        ports::host_ports_once([container].into_iter(), Some(&lists.init), found);
        if is_sidecar(&container) {
            running(pod, &container, found);
        } else {
            for name in OF_RUNNING {
                let at = container.field(name);
                if at.is_set() {
                    found.forbidden(
                        &at,
                        format_args!(
                            "no {name} in an init container without restartPolicy: Always"
                        ),
                    );
                }
            }
            for policy in container.field("resizePolicy").items() {
                let restart = policy.field("restartPolicy");
                if restart.text() == "RestartContainer" {
                    found.invalid(
                        &restart,
                        "NotRequired in an init container without restartPolicy: Always",
                    );
                }
            }
        }
        restart_policy(&container, Role::Init, found);
    }
}

fn ephemeral(pod: &Pod<'_>, lists: &Lists<'_, '_>, found: &mut Found) {
    let list = &lists.ephemeral;
    if list.is_empty() {
        return;
    }
    found.forbidden(list, "no ephemeral containers in a pod template");
    let others: BTreeSet<&str> = [&lists.init, &lists.regular]
        .into_iter()
        .flat_map(|list| list.items().map(|container| container.field("name").text()))
        .collect();
    let mut names = Names::of(&lists.regular);
    names.know(&lists.init);
    for container in list.items() {
        common(pod, &container, found);
        format_of(&container.field("image"), Format::Unpadded, found);
        names.add(&container, found);
        let target = container.field("targetContainerName");
        if !target.is_empty() && !others.contains(target.text()) {
            found.not_found(&target, "the name of a container", others.iter().copied());
        }
        for name in NOT_EPHEMERAL {
            let at = container.field(name);
            let is_written = match name {
                "resources" => at
                    .object()
                    .is_some_and(|fields| fields.values().any(|value| !value.is_null())),
                _ => at.is_set(),
            };
            if is_written {
                found.forbidden(&at, format_args!("no {name} in an ephemeral container"));
            }
        }
        for mount in container.field("volumeMounts").items() {
            for name in ["subPath", "subPathExpr"] {
                let at = mount.field(name);
                if !at.is_empty() {
                    found.forbidden(&at, format_args!("no {name} in an ephemeral container"));
                }
            }
        }
    }
}

/// What holds for every container.
fn common(pod: &Pod<'_>, container: &At<'_, '_>, found: &mut Found) {
    rules::check("Container", container, found);
    ports::names_once(&container.field("ports"), found);
    env::check(container, found);
    mounts::check(pod, container, found);
    resources::container(&container.field("resources"), &pod.claims, found);
    resize_policy(pod, &container.field("resizePolicy"), found);
    security::container(pod, &container.field("securityContext"), found);
}

/// What holds for containers that go on running.
fn running(pod: &Pod<'_>, container: &At<'_, '_>, found: &mut Found) {
    for hook in ["postStart", "preStop"] {
        let lifecycle = container.field("lifecycle");
        probes::hook(pod, &lifecycle.field(hook), found);
    }
    probes::check(container, found);
}

fn restart_policy(container: &At<'_, '_>, role: Role, found: &mut Found) {
    let (policy, rules) = (
        container.field("restartPolicy"),
        container.field("restartPolicyRules"),
    );
    if policy.is_set() {
        one_of(&policy, &RESTART_POLICIES, found);
    } else if !rules.is_empty() {
        found.required(&policy, "a restartPolicy beside restartPolicyRules");
        if role == Role::Init {
            return;
        }
    }
    too_many(&rules, RESTART_RULES, "rules", found);
    for rule in rules.items() {
        rules::check("ContainerRestartRule", &rule, found);
        let exit_codes = rule.field("exitCodes");
        too_many(&exit_codes.field("values"), EXIT_CODES, "exit codes", found);
    }
}

fn too_many(list: &At<'_, '_>, limit: usize, what: &str, found: &mut Found) {
    let many = list.len();
    if many > limit {
        let message = format_args!("expected at most {limit} {what}, found {many}");
        found.fault(list, Reason::TooMany, message);
    }
}

/// How a container's resources may be changed while it runs. Faults in it have no index.
fn resize_policy(pod: &Pod<'_>, list: &At<'_, '_>, found: &mut Found) {
    let never_restarts = pod.spec.field("restartPolicy").text() == "Never";
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, policy) in list.items().enumerate() {
        let (resource, restart) = (policy.field("resourceName"), policy.field("restartPolicy"));
        if let Some(before) = first.insert(resource.text(), index) {
            found.duplicate(
                &policy.same_as(&resource),
                format_args!("resizePolicy[{before}]"),
            );
        }
        for (at, allowed) in [
            (&resource, ["cpu", "memory"]),
            (&restart, ["NotRequired", "RestartContainer"]),
        ] {
            let here = list.same_as(at);
            if at.is_empty() {
                found.required(&here, crate::words::Alternatives(&allowed));
            } else {
                one_of(&here, &allowed, found);
            }
        }
        if never_restarts && restart.text() != "NotRequired" {
            found.invalid(
                &list.same_as(&restart),
                "NotRequired in a pod with restartPolicy: Never",
            );
        }
    }
}

/// The names of containers so far, each with where it stands.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn of(list: &At<'_, '_>) -> Self {
        let mut names = Self::default();
        names.know(list);
        names
    }

    fn know(&mut self, list: &At<'_, '_>) {
        for container in list.items() {
            let name = container.field("name").text().to_owned();
            self.0.entry(name).or_insert_with(|| place(&container));
        }
    }

    /// Adds a container, whose name must be new.
    fn add(&mut self, container: &At<'_, '_>, found: &mut Found) {
        let name = container.field("name");
        if let Some(first) = self.0.get(name.text()) {
            found.duplicate(&name, first);
        } else {
            self.0.insert(name.text().to_owned(), place(container));
        }
    }

    /// The same, but several may have no name.
    fn add_filled(&mut self, container: &At<'_, '_>, found: &mut Found) {
        let name = container.field("name");
        if !name.is_empty() || self.0.contains_key("") {
            self.add(container, found);
        }
    }
}

/// The end of a container's path: `initContainers[0]`.
fn place(container: &At<'_, '_>) -> String {
    let path = container.path();
    let steps = path.steps();
    let end = steps[steps.len().saturating_sub(2)..].iter().cloned();
    end.fold(crate::FieldPath::root(), crate::FieldPath::then)
        .to_string()
}
