//! What depends on the pod's operating system, `spec.os`.

use super::at::At;
use super::found::{Found, Reason};
use super::lists::Lists;
use super::pod::Pod;
use super::rules::one_of;

/// How long a credential spec, and the parts of a user's name, may be.
const CREDENTIALS_LENGTH: usize = 64 * 1024;
const DOMAIN_LENGTH: usize = 255;
const USER_LENGTH: usize = 104;

/// What a pod on Windows may not say: of itself, in its security context, and in those of its
/// containers.
const OF_POD: [&str; 4] = ["hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"];
const OF_POD_CONTEXT: [&str; 11] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
];
const OF_CONTAINER_CONTEXT: [&str; 10] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

pub(super) fn check(pod: &Pod<'_>, lists: &Lists<'_, '_>, found: &mut Found) {
    host_process(pod, lists, found);
    let os = pod.spec.field("os");
    if !os.is_set() {
        return;
    }
    let name = os.field("name");
    match name.text() {
        "" => found.required(&name, "linux or windows"),
        "linux" => on_linux(pod, lists, found),
        "windows" => on_windows(pod, lists, found),
        // The API server names the object, not its name.
        _ => one_of(&os.same_as(&name), &["linux", "windows"], found),
    }
}

fn on_linux(pod: &Pod<'_>, lists: &Lists<'_, '_>, found: &mut Found) {
    let mut forbid = |holder: &At<'_, '_>| {
        let context = holder.field("securityContext");
        let options = context.field("windowsOptions");
        if options.is_set() {
            found.forbidden(&options, "no windowsOptions on Linux");
        }
    };
    forbid(pod.spec);
    for container in lists.all() {
        forbid(&container);
    }
}

fn on_windows(pod: &Pod<'_>, lists: &Lists<'_, '_>, found: &mut Found) {
    let mut forbid = |holder: &At<'_, '_>, names: &[&'static str]| {
        for name in names {
            let at = holder.field(name);
            let is_said = match *name {
                "hostPID" | "hostIPC" => at.is_true(),
                "sysctls" => !at.is_empty(),
                _ => at.is_set(),
            };
            if is_said {
                found.forbidden(&at, format_args!("no {name} on Windows"));
            }
        }
    };
    forbid(pod.spec, &OF_POD);
    forbid(&pod.spec.field("securityContext"), &OF_POD_CONTEXT);
    for container in lists.all() {
        forbid(&container.field("securityContext"), &OF_CONTAINER_CONTEXT);
    }
}

/// `windowsOptions` of a security context.
pub(super) fn options(options: &At<'_, '_>, found: &mut Found) {
    let credentials = options.field("gmsaCredentialSpec");
    if credentials.is_set() {
        let length = credentials.text().len();
        if !(1..=CREDENTIALS_LENGTH).contains(&length) {
            let message = format_args!("expected 1 to {CREDENTIALS_LENGTH} bytes, found {length}");
            found.fault(&credentials, Reason::Invalid, message);
        }
    }
    let user = options.field("runAsUserName");
    if user.is_set() && !is_user_name(user.text()) {
        found.invalid(&user, r"a name such as DOMAIN\User or User");
    }
}

/// A user's name, with a domain and `\` before it or not, as
/// [Windows](https://kubernetes.io/docs/tasks/configure-pod-container/configure-runasusername/) has it.
fn is_user_name(name: &str) -> bool {
    let (domain, user) = match name.split_once('\\') {
        Some((domain, user)) => (Some(domain), user),
        None => (None, name),
    };
    let forbidden = |c: char| {
        matches!(
            c,
            '"' | '/'
                | '\\'
                | ':'
                | ';'
                | '|'
                | '='
                | ','
                | '+'
                | '*'
                | '?'
                | '<'
                | '>'
                | '@'
                | '['
                | ']'
        )
    };
    !name.chars().any(|c| c.is_ascii_control())
        && (1..=USER_LENGTH).contains(&user.len())
        && !user.chars().all(|c| matches!(c, '.' | ' '))
        && !user.contains(forbidden)
        && domain.is_none_or(|domain| {
            domain.len() <= DOMAIN_LENGTH && (is_net_bios(domain) || is_dns_name(domain))
        })
}

fn is_net_bios(domain: &str) -> bool {
    let allowed = |c: char| !matches!(c, '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    (1..=15).contains(&domain.chars().count())
        && !domain.starts_with('.')
        && domain.chars().all(allowed)
}

fn is_dns_name(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.split('.').all(is_label)
}

/// Containers that run as processes of the node: all of them or none, and on its network.
fn host_process(pod: &Pod<'_>, lists: &Lists<'_, '_>, found: &mut Found) {
    let said = |holder: &At<'_, '_>| {
        let value = holder
            .value()
            .pointer("/securityContext/windowsOptions/hostProcess");
        value.and_then(serde_json::Value::as_bool)
    };
    let of_pod = said(pod.spec);
    let (mut all, mut on_host) = (0, 0);
    for container in lists.all() {
        all += 1;
        let of_container = said(&container);
        if let (Some(of_pod), Some(of_container)) = (of_pod, of_container)
            && of_pod != of_container
        {
            let context = container.field("securityContext");
            let options = context.field("windowsOptions");
            found.invalid(
                &options.field("hostProcess"),
                format_args!("{of_pod}, as the pod has it"),
            );
        }
        on_host += usize::from(of_container.or(of_pod) == Some(true));
    }
    if on_host == 0 {
        return;
    }
    if on_host != all {
        let message = format_args!(
            "expected hostProcess in all containers or in none, found it in {on_host} of {all}"
        );
        found.fault(pod.spec, Reason::Invalid, message);
    }
    if !pod.is_on_host_network() {
        found.invalid(&pod.spec.field("hostNetwork"), "true beside hostProcess");
    }
}
