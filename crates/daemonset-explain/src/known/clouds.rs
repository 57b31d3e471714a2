//! Who the daemon is to clouds, by its own identity or that of its node; and clocks, by which they tell.

use super::Place::{Kubelet, Program};
use super::row::{Owner, Row, as_root, on_node};
use super::taken::{Kind, Take};

pub(super) const ROWS: &[Row] = &[
    Row::new("clock", Owner::NodeAsAsked)
        .by(&[
            &["Token used before issued"],
            &["token is not valid yet"],
            &["token is not yet valid"],
            &["RequestTimeTooSkewed"],
            &["Signature not yet current"],
            &["Signature expired: "],
            &["clock skew"],
            &["time skew"],
            &["difference between the request time and the current time is too large"],
            &["timestamp too new"],
            &["too far in the future"],
        ])
        .heard(&[Program])
        .lacks("one time with the other side")
        .todo(
            "compare the clock of {nodes} with that of the other side, and set right the one that is off (chronyc makestep, \
             then NTP): by them, what one of the two says is not valid yet for the other, or too old",
        )
        .commands(&[concat!(
            on_node!("date -u"),
            "\n",
            as_root!("sh -c 'chronyc makestep || timedatectl set-ntp true'")
        )]),
    Row::new("oidcProvider", Owner::Outside)
        .by(&[&["No OpenIDConnect provider found in your account"]])
        .heard(&[Program])
        .takes(&[Take::after("issuer", Kind::Word, &["in your account for "])])
        .lacks("the cluster's OIDC provider in its account at AWS")
        .todo(
            "create the OIDC provider of the cluster in the account at AWS ({issuer|its issuer}): tokens of its service accounts are not known there, \
             and each cluster has an issuer of its own",
        )
        .commands(&[
            "aws iam create-open-id-connect-provider --url {issuer} --client-id-list sts.amazonaws.com",
            "eksctl utils associate-iam-oidc-provider --cluster CLUSTER --approve",
        ]),
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
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml\n\
             aws iam get-role --role-name ROLE --query Role.AssumeRolePolicyDocument\n\
             aws iam update-assume-role-policy --role-name ROLE --policy-document file://trust.json"]),
    Row::new("azureFederation", Owner::Outside)
        .by(&[&["AADSTS70021"], &["No matching federated identity record found"]])
        .heard(&[Program])
        .takes(&[Take::after("issuer", Kind::Word, &["ssertion Issuer: "])])
        .lacks("a federated credential that names its service account")
        .todo(
            "give the identity a federated credential of issuer and subject as the token has them: subject \
             system:serviceaccount:{namespace}:{account}, issuer that of the cluster",
        )
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml\n\
             az identity federated-credential create --name {account} --identity-name IDENTITY --resource-group GROUP --issuer {issuer} \
             --subject system:serviceaccount:{namespace}:{account} --audiences api://AzureADTokenExchange",
            "kubectl get serviceaccount {account} -n {namespace} -o yaml"]),
    Row::new("googleIdentity", Owner::Outside)
        .by(&[&["iam.serviceAccounts.getAccessToken", "denied"]])
        .heard(&[Program])
        .lacks("a Google service account that it may act as")
        .todo(
            "let ServiceAccount {account} of namespace {namespace} act as the Google service account that its annotation \
             iam.gke.io/gcp-service-account names (role roles/iam.workloadIdentityUser there)",
        )
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml\n\
             gcloud iam service-accounts add-iam-policy-binding GOOGLE-ACCOUNT --role roles/iam.workloadIdentityUser --member \
             'serviceAccount:PROJECT.svc.id.goog[{namespace}/{account}]'"]),
    Row::new("cloudApiOff", Owner::Outside)
        .by(&[
            &["has not been used in project"],
            &["accessNotConfigured"],
            &["SERVICE_DISABLED"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("api", Kind::Name, &["/apis/api/", "/apis/library/"]), Take::after("project", Kind::Name, &["has not been used in project "])])
        .lacks("an API of the cloud that is switched on")
        .todo("switch the API that the words name on in project {project|that they name} (gcloud services enable): it is off there")
        .commands(&["gcloud services enable {api} --project={project}", "gcloud services list --enabled --project={project}", "gcloud services list --enabled"]),
    Row::new("cloudDenied", Owner::Outside)
        .by(&[&["is not authorized to perform", "explicit deny"]])
        .heard(&[Program])
        .takes(&[Take::after("action", Kind::Word, &["is not authorized to perform: "])])
        .lacks("a policy that does not deny {action|what it asks the cloud for}")
        .todo(
            "change the policy that denies {action|what the words name}, of the kind that they name: it is denied by name there, \
             and a further right of its role does not help",
        )
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml"]),
    Row::new("cniRight", Owner::Outside)
        .by(&[
            &["not authorized to perform: ec2:DescribeNetworkInterfaces", "assumed-role/"],
            &["not authorized to perform: ec2:CreateNetworkInterface", "assumed-role/"],
            &["not authorized to perform: ec2:AttachNetworkInterface", "assumed-role/"],
            &["not authorized to perform: ec2:ModifyNetworkInterfaceAttribute", "assumed-role/"],
            &["not authorized to perform: ec2:AssignPrivateIpAddresses", "assumed-role/"],
            &["not authorized to perform: ec2:AssignIpv6Addresses", "assumed-role/"],
        ])
        .heard(&[Program])
        .takes(&[
            Take::after("action", Kind::Word, &["is not authorized to perform: "]),
            Take::after("role", Kind::Name, &["assumed-role/"]),
        ])
        .lacks("the right of role {role|that it has} to {action|ask for addresses}")
        .todo(
            "give role {role|that the words name} the right to {action|what the words name}: on EKS by policy AmazonEKS_CNI_Policy (for \
             IPv6 a policy of one's own)",
        )
        .commands(&["aws iam attach-role-policy --role-name {role} --policy-arn arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"]),
    Row::new("roleRight", Owner::Outside)
        .by(&[&["assumed-role/", "is not authorized to perform: "]])
        .heard(&[Program, Kubelet])
        .takes(&[Take::after("resource", Kind::Word, &["on resource: "]), 
            Take::after("action", Kind::Word, &["is not authorized to perform: "]),
            Take::after("role", Kind::Name, &["assumed-role/"]),
        ])
        .lacks("the right of role {role|that it has} to {action|what it asks for}")
        .todo(
            "give role {role|that the words name} the right to {action|what the words name}: by a policy of the role, and by that of what is \
             asked (a key, a bucket) where it has one",
        )
        .commands(&["aws iam list-attached-role-policies --role-name {role}\naws iam list-role-policies --role-name {role}\n\
             aws iam put-role-policy --role-name {role} --policy-name daemon --policy-document \
             '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"{action}\",\"Resource\":\"{resource|*}\"}]}'",
            "aws iam list-attached-role-policies --role-name {role}\naws iam list-role-policies --role-name {role}"]),
    Row::new("azureRight", Owner::Outside)
        .by(&[&["AuthorizationFailed", "with object id"]])
        .heard(&[Program, Kubelet])
        .takes(&[
            Take::after("action", Kind::Word, &["authorization to perform action "]),
            Take::after("client", Kind::Name, &["with object id "]),
            Take::after("scope", Kind::Path, &["over scope "]),
        ])
        .lacks("the right of its identity to {action|what it asks for}")
        .todo(
            "give the identity with object id {client|that the words name} a role that may {action|do what the words name} at {scope|the scope that they name}",
        )
        .commands(&["az role assignment list --assignee {client} --all -o table\naz role assignment create --assignee {client} --role ROLE --scope {scope}"]),
    Row::new("cloudRight", Owner::Outside)
        .by(&[
            &["is not authorized to perform"],
            &["UnauthorizedOperation"],
            &["AccessDeniedException"],
            &["AuthorizationFailed", "does not have authorization"],
            &["googleapi: Error 403"],
            &["PERMISSION_DENIED", "ermission '"],
            &["PERMISSION_DENIED", "googleapis.com"],
            &["ermission '", "' denied on resource"],
            &["AccessDenied"],
        ])
        .unless(&["uotaExceeded", "ateLimitExceeded", "illing"])
        .heard(&[Program])
        .takes(&[Take::after(
            "action",
            Kind::Word,
            &["is not authorized to perform: ", "authorization to perform action ", "ermission '"],
        )])
        .lacks("the right to {action|what it asks the cloud for}")
        .todo(
            "give what the daemon signs its requests as the right to {action|do what the words name}: the keys that it is given, \
             or else the role of ServiceAccount {account}, or else that of the nodes",
        )
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml"]),
    Row::new("googleCredentials", Owner::Cluster)
        .unless(&["dial tcp", "i/o timeout", "no such host", "connection refused", "x509"])
        .by(&[&["could not find default credentials"]])
        .heard(&[Program])
        .lacks("an identity at Google Cloud")
        .todo(
            "let ServiceAccount {account} act as a Google service account (annotation iam.gke.io/gcp-service-account, and roles/iam.workloadIdentityUser for it there), or \
             give container {container|of the pod} a key (GOOGLE_APPLICATION_CREDENTIALS names a file that is mounted), or let pods reach the metadata service",
        )
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml\n\
             gcloud iam service-accounts add-iam-policy-binding GOOGLE-ACCOUNT --role roles/iam.workloadIdentityUser --member \
             'serviceAccount:PROJECT.svc.id.goog[{namespace}/{account}]'"]),
    Row::new("azureCredentials", Owner::Cluster)
        .unless(&["dial tcp", "i/o timeout", "no such host", "connection refused", "x509"])
        .by(&[
            &["DefaultAzureCredential", "failed"],
            &["ManagedIdentityCredential"],
            &["WorkloadIdentityCredential"],
        ])
        .heard(&[Program])
        .lacks("an identity at Azure")
        .todo(
            "give ServiceAccount {account} an identity at Azure (annotation azure.workload.identity/client-id, label azure.workload.identity/use of the pods), or the \
             machines of {nodes} a managed one",
        )
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml\n\
             kubectl patch {set} -p '{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"azure.workload.identity/use\":\"true\"}}}}}'"]),
    Row::new("cloudIdentity", Owner::Cluster)
        .unless(&["dial tcp", "i/o timeout", "no such host", "connection refused", "x509"])
        .by(&[
            &["NoCredentialProviders"],
            &["failed to refresh cached credentials"],
            &["no EC2 IMDS role found"],
            &["Unable to locate credentials"],
        ])
        .heard(&[Program])
        .lacks("an identity at AWS")
        .todo("give ServiceAccount {account} a role (annotation eks.amazonaws.com/role-arn, or a pod identity association; pods have it once they are started anew), or let pods have \
             that of the node (its instance profile, by the metadata service, with a hop limit of 2)")
        .commands(&["kubectl get serviceaccount {account} -n {namespace} -o yaml\n\
             aws eks create-pod-identity-association --cluster-name CLUSTER --namespace {namespace} --service-account {account} --role-arn ROLE-ARN\n\
             aws ec2 modify-instance-metadata-options --instance-id {instance} --http-put-response-hop-limit 2 --http-endpoint enabled",
            "kubectl get serviceaccount {account} -n {namespace} -o yaml\n\
             aws eks create-pod-identity-association --cluster-name CLUSTER --namespace {namespace} --service-account {account} --role-arn ROLE-ARN"]),
];
