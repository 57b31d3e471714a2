//! Whom pods and nodes ask, and the way there.

use daemonset_explain::AskedRepair;
use serde_json::json;

use super::check;

#[test]
#[allow(clippy::too_many_lines)] // one line a case
fn asked() {
    check::<AskedRepair>(&[
        (
            json!({"repair": "certificateEarly", "from": "2026-03-01T12:00:00Z"}),
            "have a certificate issued that is valid now, or wait: the one that the pods are shown is valid from 2026-03-01T12:00:00Z on, as where the clock of its issuer is ahead",
        ),
        (
            json!({"repair": "certificateEarly", "from": null}),
            "set right the clock by which the certificate is not valid yet, which is behind (or, where it is right, have one issued that is valid now): it has not expired",
        ),
        (
            json!({"repair": "certificateTime", "node": "a"}),
            "see whether the clock of a is right, and set it right if not: by it the certificate has expired, or is not valid yet; where it is right, renew the certificate",
        ),
        (
            json!({"repair": "proxy", "proxy": "10.0.3.8:3128", "nodes": ["a"]}),
            "get proxy 10.0.3.8:3128 to answer a, by which the container runtime there pulls images, or set its HTTPS_PROXY and NO_PROXY right; a node that has the image may need no pull",
        ),
        (
            json!({"repair": "right", "account": "infra/agent", "right": "list nodes"}),
            "give ServiceAccount infra/agent the right to list nodes, by a role and its binding; see first whether those that it had \
             are gone: it may need other rights beside this one",
        ),
        (
            json!({"repair": "wayOut", "nodes": ["a"], "address": "10.96.0.1:443"}),
            "find why 10.96.0.1:443 does not answer on a: pods of the same revision run elsewhere",
        ),
        (
            json!({"repair": "triesAgain", "address": "10.96.40.7:9092", "nodes": ["a", "b"]}),
            "wait: 10.96.40.7:9092 seems to answer again, since pods that asked it in vain run now, and the pods on a and b try \
             again within 5 min; a pod that is deleted is made anew at once",
        ),
        (
            json!({"repair": "noAnswer", "address": "10.20.0.5:4317"}),
            "ask 10.20.0.5:4317 from an old pod: if it does not answer there either, get it to answer, or go back where only the newest revision asks it, which is not known; if it does, the revision is to blame, or the node where only one pod asks in vain",
        ),
        (
            json!({"repair": "noAnswer", "address": "quay.io:443", "node": "b"}),
            "ask quay.io:443 from b, where an old pod runs: if it does not answer there either, get it to answer, or go back where only the newest revision asks it, which is not known; if it does, look at the way to it from the node that asks in vain",
        ),
        (
            json!({"repair": "registry", "host": "quay.io:443", "status": "503", "nodes": ["a"]}),
            "see why quay.io:443 (or a proxy or mirror before it) answers a with 503: it is reached, so wait until it is repaired, or pull from another registry; a node that has the image may need no pull",
        ),
        (
            json!({"repair": "outside", "asked": "db.shop.svc:80", "status": "503", "areOthers": true}),
            "see why db.shop.svc:80 (or a proxy before it) answers the pods with 503: it is reached; pods that still run may ask it too once they are started again",
        ),
        (
            json!({"repair": "certificate", "until": null, "address": "quay.io:443"}),
            "renew the certificate of quay.io:443, which has expired, or set right the clock by which it has, where it is ahead",
        ),
        (
            json!({"repair": "certificate", "until": null, "read": ["Secret agent-tls"]}),
            "renew the certificate that has expired, or set right the clock by which it has, where it is ahead; whose it is the words do not tell: that of the server that the pods connect to, or what is in Secret agent-tls, which the container reads",
        ),
        (
            json!({"repair": "certificate", "until": null}),
            "renew the certificate of the server that the pods connect to, which has expired, or set right the clock by which it has, where it is ahead: their log may name it",
        ),
        (
            json!({"repair": "certificate", "until": "2026-03-01T12:00:00Z"}),
            "renew the certificate of the server that the pods connect to, which has expired (2026-03-01T12:00:00Z): their log may name it",
        ),
        (
            json!({"repair": "registry", "host": "quay.io:443", "nodes": ["a"]}),
            "get quay.io:443 to answer a, or pull from another registry; a node that has the image may need no pull",
        ),
        (
            json!({"repair": "trust", "address": "db.shop.svc:443"}),
            "have db.shop.svc:443 present a certificate that the pods take, for the name by which they ask it and from an authority that they trust, or let them trust it",
        ),
        (
            json!({"repair": "dns", "name": "db.shop.svc", "server": "10.96.0.10:53", "nodes": ["a"]}),
            "get the DNS server (10.96.0.10:53) to answer the pods on a, which look up db.shop.svc; no revision changes that",
        ),
        (
            json!({"repair": "rateLimit"}),
            "wait until the registry lets images be pulled again, or pull with credentials (imagePullSecrets) or from a mirror",
        ),
        (
            json!({"repair": "askedPods", "who": "Typha", "pod": "calico/typha-a"}),
            "get the pods of Typha to run first, beginning with calico/typha-a: the failing ones ask them",
        ),
        (
            json!({"repair": "askedPods", "who": "Typha", "pod": "calico/typha-a", "taint": "node.kubernetes.io/not-ready"}),
            "get the pods of Typha to run first, beginning with calico/typha-a: the failing ones ask them; if what takes taint node.kubernetes.io/not-ready off is what fails here, each waits for the other: let the pods of Typha tolerate it",
        ),
        (
            json!({"repair": "outside", "asked": null}),
            "repair what the pods' last words are about",
        ),
        (
            json!({"repair": "outside", "asked": "config.platform.svc:443"}),
            "get config.platform.svc:443 to answer, which the pods ask in vain",
        ),
        (
            json!({"repair": "resolver", "name": "quay.example.com", "server": "10.8.0.2:53", "nodes": ["a"]}),
            "let the resolver of a (10.8.0.2:53) find quay.example.com, or pull from a registry that it finds; a node that has the image may need no pull",
        ),
        (
            json!({"repair": "resolver", "name": "quay.example.com", "server": null, "nodes": ["a", "b"]}),
            "let the resolver of a and b find quay.example.com, or pull from a registry that it finds; a node that has the image may need no pull",
        ),
    ]);
}
