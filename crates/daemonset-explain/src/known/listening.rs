//! What a program listens on: addresses, ports and sockets.

use super::Place::Program;
use super::kernel::SECURITY;
use super::mend::Mend;
use super::row::{Owner, Row, as_root, on_node};
use super::taken::{Kind, Take};

/// What gives the containers of a template their ports, and how that is changed.
const PORTS: &str = "kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].args}\
     {.spec.template.spec.containers[*].ports}'\nkubectl edit {set}";

pub(super) const ROWS: &[Row] = &[
    Row::new("bindAddress", Owner::NodeAsAsked)
        .by(&[
            &["bind: cannot assign requested address"],
            &["listen ", "cannot assign requested address"],
            &["bind", "Cannot assign requested address"],
        ])
        .takes(&[Take::after("address", Kind::Word, &["listen tcp ", "listen udp ", "listen tcp4 ", "bind to "])])
        .lacks("address {address|that it listens on}")
        .todo(
            "let the daemon listen on an address that {nodes} have: {address|the one that it names} is on no interface \
             there (or IPv6 is off)",
        )
        .commands(&[concat!(on_node!("ip addr"), "\nkubectl edit {set}")]),
    Row::new("bindSocket", Owner::Template)
        .by(&[
            &["listen unix", "bind: permission denied"],
            &[".sock", "bind: permission denied"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("path", Kind::Path, &["listen unix "])])
        .lacks("the right to make its socket {path|there}")
        .todo(
            "let container {container|of the pod} write where its socket is made ({path|the words name it}): by its user (runAsUser; \
             a hostPath is mostly of root), or by the SELinux label of what is mounted",
        )
        .commands(&[SECURITY]),
    Row::new("windowsPort", Owner::NodeAsAsked)
        .by(&[&["access a socket in a way forbidden by its access permissions"]])
        .heard(&[Program])
        .takes(&[Take::after("address", Kind::Word, &["listen tcp ", "listen udp "])])
        .lacks("a port that Windows leaves free")
        .todo("use another port than {address|this one}, or free it on {nodes}: Windows keeps it back or another process has it")
        .commands(&["kubectl get nodes -o wide -l kubernetes.io/os=windows"]),
    Row::new("bindPermission", Owner::Template)
        .by(&[
            &["bind: permission denied"],
            &["bind()", "ermission denied"],
        ])
        .takes(&[Take::after("address", Kind::Word, &["listen tcp ", "listen udp ", "bind() to "])])
        .lacks("the right to listen on a port below 1024")
        .todo(
            "let container {container|of the pod} listen on a port from 1024 on, or give it capability NET_BIND_SERVICE \
             (as root; for other users sysctl net.ipv4.ip_unprivileged_port_start in the pod's securityContext): \
             {address|its port} is below",
        )
        .commands(&[SECURITY])
        .mend(Mend::Capabilities(&["NET_BIND_SERVICE"])),
    Row::new("socketTaken", Owner::NodeAsAsked)
        .by(&[
            &["unix", "ddress already in use"],
            &[".sock", "ddress already in use"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("path", Kind::Path, &["listen unix ", "bind unix ", "unix://", "bind to "])])
        .lacks("the place of its socket")
        .todo(
            "look on {nodes} whether a process listens at {path|the socket} (another pod that mounts the same path, or the set's own \
             old one with maxSurge): only where none does, the file was left behind and can be moved away",
        )
        .commands(&[
            concat!(as_root!("ss -xlp"), "\n", as_root!("mv {path} {path}.old")),
            as_root!("ss -xlp"),
        ]),
    Row::new("portTaken", Owner::Template)
        .by(&[
            &["listen", "ddress already in use"],
            &["Listen", "ddress already in use"],
            &["bind", "ddress already in use"],
            &["Bind", "ddress already in use"],
            &["port ", "ddress already in use"],
            &["Errno 98", "ddress already in use"],
        ])
        .unless(&["netlink", "RTNETLINK", "vxlan", "VXLAN", "geneve"])
        .heard(&[Program])
        .takes(&[Take::after("address", Kind::Word, &["listen tcp ", "listen udp ", "bind() to ", "listen unix "])])
        .lacks("a free port")
        .todo(
            "give what listens in the pod different ports: another container or process of the same pod already has \
             {address|this one}; an argument often gives the port",
        )
        .commands(&[PORTS]),
];
