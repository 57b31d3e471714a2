//! Settings of a node that programs ask for by name, and rights that one thing takes.

use super::Place::{Kubelet, Program};
use super::kernel::SECURITY;
use super::mend::Mend;
use super::row::{Owner, Row, as_root, on_node, patch};

pub(super) const ROWS: &[Row] = &[
    Row::new("mapCount", Owner::NodeAsAsked)
        .by(&[&["vm.max_map_count", "too low"]])
        .heard(&[Program])
        .lacks("memory maps for a process (vm.max_map_count)")
        .todo("set sysctl vm.max_map_count of {nodes} to 262144 at least, and in a file below /etc/sysctl.d too, so that it stays")
        .commands(&[as_root!("sysctl -w vm.max_map_count=262144")]),
    Row::new("reversePath", Owner::NodeAsAsked)
        .by(&[
            &["RPF check is set to 'loose'"],
            &["rp_filter to be set to 0 or 1"],
        ])
        .heard(&[Program])
        .lacks("a check of reverse paths that is strict or off (rp_filter)")
        .todo(
            "set sysctl net.ipv4.conf.all.rp_filter of {nodes} to 1, and in a file below /etc/sysctl.d too (one that systemd reads later sets it to 2), or, where loose checks are \
             right there, let Calico pass over it (FELIX_IGNORELOOSERPF)",
        )
        .commands(&[concat!(
            as_root!("sysctl -w net.ipv4.conf.all.rp_filter=1"),
            "\n",
            on_node!("grep -rn rp_filter /host/etc/sysctl.conf /host/etc/sysctl.d /host/usr/lib/sysctl.d")
        )]),
    Row::new("asyncRequests", Owner::NodeAsAsked)
        .by(&[&["aio-max-nr"]])
        .heard(&[Program])
        .lacks("requests for asynchronous I/O (fs.aio-max-nr)")
        .todo("raise sysctl fs.aio-max-nr of {nodes}, and in a file below /etc/sysctl.d too: its programs have used it up")
        .commands(&[concat!(
            on_node!("sysctl fs.aio-max-nr fs.aio-nr"),
            "\n",
            as_root!("sysctl -w fs.aio-max-nr=1048576")
        )]),
    Row::new("hugePagesNone", Owner::NodeAsAsked)
        .by(&[&["annot get hugepage information"], &["o free hugepages"]])
        .heard(&[Program])
        .lacks("huge pages")
        .todo("reserve huge pages on {nodes} (sysctl vm.nr_hugepages, 1024 of 2 MiB being usual), and restart the kubelet there, so that it counts them; the template has to ask for them")
        .commands(&[
            as_root!("sh -c 'sysctl -w vm.nr_hugepages=$(($(cat /proc/sys/vm/nr_hugepages)+1024)) && systemctl restart {kubelet}'"),
            as_root!("sysctl vm.nr_hugepages"),
        ]),
    Row::new("perfEvents", Owner::Template)
        .by(&[
            &["opening perf event", "ermission denied"],
            &["perf_event_open", "ermission denied"],
            &["perf_event_open", "peration not permitted"],
            &["perf_event_paranoid"],
        ])
        .heard(&[Program])
        .lacks("the right to open events of perf")
        .todo(
            "let container {container|of the pod} open events of perf: capability PERFMON, and on distributions that are stricter SYS_ADMIN; or set sysctl \
             kernel.perf_event_paranoid of {nodes} to 1",
        )
        .commands(&[on_node!("sysctl kernel.perf_event_paranoid")])
        .mend(Mend::Capabilities(&["PERFMON", "SYS_ADMIN"])),
    Row::new("packetCapture", Owner::Template)
        .by(&[
            &["ermission to capture on that device"],
            &["ermission to perform this capture"],
            &["AF_PACKET", "peration not permitted"],
            &["socket: operation not permitted"],
            &["socket: Operation not permitted"],
            &["listen ip4:icmp", "peration not permitted"],
        ])
        .unless(&["netlink"])
        .heard(&[Program])
        .lacks("the right to open raw sockets (NET_RAW)")
        .todo("let container {container|of the pod} open raw sockets: capability NET_RAW (with NET_ADMIN to capture all packets), as root")
        .commands(&[SECURITY])
        .mend(Mend::Capabilities(&["NET_RAW", "NET_ADMIN"])),
    Row::new("memoryLock", Owner::Template)
        .by(&[
            &["ailed to lock memory"],
            &["mlock: ", "peration not permitted"],
            &["mlock(", "peration not permitted"],
        ])
        .heard(&[Program])
        .lacks("the right to lock memory (IPC_LOCK)")
        .todo("let container {container|of the pod} lock memory (capability IPC_LOCK), or tell the program not to")
        .commands(&[SECURITY])
        .mend(Mend::Capabilities(&["IPC_LOCK"])),
    Row::new("traceProcesses", Owner::Template)
        .by(&[&["ptrace", "peration not permitted"]])
        .heard(&[Program])
        .lacks("the right to look into other processes (SYS_PTRACE)")
        .todo("let container {container|of the pod} look into other processes: capability SYS_PTRACE, and hostPID for those of the node")
        .commands(&[SECURITY])
        .mend(Mend::Capabilities(&["SYS_PTRACE"])),
    Row::new("hostNamespaces", Owner::Template)
        .by(&[
            &["nsenter", "/proc/1/ns", "ermission denied"],
            &["/proc/1/ns/", "ermission denied"],
            &["reassociate to namespace", "peration not permitted"],
        ])
        .heard(&[Program])
        .lacks("the right to enter the node's namespaces")
        .todo("let container {container|of the pod} enter the node's namespaces: privileged, and hostPID: true")
        .commands(&[patch!("{\"spec\":{\"hostPID\":true}}")])
        .mend(Mend::Privileged),
    Row::new("mountRight", Owner::Template)
        .by(&[
            &["mount: ", "peration not permitted"],
            &["mounting ", "peration not permitted"],
            &["failed to mount", "peration not permitted"],
        ])
        .unless(&["chown", "chmod"])
        .heard(&[Program])
        .lacks("the right to mount")
        .todo("let container {container|of the pod} mount: privileged, which mountPropagation Bidirectional needs too")
        .commands(&[SECURITY])
        .mend(Mend::Privileged),
    Row::new("serviceLinks", Owner::Template)
        .by(&[&["exec", "rgument list too long"]])
        .heard(&[Program, Kubelet])
        .lacks("room for its environment and arguments")
        .todo(
            "set enableServiceLinks: false in the template: each Service of the namespace is in the environment of its containers, and there are too many; where there are few, \
             a variable or an argument of its own is too long",
        )
        .commands(&[patch!("{\"spec\":{\"enableServiceLinks\":false}}")]),
];
