//! Files: what may be written, what is in the way, locks, and what was left behind.

use super::Place::{Kubelet, Program};
use super::kernel::{PATH, SECURITY};
use super::mend::Mend;
use super::row::{Owner, Row, as_root, pods_on_node};
use super::taken::{Kind, Take};

pub(super) const ROWS: &[Row] = &[
    Row::new("fileBusy", Owner::NodeAsAsked)
        .by(&[&["ext file busy"]])
        .takes(&[Take::after("path", Kind::Path, &["create regular file ", "open ", "copy to "])])
        .lacks("a program file that no process runs")
        .todo(
            "replace {path|the file} on {nodes} instead of writing into it (cp --remove-destination, or to another name and mv): \
             a process there runs it; as it is, moving the file aside by hand lets the daemon write it once",
        )
        .commands(&[concat!(pods_on_node!(), "\n", as_root!("mv {path} {path}.old")), pods_on_node!()]),
    Row::new("fileIsDirectory", Owner::NodeAsAsked)
        .by(&[
            &["read ", ": is a directory"],
            &["IsADirectoryError"],
            &["EISDIR"],
        ])
        .heard(&[Program])
        .takes(&[
            Take::after("path", Kind::Path, &["read ", "Is a directory: ", "open '", "open "]),
        ])
        .lacks("a file at {path|a path}, where a directory is")
        .todo(
            "put a file at {path|the path}: a directory is there, as one is made of a hostPath that was not there (remove that on {nodes}, and set type: \
             File), or where a volume is mounted without subPath at the place of one file; or name the file itself in args",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.volumes}{.spec.template.spec.containers[*].volumeMounts}'\nkubectl edit {set}"]),
    Row::new("stalePid", Owner::NodeAsAsked)
        .by(&[&["pidfile check failed"]])
        .heard(&[Program])
        .takes(&[Take::before("path", Kind::Path, &[": pidfile check failed"])])
        .lacks("a start without what was left behind")
        .todo(
            "delete the pod: the process of {path|the file} is gone, and a file of it was left behind; where that lies on {nodes} themselves, remove it too",
        )
        .commands(&["kubectl delete pod {pod}"]),
    Row::new("subPath", Owner::Template)
        .by(&[
            &["failed to prepare subPath for volumeMount"],
            &["failed to create subPath directory for volumeMount"],
        ])
        .heard(&[Kubelet])
        .takes(&[Take::after("volume", Kind::Name, &["for volumeMount "])])
        .lacks("the subPath of a volume")
        .todo(
            "look what lies at the subPath of volume {volume|of the template}: it must be there or be made, as a directory \
             and no link out of the volume",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.volumes}{.spec.template.spec.containers[*].volumeMounts}'\nkubectl edit {set}"]),
    Row::new("directoryOntoFile", Owner::Template)
        .by(&[
            &["Are you trying to mount a directory onto a file"],
            &["error mounting", "not a directory"],
        ])
        .heard(&[Kubelet])
        .takes(&[Take::after("path", Kind::Path, &["error mounting "])])
        .lacks("a file and a file, or a directory and a directory")
        .todo(
            "mount a file where the image has a file, and a directory where it has a directory: {path|what is mounted} is \
             of the other kind (where a hostPath was not there, a directory was made of it)",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.volumes}{.spec.template.spec.containers[*].volumeMounts}'\nkubectl edit {set}"]),
    Row::new("mountPoint", Owner::Template)
        .by(&[
            &["error mounting", "ead-only file system"],
            &["error mounting", "o such file or directory"],
        ])
        .heard(&[Kubelet])
        .takes(&[Take::after("path", Kind::Path, &["error mounting "])])
        .lacks("a place to mount {path|a volume} at")
        .todo(
            "make room for the mount of {path|a volume}: its mountPath is not in the image, or lies in a volume that is \
             read-only, where none can be made; or what is mounted is not on {nodes}",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.volumes}{.spec.template.spec.containers[*].volumeMounts}'\nkubectl edit {set}"]),
    Row::new("readOnlyContainer", Owner::Template)
        .by(&[&["ead-only file system"]])
        .heard(&[Program])
        .takes(&[PATH])
        .lacks("a path that it can write")
        .todo(
            "let container {container|of the pod} write {path|where it does}: a volume (emptyDir) there, where its root \
             file system (readOnlyRootFilesystem) or the mount (readOnly) is read-only; a node whose disk has failed gives \
             the same words",
        )
        .commands(&[SECURITY])
        .mend(Mend::Writable),
    Row::new("filePermission", Owner::Template)
        .by(&[
            &["open ", "/", ": permission denied"],
            &["mkdir ", "/", ": permission denied"],
            &["annot open", "ermission denied"],
            &["an't open", "ermission denied"],
            &["an't create", "ermission denied"],
            &["annot create", "ermission denied"],
            &["Errno 13] Permission denied"],
        ])
        .unless(&["socket", "/proc/"])
        .heard(&[Program])
        .takes(&[PATH, Take::after("path", Kind::Path, &["Permission denied: "])])
        .lacks("the right to open {path|a file}")
        .todo(
            "let container {container|of the pod} open {path|the file}: by its user and groups (runAsUser, \
             supplementalGroups; fsGroup does nothing for a hostPath), or, where nodes enforce SELinux, by the label of \
             what is mounted (seLinuxOptions); a device (/dev) takes a privileged container or a device plugin",
        )
        .commands(&[SECURITY]),
    Row::new("lockHeld", Owner::NodeAsAsked)
        .by(&[
            &["database is locked"],
            &["lock file", "already in use"],
            &["ock", "held by"],
            &["ock", "nother process"],
            &["already locked"],
            &["held by another process"],
            &[" lock", "esource temporarily unavailable"],
            &["flock", "esource temporarily unavailable"],
            &["/lock", "esource temporarily unavailable"],
            &["LOCK", "esource temporarily unavailable"],
            &["ould not acquire lock"],
            &["nother instance is already running"],
            &["nother instance is running"],
            &["nother process is using"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("path", Kind::Path, &["path=", "file "]), PATH])
        .lacks("the lock of what it keeps")
        .todo(
            "end what holds the lock on {nodes}, and leave the lock file alone: a process that runs holds it, of another \
             pod that mounts the same path of the node, or of the node; with maxSurge that is the set's own old pod, and only \
             maxSurge 0 with maxUnavailable 1 helps",
        )
        .commands(&[concat!(pods_on_node!(), "\n", as_root!("fuser -v {path}")), pods_on_node!()]),
    Row::new("lockFile", Owner::NodeAsAsked)
        .by(&[
            &["lock file", "already exists"],
            &["lockfile", "already exists"],
            &["tale pid file"],
            &["tale lock"],
            &["already running as pid"],
        ])
        .heard(&[Program])
        .takes(&[PATH, Take::after("pid", Kind::Name, &["already running as pid "])])
        .lacks("the lock of what it keeps")
        .todo(
            "look on {nodes} whether a process uses {path|the lock file}: only where none does, it was left behind and can be \
             moved away",
        )
        .commands(&[concat!(as_root!("fuser -v {path}"), "\n", as_root!("mv {path} {path}.old")), as_root!("ps -fp {pid}"), pods_on_node!()]),
    Row::new("stateDamaged", Owner::NodeAsAsked)
        .by(&[
            &["database disk image is malformed"],
            &["WAL", "corrupt"],
            &["checkpoint", "corrupt"],
            &["positions", "corrupt"],
            &["invalid database"],
        ])
        .heard(&[Program])
        .takes(&[PATH])
        .lacks("what it keeps in a readable state")
        .todo(
            "move {path|what it keeps} on {nodes} aside and delete the pod, which then begins anew: it cannot be read, as \
             after a crash or on a full disk; keep a copy, since what was not sent yet is in it",
        )
        .commands(&[concat!(as_root!("mv {path} {path}.damaged"), "\nkubectl delete pod {pod}"), "kubectl delete pod {pod}"]),
    Row::new("dataDirectory", Owner::Template)
        .by(&[&["onfigured data_dir", "does not exist, please create it"]])
        .heard(&[Program])
        .takes(&[Take::after("path", Kind::Path, &["data_dir "])])
        .lacks("directory {path|for its data}")
        .todo("mount a directory at {path|the place of its data} of container {container|of the pod} (a hostPath of type DirectoryOrCreate, so that it stays with the node)")
        .commands(&["kubectl edit {set}"])
        .mend(Mend::DataDirectory),
];
