//! The container runtime: starting containers, its shims and handlers, and Windows.

use super::Place::{Kubelet, Program, Pull};
use super::mend::Mend;
use super::row::{Owner, Row, by_ssh, on_node, pods_on_node};
use super::taken::{Kind, Take};

const PROGRAM: Take = Take::after("program", Kind::Path, &["exec: ", "exec ", "stat "]);
const PROGRAM_BY_NAME: Take = Take::after("program", Kind::Name, &["exec: ", "exec "]);

pub(super) const ROWS: &[Row] = &[
    Row::new("windowsVersion", Owner::NodeAsAsked)
        .by(&[
            &["container operating system does not match the host operating system"],
            &["The container operating system does not match"],
            &["no matching manifest for windows"],
        ])
        .heard(&[Kubelet, Pull, Program])
        .lacks("an image for its version of Windows")
        .todo(
            "build the image of container {container|of the pod} for the Windows version of {nodes} too (label \
             node.kubernetes.io/windows-build), or keep the daemon off them by node affinity on that label; a HostProcess \
             container takes any version",
        )
        .commands(&["kubectl get nodes -L node.kubernetes.io/windows-build"]),
    Row::new("windowsCommand", Owner::Template)
        .by(&[
            &["CreateProcess", "The system cannot find the file specified"],
        ])
        .heard(&[Kubelet, Program])
        .lacks("the program that the container starts")
        .todo("mend command of container {container|of the pod}: its program is not in the image (a path of Windows, with its ending)")
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].command}'\nkubectl edit {set}"]),
    Row::new("windowsNetwork", Owner::Node)
        .by(&[&["HNS failed with error"], &["hcnCreate"], &["HcnCreate"]])
        .lacks("a host network service (HNS) that works")
        .todo("restart the host network service (HNS) and the network plugin of {nodes}, whose pods get no network from it")
        .commands(&[pods_on_node!()]),
    Row::new("postStartHook", Owner::Template)
        .by(&[&["PostStartHook failed"], &["Exec lifecycle hook", "failed"]])
        .heard(&[Kubelet])
        .lacks("a postStart hook that succeeds")
        .todo(
            "see why the postStart hook of container {container|of the pod} fails: its kubelet kills the container for that, whatever \
             its program does; what the hook prints is not in the container's logs, so let the hook write it to a file, or run its \
             command by hand in a container of that image",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].lifecycle}'"]),
    Row::new("sandboxImage", Owner::Node)
        .by(&[&["failed to get sandbox image"]])
        .heard(&[Kubelet])
        .takes(&[Take::after("image", Kind::Word, &["failed to get sandbox image "])])
        .lacks("its sandbox image")
        .todo(
            "let the container runtime of {nodes} have its sandbox image {image|(pause)}: name one in its configuration that \
             these nodes can pull, as on the others (/etc/containerd, the key sandbox or sandbox_image), or load it there; then \
             restart the runtime (no pod starts there meanwhile, so look at it without kubectl debug)",
        )
        .commands(&[concat!(
                by_ssh!("sudo grep -rn -e sandbox -e pause /etc/containerd"),
                "\n",
                by_ssh!("sudo crictl pull {image}")
            ),
            by_ssh!("sudo grep -rn -e sandbox -e pause /etc/containerd")]),
    Row::new("resolvConf", Owner::Node)
        .by(&[&["/run/systemd/resolve/resolv.conf", "o such file"]])
        .heard(&[Kubelet])
        .lacks("the resolv.conf that its kubelet gives to pods")
        .todo(
            "get systemd-resolved of {nodes} to run, which writes /run/systemd/resolve/resolv.conf, or let the kubelet take a file that \
             is there (resolvConf): until then no pod that takes its names from the node is set up there",
        )
        .commands(&[concat!(
            by_ssh!("'systemctl status systemd-resolved; ls -la /run/systemd/resolve'"),
            "\n",
            by_ssh!("sudo grep -rn resolvConf /var/lib/kubelet/config.yaml /etc/kubernetes")
        )]),
    Row::new("containerName", Owner::Node)
        .by(&[&["failed to reserve", "name", "is reserved for"]])
        .lacks("a free name for the container")
        .todo(
            "delete the pod, whose successor has another name, or restart the container runtime of {nodes}: a creation that \
             was cut off still holds the name",
        )
        .commands(&["kubectl delete pod {pod}"]),
    Row::new("runtimeHandler", Owner::NodeAsAsked)
        .by(&[
            &["no runtime for ", "is configured"],
            &["failed to find runtime handler"],
            &["unknown runtime handler"],
        ])
        .takes(&[Take::after("handler", Kind::Name, &["no runtime for ", "runtime handler "])])
        .lacks("the handler of the RuntimeClass")
        .todo("configure the handler of the RuntimeClass in the container runtime of {nodes}, and of every other node that should run the daemon")
        .commands(&[on_node!("cat /host/etc/containerd/config.toml")]),
    Row::new("shimBinary", Owner::NodeAsAsked)
        .by(&[
            &["runtime \"io.containerd.", "binary not installed"],
            &["containerd-shim-", "executable file not found"],
            &["containerd-shim-", "o such file or directory"],
        ])
        .heard(&[Kubelet])
        .takes(&[Take::after("shim", Kind::Name, &["runtime ", "exec: "])])
        .lacks("the runtime {shim|of the RuntimeClass}")
        .todo("install runtime {shim|of the RuntimeClass} on {nodes}: its shim is not in the path of containerd")
        .commands(&[on_node!("sh -c 'ls /host/usr/bin/containerd-shim-* /host/usr/local/bin/containerd-shim-*'")]),
    Row::new("cgroupDriver", Owner::Node)
        .by(&[&["expected cgroupsPath to be of format \"slice:prefix:name\""]])
        .lacks("one cgroup driver for kubelet and container runtime")
        .todo("let the kubelet and the container runtime of {nodes} use the same cgroup driver, and restart them: the runtime has systemd (SystemdCgroup = true), and \
             the kubelet names cgroups as cgroupfs does (cgroupDriver: systemd mends that; no pod starts there meanwhile, so look at it without kubectl debug)")
        .commands(&[concat!(
                by_ssh!("sudo grep -n -e cgroupDriver -e SystemdCgroup /var/lib/kubelet/config.yaml /etc/containerd/config.toml"),
                "\n",
                by_ssh!("\"sudo sed -i 's/cgroupDriver: cgroupfs/cgroupDriver: systemd/' /var/lib/kubelet/config.yaml && sudo systemctl restart kubelet\"")
            )]),
    Row::new("cgroupMount", Owner::Node)
        .by(&[
            &["cgroups: cgroup mountpoint does not exist"],
            &["mountpoint for cgroup not found"],
            &["mountpoint for devices not found"],
        ])
        .lacks("cgroups that are mounted")
        .todo("mount the cgroups of {nodes} as its container runtime expects them: v1 controllers are missing, or it has v2 and the runtime is too old")
        .commands(&[by_ssh!("grep cgroup /proc/1/mounts")]),
    Row::new("memoryTooLow", Owner::Template)
        .by(&[
            &["container init was OOM-killed"],
            &["memory limit too low"],
        ])
        .heard(&[Kubelet])
        .lacks("memory to start with")
        .todo("raise the memory limit of container {container|of the pod}: it is too low to start it at all (a unit may be wrong: m instead of Mi)")
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].resources}'"])
        .mend(Mend::Memory),
    Row::new("runtimeDown", Owner::Node)
        .by(&[
            &["dial unix", "containerd.sock"],
            &["dial unix", "crio.sock"],
            &["ttrpc: closed"],
            &["failed to start shim"],
            &["shim disconnected"],
            &["connection error", "containerd.sock"],
        ])
        .heard(&[Kubelet, Pull])
        .lacks("a container runtime that answers")
        .todo("look at the container runtime of {nodes} (systemctl status containerd, its log): it or the shim of the container does not answer")
        .commands(&[concat!(
                by_ssh!("sudo journalctl -u {runtime} -n 50 --no-pager"),
                "\n",
                by_ssh!("sudo systemctl restart {runtime}")
            ),
            by_ssh!("sudo journalctl -u containerd -n 50 --no-pager")]),
    Row::new("runtimeSlow", Owner::NodeAsAsked)
        .by(&[
            &["failed to create containerd task", "deadline exceeded"],
            &["failed to create pod sandbox", "deadline exceeded"],
            &["Failed to create pod sandbox", "DeadlineExceeded"],
            &["context deadline exceeded", "CreateContainer"],
        ])
        .unless(&["plugin type="])
        .heard(&[Kubelet])
        .lacks("a container runtime that is fast enough")
        .todo("look at the load and the disk of {nodes}: its container runtime does not create containers in time; setting the SELinux labels of a large \
             volume anew for each start takes as long")
        .commands(&[by_ssh!("sudo journalctl -u {runtime} -n 50 --no-pager"), by_ssh!("sudo journalctl -u containerd -n 50 --no-pager")]),
    Row::new("ownProgram", Owner::Template)
        .by(&[
            &["exec: \"", "executable file not found in $PATH"],
            &["exec: \"", "no such file or directory"],
            &["fork/exec /", "no such file or directory"],
        ])
        .heard(&[Program])
        .takes(&[
            Take::after("program", Kind::Path, &["exec: ", "fork/exec "]),
            Take::after("program", Kind::Name, &["exec: "]),
        ])
        .lacks("program {program|that it runs}")
        .todo(
            "have {program|the program} in the image of container {container|of the pod}, or, where it is run on the node, there: the \
             daemon itself runs, and does not find it",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].image}'\nkubectl edit {set}"]),
    Row::new("programMissing", Owner::Template)
        .by(&[
            &["exec", "executable file not found in $PATH"],
            &["exec", ": stat ", "no such file or directory"],
        ])
        .unless(&["probe"])
        .heard(&[Kubelet, Program])
        .takes(&[PROGRAM, PROGRAM_BY_NAME])
        .lacks("program {program|that it starts} in the image")
        .todo("mend command of container {container|of the pod}, or its image: {program|the program that it starts} is not there")
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].command}'\nkubectl edit {set}"]),
    // A runtime looks whether the file is there before it starts it.
    Row::new("programLoader", Owner::Template)
        .by(&[
            &["exec: ", "no such file or directory"],
            &["exec /", "no such file or directory"],
        ])
        .unless(&["probe"])
        .heard(&[Kubelet, Program])
        .takes(&[PROGRAM, PROGRAM_BY_NAME])
        .lacks("what {program|the program that it starts} is run by, in the image")
        .todo(
            "mend the image of container {container|of the pod}, or its command: the interpreter that {program|the program that it starts} \
             names in its first line, or the loader of its libraries, is not there; or it is not there itself",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].command}'\nkubectl edit {set}"]),
    Row::new("programNotExecutable", Owner::Template)
        .by(&[&["exec: ", "permission denied"], &["exec /", "permission denied"]])
        .heard(&[Kubelet, Program])
        .takes(&[PROGRAM, PROGRAM_BY_NAME])
        .exit_code(126)
        .lacks("a program that may be executed")
        .todo(
            "make {program|what is started} executable in the image of container {container|of the pod} (chmod +x; a file \
             of a ConfigMap needs defaultMode 0755), or let a user start it who may",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].command}'\nkubectl edit {set}"])
        .mend(Mend::Executable),
    Row::new("execFormat", Owner::Template)
        .by(&[&["exec format error"]])
        .heard(&[Kubelet, Program])
        .takes(&[PROGRAM, PROGRAM_BY_NAME])
        .lacks("a program for its kind of machine")
        .todo(
            "use an image for the architecture of {nodes}, or keep the daemon off them by nodeSelector kubernetes.io/arch; \
             where the architecture is right, {program|what is started} may be a script without its first line (#!)",
        )
        .commands(&["kubectl get nodes -L kubernetes.io/arch"]),
];
