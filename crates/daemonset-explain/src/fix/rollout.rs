//! What would get a rollout moving.

use daemonset::Cluster;

use super::advice;
use super::asked::{ask_from_old, of_asked_pods, of_outside, registry};
use super::at_once::one_by_one;
use super::back::of_revision;
use super::by_finding::{of_finding, of_left_out};
use super::by_words::{first_pointed_at, say_something};
use super::certificates::approved;
use super::command::{describe_nodes, describe_pod, target};
use super::dead_nodes::{
    back_before_repair, is_outage, is_way_to, of_dead_nodes, of_pressed, of_unhealthy, way_to_api,
};
use super::finalizers::{removed_by, removed_by_others};
use super::goes_on::goes_on;
use super::known;
use super::look::differs;
use super::not_given::of_what_is_given;
use super::of_template;
use super::older::back_to_older;
use super::on_nodes::as_nodes_are;
use super::pointed_at::{self, reread};
use super::probes;
use super::since;
use super::slips::network_tolerated;
use super::strategy::rolling_again;
use super::stuck::Stuck;
use super::unhealthy::Unhealthy;
use super::victims::of_victims;
use super::while_up::{back_from_restarts, of_restarting};
use super::{
    Applicability, AskedRepair, ContainerRepair, Fix, NodeRepair, Repair, RolloutRepair, Tells,
    silent, undo_command, untried,
};
use crate::cause::changes::Changes;
use crate::diagnosis::beside_refusal::{Meets, meets_level};
use crate::diagnosis::nodes_down::may_end_nodes;
use crate::diagnosis::{Diagnosis, Standing};
use crate::edit::Edit;
use crate::finding::{Blame, Finding, Flipping, LeftByRevision, RestartingWhileUp};
use crate::known::{Owner, Supply};
use crate::round::{PodRevision, Round, staying_of};
use crate::signs::heard::heard;
use crate::signs::outside::{asked_in_vain, is_from_outside};
use crate::signs::quoted::{is_not_known, words};
use crate::stall::{Said, Stalls};

/// What would help where nothing else does: by what pods say where no nodes were given, and of those that write a
/// template in turn, whatever is edited.
fn instead(stuck: &Stuck<'_, '_>, diagnosis: &Diagnosis) -> Option<Vec<Fix>> {
    let round = stuck.round;
    diagnosis.findings().find_map(|finding| match finding {
        Finding::NotGiven(_) => {
            let mut fixes = of_what_is_given(stuck, diagnosis);
            fixes.extend(of_dead_nodes(diagnosis, &fixes, round));
            Some(as_nodes_are(once(fixes), stuck))
        }
        Finding::Flipping(Flipping { writers, .. }) => {
            let set = target(round.daemon_set());
            let look = format!("kubectl get {set} --show-managed-fields -o yaml");
            let writers = writers.clone();
            Some(vec![Fix::outside(
                Repair::Rollout(RolloutRepair::Writers { writers }),
                vec![look],
            )])
        }
        _ => None,
    })
}

/// What would help, the best first; none where the rollout moves without, unless the new revision
/// fails or pods are amiss although nothing is blocked.
///
/// `first` is the node of which what its pod says counts before all others.
pub(crate) fn rollout_fixes<'a>(
    round: &Round<'a>,
    cluster: &'a Cluster<'a>,
    diagnosis: &Diagnosis,
    first: Option<&str>,
) -> Vec<Fix> {
    let desired = diagnosis.status.desired_number_scheduled;
    let mut stuck = Stuck::new(round, cluster, desired);
    if let Some(node) = first {
        stuck = stuck.with_first(node);
    }
    one_by_one(all_fixes(stuck, diagnosis), round)
}

