//! Security contexts: of the pod and of its containers.

use std::collections::BTreeMap;

use super::at::At;
use super::format::Format;
use super::found::{Found, Reason};
use super::pod::Pod;
use super::rules::{self, format_of};
use super::windows;

/// How long the path of an `AppArmor` profile may be.
const PROFILE_LENGTH: usize = 4095;

/// What the names of the kernel parameters of the network's namespace begin with.
const NET_SYSCTLS: &str = "net.";

/// The kernel parameters of the namespace for talk between processes, and what the names of others
/// begin with.
const IPC_SYSCTLS: [&str; 10] = [
    "kernel.sem",
    "kernel.shm",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
    "kernel.msg",
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
];
const MORE_IPC_SYSCTLS: &str = "fs.mqueue.";

/// `spec.securityContext`, and what the pod says of namespaces beside it.
pub(super) fn pod(pod: &Pod<'_>, found: &mut Found) {
    let context = pod.spec.field("securityContext");
    let shared = pod.spec.field("shareProcessNamespace");
    if shared.is_true() && pod.spec.field("hostPID").is_true() {
        // To the API server this is a field of the security context.
        let here = context.field_as("shareProcessNamespace", &shared);
        found.invalid(&here, "no shareProcessNamespace beside hostPID");
    }
    if !context.is_set() {
        return;
    }
    rules::check("PodSecurityContext", &context, found);
    seccomp(&context.field("seccompProfile"), found);
    app_armor(&context.field("appArmorProfile"), found);
    windows::options(&context.field("windowsOptions"), found);
    sysctls(pod, &context.field("sysctls"), found);
}

fn sysctls(pod: &Pod<'_>, list: &At<'_, '_>, found: &mut Found) {
    let is_on_host_ipc = pod.spec.field("hostIPC").is_true();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, sysctl) in list.items().enumerate() {
        rules::check("Sysctl", &sysctl, found);
        let name = sysctl.field("name");
        if Format::Sysctl.holds(name.text())
            && let Some(before) = first.get(name.text())
        {
            found.duplicate(&name, format_args!("sysctls[{before}]"));
        }
        let dotted = dotted(name.text());
        // A star stands for any further part.
        let dotted = dotted.split('*').next().unwrap_or_default();
        if pod.is_on_host_network() && dotted.starts_with(NET_SYSCTLS) {
            found.invalid(&name, "a parameter outside net. beside hostNetwork");
        }
        let is_of_ipc = IPC_SYSCTLS.contains(&dotted) || dotted.starts_with(MORE_IPC_SYSCTLS);
        if is_on_host_ipc && is_of_ipc {
            found.invalid(
                &name,
                "a parameter outside the IPC namespace beside hostIPC",
            );
        }
        first.insert(name.text(), index);
    }
}

/// The name of a parameter with dots between its parts. Where a slash comes first, dots are part
/// of a part.
fn dotted(name: &str) -> String {
    match name.find(['.', '/']) {
        Some(at) if name.as_bytes()[at] == b'/' => {
            let swap = |c| match c {
                '.' => '/',
                '/' => '.',
                other => other,
            };
            name.chars().map(swap).collect()
        }
        _ => name.to_owned(),
    }
}

/// `securityContext` of a container.
pub(super) fn container(pod: &Pod<'_>, context: &At<'_, '_>, found: &mut Found) {
    if !context.is_set() {
        return;
    }
    rules::check("SecurityContext", context, found);
    let proc_mount = context.field("procMount");
    if proc_mount.text() == "Unmasked" && !pod.has_own_users() {
        found.invalid(&proc_mount, "Default unless hostUsers is false");
    }
    seccomp(&context.field("seccompProfile"), found);
    app_armor(&context.field("appArmorProfile"), found);
    windows::options(&context.field("windowsOptions"), found);
    if context.field("allowPrivilegeEscalation").is_false() {
        if context.field("privileged").is_true() {
            let message =
                "expected no privileged: true beside allowPrivilegeEscalation: false, found both";
            found.fault(context, Reason::Invalid, message);
        }
        let capabilities = context.field("capabilities");
        let added = capabilities.field("add");
        if added
            .items()
            .any(|capability| capability.text() == "CAP_SYS_ADMIN")
        {
            let message =
                "expected no CAP_SYS_ADMIN beside allowPrivilegeEscalation: false, found both";
            found.fault(context, Reason::Invalid, message);
        }
    }
}

fn seccomp(profile: &At<'_, '_>, found: &mut Found) {
    if !profile.is_set() {
        return;
    }
    let file = profile.field("localhostProfile");
    if profile.field("type").text() == "Localhost" {
        if file.is_set() {
            format_of(&file, Format::DescendingPath, found);
        } else {
            found.required(&file, "the path of a profile, as type is Localhost");
        }
    } else if file.is_set() {
        found.invalid(&file, "no localhostProfile unless type is Localhost");
    }
}

fn app_armor(profile: &At<'_, '_>, found: &mut Found) {
    if !profile.is_set() {
        return;
    }
    rules::check("AppArmorProfile", profile, found);
    let name = profile.field("localhostProfile");
    match profile.field("type").text() {
        "Localhost" => {
            if name.is_empty() {
                found.required(&name, "the name of a profile, as type is Localhost");
            } else {
                format_of(&name, Format::Unpadded, found);
            }
            let length = name.text().len();
            if length > PROFILE_LENGTH {
                let message =
                    format_args!("expected at most {PROFILE_LENGTH} characters, found {length}");
                found.fault(&name, Reason::TooLong, message);
            }
        }
        "RuntimeDefault" | "Unconfined" if name.is_set() => {
            found.invalid(&name, "no localhostProfile unless type is Localhost");
        }
        _ => {}
    }
}
