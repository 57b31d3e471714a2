//! What admission policies say against pods: which policy, and what it demands.

/// What stands before the words of a policy.
const DENIED: [&str; 4] = [
    "denied the request: ",
    "denied the request:\n",
    "denied request: ",
    "violates PodSecurity ",
];

/// Kinds of what containers can have limits of and request.
const RESOURCES: [&str; 2] = ["cpu", "memory"];

/// How many policies, and containers or labels of one, are looked at.
const MOST: usize = 16;

/// What a policy demands of pods, as far as its words tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Limits of these resources.
    Limits(Vec<&'static str>),
    /// Requests of these resources.
    Requests(Vec<&'static str>),
    /// Labels of these keys.
    Labels(Vec<String>),
    /// Images of another registry, where the words name it.
    Registry(Option<String>),
    /// Images of a version.
    Tag,
    ReadOnlyRoot,
    NonRoot,
    NoEscalation,
    DropAll,
    Seccomp,
}

/// Whether a message tells that an admission policy denies something.
pub(crate) fn is_denial(message: &str) -> bool {
    DENIED.iter().any(|it| message.contains(it))
}

/// A message that names policies and what each demands, without what stands around that; `None` where it is
/// not in a form that is known.
pub(crate) fn plain(message: &str) -> Option<String> {
    of_kyverno(message)
        .or_else(|| of_stackrox(message))
        .or_else(|| of_pod_security(message))
}

/// `violates PodSecurity "restricted:latest": …`, of what it forbids without how it must be: `allowPrivilegeEscalation !=
/// false (container "agent" must set securityContext.allowPrivilegeEscalation=false)`.
fn of_pod_security(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("violates PodSecurity ")?;
    let mut told = String::from("violates PodSecurity ");
    for (at, part) in rest.split(')').enumerate() {
        if at > 0 {
            told.push(')');
        }
        let marks = [" must ", " use restricted ", " uses restricted "];
        let cut = part.rfind('(').and_then(|open| {
            let mut all = marks.iter();
            all.find_map(|it| part[open..].find(it).map(|at| open + at))
        });
        told.push_str(&part[..cut.unwrap_or(part.len())]);
    }
    Some(told)
}

/// `… denied the request: resource Pod/a/b was blocked due to the following policies`, then each policy with its
/// rules, and of each rule its message.
fn of_kyverno(message: &str) -> Option<String> {
    let (before, rest) = message.split_once("following policies")?;
    let (who, _) = before.split_once("denied the request:")?;
    let mut policies: Vec<(&str, String)> = Vec::new();
    for line in rest.lines().filter(|line| !line.trim().is_empty()) {
        match line.strip_suffix(':') {
            Some(name) if !line.starts_with(' ') => policies.push((name, String::new())),
            _ => {
                let (_, words) = policies.last_mut()?;
                words.push(' ');
                words.push_str(line.trim());
            }
        }
    }
    let told = policies.iter().take(MOST).map(|(policy, words)| {
        let demand = words
            .split_once("validation error: ")
            .or_else(|| words.split_once(": "))
            .map_or(words.as_str(), |(_, rest)| rest);
        let end = [". rule ", ". Rule ", " rule ", "; rule "].iter();
        let end = end.filter_map(|it| demand.find(it).filter(|at| is_of_rule(&demand[*at..])));
        let demand = &demand[..end.min().unwrap_or(demand.len())];
        let demand = demand.trim_matches(['\'', '"', ' ', '.']);
        format!("policy {policy}: {demand}")
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| format!("{who}denied the request: {}", told.join("; ")))
}

/// Whether this is what Kyverno says of where a rule fails.
fn is_of_rule(words: &str) -> bool {
    words.contains(" failed at path ") || words.contains(" failed. ")
}

/// `… denied the request: The attempted operation violated 1 enforced policy, described below:`, then each policy
/// with what violates it.
fn of_stackrox(message: &str) -> Option<String> {
    let (who, rest) = message.split_once("denied the request:")?;
    let (_, rest) = rest.split_once("described below:")?;
    let mut told: Vec<String> = Vec::new();
    let mut is_of_violations = false;
    for line in rest.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(policy) = line.strip_prefix("Policy: ") {
            told.push(format!("policy {policy}"));
            is_of_violations = false;
        } else if line.starts_with("- ") && line.ends_with(':') {
            is_of_violations = line == "- Violations:";
        } else if let Some(violation) = line.strip_prefix("- ").filter(|_| is_of_violations) {
            let of_policy = told.last_mut()?;
            of_policy.push_str(": ");
            of_policy.push_str(violation);
        }
    }
    told.truncate(MOST);
    (!told.is_empty()).then(|| format!("{who}denied the request: {}", told.join("; ")))
}

/// The name of Kyverno's policy that the words tell first.
pub(crate) fn policy(words: &str) -> Option<&str> {
    let (_, rest) = (words.split_once("denied the request: policy "))
        .or_else(|| words.split_once("following policies "))?;
    let (name, _) = rest.trim_start().split_once(':')?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    (!name.is_empty() && name.chars().all(is_part)).then_some(name)
}

/// The containers that the words name; none where it may be any.
pub(crate) fn containers(words: &str) -> Vec<&str> {
    let marks = [
        "container <",
        "container \"",
        "Container <",
        "container '",
        "Container '",
    ];
    let all = marks.iter().flat_map(|mark| words.split(mark).skip(1));
    let names = all.filter_map(|rest| {
        let end = rest.find(['>', '"', '\''])?;
        Some(&rest[..end])
    });
    names.take(MOST).collect()
}

/// What policies say, without what stands before it, their names, and what they were shown.
fn said(words: &str) -> Option<String> {
    let plain = plain(words);
    let words = plain.as_deref().unwrap_or(words);
    let (_, said) = DENIED.iter().find_map(|it| words.split_once(it))?;
    let said = said
        .split_once("following policies")
        .map_or(said, |(_, rest)| rest);
    let lines = said.lines().flat_map(|line| line.split("; policy "));
    let lines = lines.map(|line| {
        let line = line.split("securityContext: {").next().unwrap_or(line);
        // `[name] …` and `policy name: …`
        let of_policy = line.split_once(": ").filter(|(name, _)| {
            let name = name.trim_start_matches("policy ");
            !name.contains(' ')
        });
        let of_constraint = line.split_once("] ").filter(|_| line.starts_with('['));
        of_constraint.or(of_policy).map_or(line, |(_, rest)| rest)
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// What the words demand.
pub(crate) fn demands(words: &str) -> Vec<Demand> {
    let Some(said) = said(words) else {
        return Vec::new();
    };
    let said = said.as_str();
    let lower = said.to_lowercase();
    let has = |part: &str| lower.contains(part);
    let mut all = Vec::new();
    // That it asks for too much, or too little, is another thing.
    let is_of_amounts = [
        "higher than",
        "exceed",
        "greater than",
        "less than",
        "ratio",
        "maximum",
    ];
    let is_of_resources = ["cpu", "memory", "resource"].iter().any(|part| has(part));
    if is_of_resources && !is_of_amounts.iter().any(|part| has(part)) {
        all.extend(of_resources(&lower));
    }
    if has("label") {
        let labels = labels(said);
        all.extend((!labels.is_empty()).then_some(Demand::Labels(labels)));
    }
    let is_of_registry = [
        "image repo",
        "image registry",
        "image registries",
        "allowed registr",
        "trusted registr",
        "approved registr",
        "allowed repos",
    ];
    if is_of_registry.iter().any(|part| has(part)) {
        let allowed = said.split_once("allowed repos are [\"");
        let allowed = allowed.and_then(|(_, rest)| rest.split(['"', '/']).next());
        let is_host = |it: &&str| it.contains(['.', ':']);
        all.push(Demand::Registry(allowed.filter(is_host).map(str::to_owned)));
    }
    if ["latest", "image tag", "disallowed tag"]
        .iter()
        .any(|part| has(part))
    {
        all.push(Demand::Tag);
    }
    let squeezed: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    for (part, demand) in [
        ("readonlyrootfilesystem", Demand::ReadOnlyRoot),
        ("rootfilesystemmustbereadonly", Demand::ReadOnlyRoot),
        ("runasnonroot", Demand::NonRoot),
        ("runningasrootisnotallowed", Demand::NonRoot),
        ("allowprivilegeescalation", Demand::NoEscalation),
        (
            "privilegeescalationcontainerisnotallowed",
            Demand::NoEscalation,
        ),
        ("privilegeescalationisdisallowed", Demand::NoEscalation),
        ("dropall", Demand::DropAll),
        ("notdroppingallrequiredcapabilities", Demand::DropAll),
        ("seccompprofile", Demand::Seccomp),
    ] {
        if squeezed.contains(part) && !all.contains(&demand) {
            all.push(demand);
        }
    }
    all
}

/// The limits and requests that words in small letters demand: `cpu and memory requests and memory limits`.
fn of_resources(said: &str) -> Vec<Demand> {
    let words: Vec<&str> = (said.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect();
    // Which resources are named right before this word.
    let named = |end: usize| -> Vec<&'static str> {
        let before = words[..end].iter().rev();
        let named = before.take_while(|word| {
            RESOURCES.contains(word) || ["and", "or", "resource", "resources"].contains(word)
        });
        let named: Vec<&&str> = named.collect();
        let is_named = |it: &&'static str| named.iter().any(|word| **word == *it);
        RESOURCES.into_iter().filter(|it| is_named(it)).collect()
    };
    let of = |all: [&str; 2]| {
        let mut at = words
            .iter()
            .enumerate()
            .filter(|(_, word)| all.contains(word));
        let mut found = at.next().map(|(at, _)| named(at))?;
        for (at, _) in at.take(MOST) {
            found.extend(named(at));
        }
        Some(found)
    };
    let (requests, limits) = (of(["request", "requests"]), of(["limit", "limits"]));
    // `cpu and memory requests and limits`; where none is named, both.
    let or = |own: Vec<&'static str>, other: &Option<Vec<&'static str>>| {
        let mut own = match other {
            Some(other) if own.is_empty() && !other.is_empty() => other.clone(),
            _ if own.is_empty() => RESOURCES.to_vec(),
            _ => own,
        };
        own.sort_unstable();
        own.dedup();
        own
    };
    let of_requests = requests
        .clone()
        .map(|own| Demand::Requests(or(own, &limits)));
    let of_limits = limits.map(|own| Demand::Limits(or(own, &requests)));
    of_requests.into_iter().chain(of_limits).collect()
}

/// The keys of labels that the words name: `labels: {"owner", "team"}`, or one in quotes after the word `label`.
fn labels(said: &str) -> Vec<String> {
    let Some(at) = said.find("label").or_else(|| said.find("Label")) else {
        return Vec::new();
    };
    let listed = said[at..].split_once("labels: {");
    let (rest, most) = match listed.and_then(|(_, rest)| rest.split_once('}')) {
        Some((list, _)) => (list, MOST),
        None => (said[at..].lines().next().unwrap_or_default(), 1),
    };
    let parts = rest.split(['`', '"', '\'']).skip(1).step_by(2);
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
    let keys = parts.filter(|part| !part.is_empty() && part.chars().all(is_part));
    keys.take(most).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KYVERNO: &str = "admission webhook \"validate.kyverno.svc-fail\" denied the request: \n\nresource \
        Pod/agents/gpu-4ns58 was blocked due to the following policies \n\nrequire-requests-limits:\n  \
        validate-resources: 'validation error: CPU and memory resource requests and memory\n    limits are required \
        for containers. rule validate-resources failed at path /spec/containers/0/resources/limits/'\n";

    #[test]
    fn a_policy_and_its_demand_are_all_that_is_told() {
        assert_eq!(
            plain(KYVERNO).as_deref(),
            Some(
                "admission webhook \"validate.kyverno.svc-fail\" denied the request: policy require-requests-limits: CPU and \
                 memory resource requests and memory limits are required for containers"
            )
        );
        let stackrox = "admission webhook \"policyeval.stackrox.io\" denied the request: \nThe attempted operation violated 1 \
            enforced policy, described below:\n\nPolicy: Latest tag\n- Description:\n    ↳ Alert on tag 'latest'\n- \
            Violations:\n    - Container 'agent' has image with tag 'latest'\n\n\nIn case of emergency, add the annotation";
        assert_eq!(
            plain(stackrox).as_deref(),
            Some(
                "admission webhook \"policyeval.stackrox.io\" denied the request: policy Latest tag: Container 'agent' has image \
                 with tag 'latest'"
            )
        );
        let levels = "violates PodSecurity \"restricted:latest\": host namespaces (hostNetwork=true), allowPrivilegeEscalation != \
            false (container \"a\" must set securityContext.allowPrivilegeEscalation=false), restricted volume types (volumes \
            \"proc\", \"sys\" use restricted volume type \"hostPath\")";
        assert_eq!(
            plain(levels).as_deref(),
            Some(
                "violates PodSecurity \"restricted:latest\": host namespaces (hostNetwork=true), allowPrivilegeEscalation != false \
                 (container \"a\"), restricted volume types (volumes \"proc\", \"sys\")"
            )
        );
        assert_eq!(plain("x denied the request: [a] no"), None);
        assert_eq!(
            policy(&plain(KYVERNO).unwrap()),
            Some("require-requests-limits")
        );
    }

    #[test]
    fn what_is_demanded_is_read() {
        use Demand::{
            Labels, Limits, NoEscalation, NonRoot, ReadOnlyRoot, Registry, Requests, Tag,
        };
        let both = || RESOURCES.to_vec();
        for (words, wanted) in [
            (KYVERNO, vec![Requests(both()), Limits(vec!["memory"])]),
            (
                "denied the request: CPU and memory resource requests and limits are required.",
                vec![Requests(both()), Limits(both())],
            ),
            (
                "denied the request: [container-must-have-limits] container <agent> has no resource limits",
                vec![Limits(both())],
            ),
            (
                "denied the request: [limits] container <agent> has no memory limit",
                vec![Limits(vec!["memory"])],
            ),
            (
                "denied the request: [limits] container <agent> memory limit <2Gi> is higher than the maximum allowed of <1Gi>",
                vec![],
            ),
            (
                "denied the request: [all-must-have-owner] you must provide labels: {\"owner\", \"team\"}",
                vec![Labels(vec!["owner".into(), "team".into()])],
            ),
            (
                "denied the request: policy require-labels: The label `app.kubernetes.io/name` is required",
                vec![Labels(vec!["app.kubernetes.io/name".into()])],
            ),
            (
                "denied the request: [repos] container <agent> has an invalid image repo <docker.io/a>, allowed repos are \
                 [\"registry.corp.example/\"]",
                vec![Registry(Some("registry.corp.example".into()))],
            ),
            (
                "denied the request: policy disallow-latest-tag: Using a mutable image tag e.g. 'latest' is not allowed",
                vec![Tag],
            ),
            (
                "denied the request: [psp] only read-only root filesystem container is allowed: agent",
                vec![ReadOnlyRoot],
            ),
            (
                "denied the request: [psp] Privileged container is not allowed: a, securityContext: {\"runAsNonRoot\": false}",
                vec![],
            ),
            (
                "denied the request: this request does not come of the pipeline",
                vec![],
            ),
            (
                "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: readOnlyRootFilesystem must be true",
                vec![ReadOnlyRoot],
            ),
            (
                "denied the request: Running as root is not allowed. Either the field spec.securityContext.runAsNonRoot must be set",
                vec![NonRoot],
            ),
            (
                "denied the request: [psp] Privilege escalation container is not allowed: agent",
                vec![NoEscalation],
            ),
            ("exceeded quota: limits.memory", vec![]),
        ] {
            assert_eq!(demands(words), wanted, "{words}");
        }
        assert_eq!(
            containers("container <a> has none\ncontainer <b> has none"),
            ["a", "b"]
        );
    }

    #[test]
    fn hostile_words_cost_little() {
        for words in [
            "denied the request: label \"",
            "denied the request: container <limit ",
        ] {
            let words = words.repeat(2000);
            assert!(demands(&words).len() <= 4);
            assert!(containers(&words).len() <= MOST);
            assert_eq!(plain(&words), None);
        }
    }
}
