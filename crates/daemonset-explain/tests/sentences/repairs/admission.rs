//! What refuses pods, or what their template lacks of what is demanded.

use daemonset_explain::AdmissionRepair;
use serde_json::json;

use super::check;

#[test]
fn admission() {
    check::<AdmissionRepair>(&[
        (
            json!({"repair": "refusalSaid"}),
            "mend what the API server says against the pods",
        ),
        (
            json!({"repair": "quotaScope", "class": "system-node-critical", "namespace": "infra"}),
            "let namespace infra have pods of priority class system-node-critical, by a ResourceQuota for that scope, or name another class in the template",
        ),
        (
            json!({"repair": "runtimeClass", "class": "gvisor"}),
            "create RuntimeClass gvisor for a handler that the container runtime of the nodes has, or name one that exists in the template",
        ),
        (
            json!({"repair": "webhook", "webhook": "w", "isOfCertificate": true}),
            "put right the certificate of admission webhook w, which answers: renew it, or let the caBundle of its configuration be that of its authority; meanwhile no pod of this DaemonSet is created",
        ),
        (
            json!({"repair": "quota", "quota": "pods", "namespace": "infra"}),
            "raise ResourceQuota pods of namespace infra, or remove what uses it up",
        ),
        (
            json!({"repair": "priorityClass", "class": "high"}),
            "create PriorityClass high, or name one that exists in the template; its value here is that of pods which had it, or else a guess: give it what it is to have",
        ),
        (
            json!({"repair": "templateField", "field": "overhead", "class": "runtimeClassName"}),
            "take overhead out of the template: only a runtimeClassName may give it",
        ),
        (
            json!({"repair": "podSecurity", "namespace": "infra"}),
            "let the template meet the level, or have whoever owns namespace infra lower its label pod-security.kubernetes.io/enforce to one that it meets; what that allows it allows every pod there",
        ),
        (
            json!({"repair": "namespace", "namespace": "infra"}),
            "namespace infra is being deleted: nothing is created in it, in another the DaemonSet can run",
        ),
        (
            json!({"repair": "serviceAccount", "account": "infra/agent"}),
            "create ServiceAccount infra/agent",
        ),
        (
            json!({"repair": "webhook", "webhook": "w.example.com", "isOfCertificate": false}),
            "get admission webhook w.example.com to answer: meanwhile no pod of this DaemonSet is created",
        ),
        (
            json!({"repair": "unspecified", "resources": ["limits.cpu"], "namespace": "infra", "isGuess": true}),
            "give each container limits.cpu in the template (a limit of twice what is requested is a guess), or namespace infra a LimitRange with a default",
        ),
        (
            json!({"repair": "unspecified", "resources": ["limits.cpu"], "namespace": "infra"}),
            "give each container limits.cpu in the template, or namespace infra a LimitRange with a default",
        ),
        (
            json!({"repair": "limitRange", "namespace": "infra"}),
            "let the template ask for what the LimitRange of namespace infra allows, or change that",
        ),
        (
            json!({"repair": "denied", "by": "admission webhook w"}),
            "let the template meet what admission webhook w demands, or have it except these pods",
        ),
        (
            json!({"repair": "denied", "by": "admission webhook w", "demands": ["give container a a limit of memory", "give its pods label owner"]}),
            "give container a a limit of memory; give its pods label owner, as admission webhook w demands; or have it except these pods",
        ),
        (
            json!({"repair": "refusal"}),
            "look up in the events why the API server refuses the pods",
        ),
    ]);
}
