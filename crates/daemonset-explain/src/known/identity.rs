//! Who the daemon is to others: tokens, roles, cloud identities, certificates, clocks.

use super::Place::{Kubelet, Program};
use super::row::{Owner, Row, on_node};
use super::taken::{Kind, Take};

pub(super) const ROWS: &[Row] = &[
    Row::new("clock", Owner::Node)
        .by(&[
            &["Token used before issued"],
            &["token is not valid yet"],
            &["token is not yet valid"],
            &["RequestTimeTooSkewed"],
            &["Signature not yet current"],
            &["clock skew"],
            &["time skew"],
            &["difference between the request time and the current time is too large"],
            &["timestamp too new"],
            &["too far in the future"],
        ])
        .heard(&[Program])
        .lacks("the right time")
        .todo(
            "set the clock of {nodes} right (chronyc makestep, timedatectl) and let it be kept by NTP: by it, what the \
             others say is not valid yet or too old",
        )
        .commands(&[on_node!("date -u")]),
    Row::new("webIdentity", Owner::Outside)
        .by(&[
            &["AssumeRoleWithWebIdentity", "AccessDenied"],
            &["AssumeRoleWithWebIdentity", "Not authorized"],
            &["AssumeRoleWithWebIdentity", "InvalidIdentityToken"],
        ])
        .heard(&[Program])
        .lacks("a role that trusts its service account")
        .todo(
            "let the role trust ServiceAccount {account} of namespace {namespace} (condition sub of its trust policy, and \
             the cluster's OIDC provider), as annotation eks.amazonaws.com/role-arn names it",
        )
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml"]),
    Row::new("cloudRight", Owner::Outside)
        .by(&[
            &["is not authorized to perform"],
            &["UnauthorizedOperation"],
            &["AccessDeniedException"],
            &["AuthorizationFailed", "does not have authorization"],
            &["googleapi: Error 403"],
            &["PERMISSION_DENIED"],
            &["AccessDenied"],
        ])
        .heard(&[Program])
        .takes(&[Take::after(
            "action",
            Kind::Word,
            &["is not authorized to perform: ", "authorization to perform action "],
        )])
        .lacks("the right to {action|what it asks the cloud for}")
        .todo(
            "give the cloud identity of the daemon the right to {action|do what the words name}: the role of ServiceAccount \
             {account}, or else that of the nodes",
        )
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml"]),
    Row::new("cloudIdentity", Owner::Cluster)
        .by(&[
            &["NoCredentialProviders"],
            &["failed to refresh cached credentials"],
            &["no EC2 IMDS role found"],
            &["Unable to locate credentials"],
            &["could not find default credentials"],
            &["DefaultAzureCredential", "failed"],
            &["ManagedIdentityCredential"],
            &["WorkloadIdentityCredential"],
        ])
        .heard(&[Program])
        .lacks("a cloud identity")
        .todo(
            "give ServiceAccount {account} a cloud identity (annotation of the role and its association; on AKS also label \
             azure.workload.identity/use of the pods), or let pods reach that of the node (metadata service)",
        )
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml"]),
    Row::new("apiAnonymous", Owner::Template)
        .by(&[
            &["User \"system:anonymous\""],
            &["/var/run/secrets/kubernetes.io/serviceaccount/token", "o such file"],
            &["unable to load in-cluster configuration"],
        ])
        .heard(&[Program])
        .lacks("a token for the API server")
        .todo("let the pods have the token of ServiceAccount {account}: automountServiceAccountToken is false in the template or there")
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml"]),
    Row::new("apiUnauthorized", Owner::Cluster)
        .by(&[
            &["the server has asked for the client to provide credentials"],
            &["invalid bearer token"],
        ])
        .heard(&[Program])
        .lacks("a token that the API server takes")
        .todo(
            "delete the pod, so that it gets a new token: the API server does not take the one that it has, as after its \
             ServiceAccount {account} was made anew or the key of tokens changed",
        )
        .commands(&["kubectl delete pod {pod}"]),
    Row::new("resourceKind", Owner::Cluster)
        .by(&[
            &["no matches for kind"],
            &["the server could not find the requested resource"],
            &["the server doesn't have a resource type"],
            &["ensure CRDs are installed"],
        ])
        .heard(&[Program])
        .takes(&[
            Take::after("kind", Kind::Name, &["no matches for kind ", "resource type "]),
            Take::after("version", Kind::Word, &["in version ", "in group "]),
        ])
        .lacks("kind {kind|that it asks for} in the API")
        .todo(
            "install the CustomResourceDefinition of kind {kind|that it asks for} ({version|its version is named}), of the \
             release of the daemon: the API server does not know it",
        )
        .commands(&["kubectl api-resources", ]),
    Row::new("kubeletCertificate", Owner::Cluster)
        .by(&[
            &[":10250", "x509: "],
        ])
        .heard(&[Program])
        .lacks("a certificate of the kubelet that can be checked")
        .todo(
            "let kubelets have certificates of the cluster's authority (serverTLSBootstrap: true, and its requests approved), \
             or tell the daemon not to check the kubelet's",
        )
        .commands(&["kubectl get csr"]),
    Row::new("kubeletRight", Owner::Cluster)
        .by(&[
            &[":10250", "401 Unauthorized"],
            &[":10250", "403 Forbidden"],
            &[":10250", "status code 401"],
            &[":10250", "status code 403"],
        ])
        .heard(&[Program])
        .lacks("the right to ask kubelets")
        .todo(
            "give ServiceAccount {account} the right to ask kubelets (nodes/metrics, nodes/stats, nodes/proxy) by a ClusterRole",
        )
        .commands(&["kubectl auth can-i get nodes/metrics --as=system:serviceaccount:{namespace}:{account}"]),
    Row::new("kubeletPort", Owner::Template)
        .by(&[&[":10255", "refused"]])
        .heard(&[Program])
        .lacks("the kubelet's port without TLS")
        .todo("ask kubelets at port 10250 with TLS and a token: port 10255 is off by default")
        .commands(&["kubectl get {set} -o yaml"]),
    Row::new("authority", Owner::Outside)
        .by(&[
            &["x509: certificate signed by unknown authority"],
            &["unable to get local issuer certificate"],
            &["self-signed certificate"],
            &["self signed certificate"],
            &["CERTIFICATE_VERIFY_FAILED"],
            &["unable to find valid certification path"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("host", Kind::Name, &["https://"])])
        .lacks("trust in the certificate of {host|the server}")
        .todo(
            "give container {container|of the pod} the authority that signed the certificate of {host|the server that it \
             asks} (as a mounted CA file), or that server a certificate of one that it trusts",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.volumes}'"]),
    Row::new("certificateName", Owner::Outside)
        .by(&[
            &["x509: certificate is valid for"],
            &["x509: cannot validate certificate", "IP SANs"],
            &["doesn't match", "certificate", "host"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("host", Kind::Name, &["https://", "lookup "])])
        .lacks("a certificate for the name that it asks")
        .todo(
            "ask {host|the server} by a name that its certificate has, or give it a certificate for this one",
        )
        .commands(&["kubectl get {set} -o yaml"]),
    Row::new("leader", Owner::Cluster)
        .by(&[
            &["leaderelection lost"],
            &["leader election lost"],
            &["failed to renew lease"],
        ])
        .heard(&[Program])
        .lacks("an API server that answers in time for its lease")
        .todo(
            "look at the way to the API server, and at its own load: the daemon ended since it could not renew its lease in \
             time; it starts again, and no setting of it has to change if that is rare",
        )
        .commands(&["kubectl get leases -A"]),
    Row::new("dockerSocket", Owner::NodeAsAsked)
        .by(&[
            &["annot connect to the Docker daemon"],
            &["docker.sock", "o such file or directory"],
            &["/var/lib/docker", "o such file or directory"],
        ])
        .heard(&[Program, Kubelet])
        .lacks("Docker")
        .todo(
            "tell the daemon which container runtime {nodes} have (containerd: /run/containerd/containerd.sock, logs under \
             /var/log/pods): there is no Docker there",
        )
        .commands(&["kubectl get nodes -o wide"]),
    Row::new("runtimeSocket", Owner::NodeAsAsked)
        .by(&[
            &["containerd.sock", "o such file or directory"],
            &["crio.sock", "o such file or directory"],
            &["containerd.sock", "connection refused"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("path", Kind::Path, &["unix://", "dial unix ", "stat "])])
        .lacks("a container runtime at the socket {path|that it asks}")
        .todo(
            "tell the daemon where the runtime's socket is on {nodes}, and mount it: there is none at \
             {path|the path that it asks} (containerd: /run/containerd/containerd.sock, k3s: \
             /run/k3s/containerd/containerd.sock, CRI-O: /run/crio/crio.sock)",
        )
        .commands(&[on_node!("sh -c 'ls /host/run/containerd/containerd.sock /host/run/k3s/containerd/containerd.sock /host/run/crio/crio.sock'")]),
    Row::new("journal", Owner::NodeAsAsked)
        .by(&[&["/var/log/journal", "o such file or directory"]])
        .heard(&[Program])
        .lacks("a journal at /var/log/journal")
        .todo(
            "read the journal at /run/log/journal too: {nodes} keep none on disk (or set Storage=persistent in journald.conf)",
        )
        .commands(&[on_node!("ls -d /host/var/log/journal /host/run/log/journal")]),
];
