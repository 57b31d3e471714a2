//! Volumes: claims, CSI drivers, mounts, what the host needs to mount.

use super::Place::{Kubelet, Probe, Program, Scheduler};
use super::kernel::PATH;
use super::row::{Owner, Row, as_root, by_ssh, in_mounts, install, on_node, pods_on_node};
use super::taken::{Kind, Take};

pub(super) const ROWS: &[Row] = &[
    Row::new("oneNodeVolume", Owner::Template)
        .by(&[
            &["Multi-Attach error"],
            &["is already exclusively attached to one node"],
        ])
        .heard(&[Kubelet])
        .lacks("a volume for more than one node")
        .todo(
            "give each node a volume of its own (hostPath, emptyDir, an ephemeral volume), or claim {claim|the claim} a \
             class that many nodes can mount (ReadWriteMany): all pods share one claim, and its volume is attached to \
             one node at a time, where one of these pods runs",
        )
        .commands(&[
            "kubectl get pvc {claim} -n {namespace}",
            "kubectl get pvc -n {namespace}",
        ]),
    Row::new("claimDeleted", Owner::Cluster)
        .by(&[&["persistentvolumeclaim ", "is being deleted"]])
        .heard(&[Scheduler, Kubelet])
        .takes(&[Take::after("gone", Kind::Name, &["persistentvolumeclaim "])])
        .lacks("a claim that stays")
        .todo(
            "make a claim of another name and let the template name that: claim {gone|that the words name} is being deleted, \
             which cannot be taken back; pods that still run hold it, and with the last of them what it holds may go, so restart \
             none of them before that is copied",
        )
        .commands(&["kubectl get pvc {gone} -n {namespace} -o yaml", "kubectl get pvc -n {namespace}"]),
    Row::new("claimLost", Owner::Cluster)
        .by(&[&["persistentvolumeclaim ", "bound to non-existent persistentvolume"]])
        .heard(&[Scheduler, Kubelet])
        .takes(&[
            Take::after("lost", Kind::Name, &["persistentvolumeclaim "]),
            Take::after("volume", Kind::Name, &["non-existent persistentvolume "]),
        ])
        .lacks("the PersistentVolume of the claim")
        .todo(
            "if the storage behind it is still there, make PersistentVolume {volume|of that name} anew for it, with a claimRef to claim \
             {lost|that the words name}; or make a claim of another name, which gets an empty volume, and let the template name that: \
             the PersistentVolume was deleted, and the claim stays Lost",
        )
        .commands(&["kubectl get pvc {lost} -n {namespace} -o yaml", "kubectl get pv"]),
    Row::new("volumeElsewhere", Owner::Template)
        .by(&[&["volume node affinity conflict"]])
        .heard(&[Scheduler, Kubelet])
        .lacks("the volume of the claim")
        .todo(
            "give each node a volume of its own (hostPath, emptyDir, an ephemeral volume), or claim {claim|the claim} a \
             class that is not of one node or zone: its volume cannot be used on {nodes}",
        )
        .commands(&[
            "kubectl describe pvc {claim} -n {namespace}",
            "kubectl get pvc -n {namespace}",
        ]),
    Row::new("iscsiadm", Owner::NodeAsAsked)
        .by(&[
            &["iscsiadm: No such file or directory"],
            &["iscsiadm\": executable file not found"],
            &["failed to execute iscsiadm"],
            &["iscsiadm: not found"],
            &["iscsiadm: command not found"],
        ])
        .lacks("iscsiadm (package open-iscsi)")
        .todo(
            "install iscsiadm on {nodes} (package open-iscsi, or iscsi-initiator-utils), and enable its service iscsid",
        )
        .commands(&[install!("open-iscsi", "iscsi-initiator-utils", "systemctl enable --now iscsid")]),
    Row::new("iscsid", Owner::NodeAsAsked)
        .by(&[
            &["can not connect to iSCSI daemon"],
            &["iscsid is not running"],
        ])
        .lacks("a running iscsid")
        .todo("start iscsid on {nodes} (systemctl enable --now iscsid)")
        .commands(&[as_root!("systemctl enable --now iscsid")]),
    Row::new("mountHelper", Owner::NodeAsAsked)
        .by(&[
            &["you might need a /sbin/mount.<type> helper program"],
            &["need a /sbin/mount."],
            &["mount.nfs: not found"],
            &["mount.cifs: not found"],
            &["mount.nfs4: not found"],
            &["unknown filesystem type 'nfs"],
            &["unknown filesystem type 'cifs"],
        ])
        .takes(&[Take::after(
            "type",
            Kind::Name,
            &["Mounting arguments: -t ", "mount -t ", "unknown filesystem type ", "/sbin/mount."],
        )])
        .lacks("the helper that mounts {type|this kind of file system}")
        .todo(
            "install on {nodes} what mounts {type|this kind of file system}: nfs-common or nfs-utils for nfs, cifs-utils \
             for cifs, and so on",
        )
        .commands(&[install!("nfs-common cifs-utils", "nfs-utils cifs-utils")]),
    Row::new("hostProgram", Owner::NodeAsAsked)
        .by(&[
            &["nsenter: failed to execute ", "No such file"],
            &["nsenter: can't execute "],
            &["multipath", "executable file not found in $PATH"],
            &["multipath: not found"],
            &["lvm", "executable file not found in $PATH"],
            &["cryptsetup", "executable file not found in $PATH"],
            &["cryptsetup: not found"],
            &["chroot: failed to run command", "No such file"],
        ])
        .takes(&[Take::beginning("package", Kind::Name, &["cryptsetup"]), Take::after(
            "program",
            Kind::Path,
            &["failed to execute ", "can't execute ", "exec: ", "failed to run command "],
        ), Take::after(
            "program",
            Kind::Name,
            &["failed to execute ", "can't execute ", "exec: ", "failed to run command ", "failed to run command \u{2018}"],
        )])
        .lacks("{program|a program that the daemon runs there}")
        .todo(
            "install {program|the program} on {nodes}: the daemon runs it there, and it is not found; systems such as Talos and \
             Bottlerocket have none to install, and have to be left out",
        )
        .commands(&[install!("{package}", "{package}"), on_node!("chroot /host sh -c 'command -v {program}'")]),
    Row::new("csiProxy", Owner::NodeAsAsked)
        .by(&[
            &["csi-proxy", "cannot find the file"],
            &["csi-proxy", "pipe"],
        ])
        .lacks("csi-proxy")
        .todo("install csi-proxy on {nodes} and start its service (Start-Service csiproxy): the pipe that it listens on is not there")
        .commands(&["kubectl get nodes -o wide -l kubernetes.io/os=windows"]),
    Row::new("vaultDenied", Owner::Outside)
        .by(&[
            &["ForbiddenByRbac"],
            &["ForbiddenByPolicy"],
            &[".vault.azure.net", "403 Forbidden"],
        ])
        .unless(&["ForbiddenByFirewall", "ForbiddenByConnection", "not a trusted service"])
        .takes(&[Take::after("client", Kind::Name, &["oid="]), Take::after("scope", Kind::Path, &["Resource: "]), Take::after("vault", Kind::Name, &["https://"])])
        .lacks("the right to read secrets of {vault|the vault}")
        .todo(
            "give the identity that the SecretProviderClass names (or that of ServiceAccount {account}) the right to read \
             secrets of {vault|the vault}: on Azure the role Key Vault Secrets User",
        )
        .commands(&["az role assignment create --assignee-object-id {client} --role 'Key Vault Secrets User' --scope {scope}",
            "kubectl get secretproviderclass -n {namespace} -o yaml"]),
    Row::new("vaultFirewall", Owner::Outside)
        .by(&[&["ForbiddenByFirewall"], &["ForbiddenByConnection"]])
        .takes(&[Take::before("name", Kind::Name, &[".vault.azure.net"]), Take::after("address", Kind::Name, &["Client address: "])])
        .lacks("a way through the firewall of the vault")
        .todo("let the firewall of the vault admit {nodes} (their addresses on the way out, or a private endpoint): the right to read is not the question")
        .commands(&["az keyvault network-rule add --name {name} --ip-address {address}", "kubectl get nodes -o wide"]),
    Row::new("shareDenied", Owner::Outside)
        .by(&[
            &["mount error(13)"],
            &["mount error 13"],
            &["mount error(13): Permission denied"],
            &["STATUS_LOGON_FAILURE"],
            &["STATUS_ACCESS_DENIED", "cifs"],
        ])
        .takes(&[
            Take::before("account", Kind::Name, &[".file.core.windows.net"]),
            Take::after("share", Kind::Word, &["<masked> //", " on //", "mount //", " //"]),
        ])
        .lacks("credentials that the file share takes")
        .todo(
            "put the present key or password of share {share|that is mounted} into {sharesecret|the Secret that its volume names}: the \
             server refuses who asks; or, where that is right, let its firewall admit {nodes}; nodes that mounted it before \
             keep what they have until they mount it anew",
        )
        .commands(&[
            "az storage account keys list --account-name {account}\n\
             kubectl create secret generic {sharesecretname} -n {namespace} --from-literal=azurestorageaccountname={account} \
             --from-file=azurestorageaccountkey=FILE --dry-run=client -o yaml | kubectl apply -f -",
            "kubectl get pv -o custom-columns=NAME:.metadata.name,SECRET:.spec.csi.nodeStageSecretRef.name,\
             NAMESPACE:.spec.csi.nodeStageSecretRef.namespace",
        ]),
    Row::new("nfsDenied", Owner::Outside)
        .by(&[&["access denied by server while mounting"]])
        .takes(&[Take::after("server", Kind::Name, &["while mounting "]), Take::after("export", Kind::Word, &["while mounting "])])
        .lacks("the right to mount {export|what the server exports}")
        .todo("let the NFS server export {export|the path} to {nodes} (its exports name clients by address)")
        .commands(&["showmount -e {server}\nssh {server} sudo exportfs -v", "kubectl get nodes -o wide"]),
    Row::new("nfsSilent", Owner::Outside)
        .by(&[
            &["mount.nfs: Connection timed out"],
            &["mount.nfs4: Connection timed out"],
            &["mount.nfs: No route to host"],
            &["mount.nfs4: No route to host"],
            &["mount.nfs: Connection refused"],
            &["mount.nfs4: Connection refused"],
            &["mount.nfs", "mount system call failed", "Connection timed out"],
        ])
        .takes(&[
            Take::after("server", Kind::Name, &["timed out for ", "o route to host for ", "refused for "]),
            Take::beginning("efs", Kind::Name, &["fs-0"]),
        ])
        .lacks("an answer of the NFS server")
        .todo(
            "get the NFS server to answer {nodes} (TCP 2049; for version 3 also 111), which mount from it in vain: a firewall between them, \
             or, for EFS, the security group of its mount targets, which has to admit that of these nodes",
        )
        .commands(&[
            "aws efs describe-mount-targets --file-system-id {efs}\n\
             aws ec2 authorize-security-group-ingress --group-id GROUP-OF-MOUNT-TARGETS --protocol tcp --port 2049 --source-group GROUP-OF-NODES",
            on_node!("nc -zv -w 3 {server} 2049"),
            "kubectl get pv -o custom-columns=NAME:.metadata.name,SERVER:.spec.nfs.server,CSI:.spec.csi.volumeAttributes.server",
        ]),
    Row::new("efsName", Owner::Outside)
        .by(&[&["ailed to resolve ", ".efs."], &["EFS mount target for this file system ID"]])
        .takes(&[Take::beginning("efs", Kind::Name, &["fs-0"])])
        .lacks("a mount target of the file system in EFS")
        .todo(
            "make a mount target of the file system in the zone of {nodes}, and let the VPC resolve names (enableDnsSupport, enableDnsHostnames): its \
             name is not found there",
        )
        .commands(&["aws efs describe-mount-targets --file-system-id {efs}\n\
             aws efs create-mount-target --file-system-id {efs} --subnet-id SUBNET-OF-NODES --security-groups GROUP-OF-MOUNT-TARGETS",
            "aws efs describe-file-systems"]),
    Row::new("deviceInUse", Owner::NodeAsAsked)
        .by(&[&["is apparently in use by the system"]])
        .heard(&[Kubelet])
        .takes(&[Take::before("device", Kind::Path, &[" is apparently in use"])])
        .lacks("the volume's device to itself")
        .todo(
            "find what holds {device|the device} on {nodes}: most often multipathd, which has to leave the devices of the driver alone (blacklist in \
             /etc/multipath.conf, and a restart of multipathd)",
        )
        .commands(&[by_ssh!("'lsblk; sudo multipath -ll; sudo cat /etc/multipath.conf'")]),
    Row::new("devicePath", Owner::NodeAsAsked)
        .by(&[
            &["ailed to find device path"],
            &["no device path for device"],
        ])
        .heard(&[Kubelet])
        .takes(&[Take::beginning("volume", Kind::Name, &["vol-"])])
        .lacks("the device of the volume that is attached")
        .todo(
            "see whether the volume is attached to the machine of {nodes} and seen there (lsblk): where it is attached and not seen, the machine has \
             to be started anew",
        )
        .commands(&[concat!("kubectl get volumeattachments\n", on_node!("chroot /host lsblk"))]),
    Row::new("cephFileServers", Owner::Outside)
        .by(&[&["no mds server is up or the cluster is laggy"]])
        .lacks("a metadata server of Ceph (MDS) that is up")
        .todo(
            "get the metadata servers of CephFS to run (ceph fs status): none is up, or the cluster is slow, and no node mounts a file system of it meanwhile; where \
             they run, let {nodes} reach them (TCP 3300, 6789 and 6800 to 7300)",
        )
        .commands(&[
            "kubectl get pods -A -l app=rook-ceph-mds -o wide\n\
             kubectl exec -n rook-ceph deploy/rook-ceph-tools -- ceph fs status",
        ]),
    Row::new("cephServers", Owner::Outside)
        .by(&[
            &["rados: ret=-110"],
        ])
        .lacks("an answer of Ceph's servers")
        .todo(
            "let {nodes} reach Ceph's monitors (TCP 3300 and 6789) and servers (6800 to 7300), and see that those run (ceph status): they do not answer in time",
        )
        .commands(&["kubectl get pods -A -l 'app in (rook-ceph-mon,rook-ceph-mds,rook-ceph-osd)' -o wide"]),
    Row::new("imageFeatures", Owner::NodeAsAsked)
        .by(&[&["image feature set mismatch"], &["You can disable features unsupported by the kernel"]])
        .heard(&[Kubelet])
        .takes(&[
            Take::after("disable", Kind::Words, &["rbd feature disable "]),
            Take::after("image", Kind::Word, &["rbd feature disable "]),
        ])
        .lacks("the features of the RBD image in its kernel")
        .todo(
            "switch off the features of the image that the kernel of {nodes} does not know, where Ceph's rbd runs (its toolbox, or a monitor), or give {nodes} \
             a newer kernel; in the StorageClass, imageFeatures keeps new images without them",
        )
        .commands(&["rbd feature disable {disable}", "rbd info {image}", "kubectl get storageclass -o yaml"]),
    Row::new("volumeGroup", Owner::NodeAsAsked)
        .by(&[
            &["olume group not found"],
            &["olume group \"", "not found"],
            &["annot process volume group"],
        ])
        .takes(&[Take::after("group", Kind::Name, &["group not found: ", "olume group "])])
        .lacks("LVM volume group {group|that it is told of}")
        .todo("make volume group {group|that is named} on {nodes} (vgcreate, of a disk that is free), or leave out nodes without it")
        .commands(&[as_root!("sh -c 'vgs; lsblk'")]),
    Row::new("secretsProvider", Owner::Node)
        .by(&[
            &["error connecting to provider", "provider not found"],
            &["/secrets-store-csi-providers/", "o such file"],
            &["/secrets-store-csi-providers/", "connection refused"],
        ])
        .heard(&[Kubelet])
        .takes(&[Take::after("provider", Kind::Name, &["connecting to provider "])])
        .lacks("provider {provider|of secrets} of the Secrets Store CSI driver")
        .todo("get the pod of provider {provider|of secrets} on {nodes} to run: the Secrets Store CSI driver asks it by a socket there, and finds none")
        .commands(&[concat!(pods_on_node!(), " | grep -i provider")]),
    Row::new("staleHandle", Owner::NodeAsAsked)
        .by(&[&["tale file handle"], &["tale NFS file handle"]])
        .takes(&[PATH])
        .lacks("a mount that is still valid")
        .todo(
            "unmount {path|the stale mount} on {nodes} (umount -l) and delete the pod, so that it is mounted anew: what \
             the server exported there was removed or exported again",
        )
        .commands(&[concat!(in_mounts!("umount -l {path}"), "\nkubectl delete pod {pod}"), on_node!("grep nfs /host/proc/1/mounts")]),
    Row::new("fuseGone", Owner::NodeAsAsked)
        .by(&[&["ransport endpoint is not connected"]])
        .takes(&[PATH])
        .lacks("the program behind a FUSE mount")
        .todo(
            "unmount {path|the mount} on {nodes} (umount -l) and delete the pod, so that it is mounted anew: the program \
             that served the mount (FUSE) has ended",
        )
        .commands(&[concat!(in_mounts!("umount -l {path}"), "\nkubectl delete pod {pod}"), on_node!("grep fuse /host/proc/1/mounts")]),
    Row::new("notShared", Owner::NodeAsAsked)
        .by(&[
            &["is not a shared mount"],
        ])
        .takes(&[Take::after("path", Kind::Path, &["path ", "mount "])])
        .lacks("shared mounts at {path|the path}")
        .todo(
            "make the mount of {path|the path} on {nodes} shared (mount --make-rshared /, at each start: systemd does, other init systems \
             do not), which mountPropagation Bidirectional needs",
        )
        .commands(&[by_ssh!("sudo mount --make-rshared /")]),
    Row::new("notSharedOrSlave", Owner::NodeAsAsked)
        .by(&[&["not a shared or slave mount"]])
        .takes(&[Take::after("path", Kind::Path, &["path ", "mount "])])
        .lacks("shared mounts at {path|the path}")
        .todo(
            "make the mount of {path|the path} on {nodes} shared (mount --make-rshared /, at each start: systemd does, other init systems \
             do not), which mountPropagation HostToContainer needs; or take mountPropagation off that mount, which then sees nothing \
             that is mounted on the node later",
        )
        .commands(&[by_ssh!("sudo mount --make-rshared /")]),
    Row::new("fileSystemDamaged", Owner::Outside)
        .by(&[
            &["UNEXPECTED INCONSISTENCY"],
            &["fsck", "found errors on device"],
            &["tructure needs cleaning"],
        ])
        .takes(&[Take::after("device", Kind::Path, &["found errors on device ", "on device "])])
        .lacks("a sound file system on the volume")
        .todo(
            "repair the file system of {device|the volume} while no pod uses it (fsck or xfs_repair, after a snapshot of it)",
        )
        .commands(&["kubectl get volumeattachments,pv"]),
    Row::new("fileSystemType", Owner::Outside)
        .by(&[&["wrong fs type, bad option, bad superblock"]])
        .takes(&[Take::after("device", Kind::Path, &["bad superblock on "])])
        .lacks("a file system that can be mounted")
        .todo(
            "look what stands on {device|the volume}: another file system than fsType of its class or volume, none, or \
             one whose superblock is damaged; a mount option that the kernel does not know gives the same words",
        )
        .commands(&[as_root!("dmesg")]),
    Row::new("notRegistered", Owner::Node)
        .by(&[&["MountVolume.SetUp failed", "\" not registered"]])
        .heard(&[Kubelet])
        .lacks("a kubelet that has the objects of the pod")
        .todo(
            "wait a minute, then delete the pod, or else restart the kubelet of {nodes}: it has not taken up the objects \
             that the pod mounts, as after a restart",
        )
        .commands(&["kubectl delete pod {pod}"]),
    Row::new("secretProviderClass", Owner::Cluster)
        .by(&[&["failed to get secretproviderclass"]])
        .heard(&[Kubelet])
        .takes(&[Take::after("class", Kind::Name, &["secrets-store.csi.x-k8s.io \""])])
        .lacks("SecretProviderClass {class|that the template names}")
        .todo("create SecretProviderClass {class|that the template names} in namespace {namespace}")
        .commands(&["kubectl get secretproviderclass -n {namespace}"]),
    Row::new("volumeBusy", Owner::NodeAsAsked)
        .by(&[&["peration with the given", "already exists"]])
        .heard(&[Kubelet])
        .lacks("an end of the last attempt to mount the volume")
        .todo(
            "look at the CSI driver's pod on {nodes}: an earlier attempt to mount the volume still runs, as where its \
             storage does not answer",
        )
        .commands(&[concat!(pods_on_node!(), " | grep -i csi")]),
    Row::new("volumeLimit", Owner::NodeAsAsked)
        .by(&[
            &["exceed max volume count"],
            &["maximum number of attached volumes"],
            &["AttachmentLimitExceeded"],
        ])
        .heard(&[Kubelet, Scheduler])
        .lacks("room for one more volume")
        .todo(
            "move pods with volumes away from {nodes}, or use machines that take more: as many are attached as the machine can have",
        )
        .commands(&["kubectl get volumeattachments"]),
    Row::new("csiSilent", Owner::NodeAsAsked)
        .by(&[
            &["MountVolume.", "code = DeadlineExceeded"],
            &["MountVolume.", "/csi.sock", "connect: connection refused"],
            &["MountVolume.", "/csi.sock", "connect: no such file"],
            &["MapVolume.", "code = DeadlineExceeded"],
        ])
        .heard(&[Kubelet])
        .lacks("an answer of the volume's CSI driver")
        .todo("look at the CSI driver's pod on {nodes}: it does not mount the volume in time")
        .commands(&[concat!(pods_on_node!(), " | grep -i csi")]),
    Row::new("kubeletDirectory", Owner::NodeAsAsked)
        .by(&[
            &["ubelet plugin registration hasn't succeeded yet"],
        ])
        .heard(&[Probe])
        .lacks("the kubelet's directory where it looks for it")
        .todo(
            "let the template mount the directory of the kubelet as it is on {nodes}, at all its places: /var/lib/kubelet, but /var/lib/k0s/kubelet with k0s, \
             /var/snap/microk8s/common/var/lib/kubelet with MicroK8s, /var/vcap/data/kubelet with TKGI; where that is right, the kubelet has not taken the \
             driver, and its log says why",
        )
        .commands(&[on_node!("sh -c 'ls -d /host/var/lib/kubelet/pods /host/var/lib/k0s/kubelet/pods /host/var/snap/microk8s/common/var/lib/kubelet/pods /host/var/vcap/data/kubelet/pods'")]),
    Row::new("csiSocket", Owner::Template)
        .by(&[
            &["rror connecting to CSI driver"],
            &["till connecting to unix://"],
            &["onnection to CSI driver", "lost"],
            &["Lost connection to CSI driver"],
        ])
        .heard(&[Program])
        .lacks("an answer of the driver in the next container")
        .todo(
            "read why the driver's own container ended: this one only waits for the driver's socket",
        )
        .commands(&["kubectl logs {pod} --all-containers --previous"]),
    Row::new("cephKey", Owner::Outside)
        .by(&[
            &["handle_auth_bad_method"],
            &["rados: ret=-13"],
            &["rbd: map failed", "Operation not permitted"],
        ])
        .lacks("a key that Ceph knows")
        .todo("give the pods a key that Ceph knows and that has the capabilities (ceph auth get)")
        .commands(&["kubectl get secret -n {namespace}\nkubectl exec -n rook-ceph deploy/rook-ceph-tools -- ceph auth ls"]),
];
