//! File shares and buckets: SMB, NFS of clouds, Lustre, FUSE.

use super::Place::Kubelet;
use super::row::{Owner, Row, on_node, patch};
use super::taken::{Kind, Take};

const SHARE: Take = Take::after(
    "share",
    Kind::Word,
    &["<masked> //", " on //", "mount //", " //"],
);
const ACCOUNT: Take = Take::before("account", Kind::Name, &[".file.core."]);
const SERVER: Take = Take::after(
    "server",
    Kind::Name,
    &["<masked> //", " on //", "mount //", " //"],
);

pub(super) const ROWS: &[Row] = &[
    Row::new("shareMissing", Owner::Outside)
        .by(&[&["mount error(2): No such file or directory"], &["mount error(2):"]])
        .heard(&[Kubelet])
        .takes(&[SHARE, ACCOUNT, SERVER])
        .lacks("file share {share|that is mounted}")
        .todo(
            "see whether share {share|that is mounted} is there, and create it if not, or name the right one in its volume; servers that do not admit {nodes} (a firewall, a private \
             endpoint) give the same words",
        )
        .commands(&[
            concat!(
                "az storage share list --account-name {account} -o table\n",
                on_node!("nc -zv -w 3 {server} 445")
            ),
            on_node!("nc -zv -w 3 {server} 445"),
            "kubectl get pv -o custom-columns=NAME:.metadata.name,SOURCE:.spec.csi.volumeAttributes",
        ]),
    Row::new("shareSilent", Owner::Outside)
        .by(&[
            &["mount error(115)"],
            &["mount error(112)"],
            &["mount error(113)"],
            &["mount error(110)"],
            &["mount error: could not resolve address"],
        ])
        .heard(&[Kubelet])
        .takes(&[SHARE, ACCOUNT, SERVER])
        .lacks("an answer of the server of file share {share|that is mounted}")
        .todo(
            "let {nodes} reach the server of share {share|that is mounted} (TCP 445): a firewall or a network's security group that keeps SMB out, a private endpoint whose name \
             leads elsewhere, or a version of SMB that the server does not speak (vers=3.1.1 in mountOptions)",
        )
        .commands(&[
            concat!(
                on_node!("nc -zv -w 3 {server} 445"),
                "\naz storage account show --name {account} --query networkRuleSet"
            ),
            on_node!("nc -zv -w 3 {server} 445"),
            "kubectl get pv -o custom-columns=NAME:.metadata.name,SOURCE:.spec.csi.volumeAttributes",
        ]),
    Row::new("efsDenied", Owner::Outside)
        .by(&[&["access denied by server while mounting 127.0.0.1:"]])
        .heard(&[Kubelet])
        .takes(&[Take::beginning("efs", Kind::Name, &["fs-0"])])
        .lacks("the right to mount the file system in EFS")
        .todo(
            "let the policy of the file system admit who mounts (elasticfilesystem:ClientMount for the role of the CSI driver or of {nodes}; with iam among the mount options where \
             it asks for that), or name an access point and a path that are there",
        )
        .commands(&[
            "aws efs describe-file-system-policy --file-system-id {efs}\naws efs describe-access-points --file-system-id {efs}",
            "aws efs describe-access-points",
        ]),
    Row::new("lustreServer", Owner::Outside)
        .by(&[&["Is the MGS running?"], &["Is the MGS specification correct?"]])
        .heard(&[Kubelet])
        .takes(&[Take::before("server", Kind::Name, &["@tcp"])])
        .lacks("an answer of Lustre's server (MGS)")
        .todo(
            "let {nodes} reach Lustre's server (TCP 988 and 1018 to 1023, both ways: the security groups of the file system and of the nodes), and see that the volume names the file system's \
             own mount name",
        )
        .commands(&[
            concat!(
                on_node!("nc -zv -w 3 {server} 988"),
                "\naws fsx describe-file-systems --query 'FileSystems[].[FileSystemId,DNSName,LustreConfiguration.MountName]'"
            ),
            "aws fsx describe-file-systems --query 'FileSystems[].[FileSystemId,DNSName,LustreConfiguration.MountName]'",
        ]),
    Row::new("bucketSidecar", Owner::Template)
        .by(&[&["ailed to find the sidecar container in Pod spec"]])
        .heard(&[Kubelet])
        .lacks("the container that mounts the bucket (annotation gke-gcsfuse/volumes)")
        .todo("annotate the template with gke-gcsfuse/volumes: \"true\": GKE puts the container that mounts the bucket only into pods that have it as they are made")
        .commands(&[patch!("{\"metadata\":{\"annotations\":{\"gke-gcsfuse/volumes\":\"true\"}}}")]),
    Row::new("bucketWebhook", Owner::Cluster)
        .by(&[&["webhook failed to inject the sidecar container into the Pod spec"]])
        .heard(&[Kubelet])
        .lacks("the container that mounts the bucket: the webhook did not put it in")
        .todo("delete the pod, so that GKE's webhook puts the container in that mounts the bucket: it did not answer when this one was made, as while the driver was being installed")
        .commands(&["kubectl delete pod {pod}"]),
];
