//! Whether the DaemonSet controller works, as what it wrote tells.

use daemonset::api::{ConditionStatus, ConditionType, Pod, Timestamp};
use daemonset::revision::Version;

use crate::finding::{Finding, LeaseSaid};
use crate::round::Round;
use crate::signs::asked_pods::AskedPods;

/// How long the controller may take to observe a new spec, in seconds. It takes less than one.
const OBSERVES_WITHIN: i64 = 120;

/// That the controller has not seen the newest spec, and whether that is long enough to say that it
/// does not work.
pub(crate) fn unobserved(round: &Round<'_>) -> Option<Finding> {
    if !round.is_unobserved() {
        return None;
    }
    let set = round.daemon_set();
    let generation = set.metadata.generation;
    let observed = set.status.observed_generation;
    let changed = spec_written(round);
    // Where it is not told when the spec was changed, it was not before the controller last acted, for whichever set.
    let since = changed.or_else(|| {
        last_activity(round).map(|own| newest_pod(round).map_or(own, |any| own.max(any)))
    });
    let idle = since.map(|since| round.view.now.seconds_since(since));
    Some(match idle {
        Some(idle) if idle > OBSERVES_WITHIN => Finding::ControllerIdle {
            generation,
            observed,
            changed,
            lease: lease_said(round),
            manager: manager_pods(round).map(|it| it.told(round)),
        },
        _ => Finding::NotObserved {
            generation,
            observed,
            changed,
        },
    })
}

/// When the spec was written last, where that was given.
fn spec_written(round: &Round<'_>) -> Option<Timestamp> {
    let metadata = &round.daemon_set().metadata;
    let said = round
        .evidence?
        .daemon_set(&metadata.namespace, &metadata.name)?;
    said.spec_written
}

/// How long the controller may take to count what became of a pod, in seconds. It takes less than
/// one.
const COUNTS_WITHIN: i64 = 120;

/// That the status which the controller wrote counts pods as updated or available that have been
/// outdated or not ready for minutes, or does not count those that have been so for minutes.
pub(crate) fn miscounted(round: &Round<'_>) -> Option<Finding> {
    let written = &round.daemon_set().status;
    let found = &round.view.plan.status;
    let desired = found.desired_number_scheduled;
    if round.is_unobserved() || written.desired_number_scheduled != desired {
        return None;
    }
    // What it counts is so, whatever has been so for minutes.
    if written.updated_number_scheduled == found.updated_number_scheduled
        && written.number_available == found.number_available
    {
        return None;
    }
    let is_long = |since: Option<Timestamp>| {
        since.is_some_and(|since| round.view.now.seconds_since(since) > COUNTS_WITHIN)
    };
    let out_since = |pod: &Pod| {
        let ready = pod.condition(&ConditionType::Ready);
        let is_not = ready.filter(|it| it.status == ConditionStatus::False);
        is_not.and_then(|it| it.last_transition_time)
    };
    let number = |nodes: usize| desired.saturating_sub(i32::try_from(nodes).unwrap_or(i32::MAX));
    let wanted = || {
        let nodes = round.view.nodes.iter();
        nodes.filter(|node| node.state.counts.desired && !node.pods.is_empty())
    };
    let old = wanted().filter(|node| {
        let mut pods = node.pods.iter();
        pods.all(|pod| {
            pod.fact.version == Version::Old && is_long(pod.pod.metadata.creation_timestamp)
        })
    });
    // Since when none of a node's pods is ready, where each says so.
    let out = wanted().filter_map(|node| {
        let since = node.pods.iter().map(|pod| out_since(pod.pod));
        since.collect::<Option<Vec<_>>>()?.into_iter().max()
    });
    let out = out.filter(|since| is_long(Some(*since)));
    let out: Vec<Timestamp> = out.collect();
    let lasts = i64::from(round.daemon_set().spec.min_ready_seconds);
    let in_since = |pod: &Pod| {
        let ready = pod.condition(&ConditionType::Ready)?;
        Some(ready.last_transition_time?.plus_seconds(lasts))
    };
    let new = wanted().filter(|node| {
        let mut pods = node.pods.iter();
        node.state.counts.updated && pods.all(|pod| is_long(pod.pod.metadata.creation_timestamp))
    });
    let available = wanted().filter_map(|node| {
        let since = node.pods.iter().map(|pod| {
            let stays = !pod.fact.terminating;
            in_since(pod.pod).filter(|since| stays && is_long(Some(*since)))
        });
        let since = since.collect::<Option<Vec<_>>>()?.into_iter().max();
        since.filter(|_| node.state.counts.available)
    });
    let available: Vec<Timestamp> = available.collect();
    let at_least = |nodes: usize| i32::try_from(nodes).unwrap_or(i32::MAX);
    let figures = [
        (
            "updated",
            written.updated_number_scheduled,
            at_least(new.count())..=number(old.count()),
            found.updated_number_scheduled,
        ),
        (
            "available",
            written.number_available,
            at_least(available.len())..=number(out.len()),
            found.number_available,
        ),
    ];
    let (figure, written, may_be, found) = figures
        .into_iter()
        .find(|(_, written, may_be, _)| !may_be.contains(written))?;
    // When one more became what the figure has no room for. Since when a pod counts as updated, none tells.
    let one_more = |mut since: Vec<Timestamp>, room: i32| {
        since.sort_unstable();
        let at = usize::try_from(room).ok()?;
        Some(round.view.now.seconds_since(*since.get(at)?))
    };
    let lasts = match figure {
        "available" if written > *may_be.end() => one_more(out, desired.saturating_sub(written)),
        "available" => one_more(available, written),
        _ => None,
    };
    Some(Finding::StatusContradicted {
        figure: figure.to_owned(),
        written,
        found,
        lasts,
    })
}

