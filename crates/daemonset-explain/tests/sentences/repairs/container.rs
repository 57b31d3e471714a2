//! The daemon itself, and what its template gives it.

use daemonset_explain::ContainerRepair;
use serde_json::json;

use super::check;

#[test]
#[allow(clippy::too_many_lines)] // one line a case
fn container() {
    check::<ContainerRepair>(&[
        (
            json!({"repair": "platform", "container": "agent", "platform": "linux/arm64"}),
            "build the image of container agent for linux/arm64 too, under a tag of its own: a node that has an image of that name does not pull it again (imagePullPolicy IfNotPresent)",
        ),
        (
            json!({"repair": "since", "running": "2026-03-01T12:00:00Z", "failing": "2026-05-01T12:00:00Z", "reads": ["Secret agent-token"]}),
            "find what has changed between 2026-03-01T12:00:00Z and 2026-05-01T12:00:00Z in what the pods ask, pull or read (Secret agent-token): pods of the same revision that were started before run, those that were made after fail",
        ),
        (
            json!({"repair": "former", "amounts": [{"to": "container agent", "what": "ephemeral-storage limit", "before": "10Gi", "now": "1Gi"}]}),
            "give container agent back the ephemeral-storage limit of 10Gi (it is 1Gi now), as it was before the revision",
        ),
        (
            json!({"repair": "former", "amounts": [{"to": "container agent", "what": "memory request", "before": "2Gi"}, {"to": "volume cache", "what": "size limit", "before": "2Gi", "now": "1Gi"}]}),
            "give container agent back the memory request of 2Gi (it has none now) and volume cache back the size limit of 2Gi (it is 1Gi now), as they were before the revision",
        ),
        (
            json!({"repair": "credentials", "container": "agent"}),
            "see whether what container agent presents (a token, a key, a password) is still valid and allowed where it asks, and renew it where it is not",
        ),
        (
            json!({"repair": "initWaits", "container": "driver-validation", "node": "a"}),
            "read in the logs of init container driver-validation what it waits for",
        ),
        (
            json!({"repair": "startTime", "container": "agent", "allowed": "3 × 10 s = 30 s", "killedAfter": 33, "hasStartup": true, "threshold": 30, "then": 300}),
            "if container agent only needs longer to start than 3 × 10 s = 30 s (it was killed after 33 s): failureThreshold 30 of its startup probe lets it take 5 min",
        ),
        (
            json!({"repair": "startTime", "container": "agent", "allowed": "3 × 10 s = 30 s", "killedAfter": null, "hasStartup": false, "threshold": 30, "then": 300}),
            "if container agent only needs longer to start than 3 × 10 s = 30 s: a startup probe that asks what its liveness probe asks, with failureThreshold 30, lets it take 5 min",
        ),
        (
            json!({"repair": "memory", "container": "agent", "limit": "128Mi", "before": "1Gi"}),
            "give container agent back the memory limit of 1Gi that it had before the revision (it is 128Mi now)",
        ),
        (
            json!({"repair": "platform", "container": "agent", "platform": "windows/amd64", "isPublic": true}),
            "name a tag of the image of container agent that is there for windows/amd64 too, if its repository has one, or leave such nodes out; where the image is your own, build it for windows/amd64 too, under a tag of its own",
        ),
        (
            json!({"repair": "gateNotMet", "gate": "example.com/lb"}),
            "mend what keeps condition example.com/lb from being True: its controller is at work, and says so",
        ),
        (
            json!({"repair": "configuration", "objects": ["ConfigMap agent-config"], "namespace": "infra"}),
            "look at ConfigMap agent-config in namespace infra: the pods' last words are about what they take from it",
        ),
        (
            json!({"repair": "argument", "container": "a", "argument": "--iface=eth1", "value": "eth1", "nodes": ["n"]}),
            "look at eth1, which the words name and container a is given (--iface=eth1): whether it is right for n, and what \
             it stands for is there",
        ),
        (
            json!({"repair": "secretKey", "secret": "s", "key": "license", "container": "a", "namespace": "n"}),
            "look at Secret s in namespace n, of which container a reads license, which the words name: whether it is what is \
             asked for and still valid; pods read it again when they are started anew",
        ),
        (
            json!({"repair": "reread", "objects": ["ConfigMap c"], "namespace": "n"}),
            "see what was changed in ConfigMap c in namespace n since the old pods started, and put it right: they read it \
             as it was, and an undo of the DaemonSet does not bring it back",
        ),
        (
            json!({"repair": "image", "container": "agent", "moved": "r/b:1"}),
            "let container agent have image r/b:1: its repository was moved there; where it is pulled already under its old name it runs on, new nodes cannot pull it",
        ),
        (
            json!({"repair": "image", "container": "agent", "moved": null}),
            "put the image of container agent back into the registry, or name one that is there (kubectl set image): where it is pulled already it runs on, new nodes cannot pull it",
        ),
        (
            json!({"repair": "tag", "container": "agent", "works": "r/agent@sha256:ab"}),
            "name the image that works by its digest, so that every node runs the same: r/agent@sha256:ab for container agent; every pod is replaced, since the template changes",
        ),
        (
            json!({"repair": "wavering"}),
            "find out what its readiness probe fails for now and then, in the logs of the container",
        ),
        (
            json!({"repair": "running"}),
            "read in the logs of the container what it waits for",
        ),
        (
            json!({"repair": "events"}),
            "look up in the events of the pod what keeps it: none about that were given, and it says nothing itself",
        ),
        (
            json!({"repair": "memory", "container": "agent", "limit": "128Mi"}),
            "give container agent more than 128Mi of memory (twice that is a guess), or find out what it takes it for",
        ),
        (
            json!({"repair": "storage"}),
            "raise the limit that the pods are evicted for (twice that is a guess), or find out what they write",
        ),
        (
            json!({"repair": "objects", "objects": ["key tokn of Secret a"], "namespace": "infra"}),
            "create key tokn of Secret a in namespace infra, or let the template name what is there: which of the two is the slip, the keys that are there may tell",
        ),
        (
            json!({"repair": "objects", "objects": ["PersistentVolumeClaim a"], "namespace": "infra"}),
            "create PersistentVolumeClaim a in namespace infra; ReadWriteMany, by which pods on several nodes may mount it, is assumed, and not every StorageClass has it",
        ),
        (
            json!({"repair": "objects", "objects": ["Secret a", "ConfigMap b"], "namespace": "infra"}),
            "create Secret a and ConfigMap b in namespace infra",
        ),
        (
            json!({"repair": "readinessGate", "gate": "g"}),
            "start the controller that sets condition g, which the readiness gate waits for",
        ),
        (
            json!({"repair": "readinessGate", "gate": "g", "set": "2026-03-01T12:00:00Z"}),
            "look whether the controller that sets condition g, which the readiness gate waits for, is at work: it set it last at 2026-03-01T12:00:00Z, of another pod of the DaemonSet",
        ),
        (
            json!({"repair": "readinessGate", "gate": "g", "set": "2026-03-01T12:00:00Z", "isSince": true}),
            "look why the controller that sets condition g has not set it of this pod: at 2026-03-01T12:00:00Z it did of another pod of the DaemonSet, which is since this one was made",
        ),
        (
            json!({"repair": "variable", "container": "a", "name": "IP", "user": "URL", "isThere": true}),
            "let IP stand before URL in env of container a: $(IP) is replaced only by a variable that stands before the one that refers to it",
        ),
        (
            json!({"repair": "variable", "container": "a", "name": "IP", "user": null, "isThere": false}),
            "give container a the variable IP, to which an argument refers, or take $(IP) out of there: it has no such variable, so that the reference stays as it is written",
        ),
        (
            json!({"repair": "putIn", "container": "proxy", "by": "Istio", "off": "k=v"}),
            "if these pods are to be without proxy, which Istio puts in: k=v in the template keeps it out",
        ),
        (
            json!({"repair": "putIn", "container": "proxy", "by": null, "off": null}),
            "see what puts proxy into the pods (a mutating webhook), and mend it there",
        ),
        (
            json!({"repair": "consumption", "container": "c", "used": "2Gi", "requested": "0", "resource": "memory"}),
            "find out what container c takes 2Gi of memory for, and give it a limit above what it takes where it is well, or request \
             what it needs: it requests 0, and what takes more than it requests is evicted first",
        ),
        (
            json!({"repair": "consumption", "container": "c", "used": "310Mi", "requested": "64Mi", "limit": "400Mi", "before": "300Mi", "resource": "memory"}),
            "let container c request 300Mi of memory again, as before the revision, or find out what it takes 310Mi for: it requests 64Mi, and what takes more than it requests is evicted first",
        ),
        (
            json!({"repair": "consumption", "container": "c", "used": "310Mi", "requested": "300Mi", "limit": "400Mi", "resource": "memory"}),
            "let container c request what it may take, 400Mi of memory (its limit), where the nodes have room for that, or find out what \
             it takes 310Mi for: it requests 300Mi, and what takes more than it requests is evicted first",
        ),
        (
            json!({"repair": "template", "container": null, "fields": []}),
            "mend what the template names, as the pods say",
        ),
        (
            json!({"repair": "template", "container": "c", "fields": ["image", "command", "args", "env"]}),
            "mend what the template names, as the pods say: image, command, args and env of container c",
        ),
        (
            json!({"repair": "daemon"}),
            "read in the logs of the previous container why it ended",
        ),
        (
            json!({"repair": "endsWell", "container": "c", "runs": "sleep 10"}),
            "let container c go on running: it ends with exit code 0, as what has done its work or goes into the background (it runs sleep 10), and is started again each time; what is to run once belongs in an init container, before one that stays",
        ),
    ]);
}
