//! Devices, huge pages, NUMA, and what kubelets reject pods for.

use super::Place::{Kubelet, Program, Scheduler};
use super::Supply;
use super::mend::Mend;
use super::row::{Owner, Row, as_root, by_ssh, load, on_node, pods_on_node};
use super::taken::{Kind, Take};

const RESOURCE: Take = Take::after(
    "resource",
    Kind::Word,
    &[
        "devices unavailable for ",
        "unregistered device ",
        "unhealthy devices ",
        "enough resource: ",
    ],
);

pub(super) const ROWS: &[Row] = &[
    Row::new("nvidiaVersions", Owner::NodeAsAsked)
        .by(&[
            &["river/library version mismatch"],
            &["API mismatch", "NVRM"],
        ])
        .lacks("one version of the NVIDIA driver: kernel module and library differ")
        .todo(
            "see whether nvidia-smi works on {nodes} itself: if not, the NVIDIA driver was updated and the old kernel module is \
             still loaded: drain it and start it anew (or reload the module while no pod uses a GPU); if it does, the image \
             brings a library of its own, of another version",
        )
        .commands(&[concat!(
            as_root!("nvidia-smi"),
            "\nkubectl drain {node} --ignore-daemonsets"
        )]),
    Row::new("nvidiaRuntime", Owner::NodeAsAsked)
        .by(&[
            &["could not select device driver"],
            &["unknown or invalid runtime name: nvidia"],
            &["no runtime for \"nvidia\" is configured"],
            &["nvidia-container-runtime", "o such file"],
            &["nvidia-container-runtime", "executable file not found"],
        ])
        .lacks("the NVIDIA container runtime")
        .todo(
            "install the NVIDIA Container Toolkit on {nodes} and configure it in the container runtime (nvidia-ctk runtime \
             configure), or let the GPU Operator do so",
        )
        .commands(&[concat!(
            on_node!("chroot /host sh -c 'command -v nvidia-ctk; grep -rn nvidia /etc/containerd'"),
            "\n",
            as_root!("sh -c 'nvidia-ctk runtime configure --runtime=containerd && systemctl restart containerd'")
        )]),
    Row::new("gpuLost", Owner::NodeAsAsked)
        .by(&[&["ailed to initialize NVML: Unknown Error"]])
        .lacks("access to its GPUs")
        .todo(
            "delete the pod, so that its container gets its GPUs anew, as a container loses them when systemd of the node is reloaded (systemctl daemon-reload) after it was started; devices by CDI outlast that",
        )
        .commands(&["kubectl delete pod {pod}"]),
    Row::new("noGpu", Owner::NodeAsAsked)
        .by(&[
            &["Incompatible strategy detected"],
            &["Incompatible platform detected"],
            &["invalid device discovery strategy"],
            &["not a GPU node, you should set up a toleration or nodeSelector"],
        ])
        .heard(&[Program])
        .lacks("a GPU that it finds, or the NVIDIA runtime for it")
        .todo(
            "keep the plugin to nodes with a GPU (nodeSelector), if {nodes} have none; where one has, let its container runtime use the NVIDIA \
             Container Toolkit (nvidia-ctk runtime configure), or the template name runtimeClassName nvidia",
        )
        .commands(&[
            concat!(
                on_node!("sh -c 'grep -l 0x10de /sys/bus/pci/devices/*/vendor; ls /host/usr/bin/nvidia-ctk'"),
                "\n{gpuselector}"
            ),
            concat!(
                on_node!("sh -c 'grep -l 0x10de /sys/bus/pci/devices/*/vendor; ls /host/usr/bin/nvidia-ctk'"),
                "\n{nvidiaclass}"
            ),
            on_node!("sh -c 'grep -l 0x10de /sys/bus/pci/devices/*/vendor; ls /host/usr/bin/nvidia-ctk'"),
        ]),
    Row::new("nvidiaDriver", Owner::NodeAsAsked)
        .by(&[
            &["nvidia-container-cli", "initialization error"],
            &["nvidia-container-cli", "driver not loaded"],
            &["libnvidia-ml.so", "cannot open shared object file"],
            &["NVML", "ibrary not found"],
            &["NVML", "ERROR_LIBRARY_NOT_FOUND"],
            &["could not load NVML"],
            &["ailed to initialize NVML"],
            &["nvidia-smi", "not found"],
            &["NVIDIA-SMI has failed because it couldn't communicate"],
            &["/dev/nvidia", "o such file or directory"],
        ])
        .lacks("an NVIDIA driver that works")
        .todo(
            "get the NVIDIA driver of {nodes} to work (nvidia-smi on the node), or, where it does, run the pod with the \
             NVIDIA runtime (runtimeClassName nvidia); leave out nodes without a GPU",
        )
        .commands(&[
            concat!(
                on_node!("sh -c 'cat /proc/driver/nvidia/version; ls /dev | grep nvidia'"),
                "\n{nvidiaclass}"
            ),
            on_node!("sh -c 'cat /proc/driver/nvidia/version; ls /dev | grep nvidia'"),
        ]),
    Row::new("noResources", Owner::Template)
        .by(&[&["no resource configuration; exiting"]])
        .heard(&[Program])
        .lacks("a resource in its configuration")
        .todo(
            "name a resource in resourceList of its configuration{configs|}, or keep the plugin off {nodes}, which have none: with an empty list it ends at once, and \
             is started again",
        )
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl edit {set}"]),
    Row::new("gpuProfiling", Owner::NodeAsAsked)
        .by(&[&["third-party Profiling module returned an unrecoverable error"]])
        .heard(&[Program])
        .lacks("profiling of its GPUs")
        .todo(
            "leave the profiling metrics (DCGM_FI_PROF_…) out of the counters of container {container|of the pod}{configs|}, or end what profiles the GPUs of {nodes} \
             besides: one program at a time can, as root or with SYS_ADMIN",
        )
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl edit {set}"]),
    Row::new("gpuDeviceFile", Owner::NodeAsAsked)
        .by(&[
            &["/dev/kfd", "o such file or directory"],
            &["/dev/dri", "o such file or directory"],
            &["/sys/module/amdgpu", "o such file or directory"],
        ])
        .heard(&[Program])
        .lacks("the devices of a GPU (/dev/kfd, /dev/dri)")
        .todo("load the GPU's driver on {nodes} (amdgpu, i915 or xe), or leave out nodes without such a GPU")
        .commands(&[concat!(
            on_node!("sh -c 'lspci; ls -l /host/dev/kfd /host/dev/dri'"),
            "\n",
            load!("amdgpu i915")
        )]),
    Row::new("nvidiaCdi", Owner::NodeAsAsked)
        .by(&[
            &["unresolvable CDI devices", "nvidia.com/"],
            &["failed to inject CDI devices", "nvidia.com/"],
        ])
        .heard(&[Kubelet])
        .takes(&[Take::after("device", Kind::Word, &["unresolvable CDI devices "])])
        .lacks("the CDI description of device {device|that the pod has}")
        .todo(
            "have the CDI description of the GPUs of {nodes} written anew (nvidia-ctk cdi generate, or start the device plugin's pod there again, which \
             writes it too): it is missing, or older than the GPUs or the driver",
        )
        .commands(&[by_ssh!("sudo nvidia-ctk cdi generate --output=/var/run/cdi/nvidia.yaml")]),
    Row::new("cdi", Owner::NodeAsAsked)
        .by(&[
            &["unresolvable CDI devices"],
            &["failed to inject CDI devices"],
        ])
        .heard(&[Kubelet])
        .takes(&[Take::after("device", Kind::Word, &["unresolvable CDI devices "])])
        .lacks("the CDI description of device {device|that the pod has}")
        .todo(
            "let the device's driver or plugin on {nodes} write its CDI description (under /etc/cdi or /var/run/cdi), and \
             the container runtime read it",
        )
        .commands(&[on_node!("chroot /host ls /etc/cdi /var/run/cdi")]),
    Row::new("deviceUnhealthy", Owner::Node)
        .brought_as(Supply::Devices)
        .by(&[&["cannot allocate unhealthy devices"]])
        .heard(&[Kubelet])
        .takes(&[RESOURCE])
        .lacks("a healthy device of {resource|what the pod asks for}")
        .todo(
            "look at the device plugin of {resource|the devices} on {nodes}: it says that none is healthy, as while it \
             starts or where the hardware fails; rejected pods stay, and new ones are made in their place",
        )
        .commands(&[concat!(pods_on_node!(), " | grep -i -e plugin -e device")]),
    Row::new("deviceUnregistered", Owner::Node)
        .brought_as(Supply::Devices)
        .by(&[&["can't allocate unregistered device"]])
        .heard(&[Kubelet])
        .takes(&[RESOURCE])
        .lacks("a device plugin of {resource|what the pod asks for} that is registered")
        .todo(
            "get the device plugin of {resource|the devices} on {nodes} to run: it has not registered with the kubelet \
             since that started",
        )
        .commands(&[concat!(pods_on_node!(), " | grep -i -e plugin -e device")]),
    Row::new("cpuManager", Owner::NodeAsAsked)
        .by(&[&["not enough cpus available to satisfy request"]])
        .heard(&[Kubelet])
        .lacks("CPUs of its own for the pod")
        .todo(
            "free whole CPUs on {nodes}, or ask for CPUs in parts (then the pod shares them): the kubelet gives out whole \
             ones (cpuManagerPolicy static), and none is left",
        )
        .commands(&[pods_on_node!()]),
    Row::new("deviceTaken", Owner::NodeAsAsked)
        .brought_as(Supply::Devices)
        .by(&[
            &["requested number of devices unavailable for"],
        ])
        .heard(&[Kubelet])
        .takes(&[RESOURCE])
        .lacks("a free device of {resource|what the pod asks for}")
        .todo(
            "look at the device plugin of {resource|the devices} on {nodes}, and at pods that hold them: the kubelet finds \
             fewer than the scheduler counted; restarting the kubelet of the node makes it count anew",
        )
        .commands(&[concat!(pods_on_node!(), "\n", by_ssh!("sudo systemctl restart {kubelet}")), pods_on_node!()]),
    Row::new("deviceRefused", Owner::NodeAsAsked)
        .brought_as(Supply::Devices)
        .by(&[
            &["Allocate failed due to", "rpc error"],
            &["Allocate failed due to no containers return in allocation response"],
        ])
        .heard(&[Kubelet])
        .lacks("a device that its plugin gives out")
        .todo("read in the log of the device plugin on {nodes} why it does not give the device out: the kubelet passes on what it says")
        .commands(&[concat!(pods_on_node!(), " | grep -i -e plugin -e device")]),
    Row::new("topology", Owner::NodeAsAsked)
        .by(&[
            &["Resources cannot be allocated with Topology locality"],
            &["TopologyAffinityError"],
        ])
        .heard(&[Kubelet])
        .lacks("free CPUs and devices on one NUMA node")
        .todo(
            "let what the pod asks for fit on one NUMA node of {nodes}: ask for less, free CPUs or devices of one there, or \
             let the kubelet be less strict (topologyManagerPolicy best-effort instead of single-numa-node)",
        )
        .commands(&[on_node!("sh -c 'ls -d /sys/devices/system/node/node*; chroot /host lscpu'")]),
    Row::new("hugePages", Owner::NodeAsAsked)
        .by(&[&["Insufficient hugepages-"]])
        .heard(&[Scheduler])
        .takes(&[Take::after("resource", Kind::Name, &["Insufficient "])])
        .lacks("huge pages ({resource|of the size that it asks for})")
        .todo(
            "reserve huge pages on {nodes} (sysctl vm.nr_hugepages, or hugepages= at boot) and restart the kubelet there, or \
             let the template ask for none: only pods that hold some could free any",
        )
        .commands(&[concat!(
                "kubectl get node {node} -o jsonpath='{.status.allocatable}'\n",
                as_root!("sh -c 'sysctl -w vm.nr_hugepages=$(($(cat /proc/sys/vm/nr_hugepages)+{hugepages})) && systemctl restart {kubelet}'")
            ),
            "kubectl get nodes -o custom-columns='NAME:.metadata.name,2Mi:.status.allocatable.hugepages-2Mi,1Gi:.status.allocatable.hugepages-1Gi'"]),
    Row::new("resourceClaims", Owner::Cluster)
        .by(&[&["cannot allocate all claims"]])
        .heard(&[Scheduler])
        .lacks("devices for all ResourceClaims of the pod")
        .todo(
            "see which devices the ResourceClaims of the pod ask for, and which of those of {nodes} are free: the scheduler finds none \
             there for all of them (others hold them, or no driver offers any)",
        )
        .commands(&["kubectl get resourceclaims -A\nkubectl get resourceslices"]),
    Row::new("nodeLabels", Owner::Cluster)
        .by(&[&["Predicate NodeAffinity failed"]])
        .heard(&[Kubelet])
        .lacks("labels that the kubelet counts as what the template selects")
        .todo(
            "compare the labels of {nodes} with nodeSelector and affinity of the template: the kubelet finds that they do \
             not match; where they match now, they did not when it started, and the pods that it rejected can be deleted",
        )
        .commands(&["kubectl get node {node} --show-labels"]),
    Row::new("podOs", Owner::Template)
        .by(&[
            &["PodOSNotSupported"],
            &["node doesn't have label `kubernetes.io/os`"],
            &["PodOSSelectorNodeLabelDoesNotMatch"],
        ])
        .heard(&[Kubelet])
        .lacks("the operating system that the pod is for")
        .todo("keep the daemon off {nodes} by nodeSelector kubernetes.io/os: its pods are for another system")
        .commands(&["kubectl get nodes -L kubernetes.io/os"])
        .mend(Mend::Os),
    Row::new("kvm", Owner::NodeAsAsked)
        .by(&[
            &["Could not access KVM kernel module"],
            &["/dev/kvm", "o such file or directory"],
        ])
        .lacks("/dev/kvm")
        .todo("give the pods nodes with virtualization (/dev/kvm): where the CPUs of {nodes} have it (vmx or svm), load module kvm_intel or kvm_amd there; a virtual \
             machine without nested virtualization has none: leave those out")
        .commands(&[as_root!("sh -c 'grep -c -E \"vmx|svm\" /proc/cpuinfo; modprobe -a kvm_intel kvm_amd; ls -l /dev/kvm'")]),
    Row::new("migDevices", Owner::NodeAsAsked)
        .by(&[
            &["o MIG devices"],
            &["migEnabled=true was not configured correctly"],
            &["nvalid MIG configuration"],
        ])
        .heard(&[Program])
        .lacks("MIG devices on a GPU whose MIG mode is on")
        .todo(
            "make MIG devices on the GPUs of {nodes} (the MIG manager does so by label nvidia.com/mig.config, whose PROFILE is one of its configuration; by hand nvidia-smi mig -cgi \
             PROFILE -C), or switch the MIG mode off there (nvidia-smi -mig 0): it is on, and a GPU has no such device",
        )
        .commands(&[concat!(
            as_root!("sh -c 'nvidia-smi -L; nvidia-smi mig -lgip'"),
            "\nkubectl label node {node} nvidia.com/mig.config=PROFILE --overwrite"
        )]),
    Row::new("migRights", Owner::Template)
        .by(&[&["error getting device memory info: Insufficient"]])
        .heard(&[Program])
        .lacks("the right to look into MIG devices")
        .todo("give container {container|of the pod} NVIDIA_MIG_MONITOR_DEVICES=all, and let it be privileged: without that it may not look into MIG devices")
        .commands(&["kubectl set env {set} -c {container} NVIDIA_MIG_MONITOR_DEVICES=all"])
        .mend(Mend::Privileged),
];