/// For how long a node is Ready at least that the controller should have counted, in seconds. It takes
/// less than one.
const READY_FOR: i64 = 300;

/// That the controller does not count nodes which have been Ready for minutes and have no taint, where
/// the template selects no nodes: so they should run it since then.
pub(crate) fn not_counted(round: &Round<'_>) -> Option<Finding> {
    let set = round.daemon_set();
    let written = set.status.desired_number_scheduled;
    let found = round.view.plan.status.desired_number_scheduled;
    let rules = round.planner.rules();
    let selects = rules.node_selector().iter().next().is_some() || rules.affinity().is_some();
    if round.is_unobserved() || written <= 0 || selects {
        return None;
    }
    let mut nodes = Vec::new();
    let mut ready: Option<i64> = None;
    let without = round
        .view
        .nodes
        .iter()
        .filter(|seen| seen.state.counts.desired && seen.pods.is_empty());
    for seen in without {
        let node = seen.node.filter(|node| node.spec.taints.is_empty())?;
        let condition = node.condition(&ConditionType::Ready)?;
        let is_ready = condition.status == ConditionStatus::True;
        let since = condition.last_transition_time.filter(|_| is_ready)?;
        let since = Some(since).max(node.metadata.creation_timestamp)?;
        let ago = round.view.now.seconds_since(since);
        ready = Some(ready.map_or(ago, |shortest| shortest.min(ago)));
        nodes.push(seen.name.to_owned());
    }
    let missing = i32::try_from(nodes.len()).ok()?;
    let ready = ready.filter(|ago| *ago > READY_FOR)?;
    (written.saturating_add(missing) == found).then(|| Finding::NodesNotCounted {
        nodes,
        written,
        ready,
        lease: lease_said(round),
        manager: manager_pods(round).map(|it| it.told(round)),
    })
}

/// When the controller last did something for the set, or the set was created.
fn last_activity(round: &Round<'_>) -> Option<Timestamp> {
    let set = &round.daemon_set().metadata;
    let pods = round.view.nodes.iter().flat_map(|node| &node.pods);
    let created = pods.map(|pod| pod.pod.metadata.creation_timestamp);
    let revised = round
        .own_revisions()
        .map(|revision| revision.metadata.creation_timestamp);
    created
        .chain(revised)
        .fold(set.creation_timestamp, Option::max)
}

/// When the controller made the newest pod of any set.
fn newest_pod(round: &Round<'_>) -> Option<Timestamp> {
    let is_daemon = |pod: &&&Pod| {
        let owner = pod.metadata.controller();
        owner.is_some_and(|it| &*it.kind == "DaemonSet")
    };
    let pods = round.cluster.pods().iter().filter(is_daemon);
    pods.filter_map(|pod| pod.metadata.creation_timestamp).max()
}

/// That the status which the controller wrote says something else than the pods, where by the pods
/// there is nothing left to do.
pub(crate) fn contradicted(round: &Round<'_>) -> Option<Finding> {
    let written = &round.daemon_set().status;
    let found = &round.view.plan.status;
    let is_written = written.desired_number_scheduled > 0;
    let is_same = written.desired_number_scheduled == found.desired_number_scheduled;
    if !is_written || !is_same {
        return None;
    }
    let unobserved = round.is_unobserved();
    // While there is something to do, figures may be late; but not that all pods are available.
    let is_settled = if unobserved {
        found.number_available == found.desired_number_scheduled
    } else {
        round.is_complete()
    };
    let figures = [
        (
            "updated",
            written.updated_number_scheduled,
            found.updated_number_scheduled,
        ),
        (
            "available",
            written.number_available,
            found.number_available,
        ),
    ];
    let figures = figures.into_iter().skip(usize::from(unobserved));
    let (figure, written, found) = figures.into_iter().find(|(_, a, b)| a != b)?;
    let of_now = || Finding::StatusContradicted {
        figure: figure.to_owned(),
        written,
        found,
        lasts: None,
    };
    is_settled.then(|| miscounted(round).unwrap_or_else(of_now))
}

/// The pods of kube-controller-manager, where none of them is ready, or the one that led last is not and none leads now.
pub(crate) fn manager_pods<'a>(round: &Round<'a>) -> Option<AskedPods<'a>> {
    let lease = lease_said(round).filter(LeaseSaid::has_run_out);
    let led_last = lease.as_ref().map(|lease| lease.holder.as_str());
    AskedPods::of_control_plane(round, "kube-controller-manager", led_last)
}

/// What the Lease says, where it was given.
pub(crate) fn lease_said(round: &Round<'_>) -> Option<LeaseSaid> {
    let lease = round.evidence?.controller_lease()?;
    Some(LeaseSaid {
        holder: lease.holder.to_string(),
        renewed: lease
            .renewed
            .map(|at| round.view.now.seconds_since(at).max(0)),
    })
}

/// That the controller does not act, where what it wrote or its Lease tells so.
pub(crate) fn does_not_act(round: &Round<'_>) -> Option<String> {
    let idle =
        unobserved(round).filter(|finding| matches!(finding, Finding::ControllerIdle { .. }));
    if let Some(idle) = idle.or_else(|| not_counted(round)) {
        return Some(idle.to_string());
    }
    let lease = lease_said(round).filter(LeaseSaid::has_run_out)?;
    Some(format!("the DaemonSet controller does not act: {lease}"))
}
