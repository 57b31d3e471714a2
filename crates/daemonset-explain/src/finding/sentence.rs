//! Findings as sentences.

use std::fmt::{self, Write as _};

use super::clauses::{Clauses, on_nodes, only_there, sentences, symptoms};
use super::course::{on_delete, progress, so_far, used_up};
use super::given::{not_given, other_moments, revisions_not_given, told_by_generation};
use super::lease::{manager_down, of_manager};
use super::nodes::{
    alike, certificates, ends_nodes, fell_silent, left_out, marked_not_ready, of_their_pods,
    on_missing_nodes, rebooting, shutting_down, waits_for_itself,
};
use super::pods::{failed_of, looping, misscheduled, not_yet_up, restarting_while_up};
use super::refused::{refused, refused_before};
use super::revision::{
    changed, flipping, generation_only, left_by_revision, new_revision, unproven,
};
use super::terminating::{deleting, earlier_set, ending, held_by_finalizers, room_to_come, stuck};
use super::{Blame, Finding, NAMED};
use crate::health::NodeProblem;
use crate::words::{agree, all_of, count, duration, list};

impl Finding {
    /// Its sentence, clause by clause: what is so, and then what belongs to it. Printed as a whole they are
    /// joined by semicolons.
    ///
    /// ```
    /// use daemonset_explain::Finding;
    ///
    /// let deleting = Finding::Deleting {
    ///     finalizers: vec!["example.com/hold".to_owned()],
    ///     held: Vec::new(),
    ///     since: None,
    ///     pods: 0,
    /// };
    /// assert_eq!(deleting.clauses()[1], "finalizer example.com/hold holds it");
    /// ```
    #[must_use]
    pub fn clauses(&self) -> Vec<String> {
        let mut clauses = Clauses::default();
        // Text that is kept in memory can always be written.
        let _ = self.tell(&mut clauses);
        clauses.0
    }

