//! What there is to do where pods find no room, as far as that is plain.

/// What there is to do about these reasons, as [`SetRoom::why`](super::SetRoom::why) gives them: nodes too small, nodes
/// with as many pods as they take, host ports that others have, or, with surge, its own old pods. `own` is
/// namespace and name of the set that is asked about.
///
/// Who else could make room is not asked: that is for whoever owns those pods.
///
/// ```
/// use daemonset_explain::room::ways_out;
///
/// let full = "node full: the node has 8 pods and takes 8";
/// assert!(ways_out([full], "infra/agent")[0].starts_with("move a pod off the node"));
/// assert!(ways_out(["node full: asks for 1 cpu, 200m of 2 is free"], "infra/agent").is_empty());
/// ```
#[must_use]
pub fn ways_out<'w>(reasons: impl IntoIterator<Item = &'w str>, own: &str) -> Vec<String> {
    let reasons: Vec<&str> = reasons.into_iter().collect();
    let own = format!("DaemonSet {own}");
    let holders: Vec<&str> = reasons.iter().flat_map(|why| port_holders(why)).collect();
    let others = || holders.iter().filter(|it| **it != own);
    let is_any_set = others().any(|it| it.starts_with("DaemonSet "));
    let is = |words: &str| reasons.iter().any(|why| why.contains(words));
    let ways = [
        (
            holders.contains(&&*own),
            "leave maxSurge at 0 and maxUnavailable at 1 or more, since its own old pod holds the port until it is gone",
        ),
        (
            is_any_set,
            "if it is to take the place of the DaemonSet that has the port, take that one away first; else give one of \
             them another port (what the program listens on, and ports of the template), or keep one of them off these nodes",
        ),
        (
            !is_any_set && others().next().is_some(),
            "give it or the pods that have the port another one (what the program listens on, and ports of the template), \
             or keep one of them off these nodes",
        ),
        (
            is("node too small: "),
            "have it request no more than such a node has left, or keep it off nodes that are too small by its \
             nodeSelector or affinity: they are without it then",
        ),
        (
            is(" pods and takes ") || is(" pod and takes "),
            "move a pod off the node, or raise maxPods of its kubelet, where the pod network has addresses for more",
        ),
    ];
    let ways = ways.into_iter().filter(|(holds, _)| *holds);
    ways.map(|(_, way)| way.to_owned()).collect()
}

/// Who has the host ports, as far as a reason tells.
fn port_holders(why: &str) -> Vec<&str> {
    let Some((_, holders)) = why
        .split_once(" taken by ")
        .filter(|_| why.contains("host port"))
    else {
        return Vec::new();
    };
    let holders = holders.split(';').next().unwrap_or_default();
    let names = holders.split(',').flat_map(|it| it.split(" and "));
    let names = names.map(str::trim);
    // `2 more` is no name.
    names.filter(|it| it.contains('/')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_a_port_is_read() {
        let conflict = "conflict with pods on the node: host port 9100/TCP is taken by";
        let told = |rest: &str| ways_out([&*format!("{conflict} {rest}")], "infra/agent");
        assert!(told("DaemonSet infra/agent")[0].starts_with("leave maxSurge at 0"));
        assert!(told("DaemonSet infra/other")[0].starts_with("if it is to take the place"));
        assert!(told("ReplicaSet shop/web-1")[0].starts_with("give it or the pods"));
        // Who holds something else holds no port.
        let both = told(
            "DaemonSet infra/agent; asks for 1 cpu, 0 of 2 is free, held by DaemonSet infra/b (2)",
        );
        assert_eq!(both.len(), 1);
        assert_eq!(told("DaemonSet infra/agent and DaemonSet infra/b").len(), 2);
    }
}
