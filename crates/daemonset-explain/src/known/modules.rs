//! Kernel modules that programs name by what they bring: a device, a kind of interface, a match of iptables.

use super::Place::Program;
use super::mend::Mend;
use super::row::{Owner, Row, as_root, in_mounts, install, load, on_node};
use super::taken::{Kind, Take};

pub(super) const ROWS: &[Row] = &[
    Row::new("dummyDevice", Owner::NodeAsAsked)
        .by(&[
            &["dummy", "peration not supported"],
            &["type dummy", "ot supported"],
            &["type dummy", "nknown device type"],
            &["ailed to add non-existent interface", "peration not supported"],
        ])
        .lacks("kernel module dummy")
        .todo(
            "load kernel module dummy on {nodes}, and have it loaded at each start (a file below /etc/modules-load.d): the interface is of that kind; where its \
             kernel has none, install the package with more modules (linux-modules-extra)",
        )
        .commands(&[as_root!("sh -c 'modprobe dummy && echo dummy > /etc/modules-load.d/dummy.conf'")]),
    Row::new("linkType", Owner::NodeAsAsked)
        .by(&[&["nknown device type"]])
        .heard(&[Program])
        .takes(&[Take::after("module", Kind::Name, &[" type "])])
        .lacks("a kind of interface ({module|that it makes}) in its kernel")
        .todo("load the kernel module of the interface on {nodes} ({module|see lsmod}), or install the package that has it (linux-modules-extra)")
        .commands(&[load!("{module}"), on_node!("chroot /host lsmod")]),
    Row::new("tunDevice", Owner::NodeAsAsked)
        .by(&[
            &["/dev/net/tun", "o such file"],
            &["/dev/net/tun", "o such device"],
            &["annot open TUN/TAP dev"],
        ])
        .heard(&[Program])
        .lacks("/dev/net/tun")
        .todo(
            "load kernel module tun on {nodes}, where /dev/net/tun is not there, and let container {container|of the pod} have it (privileged, or a device plugin for it)",
        )
        .commands(&[concat!(on_node!("ls -l /host/dev/net/tun"), "\n", load!("tun"))])
        .mend(Mend::Privileged),
    Row::new("fuseDevice", Owner::NodeAsAsked)
        .by(&[
            &["/dev/fuse", "o such file"],
            &["/dev/fuse", "o such device"],
            &["/dev/fuse", "peration not permitted"],
            &["fuse: device not found"],
            &["fuse device not found"],
        ])
        .heard(&[Program])
        .lacks("/dev/fuse")
        .todo(
            "load kernel module fuse on {nodes}, where /dev/fuse is not there, and let container {container|of the pod} have it (privileged, or a device plugin for it)",
        )
        .commands(&[concat!(on_node!("ls -l /host/dev/fuse"), "\n", load!("fuse"))])
        .mend(Mend::Privileged),
    Row::new("vhostDevice", Owner::NodeAsAsked)
        .by(&[
            &["/dev/vhost-vsock", "o such file"],
            &["/dev/vhost-net", "o such file"],
            &["support vsock"],
        ])
        .lacks("/dev/vhost-vsock or /dev/vhost-net")
        .todo("load kernel modules vhost_vsock and vhost_net on {nodes}, and have them loaded at each start (a file below /etc/modules-load.d): its virtual machines are reached by them")
        .commands(&[load!("vhost_vsock vhost_net")]),
    Row::new("ipmiDevice", Owner::NodeAsAsked)
        .by(&[
            &["/dev/ipmi", "o such file"],
            &["ould not open device at /dev/ipmi"],
        ])
        .heard(&[Program])
        .lacks("/dev/ipmi0")
        .todo(
            "load kernel modules ipmi_si and ipmi_devintf on {nodes}, or leave out nodes without a BMC, such as virtual machines: there is no IPMI device",
        )
        .commands(&[load!("ipmi_si ipmi_devintf")]),
    Row::new("vfioDevice", Owner::NodeAsAsked)
        .by(&[&["/dev/vfio", "o such file"]])
        .lacks("/dev/vfio")
        .todo(
            "load kernel module vfio-pci on {nodes}, and switch the IOMMU on there (intel_iommu=on or amd_iommu=on at boot, and in the firmware): devices are handed on by it",
        )
        .commands(&[concat!(on_node!("ls /sys/kernel/iommu_groups"), "\n", load!("vfio-pci"))]),
    Row::new("loopDevice", Owner::NodeAsAsked)
        .by(&[
            &["/dev/loop", "o such file"],
            &["free loop device"],
            &["set up loop device"],
            &["setup loop device"],
        ])
        .lacks("a loop device that is free")
        .todo(
            "load kernel module loop on {nodes} and see which loop devices are in use (losetup -a); a container has to be privileged to see those that are made later",
        )
        .commands(&[concat!(on_node!("losetup -a"), "\n", load!("loop"))]),
    Row::new("nbdDevice", Owner::NodeAsAsked)
        .by(&[&["/dev/nbd", "o such file"]])
        .lacks("/dev/nbd")
        .todo("load kernel module nbd on {nodes}, and have it loaded at each start (a file below /etc/modules-load.d)")
        .commands(&[load!("nbd")]),
    Row::new("rdmaDevice", Owner::NodeAsAsked)
        .by(&[&["/dev/infiniband", "o such file"]])
        .lacks("/dev/infiniband")
        .todo("load the kernel modules of RDMA on {nodes} (ib_uverbs, rdma_ucm, and the driver of the adapter), or leave out nodes without such an adapter")
        .commands(&[concat!(on_node!("ls /sys/class/infiniband"), "\n", load!("ib_uverbs rdma_ucm"))]),
    Row::new("powerCap", Owner::NodeAsAsked)
        .by(&[&["/sys/class/powercap", "o such file"], &["/intel-rapl", "o such file"]])
        .heard(&[Program])
        .lacks("counters of energy (RAPL)")
        .todo("load kernel module intel_rapl_msr on {nodes}, or leave them out: there are no counters of energy, as in most virtual machines")
        .commands(&[load!("intel_rapl_common intel_rapl_msr")]),
    Row::new("ipset", Owner::NodeAsAsked)
        .by(&[
            &["ipset", "set type not supported"],
            &["Kernel error received: set type not supported"],
            &["ipset", "annot open session to kernel"],
        ])
        .lacks("kernel modules of ipset")
        .todo(
            "load the kernel modules of ipset on {nodes} (ip_set, ip_set_hash_ip, ip_set_hash_net, xt_set), and have them loaded at each start; where its kernel has none, install \
             the package with more modules (linux-modules-extra)",
        )
        .commands(&[load!("ip_set ip_set_hash_ip ip_set_hash_net ip_set_hash_ipport ip_set_bitmap_port xt_set")]),
    Row::new("tablesExtension", Owner::NodeAsAsked)
        .by(&[&["not supported, missing kernel module?"]])
        .takes(&[Take::after("extension", Kind::Name, &["Extension "])])
        .lacks("the kernel module of iptables' extension {extension|that is named}")
        .todo(
            "load the kernel module of iptables' extension {extension|that is named} on {nodes} (xt_…), and have it loaded at each start; where its kernel has none, install the package with \
             more modules (linux-modules-extra, kernel-modules-extra)",
        )
        .commands(&[
            concat!(
                load!("xt_{extension} ipt_{extension}"),
                "\n",
                install!("linux-modules-extra-$(uname -r)", "kernel-modules-extra-$(uname -r)")
            ),
            on_node!("chroot /host sh -c 'uname -r; lsmod'"),
        ]),
    Row::new("lustreModules", Owner::NodeAsAsked)
        .by(&[
            &["lustre modules loaded"],
            &["mount.lustre", "o such device"],
        ])
        .lacks("Lustre's client for the kernel that runs")
        .todo(
            "install Lustre's client on {nodes} for the kernel that runs, and load module lustre: each release of it is for a few kernels",
        )
        .commands(&[install!("lustre-client-modules-$(uname -r)", "lustre-client", "modprobe lustre")]),
    Row::new("traceFileSystem", Owner::Template)
        .by(&[
            &["neither debugfs nor tracefs are mounted"],
            &["/sys/kernel/tracing", "o such file"],
            &["/sys/kernel/debug/tracing", "o such file"],
        ])
        .heard(&[Program])
        .lacks("tracefs, where the container looks for it")
        .todo(
            "mount /sys/kernel/debug and /sys/kernel/tracing of the node into container {container|of the pod} (hostPath), and mount tracefs on {nodes}, where it is not: tracepoints \
             are found by it",
        )
        .commands(&[concat!(
            "kubectl patch {set} -p '{\"spec\":{\"template\":{\"spec\":{\"volumes\":[{\"name\":\"kernel-tracing\",\"hostPath\":{\"path\":\"/sys/kernel/tracing\"}}],\
             \"containers\":[{\"name\":\"{container}\",\"volumeMounts\":[{\"name\":\"kernel-tracing\",\"mountPath\":\"/sys/kernel/tracing\"}]}]}}}}'\n",
            in_mounts!("mount -t tracefs tracefs /sys/kernel/tracing")
        )]),
    Row::new("kernelLog", Owner::Template)
        .by(&[
            &["/dev/kmsg", "o such file"],
            &["/dev/kmsg", "peration not permitted"],
            &["/dev/kmsg", "ermission denied"],
        ])
        .heard(&[Program])
        .lacks("the kernel's log (/dev/kmsg)")
        .todo("let container {container|of the pod} read the kernel's log: /dev/kmsg of the node by a hostPath, and privileged")
        .commands(&["kubectl edit {set}"])
        .mend(Mend::Privileged),
    Row::new("openVSwitch", Owner::NodeAsAsked)
        .by(&[
            &["openvswitch/db.sock", "o such file"],
            &["openvswitch/db.sock", "onnection refused"],
        ])
        .heard(&[Program])
        .lacks("an Open vSwitch that answers")
        .todo(
            "get Open vSwitch to run on {nodes} (service openvswitch-switch or openvswitch; where a container of the network plugin runs it, that one): nothing answers at its \
             database's socket",
        )
        .commands(&[as_root!("sh -c 'systemctl restart openvswitch-switch || systemctl restart openvswitch'")]),
    Row::new("zfsPool", Owner::NodeAsAsked)
        .by(&[&["cannot open '", "dataset does not exist"], &["cannot open '", "no such pool"]])
        .takes(&[Take::after("pool", Kind::Name, &["cannot open "])])
        .lacks("ZFS pool {pool|that it is told of}")
        .todo("import or make pool {pool|that is named} on {nodes} (zpool import, or zpool create of a disk that is free), or leave out nodes without it")
        .commands(&[concat!(as_root!("sh -c 'zpool list; zpool import; lsblk'"), "\n", as_root!("zpool import {pool}")), as_root!("sh -c 'zpool list; lsblk'")]),
];
