//! Images and the registries they are pulled from.

use super::Place::{Kubelet, Pull};
use super::mend::Mend;
use super::row::{Owner, Row, as_root, on_node};
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

/// Where the runtimes are told of registries and mirrors: containerd, k3s and RKE2, CRI-O.
const REGISTRIES: &str =
    on_node!("sh -c 'ls -R /host/etc/containerd/certs.d /host/etc/rancher /host/etc/containers'");

pub(super) const ROWS: &[Row] = &[
    Row::new("imageNever", Owner::NodeAsAsked)
        .by(&[&["is not present with pull policy of Never"]])
        .heard(&[Pull, Kubelet])
        .takes(&[IMAGE])
        .lacks("the image")
        .todo("put the image on {nodes}, or let it be pulled (imagePullPolicy IfNotPresent)")
        .commands(&[on_node!("chroot /host crictl images")])
        .mend(Mend::Pull),
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
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].image}'\nkubectl edit {set}"])
        .mend(Mend::ImageName),
    Row::new("imageShortName", Owner::Template)
        .by(&[
            &["short name mode is enforcing"],
            &["short-name", "did not resolve to an alias"],
        ])
        .heard(&[Pull, Kubelet])
        .takes(&[Take::after("image", Kind::Word, &["image name ", "inspect image ", "short-name "])])
        .lacks("the registry in the name of the image")
        .todo(
            "name image {image|of the container} with its registry (docker.io/{image|NAME} where it is of Docker Hub): the \
             runtime of {nodes} takes no short name",
        )
        .commands(&["kubectl set image {set} {container}=docker.io/{image}"]),
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
        .commands(&["skopeo copy --format v2s2 docker://{image} docker://{image}", "kubectl get nodes -o wide"]),
    Row::new("registryPage", Owner::Outside)
        .by(&[
            &["unexpected media type text/html"],
            &["unexpected content type", "text/html"],
            &["invalid character '<' looking for beginning of value"],
        ])
        .heard(&[Pull])
        .takes(&[Take::after(
            "registry",
            Kind::Name,
            &[
                "failed to pull and unpack image ",
                "failed to resolve reference ",
                "Failed to pull image ",
                "Back-off pulling image ",
            ],
        )])
        .lacks("a registry at the address of the image")
        .todo(
            "name the host of the registry in the image of container {container|of the pod}: {registry|what it names} answers with a \
             web page (HTML), as the page of a forge, a login or a proxy, and with no image; a registry answers 200 or 401 at /v2/",
        )
        .commands(&[
            "curl -sI https://{registry}/v2/\nkubectl edit {set}",
            "kubectl edit {set}",
        ]),
    Row::new("registryPlain", Owner::NodeAsAsked)
        .by(&[
            &["server gave HTTP response to HTTPS client"],
            &["first record does not look like a TLS handshake"],
        ])
        .heard(&[Pull])
        .takes(&[Take::after("server", Kind::Server, &["https://", "http://"]), HOST])
        .lacks("leave to ask registry {host|that is named} without TLS")
        .todo(
            "give registry {host|that is named} TLS, or let the container runtime of {nodes} ask it without \
             (/etc/containerd/certs.d/HOST/hosts.toml; k3s: /etc/rancher/k3s/registries.yaml)",
        )
        .commands(&[concat!(
                as_root!("sh -c 'mkdir -p {registries}/{server} && echo server=\\\"http://{server}\\\" > {registries}/{server}/hosts.toml'"),
            ), REGISTRIES]),
    Row::new("registryAuthority", Owner::NodeAsAsked)
        .by(&[&["x509: certificate signed by unknown authority"]])
        .heard(&[Pull])
        .takes(&[HOST])
        .lacks("trust in the registry's certificate")
        .todo(
            "let the container runtime of {nodes} trust the authority that signed the registry's certificate (in the \
             node's trust store or /etc/containerd/certs.d, then restart the runtime)",
        )
        .commands(&[REGISTRIES]),
    Row::new("registryName", Owner::Outside)
        .by(&[
            &["x509: certificate is valid for"],
            &["x509: cannot validate certificate", "IP SANs"],
            &["x509: certificate relies on legacy Common Name"],
        ])
        .heard(&[Pull])
        .takes(&[HOST])
        .lacks("a certificate for the registry's name")
        .todo(
            "name the registry as its certificate does, or give it a certificate for {host|the name that is asked}; where it has \
             one, see whom the name or the proxy of {nodes} leads to",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].image}'"]),
    Row::new("imageSignature", Owner::Outside)
        .by(&[
            &["Source image rejected"],
            &["SignatureValidationFailed"],
            &["A signature was required"],
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
            // What decides comes first.
            &["pull rate limit"],
            &["toomanyrequests"],
            &["429 Too Many"],
        ])
        .heard(&[Pull])
        .lacks("leave to pull more images for now")
        .todo("wait until the registry lets images be pulled again, or pull with credentials (imagePullSecrets) or from a mirror; \
             a pull secret of a ServiceAccount reaches pods as they are made alone, so that those that wait are deleted after it")
        .commands(&["kubectl describe secret {secret} -n {namespace}",
            "kubectl get serviceaccount {account} -n {namespace} -o yaml\n\
             kubectl create secret generic pull -n {namespace} --type=kubernetes.io/dockerconfigjson --from-file=.dockerconfigjson=FILE && \
             kubectl patch serviceaccount {account} -n {namespace} -p '{\"imagePullSecrets\":[{\"name\":\"pull\"}]}'\n\
             kubectl delete pod {waiting|PODS} -n {namespace}"]),
    Row::new("pullLimit", Owner::Node)
        .by(&[&["pull QPS exceeded"]])
        .heard(&[Pull])
        .lacks("leave of its kubelet to pull more images for now")
        .todo("wait, or raise registryPullQPS and registryBurst of the kubelet of {nodes}: it limits its own pulls")
        .commands(&["kubectl get --raw /api/v1/nodes/{node}/proxy/configz"]),
    Row::new("pullToken", Owner::Outside)
        .by(&[&["authorization token has expired"], &["authentication token has expired"]])
        .heard(&[Pull])
        .takes(&[HOST, Take::after("region", Kind::Part, &[".dkr.ecr."])])
        .lacks("a token for the registry that is still valid")
        .todo(
            "renew the token of pull secret {secret|(that of the ServiceAccount, or the node's own where it has none)}: it has expired; \
             those of ECR last 12 hours, and something has to renew them",
        )
        .commands(&[
            "kubectl create secret docker-registry {secret} -n {namespace} --docker-server={host} --docker-username=AWS \
             --docker-password=\"$(aws ecr get-login-password --region {region})\" --dry-run=client -o yaml | kubectl apply -f -",
            "kubectl get serviceaccount {account} -n {namespace} -o yaml",
        ]),
    Row::new("registryLayers", Owner::Outside)
        .by(&[&["starport-layer-bucket", "403 Forbidden"]])
        .heard(&[Pull])
        .lacks("the right to the layers in S3")
        .todo(
            "let {nodes} read the bucket that the words name (the policy of the VPC endpoint of S3, arn:aws:s3:::prod-REGION-starport-\
             layer-bucket/*): ECR gives the image, and its layers lie in S3; the clock of the node is the other reason",
        )
        .commands(&[on_node!("date -u")]),
    Row::new("registryForbiddenAws", Owner::Outside)
        .by(&[
            &[".dkr.ecr.", "403 Forbidden"],
            &[".dkr.ecr.", "no basic auth credentials"],
        ])
        .heard(&[Pull])
        .takes(&[HOST])
        .lacks("the right to pull from {host|the registry}")
        .todo(
            "let the role of {nodes} pull from {host|the registry} (policy AmazonEC2ContainerRegistryPullOnly, and the policy of the repository where that is of another account), and \
             the kubelet have its credential provider{renewed|}",
        )
        .commands(&[
            "aws ec2 describe-instances --instance-ids {instance} --query 'Reservations[].Instances[].IamInstanceProfile'\n\
             aws iam attach-role-policy --role-name ROLE-OF-NODES --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
            "kubectl get node {node} --show-labels\n\
             aws iam attach-role-policy --role-name ROLE-OF-NODES --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
        ]),
    Row::new("registryForbiddenAzure", Owner::Outside)
        .by(&[
            &[".azurecr.io", "403 Forbidden"],
            &[".azurecr.io", "401 Unauthorized"],
            &[".azurecr.io", "ailed to fetch anonymous token"],
        ])
        .heard(&[Pull])
        .takes(&[Take::before("registry", Kind::Name, &[".azurecr.io"])])
        .lacks("the right to pull from the registry at Azure")
        .todo(
            "let the kubelets' identity pull from registry {registry|that is named} (role AcrPull): its words are the same for a repository that is not there{renewed|}",
        )
        .commands(&[
            "az aks check-acr --name CLUSTER --resource-group GROUP --acr {registry}.azurecr.io\n\
             az aks update --name CLUSTER --resource-group GROUP --attach-acr {registry}",
            "kubectl get node {node} --show-labels",
        ]),
    Row::new("registryForbiddenGoogle", Owner::Outside)
        .by(&[
            &["pkg.dev", "403 Forbidden"],
            &["artifactregistry.repositories.downloadArtifacts"],
        ])
        .heard(&[Pull])
        .takes(&[
            Take::before("location", Kind::Name, &["-docker.pkg.dev"]),
        ])
        .lacks("the right to pull from Artifact Registry")
        .todo(
            "let the service account of {nodes} read the repository (roles/artifactregistry.reader){renewed|}",
        )
        .commands(&[
            "gcloud artifacts repositories add-iam-policy-binding REPOSITORY --location {location} --member serviceAccount:ACCOUNT-OF-NODES --role roles/artifactregistry.reader",
            "gcloud artifacts repositories list",
        ]),
    Row::new("registryDenied", Owner::Cluster)
        .by(&[
            &["pull access denied"],
            &["insufficient_scope"],
            &["authorization failed"],
            &["401 Unauthorized"],
            &["403 Forbidden"],
            &["no basic auth credentials"],
            &["HTTP Basic: Access denied"],
            &["authentication required"],
            &["unauthorized: "],
            &["denied: "],
        ])
        .heard(&[Pull])
        .takes(&[IMAGE])
        .lacks("credentials that the registry takes")
        .todo(
            "{puller|give the pods a pull secret that may read the image}; registries answer the same to a repository that is not there: check the name, {image|as the template \
             gives it}{pulled|}",
        )
        .commands(&["kubectl describe secret {secret} -n {namespace}\n\
             kubectl create secret generic {secret} -n {namespace} --type=kubernetes.io/dockerconfigjson \
             --from-file=.dockerconfigjson=FILE --dry-run=client -o yaml | kubectl apply -f -",
            "kubectl get serviceaccount {account} -n {namespace} -o yaml\n\
             kubectl create secret generic pull -n {namespace} --type=kubernetes.io/dockerconfigjson --from-file=.dockerconfigjson=FILE && \
             kubectl patch serviceaccount {account} -n {namespace} -p '{\"imagePullSecrets\":[{\"name\":\"pull\"}]}'\n\
             kubectl delete pod {waiting|PODS} -n {namespace}"]),
    Row::new("imageStore", Owner::Node)
        .by(&[
            &["failed to extract layer"],
            &["failed to stat parent"],
            &["content digest", ": not found"],
            &["failed to prepare extraction snapshot"],
            &["snapshot", "does not exist: not found"],
            &["layer not known"],
        ])
        .unless(&[
            "o space left",
            "uota exceeded",
            "ead-only",
            "ermission denied",
            "not permitted",
            "nput/output error",
            "anceled",
            "deadline exceeded",
            "nexpected EOF",
            "enough space",
            "connection reset",
            "invalid tar header",
        ])
        .heard(&[Pull, Kubelet])
        .takes(&[IMAGE])
        .lacks("a sound store of images")
        .todo(
            "remove the image on {nodes} so that it is pulled anew (crictl rmi), and look at the disk: the store of the \
             container runtime has lost a part of it",
        )
        .commands(&[as_root!("crictl rmi {image}"), on_node!("chroot /host crictl images")]),
    Row::new("imageLayer", Owner::Outside)
        .by(&[
            &["httpReadSeeker", "not found"],
            &["blob unknown"],
            &["BLOB_UNKNOWN"],
        ])
        .heard(&[Pull])
        .takes(&[IMAGE])
        .lacks("a layer of the image in the registry")
        .todo(
            "push image {image|of the container} again, or pull it past the mirror: the registry or mirror that was asked knows \
             the image and has not all of its layers",
        )
        .commands(&[REGISTRIES]),
    Row::new("imageChanged", Owner::Outside)
        .by(&[
            &["unexpected commit digest"],
            &["failed size validation"],
            &["does not match the expected digest"],
        ])
        .heard(&[Pull])
        .takes(&[IMAGE])
        .lacks("the image as its manifest names it")
        .todo(
            "pull image {image|of the container} from its registry itself: what a mirror, cache or proxy on the way of {nodes} \
             sends is not what the manifest names, as where it sends a page of its own or keeps half of a layer",
        )
        .commands(&[REGISTRIES]),
    Row::new("imageMissing", Owner::Template)
        .by(&[
            &["manifest unknown"],
            &["MANIFEST_UNKNOWN"],
            &["name unknown"],
            &["NAME_UNKNOWN"],
            &[": not found"],
            &["artifact ", " not found"],
            &["manifest", "not found"],
        ])
        .unless(&["httpReadSeeker", "snapshot", "content digest", "lookup ", "executable file"])
        .heard(&[Pull])
        .takes(&[IMAGE])
        .lacks("the image in the registry")
        .todo(
            "put image {image|of the container} back into the registry, or name one that is there: where it is pulled already it \
             runs on, other nodes cannot pull it",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].image}'"]),
];