fn all_fixes(mut stuck: Stuck<'_, '_>, diagnosis: &Diagnosis) -> Vec<Fix> {
    let round = stuck.round;
    let is_blocked = diagnosis.standing == Standing::Blocked;
    let mut fixes = Vec::new();
    if diagnosis.findings().any(Finding::stops_creation) {
        stuck = stuck.without_successors();
    }
    if let Some(all) = instead(&stuck, diagnosis) {
        return all;
    }
    let goes_on = goes_on(round);
    let mut of_slips = Vec::new();
    let mut of_own = Vec::new();
    let mut fails = false;
    let mut last = Vec::new();
    let on_virtual = is_blocked.then(|| stuck.without_virtual_nodes()).flatten();
    for finding in diagnosis.findings() {
        match finding {
            // No repair makes the provider take them.
            Finding::Looping { nodes, .. } if on_virtual.is_some() && stuck.are_virtual(nodes) => {}
            Finding::FailingRevision { .. } | Finding::RevisionEndsNodes { .. } => {
                fails = true;
                let (first, then) = of_revision(&mut stuck, finding, diagnosis);
                fixes.extend(first);
                last.extend(then);
            }
            Finding::RestartingWhileUp(RestartingWhileUp {
                last: Some(last), ..
            }) if last.reason == "OOMKilled" || stuck.stalls().all_failing().next().is_none() => {
                let back = back_from_restarts(finding, goes_on, &stuck);
                let mended = of_restarting(finding, round);
                let (first, then) = if goes_on {
                    (back, mended)
                } else {
                    (mended, back)
                };
                fixes.extend(first.into_iter().chain(then));
            }
            Finding::Deleting {
                held,
                finalizers,
                pods,
                ..
            } if held.is_empty() => {
                fixes.extend(removed_by_others(finalizers, *pods, round));
            }
            Finding::Deleting { held, .. } => fixes.extend(stuck.of_held(held)),
            Finding::UnhealthyNodes { nodes, .. } if diagnosis.standing == Standing::Complete => {
                let nodes = nodes.iter().map(|node| node.node.clone()).collect();
                of_slips.push(of_unhealthy(nodes, round));
            }
            Finding::HeldByFinalizers {
                finalizers, until, ..
            } if !is_blocked && until.is_some_and(|it| it < round.view.now) => {
                fixes.push(removed_by(finalizers.clone(), round));
            }
            Finding::WaitsForItself { nodes, .. } => {
                of_own.extend(stuck.of_own_network(nodes, diagnosis));
            }
            Finding::LeftOut { groups } | Finding::NoNodes { groups, .. } => {
                of_slips.extend(of_left_out(finding, groups, round));
            }
            _ => fixes.extend(of_finding(finding, diagnosis.standing, goes_on, &stuck)),
        }
    }
    if fails {
        fixes.extend(beside_going_back(&stuck.stalls(), round));
        fixes.extend(last);
        fixes.extend(of_dead_nodes(diagnosis, &fixes, round));
        return as_nodes_are(once(fixes), &stuck);
    }
    if goes_on && diagnosis.standing == Standing::Progressing {
        if may_end_nodes(round) {
            fixes.extend(stuck.stop());
        }
        fixes.extend(stuck.while_it_goes_on(diagnosis));
        fixes.extend(of_dead_nodes(diagnosis, &fixes, round));
    }
    // Where the rollout is done, that is all there is.
    let is_done = !of_own.is_empty() && round.is_complete();
    fixes.extend(of_own);
    if !is_blocked || is_done {
        // No news beside a rollout that needs help.
        fixes.extend(of_slips);
        return as_nodes_are(once(fixes), &stuck);
    }
    let is_all = on_virtual.is_some() && stuck.only_virtual_nodes_fail();
    fixes.extend(on_virtual);
    if !is_all {
        fixes.extend(stuck.of_blocked(diagnosis));
    }
    fixes.extend(of_dead_nodes(diagnosis, &fixes, round));
    as_nodes_are(once(fixes), &stuck)
}

/// Whether what the round does is not done, or refused.
fn goes_in_circles(finding: &Finding) -> bool {
    matches!(
        finding,
        Finding::Refused { .. }
            | Finding::ControllerIdle { .. }
            | Finding::NodesNotCounted { .. }
            | Finding::ManagerDown { acts: true, .. }
            // Between two failed pods no pod shows it.
            | Finding::Looping { .. }
    )
}

