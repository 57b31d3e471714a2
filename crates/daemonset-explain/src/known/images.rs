//! Images and the registries they are pulled from.

use super::Place::{Kubelet, Pull};
use super::row::{Owner, Row, on_node};
use super::taken::{Kind, Take};

const IMAGE: Take = Take::after(
    "image",
    Kind::Word,
    &[
        "failed to resolve reference ",
        "failed to pull and unpack image ",
        "Failed to pull image ",
        "Back-off pulling image ",
        "Failed to apply default image tag ",
        "Container image ",
        "couldn't parse image name ",
    ],
);

const HOST: Take = Take::after("host", Kind::Name, &["https://", "http://"]);

pub(super) const ROWS: &[Row] = &[
    Row::new("imageNever", Owner::NodeAsAsked)
        .by(&[&["is not present with pull policy of Never"]])
        .heard(&[Pull, Kubelet])
        .takes(&[IMAGE])
        .lacks("the image")
        .todo("put the image on {nodes}, or let it be pulled (imagePullPolicy IfNotPresent)")
        .commands(&[on_node!("chroot /host crictl images")]),
    Row::new("imageName", Owner::Template)
        .by(&[
            &["InvalidImageName"],
            &["couldn't parse image name"],
            &["couldn't parse image reference"],
            &["invalid reference format"],
        ])
        .heard(&[Pull])
        .takes(&[IMAGE])
        .lacks("a name of an image that reads")
        .todo("mend the image of container {container|of the pod} in the template: {image|what stands there} is no name of an image")
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].image}'"]),
    Row::new("imagePlatform", Owner::Template)
        .by(&[
            &["no match for platform in manifest"],
            &["no matching manifest for"],
        ])
        .heard(&[Pull])
        .takes(&[IMAGE])
        .lacks("an image for its kind of machine")
        .todo(
            "build image {image|of the container} for the machines of {nodes} too (architecture, or Windows version), or \
             keep the daemon off them by nodeSelector kubernetes.io/arch or kubernetes.io/os",
        )
        .commands(&["kubectl get nodes -L kubernetes.io/os,kubernetes.io/arch"]),
    Row::new("imageSchema", Owner::Template)
        .by(&[&["manifest.v1+prettyjws", "no longer supported"], &["schema 1", "no longer supported"]])
        .heard(&[Pull])
        .takes(&[IMAGE])
        .lacks("an image of a kind that its runtime still reads")
        .todo("build or push image {image|of the container} anew: it is of an old kind (schema 1) that runtimes no longer read")
        .commands(&["kubectl get nodes -o wide"]),
    Row::new("registryPlain", Owner::NodeAsAsked)
        .by(&[
            &["server gave HTTP response to HTTPS client"],
            &["first record does not look like a TLS handshake"],
        ])
        .heard(&[Pull])
        .takes(&[HOST])
        .lacks("leave to ask registry {host|that is named} without TLS")
        .todo(
            "give registry {host|that is named} TLS, or let the container runtime of {nodes} ask it without \
             (/etc/containerd/certs.d/HOST/hosts.toml; k3s: /etc/rancher/k3s/registries.yaml)",
        )
        .commands(&[on_node!("ls -R /host/etc/containerd/certs.d")]),
    Row::new("registryAuthority", Owner::NodeAsAsked)
        .by(&[&["x509: certificate signed by unknown authority"]])
        .heard(&[Pull])
        .takes(&[HOST])
        .lacks("trust in the registry's certificate")
        .todo(
            "let the container runtime of {nodes} trust the authority that signed the registry's certificate (in the \
             node's trust store or /etc/containerd/certs.d, then restart the runtime)",
        )
        .commands(&[on_node!("ls -R /host/etc/containerd/certs.d")]),
    Row::new("registryName", Owner::Outside)
        .by(&[&["x509: certificate is valid for"]])
        .heard(&[Pull])
        .takes(&[HOST])
        .lacks("a certificate for the registry's name")
        .todo("name the registry as its certificate does, or give it a certificate for {host|the name that is asked}")
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].image}'"]),
    Row::new("imageSignature", Owner::Outside)
        .by(&[
            &["Source image rejected"],
            &["SignatureValidationFailed"],
            &["image signature", "no"],
        ])
        .heard(&[Pull])
        .takes(&[IMAGE])
        .lacks("a signature of the image that its policy accepts")
        .todo(
            "sign image {image|of the container} with a key that the policy of {nodes} accepts (/etc/containers/policy.json), \
             or name one that is signed",
        )
        .commands(&[on_node!("cat /host/etc/containers/policy.json")]),
    Row::new("registryLimit", Owner::Outside)
        .by(&[
            &["toomanyrequests"],
            &["429 Too Many"],
            &["pull rate limit"],
        ])
        .heard(&[Pull])
        .lacks("leave to pull more images for now")
        .todo("wait until the registry lets images be pulled again, or pull with credentials (imagePullSecrets) or from a mirror")
        .commands(&["kubectl describe pod {pod}"]),
    Row::new("pullLimit", Owner::Node)
        .by(&[&["pull QPS exceeded"]])
        .heard(&[Pull])
        .lacks("leave of its kubelet to pull more images for now")
        .todo("wait, or raise registryPullQPS and registryBurst of the kubelet of {nodes}: it limits its own pulls")
        .commands(&["kubectl get --raw /api/v1/nodes/{node}/proxy/configz"]),
    Row::new("registryDenied", Owner::Cluster)
        .by(&[
            &["pull access denied"],
            &["insufficient_scope"],
            &["authorization failed"],
            &["401 Unauthorized"],
            &["403 Forbidden"],
            &["no basic auth credentials"],
            &["authentication required"],
            &["unauthorized: "],
            &["denied: "],
        ])
        .heard(&[Pull])
        .takes(&[IMAGE])
        .lacks("credentials that the registry takes")
        .todo(
            "give the pods a pull secret that may read the image (imagePullSecrets of the template or of ServiceAccount \
             {account}), or the nodes' cloud identity the right to; registries answer the same to a repository that is not \
             there: check the name, {image|as the template gives it}",
        )
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml"]),
    Row::new("imageStore", Owner::Node)
        .by(&[
            &["failed to extract layer"],
            &["failed to stat parent"],
            &["content digest", ": not found"],
            &["failed to prepare extraction snapshot"],
            &["snapshot", "does not exist: not found"],
        ])
        .heard(&[Pull, Kubelet])
        .takes(&[IMAGE])
        .lacks("a sound store of images")
        .todo(
            "remove the image on {nodes} so that it is pulled anew (crictl rmi), and look at the disk: the store of the \
             container runtime has lost a part of it",
        )
        .commands(&[on_node!("chroot /host crictl images")]),
    Row::new("imageMissing", Owner::Template)
        .by(&[
            &["manifest unknown"],
            &[": not found"],
            &["manifest for", "not found"],
        ])
        .heard(&[Pull])
        .takes(&[IMAGE])
        .lacks("the image in the registry")
        .todo(
            "put image {image|of the container} back into the registry, or name one that is there: where it is pulled already it \
             runs on, other nodes cannot pull it",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].image}'"]),
];
