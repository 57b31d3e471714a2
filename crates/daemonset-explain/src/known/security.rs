//! What pods may do: admission, users, profiles, capabilities.

use super::Place::{Kubelet, Program, Refusal};
use super::kernel::SECURITY;
use super::mend::Mend;
use super::row::{Owner, Row, as_root, on_node};
use super::taken::{Kind, Take};

pub(super) const ROWS: &[Row] = &[
    Row::new("scc", Owner::Cluster)
        .by(&[&["unable to validate against any security context constraint"]])
        .heard(&[Refusal])
        .lacks("a SecurityContextConstraints that allows what the template asks for")
        .todo(
            "let ServiceAccount {account} use SecurityContextConstraints {scc}, of those that OpenShift brings the least that allows what \
             the template asks for, as far as is looked at; or let the template ask for less",
        )
        .commands(&["oc adm policy add-scc-to-user {scc} -z {account} -n {namespace}"]),
    Row::new("autopilot", Owner::Template)
        .by(&[
            &["GKE Warden"],
            &["disallowed in Autopilot"],
            &["autogke-"],
            &["warden-validating"],
        ])
        .heard(&[Refusal])
        .lacks("what GKE Autopilot allows")
        .todo(
            "let the template ask only for what GKE Autopilot allows (hostPath read-only and under /var/log, no privileged \
             containers, no host namespaces), or get the workload allowlisted",
        )
        .commands(&["kubectl get {set} -o yaml\nkubectl edit {set}"]),
    Row::new("runsAsRoot", Owner::Template)
        .by(&[
            &["runAsNonRoot and image will run as root"],
            &["breaks non-root policy"],
        ])
        .heard(&[Kubelet])
        .lacks("a user that is not root")
        .todo(
            "give container {container|of the pod} a runAsUser other than 0 that its image can run as, or an image with \
             such a USER, or take runAsNonRoot out of the template if it needs root",
        )
        .commands(&[concat!(
            "skopeo inspect --config docker://{image}\n",
            "kubectl patch {set} -p '{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"{container}\",\"securityContext\":{\"runAsUser\":65534}}]}}}}'"
        ), SECURITY]),
    Row::new("userByName", Owner::Template)
        .by(&[
            &["runAsNonRoot and image has non-numeric user"],
            &["cannot verify user is non-root"],
        ])
        .heard(&[Kubelet])
        .lacks("a user by number")
        .todo(
            "give container {container|of the pod} its runAsUser as a number: its image names the user, and a name does not \
             tell whether it is root",
        )
        .commands(&["skopeo inspect --config docker://{image}\nkubectl edit {set}", SECURITY]),
    Row::new("appArmorOff", Owner::NodeAsAsked)
        .by(&[
            &["AppArmor is not enabled on the host"],
            &["Cannot enforce AppArmor"],
        ])
        .heard(&[Kubelet])
        .lacks("AppArmor")
        .todo("switch AppArmor on for {nodes}, leave them out, or take the profile out of the template")
        .commands(&[on_node!("cat /sys/module/apparmor/parameters/enabled")]),
    Row::new("appArmor", Owner::NodeAsAsked)
        .by(&[
            &["apparmor", "profile", "not found"],
            &["apparmor", "profile", "not loaded"],
            &["AppArmor", "profile", "not loaded"],
            &["apparmor", "o such file or directory"],
        ])
        .heard(&[Kubelet])
        .takes(&[Take::after("profile", Kind::Name, &["profile ", "apply apparmor profile "])])
        .lacks("the AppArmor profile")
        .todo("load the AppArmor profile on {nodes} (apparmor_parser, of a file below /etc/apparmor.d, at each start)")
        .commands(&[as_root!("sh -c 'ls /etc/apparmor.d; apparmor_parser -r /etc/apparmor.d/{profile}'"),
            on_node!("cat /host/sys/kernel/security/apparmor/profiles")]),
    Row::new("seccomp", Owner::NodeAsAsked)
        .by(&[
            &["seccomp profile", "no such file or directory"],
            &["cannot load seccomp profile"],
        ])
        .heard(&[Kubelet])
        .takes(&[Take::after("path", Kind::Path, &["cannot load seccomp profile ", "open "])])
        .lacks("the seccomp profile")
        .todo("put the seccomp profile on {nodes}, and on every other node that should run the daemon, under /var/lib/kubelet/seccomp")
        .commands(&[on_node!("ls -R /host/var/lib/kubelet/seccomp")]),
    Row::new("capability", Owner::Template)
        .by(&[&["unknown capability"]])
        .heard(&[Kubelet])
        .takes(&[Take::after("capability", Kind::Name, &["unknown capability "])])
        .lacks("a capability that there is")
        .todo(
            "mend the capabilities of container {container|of the pod}: they are written without CAP_ (NET_ADMIN), and \
             {capability|one of them} is not known on {nodes}",
        )
        .commands(&[SECURITY])
        .mend(Mend::CapabilityNames),
    Row::new("ownerKept", Owner::Template)
        .by(&[
            &["chown", "peration not permitted"],
            &["changing ownership", "peration not permitted"],
        ])
        .heard(&[Program])
        .lacks("the right to change owners of files")
        .todo(
            "let container {container|of the pod} run as root with capability CHOWN, or leave the owner as it is: on a share (NFS with \
             root_squash, SMB) the server refuses, whatever the container may",
        )
        .commands(&[SECURITY])
        .mend(Mend::Capabilities(&["CHOWN"])),
    Row::new("notPermitted", Owner::Template)
        .by(&[&["peration not permitted"]])
        .heard(&[Program])
        .lacks("a capability")
        .todo(
            "give container {container|of the pod} the capability for what it was not permitted to do (NET_RAW for raw \
             sockets, NET_ADMIN for other things of the network, SYS_ADMIN for mounts, SYS_PTRACE for other processes, CHOWN for owners of files), as root; a seccomp \
             or an AppArmor profile that forbids it gives the same words",
        )
        .commands(&[SECURITY]),
];