/// What helps pods of a revision that fails, beside going back: nothing that would spread what fails.
fn beside_going_back(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Vec<Fix> {
    let mut fixes = of_victims(stalls, round);
    fixes.extend(untried::longer_to_start(stalls, round));
    fixes.extend(of_asked_pods(stalls, round));
    fixes.extend(of_template::variables(stalls, round));
    let moves_clients = || {
        let first = stalls.failing_new.first()?;
        Changes::of(round).filter(|it| it.moves_clients(round, first))
    };
    if let Some(right) = pointed_at::rights(stalls, round) {
        fixes.push(right);
    } else if moves_clients().is_none() {
        let first = stalls.failing_new.first();
        fixes.extend(first.and_then(|said| pointed_at::image_gone(round, said)));
        let of_port = pointed_at::port_of_revision(stalls, round);
        fixes.extend(of_port.or_else(|| known::of_revision(stalls, round)));
    }
    fixes.extend(advice::of_pods(stalls, round, true));
    fixes.extend(silent::of_first(stalls, round));
    fixes
}

/// Each fix once, in its place, and none that only reads the logs that another names.
fn once(fixes: Vec<Fix>) -> Vec<Fix> {
    let mut kept: Vec<Fix> = Vec::new();
    for fix in fixes {
        let only_reads = matches!(
            fix.applicability,
            Applicability::Outside {
                repair: Repair::Container(
                    ContainerRepair::Daemon
                        | ContainerRepair::Running
                        | ContainerRepair::InitWaits { .. }
                )
            }
        );
        let is_named = |command: &String| kept.iter().any(|fix| fix.commands.contains(command));
        let is_told = kept.contains(&fix) || only_reads && fix.commands.iter().all(is_named);
        if !is_told {
            kept.push(fix);
        }
    }
    kept
}

impl Stuck<'_, '_> {
    /// What would help where pods are refused or rejected, or where the controller does not work.
    pub(super) fn of_rejected(&self, finding: &Finding) -> Vec<Fix> {
        let back = self.roll_back_of_rejected(finding).or_else(|| {
            let is_suspected =
                matches!(finding, Finding::Looping { changes, .. } if !changes.is_empty());
            is_suspected.then(|| back_to_older(self.round)).flatten()
        });
        let mut fixes: Vec<Fix> = back.into_iter().collect();
        // To look at the kubelet is for where nothing else is known.
        let is_needed = |fix: &Fix| fixes.is_empty() || !fix.looks_at_kubelet();
        let mends = advice::of_finding(finding, self.round).into_iter();
        let mends: Vec<Fix> = mends.filter(is_needed).collect();
        fixes.extend(mends);
        if let Finding::Refused {
            is_first: false,
            refusals,
            ..
        } = finding
            && meets_level(self.round, refusals) != Some(Meets::Neither)
        {
            fixes.extend(self.roll_back_of_refused());
        }
        fixes
    }

    /// What lets the DaemonSet run on nodes that wait for the pod network which it seems to bring: to go back, where the
    /// newest revision keeps it off, and a toleration.
    fn of_own_network(&self, nodes: &[String], diagnosis: &Diagnosis) -> Vec<Fix> {
        let is_of_revision = diagnosis.findings().any(|finding| match finding {
            Finding::LeftByRevision(LeftByRevision {
                nodes: left, later, ..
            }) => nodes
                .iter()
                .all(|node| left.contains(node) || later.contains(node)),
            _ => false,
        });
        let back = is_of_revision.then(|| self.roll_back_anyway()).flatten();
        let tolerated = network_tolerated(self.round, nodes);
        back.into_iter().chain(tolerated).collect()
    }

    /// What would help a blocked rollout whose revision is not known to fail.
    pub(super) fn of_blocked(&mut self, diagnosis: &Diagnosis) -> Vec<Fix> {
        let round = self.round;
        let set = round.daemon_set();
        let stalls = self.stalls();
        if let Some(replaced) = self.replaced_by_hand() {
            return vec![replaced];
        }
        let mut fixes = Vec::new();
        let mut blames = diagnosis.findings().filter_map(|finding| match finding {
            Finding::FailingPods { blame, .. } => blame.as_ref(),
            _ => None,
        });
        let blame = blames.next();
        let pods_fail = !stalls.failing_new.is_empty() || !stalls.failing.is_empty();
        let clears = blame.is_some_and(Blame::clears_revision);
        fixes.extend(self.without_surge());
        fixes.extend(of_victims(&stalls, round));
        fixes.extend(self.for_other_nodes(diagnosis));
        let is_explained = diagnosis.findings().any(|finding| {
            matches!(finding, Finding::UnscheduledPods { changes, .. } if !changes.is_empty())
        });
        let is_lowered = !clears && untried::is_limit_lowered(&stalls, round);
        if (is_explained || is_lowered) && fixes.is_empty() {
            fixes.extend(self.roll_back());
        }
        let mut pointed_at: Vec<Fix> = probes::of_node(&stalls, round).into_iter().collect();
        let is_of_node = !pointed_at.is_empty();
        if pointed_at.is_empty() {
            pointed_at = first_pointed_at(&stalls, round);
        }
        let may_be_node =
            Blame::may_be_the_node(blame) || matches!(blame, Some(Blame::RanBefore { .. }));
        if may_be_node {
            fixes.extend(pointed_at::reported(&stalls, round));
        }
        if let Some(Blame::StartedAnew { .. }) = blame
            && pointed_at.is_empty()
        {
            pointed_at.extend(reread(&stalls, round));
        }
        let is_pointed_at = !pointed_at.is_empty();
        fixes.extend(pointed_at);
        if !is_of_node {
            fixes.extend(known::of_probe(&stalls, round));
        }
        // What is asked for by name comes before a look around.
        let asked_for = advice::of_pods(&stalls, round, false);
        let nothing_known = asked_for.is_empty() && !is_pointed_at;
        if pods_fail && clears && nothing_known && say_something(&stalls, round) {
            fixes.push(of_outside(&stalls, round, advice::logs(&stalls, set)));
        }
        let is_pointed_at = is_pointed_at || !asked_for.is_empty() && stalls.unscheduled.is_empty();
        fixes.extend(asked_for);
        if pods_fail && clears {
            fixes.extend(advice::logs_if_silent(&stalls, set));
        }
        if let Some(Blame::Injected { .. }) = blame {
            fixes.extend(of_template::without_injected(&stalls, round));
        }
        if let Some(blame) = blame {
            let goes_back = fixes.iter().any(Fix::goes_back);
            let open = self.of_open_blame(blame, &stalls, is_pointed_at);
            fixes.extend(
                open.into_iter()
                    .filter(|fix| !goes_back || !fix.is_from_some()),
            );
        }
        let is_template = pods_fail && !clears && blame.is_none();
        if is_template {
            fixes.extend(advice::of_pods(&stalls, round, true));
            if fixes.is_empty() {
                fixes.push(advice::of_template(&stalls, round));
            }
        }
        let is_clear = !pods_fail && stalls.unscheduled.is_empty() && stalls.looping.is_empty();
        let is_by_hand = (diagnosis.findings()).any(|it| matches!(it, Finding::OnDelete { .. }));
        if is_by_hand {
            let hangs = |it: &&Finding| matches!(it, Finding::StuckTerminating { .. });
            let hanging = diagnosis.findings().filter(hangs);
            fixes.extend(hanging.flat_map(|it| advice::of_finding(it, round)));
            // Where the deletion of one does not end, the next may not either.
            if is_clear && stalls.stuck.is_empty() {
                let by_hand = self.delete_by_hand().into_iter();
                fixes.extend(by_hand.chain(rolling_again(diagnosis, round)));
            }
            return fixes;
        }
        if diagnosis.findings().any(goes_in_circles) || !stalls.looping.is_empty() {
            // The round acts, in circles: what it does proves nothing.
            return fixes;
        }
        self.of_nodes(diagnosis, &mut fixes);
        let is_missing = diagnosis
            .findings()
            .any(|it| matches!(it, Finding::PodsOnMissingNodes { .. }));
        let is_outage = diagnosis.findings().any(is_outage);
        if is_clear && stalls.stuck.is_empty() && !is_missing && !is_outage && !may_end_nodes(round)
        {
            fixes.extend(self.budget());
        }
        fixes
    }

    /// What would help where nodes are not well, or pods do not go from them.
    fn of_nodes(&mut self, diagnosis: &Diagnosis, fixes: &mut Vec<Fix>) {
        let round = self.round;
        let stalls = self.stalls();
        fixes.extend(self.deletion_of_nodes());
        let certificates = diagnosis.findings().find_map(approved);
        let are_asked = certificates.is_some();
        fixes.extend(certificates);
        fixes.extend(
            diagnosis
                .findings()
                .find_map(way_to_api)
                .filter(|_| !are_asked),
        );
        // What has one cause comes back with it; and no further node is to go for the revision.
        let is_outage = diagnosis.findings().any(is_outage);
        let first = fixes.len();
        if !is_outage {
            fixes.extend(back_before_repair(self));
        }
        let all = [Unhealthy::Repaired, Unhealthy::Deleted];
        let only_repair = is_outage || are_asked || may_end_nodes(round);
        for unhealthy in all.into_iter().take(if only_repair { 1 } else { 2 }) {
            let fix = self.nodes_and_pods(unhealthy);
            fixes.extend(fix.filter(|fix| !fixes.contains(fix) && !is_way_to(fix, fixes)));
        }
        for finding in diagnosis.findings() {
            let holds_up = match finding {
                Finding::StuckTerminating { .. } => true,
                Finding::PodsOnMissingNodes { nodes, .. } => {
                    nodes.iter().any(|node| stalls.permanent.contains(node))
                }
                _ => false,
            };
            if holds_up {
                fixes.extend(advice::of_finding(finding, round));
            }
        }
        fixes.extend(of_dead_nodes(diagnosis, fixes, round));
        // What should run comes before what may not.
        if let Some(pressed) = of_pressed(diagnosis, fixes, round) {
            fixes.insert(first, pressed);
        }
    }

    /// What tells whether one pod on one node fails for its revision or for its node: to go back, which also heals
    /// what the revision did. Where the words point at something else, no look around.
    fn to_tell(&self, said: &Said<'_, '_>, is_pointed_at: bool) -> Option<Fix> {
        let node = said.node.name.to_owned();
        let meaning = heard(self.round, said);
        let may_be_asked =
            meaning.is_none_or(|it| !matches!(it.owner(), Owner::Node | Owner::Outside));
        let words = words(self.round, said);
        let is_outside = is_from_outside(self.round, &words) || is_not_known(&words);
        let may_go_back = may_be_asked && !is_outside;
        // With surge its own pod runs there already, so that to go back shows nothing, and only takes the failing one away.
        let mut beside = staying_of(said.node, PodRevision::Old);
        if may_go_back && beside.any(|pod| pod.fact.readiness.is_available()) {
            return self.roll_back().or_else(|| back_to_older(self.round));
        }
        if let Some(back) = self.roll_back().filter(|_| may_go_back)
            && let Some(Edit::RollBack { revision }) = back.edits.first()
        {
            let tells = Tells::Back(*revision);
            return Some(Fix::outside(
                Repair::Node(NodeRepair::OneNode { node, tells }),
                back.commands,
            ));
        }
        if may_go_back && let Some(back) = back_to_older(self.round) {
            let tells = Tells::Before;
            return Some(Fix::outside(
                Repair::Node(NodeRepair::OneNode { node, tells }),
                back.commands,
            ));
        }
        let commands = describe_nodes(std::slice::from_ref(&node));
        let tells = Tells::OtherNode;
        (!is_pointed_at)
            .then(|| Fix::outside(Repair::Node(NodeRepair::OneNode { node, tells }), commands))
    }

    /// Back, while the rollout goes on to nodes that take the newest revision and others that do not: unless what they say is
    /// about something outside, or pods are only started anew.
    fn back_from_some(&self, said: &Said<'_, '_>) -> Option<Fix> {
        let round = self.round;
        let older = round.nodes_with_available_old();
        let changes = Changes::of(round).filter(|_| round.has_outdated() && older > 0)?;
        let words = words(round, said);
        let is_outside = is_from_outside(round, &words) || is_not_known(&words);
        let is_of_node = heard(round, said).is_some_and(|it| it.owner() == Owner::Node);
        if is_outside || is_of_node || changes.only_starts_anew().is_some() {
            return None;
        }
        let (revision, ..) = self.back()?;
        let repair = RolloutRepair::BackFromSome {
            revision,
            runs: round.available_updated(),
            older,
        };
        let commands = vec![undo_command(round.daemon_set(), revision)];
        Some(Fix::outside(Repair::Rollout(repair), commands))
    }

    /// What decides or helps where it is open who is to blame, or neither the revision nor the node is.
    fn of_open_blame(
        &self,
        blame: &Blame,
        stalls: &Stalls<'_, '_>,
        is_pointed_at: bool,
    ) -> Vec<Fix> {
        let round = self.round;
        let set = round.daemon_set();
        let first = stalls.failing_new.first();
        match blame {
            // What is known of the words says more.
            Blame::RateLimited | Blame::RegistryFails if is_pointed_at => Vec::new(),
            Blame::RateLimited => {
                let commands = first.map(|said| describe_pod(said.pod));
                vec![Fix::outside(
                    Repair::Asked(AskedRepair::RateLimit),
                    commands.into_iter().collect(),
                )]
            }
            Blame::RegistryFails => {
                let nodes = stalls.failing_new.iter().filter(|said| {
                    said.problem.is_of_a_pull() && is_from_outside(round, &words(round, said))
                });
                let nodes = nodes.map(|said| said.node.name.to_owned()).collect();
                first
                    .map(|said| registry(round, said, nodes))
                    .into_iter()
                    .collect()
            }
            Blame::NoAnswer { address } => {
                ask_from_old(round, address, first).into_iter().collect()
            }
            Blame::OneNode | Blame::ByItsWords => {
                let asked = first.and_then(|said| asked_in_vain(round, &words(round, said)));
                let ask = asked.and_then(|address| ask_from_old(round, &address, first));
                let logs = if is_pointed_at {
                    None
                } else {
                    advice::logs(stalls, set)
                };
                let tell =
                    first.and_then(|said| self.to_tell(said, is_pointed_at || ask.is_some()));
                // Where it is open, what costs nothing comes first.
                let (then, last) = match blame {
                    Blame::OneNode => (logs, tell),
                    _ => (tell, logs),
                };
                ask.into_iter().chain(then).chain(last).collect()
            }
            Blame::RunsElsewhere => {
                let said = stalls.all_failing();
                let nodes: Vec<String> = said.map(|said| said.node.name.to_owned()).collect();
                let commands = describe_nodes(&nodes);
                let awaited = first
                    .filter(|said| said.lacks_sandbox(round))
                    .map(|_| Supply::PodNetwork);
                let differs = differs(round, &nodes);
                let repair = Repair::Node(NodeRepair::Nodes {
                    nodes,
                    awaited,
                    differs,
                });
                let look = Fix::outside(repair, commands);
                let since = since::of_start(round, stalls);
                // Of one node alone it may be both.
                let look = Some(look).filter(|_| since.is_none() || stalls.failing_new.len() == 1);
                let looks = since.into_iter().chain(look);
                looks
                    .filter(|_| !is_pointed_at)
                    .chain(advice::logs_if_silent(stalls, set))
                    .chain(
                        first
                            .filter(|_| !is_pointed_at)
                            .and_then(|said| self.back_from_some(said)),
                    )
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}
