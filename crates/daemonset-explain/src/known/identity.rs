//! Who the daemon is to others: tokens, rights, certificates, names.

use super::Place::{Kubelet, Program};
use super::mend::Mend;
use super::row::{Owner, Row, as_root, on_node};
use super::taken::{Kind, Take};

pub(super) const ROWS: &[Row] = &[
    Row::new("apiVariables", Owner::Template)
        .by(&[&["KUBERNETES_SERVICE_HOST", "must be defined"]])
        .heard(&[Program])
        .lacks("the variables by which it finds the API server")
        .todo(
            "let the program keep the variables KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT: the kubelet gives them to \
             every container, and what starts the program takes them away (su, sudo, env -i, a service of the node)",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].command}'\nkubectl edit {set}"]),
    Row::new("apiConfiguration", Owner::Template)
        .by(&[&["invalid configuration: no configuration has been provided"]])
        .heard(&[Program])
        .lacks("a way to the API server that it is told of")
        .todo(
            "let the pods have the token of ServiceAccount {account} (automountServiceAccountToken is not to be false, in the template or \
             there), or container {container|of the pod} a kubeconfig that it is told of (KUBECONFIG)",
        )
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml\nkubectl get {set} -o jsonpath='{.spec.template.spec.automountServiceAccountToken}'"])
        .mend(Mend::Token),
    Row::new("apiAnonymous", Owner::Template)
        .by(&[
            &["User \"system:anonymous\""],
            &["/var/run/secrets/kubernetes.io/serviceaccount/token", "o such file"],
        ])
        .heard(&[Program])
        .lacks("a token for the API server")
        .todo("let the pods have the token of ServiceAccount {account}: the daemon shows none, as where automountServiceAccountToken is false in the template or there")
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml"])
        .mend(Mend::Token),
    Row::new("etcd", Owner::Cluster)
        .by(&[
            &["etcdserver: request timed out"],
            &["etcdserver: no leader"],
            &["etcdserver: leader changed"],
            &["etcdserver: too many requests"],
        ])
        .lacks("an etcd that answers the API server in time")
        .todo(
            "look at etcd behind the API server: its members, and above all how quick their disks are; until it answers in \
             time, no revision of the daemon changes anything",
        )
        .commands(&[
            "kubectl get --raw '/readyz?verbose'\nkubectl get pods -n kube-system -o wide | grep -e ^NAME -e ^etcd-",
        ]),
    Row::new("etcdFull", Owner::Cluster)
        .by(&[&["etcdserver: mvcc: database space exceeded"]])
        .lacks("an etcd that takes writes: its database is full")
        .todo(
            "make room in etcd: defragment its members after old revisions are compacted, raise its quota, and then disarm the \
             alarm NOSPACE; until then the API server takes no write",
        )
        .commands(&["kubectl get pods -n kube-system -o wide | grep -e ^NAME -e ^etcd-\n\
             kubectl exec -n kube-system $(kubectl get pods -n kube-system -o name | grep -m 1 ^pod/etcd-) -- sh -c 'etcdctl \
             --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key defrag --cluster'\n\
             kubectl exec -n kube-system $(kubectl get pods -n kube-system -o name | grep -m 1 ^pod/etcd-) -- sh -c 'etcdctl \
             --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key alarm disarm'"]),
    Row::new("apiUnauthorized", Owner::Cluster)
        .by(&[
            &["the server has asked for the client to provide credentials"],
            &["invalid bearer token"],
            &["connection is unauthorized: Unauthorized"],
        ])
        .heard(&[Program])
        .lacks("a token that the API server takes")
        .todo(
            "delete the pod, so that it gets a new token: the one that it has is not taken, as after its ServiceAccount {account} \
             was made anew or the key of tokens changed; where it has a kubeconfig or a token of its own, for another server, \
             renew that",
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
            "install the CustomResourceDefinition of kind {kind|that it asks for} ({version|in the version that it asks for}), of \
             the release of the daemon, or, where the kind is of Kubernetes itself, use a release of the daemon for this version \
             of Kubernetes: the API server does not know it",
        )
        .commands(&["kubectl api-resources | grep -i {kind}", "kubectl api-resources"]),
    Row::new("certificateRequest", Owner::Cluster)
        .by(&[
            &["certificate request", "not approved"],
            &["certificate request", "was not", "pproved"],
            &["CertificateSigningRequest", "ending"],
            &["CertificateSigningRequest", "not approved"],
            &["waiting for", "csr", "approv"],
        ])
        .heard(&[Program])
        .takes(&[Take::after(
            "request",
            Kind::Name,
            &["certificate request ", "CertificateSigningRequest ", "csr="],
        )])
        .lacks("a certificate: its request is not approved")
        .todo(
            "see who asks in certificate request {request|of the daemon}, and approve it if that is right: it waits for that, and so does \
             the daemon",
        )
        .commands(&["kubectl get csr {request}\nkubectl certificate approve {request}", "kubectl get csr"]),
    Row::new("kubeletCertificate", Owner::Cluster)
        .by(&[
            &[":10250", "x509: "],
        ])
        .unless(&["has expired"])
        .heard(&[Program])
        .lacks("a certificate of the kubelet that can be checked")
        .todo(
            "let kubelets have certificates of the cluster's authority (serverTLSBootstrap: true, and its requests approved), \
             or tell the daemon not to check the kubelet's",
        )
        .commands(&["kubectl get csr"]),
    Row::new("kubeletToken", Owner::Cluster)
        .by(&[&[":10250", "401 Unauthorized"], &[":10250", "status code 401"]])
        .heard(&[Program])
        .lacks("a token that the kubelet takes")
        .todo(
            "let kubelets ask the API server whose a token is (authentication.webhook.enabled: true), and the daemon send the \
             token of ServiceAccount {account}: the kubelet does not know who asks",
        )
        .commands(&["kubectl get --raw /api/v1/nodes/{node}/proxy/configz"]),
    Row::new("kubeletRight", Owner::Cluster)
        .by(&[
            &[":10250", "403 Forbidden"],
            &[":10250", "status code 403"],
        ])
        .heard(&[Program])
        .lacks("the right to ask kubelets")
        .todo(
            "give ServiceAccount {account} the right to ask kubelets (nodes/metrics, nodes/stats, nodes/proxy) by a ClusterRole",
        )
        .commands(&["kubectl auth can-i get nodes --subresource=metrics --as=system:serviceaccount:{namespace}:{account} -A\n\
             kubectl create clusterrole {account}-kubelet --verb=get --resource=nodes/metrics,nodes/stats,nodes/proxy\n\
             kubectl create clusterrolebinding {account}-kubelet --clusterrole={account}-kubelet --serviceaccount={namespace}:{account}"]),
    Row::new("kubeletPort", Owner::Template)
        .by(&[&[":10255", "refused"]])
        .heard(&[Program])
        .lacks("the kubelet's port without TLS")
        .todo("ask kubelets at port 10250 with TLS and a token: port 10255 is off by default")
        .commands(&["kubectl get {set} -o yaml\nkubectl edit {set}"]),
    Row::new("ownCertificate", Owner::Outside)
        .by(&[
            &["remote error: tls: expired certificate"],
            &["remote error: tls: bad certificate"],
            &["remote error: tls: unknown certificate"],
            &["remote error: tls: certificate required"],
            &["alert certificate expired"],
            &["alert bad certificate"],
            &["alert unknown ca"],
            &["fatal alert: certificate_expired"],
            &["fatal alert: bad_certificate"],
            &["fatal alert: certificate_unknown"],
        ])
        // A server that tells of its clients.
        .unless(&["TLS handshake error from"])
        .heard(&[Program])
        .lacks("a certificate of its own that the other side takes")
        .todo(
            "give container {container|of the pod} a client certificate that the other side takes, or let that trust its authority: \
             it is the other side that refuses, for what the pod shows or does not show",
        )
        .commands(&["{trusted}", "kubectl get {set} -o jsonpath='{.spec.template.spec.volumes}'"]),
    Row::new("authority", Owner::Outside)
        .by(&[
            &["UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
            &["unable to verify the first certificate"],
            &["SELF_SIGNED_CERT_IN_CHAIN"],
            &["PKIX path building failed"],
            &["certificate: UnknownIssuer"],
            &["x509: certificate signed by unknown authority"],
            &["unable to get local issuer certificate"],
            &["self-signed certificate"],
            &["self signed certificate"],
            &["CERTIFICATE_VERIFY_FAILED"],
            &["unable to find valid certification path"],
        ])
        .unless(&[
            "has expired",
            "not yet valid",
            "ostname mismatch",
            "IP address mismatch",
            "is not valid for",
            "remote error",
        ])
        .heard(&[Program])
        .takes(&[Take::after("host", Kind::Name, &["https://"])])
        .lacks("trust in the certificate of {host|the server}")
        .todo(
            "give container {container|of the pod} the authority that signed the certificate of {host|the server that it \
             asks} (as a mounted CA file), or that server a certificate of one that it trusts",
        )
        .commands(&["{trusted}", "kubectl get {set} -o jsonpath='{.spec.template.spec.volumes}'"]),
    Row::new("certificateName", Owner::Outside)
        .by(&[
            &["x509: certificate is valid for"],
            &["x509: cannot validate certificate", "IP SANs"],
            &["x509: certificate relies on legacy Common Name"],
            &["ostname mismatch, certificate is not valid for"],
            &["IP address mismatch, certificate is not valid for"],
            &["ERR_TLS_CERT_ALTNAME_INVALID"],
            &["No subject alternative"],
            &["certificate: NotValidForName"],
            &["no alternative certificate subject name matches"],
            &["doesn't match", "certificate", "host"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("host", Kind::Name, &["https://", "lookup "])])
        .lacks("a certificate for the name that it asks")
        .todo(
            "ask {host|the server} by a name that its certificate has, or give it a certificate for this one",
        )
        .commands(&["kubectl get {set} -o yaml\nkubectl edit {set}"]),
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
        .lacks("a Docker that answers")
        .todo(
            "tell the daemon which container runtime {nodes} have (containerd: /run/containerd/containerd.sock, logs under \
             /var/log/pods): no Docker answers it there, and Kubernetes has needed none since 1.24",
        )
        .commands(&["kubectl get nodes -o wide\nkubectl edit {set}"]),
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
            "tell the daemon where the runtime's socket is on {nodes}, and mount it: no runtime answers at \
             {path|the path that it asks} (containerd: /run/containerd/containerd.sock, k3s: \
             /run/k3s/containerd/containerd.sock, CRI-O: /run/crio/crio.sock)",
        )
        .commands(&[concat!(
            on_node!("sh -c 'ls /host/run/containerd/containerd.sock /host/run/k3s/containerd/containerd.sock /host/run/crio/crio.sock'"),
            "\nkubectl edit {set}"
        )]),
    Row::new("joinToken", Owner::Cluster)
        .by(&[&["join token does not exist or has already been used"]])
        .heard(&[Program])
        .lacks("a join token that is new")
        .todo(
            "let agents attest by what each node has for itself (k8s_psat), or make a new join token for {nodes} (spire-server token generate): \
             one is good for one agent, once",
        )
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl edit {set}"]),
    Row::new("attestorCluster", Owner::Cluster)
        .by(&[&["nodeattestor", "not configured for cluster"]])
        .heard(&[Program])
        .takes(&[Take::after("cluster", Kind::Name, &["not configured for cluster "])])
        .lacks("a server that is configured for cluster {cluster|of its name}")
        .todo(
            "give the agents and the server one name of the cluster: the agents say {cluster|another one} (cluster of their NodeAttestor{configs|}), and clusters of the server's NodeAttestor k8s_psat has none of that name",
        )
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl get configmaps -n {namespace}"]),
    Row::new("agentTwice", Owner::Outside)
        .by(&[&["uplicate agent name"], &["Duplicate name", "rejecting enrollment"]])
        .heard(&[Program])
        .lacks("a name under which its manager takes it")
        .todo(
            "remove the earlier agent of that name at the manager (or let that replace agents that are disconnected), and keep the agent's keys on the node \
             (a hostPath), so that its next pod does not enrol anew; agents of several clusters need names that differ",
        )
        .commands(&["kubectl edit {set}"]),
    Row::new("agentEnrollment", Owner::Outside)
        .by(&[&["nable to connect to enrollment service at "]])
        .heard(&[Program])
        .takes(&[Take::after("host", Kind::Name, &["enrollment service at "])])
        .lacks("an answer of its manager's enrollment service")
        .todo("let {nodes} reach the enrollment service of the manager ({host|the address that is named}, TCP 1515): a firewall, a security group or its Service may be in the way")
        .commands(&[on_node!("nc -zv -w 3 {host} 1515"), "{logs}"]),
    Row::new("agentHostName", Owner::Template)
        .by(&[&["nable to reliably determine the host name"]])
        .heard(&[Program])
        .lacks("a host name that it finds")
        .todo(
            "give container {container|of the pod} the name of its node (DD_HOSTNAME from spec.nodeName), or let it reach its kubelet, of which it would have it \
             (DD_KUBELET_TLS_VERIFY=false where the kubelet's certificate is its own)",
        )
        .commands(&[
            "kubectl patch {set} -p '{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"{container}\",\"env\":[{\"name\":\"DD_HOSTNAME\",\
             \"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"spec.nodeName\"}}}]}]}}}}'",
        ]),
    Row::new("providerId", Owner::Cluster)
        .by(&[
            &["providerID empty"],
            &["providerID is empty"],
            &["rovider ID is empty"],
            &["providerID", "not set"],
        ])
        .heard(&[Program])
        .lacks("an ID of its machine (spec.providerID)")
        .todo(
            "let the cloud controller manager set spec.providerID of {nodes}: it has to run and to know the machine by the node's name, and the kubelet to be started with --cloud-provider=external",
        )
        .commands(&["kubectl get nodes -o custom-columns=NAME:.metadata.name,ID:.spec.providerID"]),
    Row::new("nodeName", Owner::Template)
        .by(&[&["nodes \"", "\" not found"]])
        .heard(&[Program])
        .takes(&[Take::after("name", Kind::Name, &["nodes "])])
        .lacks("the name by which the API server knows its node")
        .todo(
            "give container {container|of the pod} the name of its node from spec.nodeName (fieldRef): the API server knows no node {name|of the name that it asks for}, as where \
             it takes the machine's host name instead",
        )
        .commands(&["kubectl get nodes\nkubectl set env {set} --list\nkubectl edit {set}"]),
    Row::new("journal", Owner::NodeAsAsked)
        .by(&[&["/var/log/journal", "o such file or directory"]])
        .heard(&[Program])
        .lacks("a journal at /var/log/journal")
        .todo("let {nodes} keep their journal on disk (a directory /var/log/journal), or read it at /run/log/journal too: it finds none on disk")
        .commands(&[concat!(
            on_node!("ls -d /host/var/log/journal /host/run/log/journal"),
            "\n",
            as_root!("sh -c 'mkdir -p /var/log/journal && systemctl restart systemd-journald'")
        )]),
    Row::new("licenseKey", Owner::Outside)
        .by(&[
            &["nvalid license key"],
            &["nvalid licence key"],
            &["icense key is invalid"],
            &["icense key is not valid"],
            &["icense has expired"],
            &["icense is expired"],
            &["icense expired"],
            &["nvalid API key"],
            &["nvalid api key"],
            &["API key is invalid"],
            &["API Key is invalid"],
            &["api key is invalid"],
        ])
        .heard(&[Program])
        .lacks("a license or an API key that is taken")
        .todo(
            "put a key that is valid into {keysecret|the Secret that the container has it from}, and start the pods anew: the other side does not take this one (one that is of another \
             account or region is refused alike)",
        )
        .commands(&[
            "kubectl describe secret {keysecretname} -n {namespace}\n\
             kubectl create secret generic {keysecretname} -n {namespace} --from-file={keyname}=FILE --dry-run=client -o yaml | kubectl apply -f - && \
             kubectl rollout restart {set}",
            "kubectl set env {set} --list",
        ]),
    Row::new("clusterToken", Owner::Outside)
        .by(&[
            &["can not join the cluster"],
            &["oken expired or not found"],
        ])
        .heard(&[Program])
        .lacks("a token with which it may join its cluster (Teleport)")
        .todo(
            "make a new join token for the roles that the agent asks for (tctl tokens add), and put it into the Secret or ConfigMap that the pods have it from{configs|}: the one that it \
             shows has expired, or is for other roles",
        )
        .commands(&["tctl tokens ls\ntctl tokens add --type=kube,node --ttl=1h"]),
];