    #[allow(clippy::too_many_lines)] // one sentence for each variant
    fn tell(&self, f: &mut Clauses) -> fmt::Result {
        match self {
            Self::SelectingAll => f.write_str(
                "the selector selects every pod, so the controller does nothing; give it a requirement",
            ),
            Self::Deleting {
                finalizers,
                held,
                since,
                pods,
            } => deleting(f, finalizers, held, (*since, *pods)),
            Self::Collision => f.write_str(
                "the new revision's name is taken; the controller tries another in the next round",
            ),
            Self::NotGiven(found) => not_given(f, found),
            Self::ToldByGeneration {
                namespace,
                by_pods,
                is_alike,
            } => told_by_generation(f, namespace, (*by_pods, *is_alike)),
            Self::RevisionsNotGiven { namespace, pods } => {
                revisions_not_given(f, namespace, *pods)
            }
            Self::ControllerIdle {
                generation,
                observed,
                changed,
                lease,
                manager,
            } => {
                write!(
                    f,
                    "the DaemonSet controller does not act: the DaemonSet is at generation {generation}, the \
                     controller has observed {observed}"
                )?;
                match changed {
                    Some(changed) => write!(f, ", though the spec was changed at {changed}")?,
                    None if manager.is_some() => {}
                    None => f.write_str(
                        "; it takes the controller less than a second to observe a change, so that nothing is wrong only if \
                         this one was made seconds ago, which was not given: ask again in a minute, or with \
                         --show-managed-fields",
                    )?,
                }
                of_manager(f, lease.as_ref(), manager.as_deref())
            }
            Self::StatusContradicted {
                figure,
                written,
                found,
                lasts,
            } => {
                write!(
                    f,
                    "by its pods {found} are {figure}, and the status that the DaemonSet controller wrote says \
                     {written} {figure}"
                )?;
                match lasts {
                    Some(seconds) => write!(
                        f,
                        ", which has not been so for {}: the controller does not work",
                        duration(*seconds)
                    )?,
                    None => f.write_str(
                        ": unless that changes within a minute, the controller does not work",
                    )?,
                }
                f.write_str(", and kubectl rollout status goes by what it wrote")
            }
            Self::Flipping(found) => flipping(f, found),
            Self::Refused {
                nodes,
                is_beside,
                said,
                refusals,
                last,
                revision,
                changes,
                notes,
                namespace,
                name,
                ..
            } => {
                refused(f, (nodes, *is_beside), (said, *last), refusals, (namespace, name))?;
                sentences(f, notes)?;
                changed(f, &new_revision(*revision, None), changes)
            }
            Self::ManagerDown {
                acts,
                lease,
                kept,
                manager,
            } => {
                manager_down(f, *acts, lease.as_ref(), kept.as_ref())?;
                sentences(f, manager.as_slice())
            }
            Self::RevisionEndsNodes {
                hash,
                revision,
                nodes,
                last,
                well,
                within,
                changes,
            } => {
                let name = new_revision(*revision, hash.as_deref());
                ends_nodes(f, &name, nodes, (*last, *well), *within)?;
                changed(f, "it", changes)
            }
            Self::FailingRevision {
                hash,
                revision,
                failing,
                symptoms: said,
                available,
                old_available,
                changes,
                notes,
                ..
            } => {
                let name = new_revision(*revision, hash.as_deref());
                write!(f, "{name} fails {}: {}", on_nodes(failing), symptoms(said))?;
                sentences(f, notes)?;
                changed(f, "it", changes)?;
                f.next();
                match (available, failing.as_slice()) {
                    (0, [_]) => f.write_str("no other node has tried it")?,
                    (0, _) => f.write_str("it is available nowhere")?,
                    (many, _) => write!(f, "it is available on {}", count(*many, "node"))?,
                }
                match (old_available, available, failing.as_slice()) {
                    (0, ..) => Ok(()),
                    // Here the verb is another.
                    (many, 0, [_]) => {
                        write!(f, "; an older one is available on {}", count(*many, "node"))
                    }
                    (many, ..) => write!(f, ", an older one on {}", count(*many, "node")),
                }
            }
            Self::InvalidBudget { error, waiting } => match waiting {
                0 => f.write_str(error),
                _ => write!(f, "{error}; {} cannot be updated", count(*waiting, "node")),
            },
            Self::OnDelete {
                nodes,
                none_follows,
                by,
                is_at_it,
            } => on_delete(f, nodes, *none_follows, by.as_ref(), *is_at_it),
            Self::StrategyWritten {
                manager,
                at,
                fields,
            } => write!(
                f,
                "since the newest revision came, {} of the update strategy {} written by {manager}, at {at}: if that is for this \
                 rollout alone, put it back afterwards",
                list(fields, NAMED),
                agree(fields.len(), "was", "were"),
            ),
            Self::BudgetUsedUp {
                field,
                limit,
                used_by,
                gone,
                waiting,
            } => used_up(f, (*field, *limit), (used_by, gone), *waiting),
            Self::Looping {
                nodes,
                symptoms: said,
                failed,
                failed_on,
                running,
                lived,
                left,
                revision,
                changes,
                ..
            } => {
                looping(f, (nodes, running), (*failed, *lived), *left)?;
                f.write_str(&symptoms(said))?;
                failed_of(f, *failed, failed_on)?;
                changed(f, &new_revision(*revision, None), changes)
            }
            Self::UnhealthyNodes { nodes, only_there: labels, .. } => {
                let are_down = nodes.iter().all(|node| node.problems.iter().any(NodeProblem::is_down));
                let zone = labels.iter().find_map(|it| it.split_once("/zone="));
                if let Some((_, zone)) = zone.filter(|_| are_down) {
                    write!(f, "zone {zone} seems to be out: ")?;
                }
                write!(
                    f,
                    "{}: {}",
                    count(nodes.len(), "unhealthy node"),
                    alike(nodes)
                )?;
                sentences(f, &of_their_pods(nodes))?;
                fell_silent(f, nodes)?;
                only_there(f, labels)
            }
            Self::CertificatesPending { requests, since } => certificates(f, requests, *since),
            Self::FailingPods {
                nodes,
                symptoms: said,
                available,
                only_there: labels,
                blame,
                changes,
                notes,
            } => {
                let pods = agree(nodes.len(), "its pod fails", "its pods fail");
                write!(f, "{pods} {}: {}", on_nodes(nodes), symptoms(said))?;
                sentences(f, notes)?;
                // On how many other nodes it runs is told below.
                let is_told = |blame: &&Blame| **blame == Blame::RunsElsewhere && *available > 0;
                if let Some(blame) = blame.as_ref().filter(|it| !is_told(it)) {
                    f.next();
                    write!(f, "{blame}")?;
                }
                only_there(f, labels)?;
                changed(f, "the revision", changes)?;
                match available {
                    0 => Ok(()),
                    many => {
                        f.next();
                        write!(f, "updated pods are available on {}", count(*many, "node"))
                    }
                }
            }
            Self::UnscheduledPods {
                nodes,
                symptoms: said,
                only_there: labels,
                changes,
                notes,
            } => {
                let pods = count(nodes.len(), "pod");
                let is = agree(nodes.len(), "is", "are");
                write!(f, "{pods} meant for {} {is} not scheduled", list(nodes, NAMED))?;
                match said.as_slice() {
                    [] => f.write_str("; no scheduler says anything")?,
                    said => write!(f, ": {}", symptoms(said))?,
                }
                sentences(f, notes)?;
                only_there(f, labels)?;
                changed(f, "the revision", changes)
            }
            Self::StuckTerminating {
                nodes,
                pods,
                finalizers,
                runs,
                over,
                notes,
            } => {
                stuck(f, (nodes, pods), (finalizers, *runs), *over)?;
                sentences(f, notes)
            }
            Self::Ending { pods, nodes, until } => ending(f, pods, nodes, *until),
            Self::NotYetUp {
                nodes,
                symptoms,
                are_newest,
                after,
            } => not_yet_up(f, nodes, symptoms, *are_newest, *after),
            Self::Preempted {
                nodes,
                times,
                last,
            } => {
                write!(
                    f,
                    "its pods were preempted {}: {}",
                    on_nodes(nodes),
                    match times {
                        1 => "once".to_owned(),
                        many => format!("{many} times"),
                    },
                )?;
                if let Some(last) = last {
                    write!(f, ", last {last}")?;
                }
                f.next();
                f.write_str("pods of a higher priority take their place")
            }
            Self::PodsOnMissingNodes {
                pods,
                nodes,
                unbound,
                are_gone,
                ..
            } => on_missing_nodes(f, (pods, nodes), unbound.len(), *are_gone),
            Self::MarkedNotReady {
                nodes,
                since,
                locked,
            } => marked_not_ready(f, nodes, *since, locked.as_ref()),
            Self::OtherMoments { made, heard, pods } => other_moments(f, (*made, *heard), pods),
            Self::NodesNotCounted {
                nodes,
                written,
                ready,
                lease,
                manager,
            } => {
                write!(
                    f,
                    "the DaemonSet controller counts {} that should run it, and not {}, which {} been Ready for \
                     {}: unless labels, taints or the template changed just now, it does not act",
                    count(usize::try_from(*written).unwrap_or(0), "node"),
                    list(nodes, NAMED),
                    agree(nodes.len(), "has", "have"),
                    duration(*ready),
                )?;
                of_manager(f, lease.as_ref(), manager.as_deref())
            }
            Self::Progressing {
                creates,
                deletes,
                starting,
                unready,
                terminating,
                until,
            } => progress(
                f,
                (*creates, *deletes),
                [starting, unready, terminating],
                *until,
            ),
            Self::SoFar(found) => so_far(f, found),
            Self::NodesRebooting { nodes, since } => rebooting(f, nodes, *since),
            Self::NodesShuttingDown { nodes, since } => shutting_down(f, nodes, *since),
            Self::Pulling { nodes, said, since } => {
                let said = crate::health::message::core(said);
                write!(f, "{} still: {said}", on_nodes(nodes))?;
                match since {
                    Some(since) => write!(f, ", since {since}"),
                    None => Ok(()),
                }
            }
            Self::MinReadySeconds {
                nodes,
                first,
                last,
                notes,
            } => {
                write!(
                    f,
                    "{} {} ready, but not yet for minReadySeconds: available {} {first}",
                    count(*nodes, "pod"),
                    agree(*nodes, "is", "are"),
                    if notes.is_empty() {
                        "at"
                    } else {
                        "not before"
                    },
                )?;
                if first != last {
                    write!(f, " to {last}")?;
                }
                sentences(f, notes)
            }
            Self::RoomToCome {
                nodes,
                preempted,
                until,
            } => room_to_come(f, nodes, *preempted, *until),
            Self::BackOff { pods, until } => write!(
                f,
                "{} {} backing off until {until}",
                count(*pods, "failed pod"),
                agree(*pods, "is", "are"),
            ),
            Self::UnprovenRevision {
                hash,
                nodes,
                terminating,
            } => unproven(f, hash.as_deref(), *nodes, *terminating),
            Self::RefusedBefore {
                said,
                last,
                revision,
            } => refused_before(f, said, *last, *revision),
            Self::NotObserved {
                generation,
                observed,
                changed,
            } => {
                write!(
                    f,
                    "the controller has observed generation {observed}, and the DaemonSet is at {generation}"
                )?;
                match changed {
                    Some(changed) => write!(f, " since {changed}"),
                    None => Ok(()),
                }
            }
            Self::Capped { creates, deletes } => write!(
                f,
                "the cap on pods of one round defers {} and {} to the next",
                count(*creates, "create"),
                count(*deletes, "delete")
            ),
            Self::UnknownHashes { pods } => write!(
                f,
                "{} {} a hash that no known ControllerRevision has, and {} as outdated",
                count(*pods, "pod"),
                agree(*pods, "has", "have"),
                agree(*pods, "counts", "count"),
            ),
            Self::KeptOutdated { pods } => write!(
                f,
                "{} {}, since no other available pod is spare",
                count(*pods, "outdated pod"),
                agree(
                    *pods,
                    "stays on a node that gets no new one",
                    "stay on nodes that get no new ones"
                ),
            ),
            Self::GenerationOnly {
                pods,
                revisions,
                leaving,
                ..
            } => generation_only(f, pods, revisions, *leaving),
            Self::RestartingWhileUp(found) => restarting_while_up(f, found),
            Self::Misscheduled { pods, nodes } => misscheduled(f, pods.len(), nodes),
            Self::EarlierSet {
                pods,
                terminating,
                until,
                overdue,
            } => earlier_set(f, pods, *terminating, (*until, *overdue)),
            Self::LeftOut { groups } => {
                write!(f, "nodes that should not run it: {}", left_out(groups))
            }
            Self::HeldByFinalizers {
                pods,
                finalizers,
                until,
            } => held_by_finalizers(f, pods, finalizers, *until),
            Self::LeftByRevision(found) => left_by_revision(f, found),
            Self::WaitsForItself {
                nodes,
                since,
                said,
                taints,
            } => waits_for_itself(f, nodes, (*since, said), taints),
            Self::NoNodes { nodes, groups } => {
                write!(f, "none of {} should run it", count(*nodes, "node"))?;
                match groups.as_slice() {
                    [] => Ok(()),
                    groups => write!(f, ": {}", left_out(groups)),
                }
            }
            Self::Complete {
                nodes,
                by_generation,
            } => {
                write!(
                    f,
                    "{} {} an available pod ",
                    all_of(*nodes, "node"),
                    agree(*nodes, "has", "have"),
                )?;
                f.write_str(if *by_generation {
                    "that counts as up to date by its generation label; no ControllerRevision that was given holds the template"
                } else {
                    "of the current revision"
                })
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.clauses().join("; "))
    }
}
