//! Holds a controller to its promises at every write that the API server carries out.
//!
//! A controller acts on what it was shown last, so that a write is right if it is right by any
//! version between what it had been shown when it decided and the present.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::Planner;
use daemonset::api::{DaemonSet, Node};
use daemonset::control::Kind;
use daemonset::placement::Verdict;
use serde::Deserialize;
use serde_json::Value;

use crate::server::{
    Change, Server, controller_of, image_of, is_terminating, name_of, node_of, ready_since, text,
    uid_of,
};

/// How far the watches had shown the log when a request was decided, and when that was.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// Which operator it was.
    pub by: usize,
    pub at: i64,
    pub nodes: usize,
    pub pods: usize,
    pub sets: usize,
    pub revisions: usize,
}

/// How many pods may be created for a set that is gone: what is on its way, and what goes within half a
/// second of an answer that it was there.
const MOST_FOR_NOTHING: usize = 12;

#[derive(Default)]
pub struct Judge {
    /// Nodes of a set whose available pod was deleted for an update, until they have one again.
    /// By set; with the operator that deleted it, and where in the log.
    down: BTreeMap<String, BTreeMap<String, (usize, usize)>>,
    /// Which operator created or adopted a pod, by its UID, and where in the log.
    claimed_by: BTreeMap<String, (usize, usize)>,
    pub broken: Vec<String>,
    /// How many pods were created for a set that was gone already, by its UID.
    pub for_nothing: BTreeMap<String, usize>,
    /// By how much the operator's clock was wrong, in milliseconds.
    pub skews: Vec<i64>,
}

/// What the versions of a set that count say.
struct Terms {
    planners: Vec<(Planner, Value)>,
}

/// The versions of an object between a place in the log and the present.
fn versions<'a>(log: &'a [Change], kind: Kind, name: &str, from: usize) -> Vec<&'a Value> {
    let of = |change: &&Change| change.kind == kind && change.name == name;
    let before = log[..from.min(log.len())].iter().rev().find(of);
    let before = before.filter(|change| !change.gone);
    let since = log[from.min(log.len())..].iter().filter(of);
    let since = since.filter(|change| !change.gone);
    before
        .into_iter()
        .chain(since)
        .map(|change| &change.object)
        .collect()
}

/// The most nodes that there were since a place in the log.
fn most_nodes(server: &Server, known: Known) -> usize {
    let mut nodes = BTreeSet::new();
    let mut most = 0;
    for (at, change) in server
        .log
        .iter()
        .enumerate()
        .filter(|(_, change)| change.kind == Kind::Node)
    {
        if at >= known.nodes {
            most = most.max(nodes.len());
        }
        if change.gone {
            nodes.remove(&change.name);
        } else {
            nodes.insert(&change.name);
        }
    }
    most.max(nodes.len())
}

/// The hash of the revision that a pod or a revision carries.
fn hash_of(object: &Value) -> &str {
    text(object, "/metadata/labels/controller-revision-hash")
}

/// The image that the template of a revision has.
fn image_of_revision(revision: &Value) -> &str {
    let template = revision.pointer("/data/spec/template");
    template.map_or("", image_of)
}

/// The image that a pod is taken to be of: its own, until it is relabelled. Where two revisions hold
/// the current template, Kubernetes relabels *all* pods of the set to the one that it keeps, those of
/// another template too, and has only the label to tell of which they are from then on.
fn image_told<'a>(server: &'a Server, pod: &'a Value) -> &'a str {
    let mut log = server.log.iter();
    let made = log.find(|c| c.kind == Kind::Pod && uid_of(&c.object) == uid_of(pod));
    if made.is_none_or(|made| hash_of(&made.object) == hash_of(pod)) {
        return image_of(pod);
    }
    let revisions = server.log.iter().rev().map(|change| &change.object);
    let mut told = revisions
        .filter(|object| object["kind"] == "ControllerRevision" && hash_of(object) == hash_of(pod));
    told.next().map_or("", image_of_revision)
}

/// Whether a pod that a set has taken over, or taken back, may seem to be of a template that the set does
/// not know: the revision that its label names was not shown as the set's yet, or is gone, since no pod that
/// was shown carried it any more. After a collision the set's own revision of the same template has another
/// hash.
fn may_seem_foreign(server: &Server, pod: &Value, uid: &str, known: Known) -> bool {
    let mut log = server.log.iter();
    let is_it = |c: &Change| c.kind == Kind::Pod && uid_of(&c.object) == uid_of(pod);
    let revisions = (server.log.iter()).filter(|c| c.kind == Kind::ControllerRevision);
    let named = revisions.filter(|c| hash_of(&c.object) == hash_of(pod));
    let named = named.flat_map(|change| {
        let kind = Kind::ControllerRevision;
        versions(&server.log, kind, &change.name, known.revisions)
    });
    let named: Vec<_> = named.collect();
    log.any(|c| is_it(c) && controller_of(&c.object) != Some(uid))
        && (named.is_empty() || named.iter().any(|it| controller_of(it) != Some(uid)))
}

fn is_terminal(pod: &Value) -> bool {
    matches!(text(pod, "/status/phase"), "Failed" | "Succeeded")
}

fn counts(pod: &Value) -> bool {
    !(is_terminal(pod) && is_terminating(pod))
}

fn is_living(pod: &Value) -> bool {
    !is_terminal(pod) && !is_terminating(pod)
}

impl Terms {
    fn of(server: &Server, known: Known, uid: &str) -> Self {
        let sets = server
            .log
            .iter()
            .filter(|change| change.kind == Kind::DaemonSet);
        let names: BTreeSet<&str> = sets.map(|change| change.name.as_str()).collect();
        let all = names
            .into_iter()
            .flat_map(|name| versions(&server.log, Kind::DaemonSet, name, known.sets));
        let planners = all.filter(|set| uid_of(set) == uid).map(|set| {
            let planner = Planner::new(&DaemonSet::deserialize(set).unwrap()).unwrap();
            (planner, set.clone())
        });
        Self {
            planners: planners.collect(),
        }
    }

    fn verdicts(&self, server: &Server, known: Known, node: &str) -> Vec<Option<Verdict>> {
        let mut nodes = versions(&server.log, Kind::Node, node, known.nodes);
        let of = |change: &&Change| change.kind == Kind::Node && change.name == node;
        let known_then = server.log[..known.nodes.min(server.log.len())]
            .iter()
            .rev()
            .find(of);
        let gone = server.get(Kind::Node, node).is_none()
            || known_then.is_none_or(|change| change.gone)
            || (server.log[known.nodes.min(server.log.len())..].iter())
                .any(|c| c.kind == Kind::Node && c.name == node && c.gone);
        nodes.dedup();
        let mut verdicts: Vec<Option<Verdict>> = Vec::new();
        if gone {
            verdicts.push(None);
        }
        for (planner, _) in &self.planners {
            for node in &nodes {
                let node = Node::deserialize(*node).unwrap();
                verdicts.push(Some(planner.rules().verdict(&node)));
            }
        }
        verdicts
    }

    fn images(&self) -> BTreeSet<&str> {
        let sets = self.planners.iter();
        sets.map(|(_, set)| set.pointer("/spec/template").map_or("", image_of))
            .collect()
    }

    fn surges(&self) -> bool {
        self.planners
            .iter()
            .any(|(planner, _)| planner.strategy().surges())
    }

    /// The highest of the budgets: nodes unavailable, and nodes with two pods.
    fn limits(&self, nodes: usize) -> (usize, usize) {
        let mut highest = (0, 0);
        for (planner, _) in &self.planners {
            if let Ok(Some(limits)) = planner.strategy().limits(nodes) {
                highest.0 = highest
                    .0
                    .max(usize::try_from(limits.max_unavailable).unwrap_or(0));
                highest.1 = highest
                    .1
                    .max(usize::try_from(limits.max_surge).unwrap_or(0));
            }
        }
        highest
    }

    fn rolls(&self) -> bool {
        self.planners.iter().any(|(planner, _)| {
            planner
                .strategy()
                .limits(1)
                .is_ok_and(|limits| limits.is_some())
        })
    }

    fn min_ready_seconds(&self) -> i64 {
        let all = self
            .planners
            .iter()
            .map(|(planner, _)| planner.daemon_set().spec.min_ready_seconds);
        all.max().unwrap_or(0).into()
    }
}

impl Judge {
    fn say(&mut self, server: &Server, what: &str) {
        self.broken.push(format!("at {} ms: {what}", server.now));
    }

    /// Whether a pod was available already when a request was decided, by every clock that the
    /// operator had.
    fn is_available(&self, known: Known, pod: &Value, minimum: i64) -> bool {
        let slowest = self.skews.iter().copied().min().unwrap_or(0).min(0);
        let now = (known.at + slowest).div_euclid(1000);
        ready_since(pod).is_some_and(|since| minimum == 0 || since + minimum <= now)
    }

    /// The pods of a set on a node, but for one.
    fn pods_on<'a>(server: &'a Server, uid: &str, node: &str, but: &str) -> Vec<&'a Value> {
        let pods = server.all(Kind::Pod).filter(|pod| {
            controller_of(pod) == Some(uid)
                && node_of(pod) == node
                && name_of(pod) != but
                && counts(pod)
        });
        pods.collect()
    }

    /// An operator has created or adopted a pod.
    pub fn claimed(&mut self, server: &Server, pod: &Value, known: Known) {
        let made = (known.by, server.log.len());
        self.claimed_by.insert(uid_of(pod).to_owned(), made);
    }

    /// Whether another operator created or adopted a pod, and that was not shown yet.
    fn is_unknown(&self, pod: &Value, known: Known) -> bool {
        let claimed = self.claimed_by.get(uid_of(pod));
        claimed.is_some_and(|(by, at)| *by != known.by && *at > known.pods)
    }

    /// Something has changed: a node that is up again, or gone, is not down.
    pub fn see(&mut self, change: &Change) {
        let node = match change.kind {
            Kind::Pod if ready_since(&change.object).is_some() && is_living(&change.object) => {
                node_of(&change.object)
            }
            Kind::Node if change.gone => &change.name,
            _ => return,
        };
        for nodes in self.down.values_mut() {
            nodes.remove(node);
        }
    }

    /// A revision was deleted: no pod of its set was shown to carry it.
    pub fn forgotten(&mut self, server: &Server, revision: &Value, known: Known) {
        let carries = |pod: &&Value| {
            hash_of(pod) == hash_of(revision)
                && controller_of(pod) == controller_of(revision)
                && counts(pod)
        };
        let carried = server.all(Kind::Pod).find(|pod| {
            let versions = versions(&server.log, Kind::Pod, name_of(pod), known.pods);
            versions.iter().all(carries) && !self.is_unknown(pod, known)
        });
        // Under another name, one of the same hash may stay.
        let mut others = server.all(Kind::ControllerRevision);
        let stays = others.any(|it| {
            name_of(it) != name_of(revision)
                && hash_of(it) == hash_of(revision)
                && controller_of(it) == controller_of(revision)
        });
        if let Some(pod) = carried.filter(|_| !stays) {
            let (pod, revision) = (name_of(pod), name_of(revision));
            self.say(
                server,
                &format!("{revision} was deleted, and {pod} carries it"),
            );
        }
    }

    /// A pod was created.
    pub fn created(&mut self, server: &Server, pod: &Value, known: Known) {
        let Some(uid) = controller_of(pod) else {
            return self.say(server, "a pod without controller was created");
        };
        if server.all(Kind::DaemonSet).all(|set| uid_of(set) != uid) {
            let times = self.for_nothing.entry(uid.to_owned()).or_default();
            *times += 1;
            let times = *times;
            if times > MOST_FOR_NOTHING {
                self.say(
                    server,
                    &format!("{times} pods were created for a set that is gone"),
                );
            }
        }
        let terms = Terms::of(server, known, uid);
        let node = node_of(pod);
        let runs = terms.verdicts(server, known, node);
        if !runs.contains(&Some(Verdict::Run)) {
            self.say(
                server,
                &format!(
                    "{} was created on {node}, which should not run it",
                    name_of(pod)
                ),
            );
        }
        if !terms.images().contains(image_of(pod)) {
            self.say(
                server,
                &format!("{} was created with image {}", name_of(pod), image_of(pod)),
            );
        }
        let mut others = Self::pods_on(server, uid, node, name_of(pod));
        others.retain(|other| !self.is_unknown(other, known));
        self.claimed(server, pod, known);
        let living = others.iter().filter(|other| is_living(other)).count();
        if terms.surges() {
            if living > 1 {
                self.say(
                    server,
                    &format!(
                        "{} was created beside {living} pods on {node}",
                        name_of(pod)
                    ),
                );
            }
            let same = others.iter().any(|other| {
                is_living(other)
                    && image_told(server, other) == image_of(pod)
                    && !may_seem_foreign(server, other, uid, known)
            });
            if same {
                self.say(
                    server,
                    &format!(
                        "{} was created beside one of the same image on {node}",
                        name_of(pod)
                    ),
                );
            }
            self.surge(server, pod, &others, &terms, known);
        } else if !others.is_empty() {
            let others: Vec<_> = others.iter().map(|other| name_of(other)).collect();
            self.say(
                server,
                &format!("{} was created beside {others:?} on {node}", name_of(pod)),
            );
        }
    }

    /// No more nodes have an available old pod and a new one than may surge, unless the new one is
    /// there because the old one was not available.
    fn surge(
        &mut self,
        server: &Server,
        pod: &Value,
        others: &[&Value],
        terms: &Terms,
        known: Known,
    ) {
        let Some(uid) = controller_of(pod) else {
            return;
        };
        let old = others.iter().find(|other| is_living(other));
        let Some(old) = old else { return };
        let minimum = terms.min_ready_seconds();
        let available = |pod: &&Value| self.is_available(known, pod, minimum);
        if !versions(&server.log, Kind::Pod, name_of(old), known.pods)
            .iter()
            .all(available)
        {
            return;
        }
        let nodes: Vec<_> = server.all(Kind::Node).collect();
        let surging = nodes.iter().filter(|node| {
            let pods = Self::pods_on(server, uid, name_of(node), "");
            let living = pods
                .iter()
                .filter(|pod| is_living(pod) && !self.is_unknown(pod, known));
            let living: Vec<_> = living.collect();
            // Beside an old pod that was not seen to be ready the new one costs nothing.
            let was_ready = |pod: &&Value| {
                let versions = versions(&server.log, Kind::Pod, name_of(pod), known.pods);
                versions.iter().all(|pod| ready_since(pod).is_some())
            };
            living.len() > 1
                && living.iter().any(|pod| was_ready(pod))
                && living.iter().any(|pod| ready_since(pod).is_none())
        });
        let (surging, limit) = (surging.count(), terms.limits(most_nodes(server, known)).1);
        if surging > limit {
            self.say(
                server,
                &format!(
                    "{} was created, {surging} nodes surge, {limit} may",
                    name_of(pod)
                ),
            );
        }
    }

    /// A pod is about to get another hash: that of one of two revisions that hold a template of its
    /// set, before the other one is deleted.
    pub fn relabelled(&mut self, server: &Server, pod: &Value, hash: &str, known: Known) {
        let revisions = (server.log.iter()).filter(|c| c.kind == Kind::ControllerRevision);
        let names: BTreeSet<&str> = revisions.map(|change| change.name.as_str()).collect();
        let of = |kind, name, from| versions(&server.log, kind, name, from).into_iter();
        let pods = of(Kind::Pod, name_of(pod), known.pods);
        let is_right = pods.filter_map(controller_of).any(|uid| {
            let terms = Terms::of(server, known, uid);
            let images = terms.images();
            let holds = |revision: &Value| {
                let owner = controller_of(revision);
                images.contains(image_of_revision(revision)) && owner.is_none_or(|it| it == uid)
            };
            let alike = names
                .iter()
                .filter(|name| of(Kind::ControllerRevision, name, known.revisions).any(&holds));
            let alike: Vec<_> = alike.collect();
            alike.len() > 1 && alike.iter().any(|name| name.ends_with(&format!("-{hash}")))
        });
        if !is_right {
            let name = name_of(pod);
            self.say(
                server,
                &format!("{name} was relabelled to {hash} for nothing"),
            );
        }
    }

    /// A pod is about to be deleted.
    pub fn deleted(&mut self, server: &Server, pod: &Value, known: Known) {
        if !is_living(pod) {
            return;
        }
        let Some(uid) = controller_of(pod) else {
            return;
        };
        let uid = uid.to_owned();
        let (name, node) = (name_of(pod), node_of(pod));
        let terms = Terms::of(server, known, &uid);
        // It had ended, or was not available, in some version that counts.
        let pods = versions(&server.log, Kind::Pod, name, known.pods);
        if pods.iter().any(|pod| is_terminal(pod)) {
            return;
        }
        let verdicts = terms.verdicts(server, known, node);
        if verdicts
            .iter()
            .any(|verdict| matches!(verdict, None | Some(Verdict::Exclude)))
        {
            return;
        }
        let beside: BTreeSet<&str> = (server.log.iter())
            .filter(|change| {
                change.kind == Kind::Pod && change.name != name && node_of(&change.object) == node
            })
            .map(|change| change.name.as_str())
            .collect();
        let beside: Vec<&Value> = (beside.into_iter())
            .flat_map(|other| versions(&server.log, Kind::Pod, other, known.pods))
            .filter(|other| {
                is_living(other) && controller_of(other).is_none_or(|owner| owner == uid)
            })
            .collect();
        if !beside.is_empty() && !terms.surges() {
            return;
        }
        let images = terms.images();
        let told: BTreeSet<&str> = pods.iter().map(|pod| image_told(server, pod)).collect();
        let differs = |image: &&str| told.iter().any(|told| told != image);
        let foreign = may_seem_foreign(server, pod, &uid, known);
        let outdated = (foreign || images.iter().any(differs)) && terms.rolls();
        if !outdated && beside.is_empty() {
            return self.say(server, &format!("{name} on {node} was deleted for nothing: it is of the only template there is, {images:?}"));
        }
        let minimum = terms.min_ready_seconds();
        let available = |pod: &&Value| self.is_available(known, pod, minimum);
        let was_always = pods.iter().all(available);
        if !was_always {
            return;
        }
        let all = most_nodes(server, known);
        if terms.surges() {
            let replaced = beside.iter().any(|other| ready_since(other).is_some());
            let other_strategy = terms
                .planners
                .iter()
                .any(|(planner, _)| !planner.strategy().surges());
            let spare = verdicts
                .iter()
                .any(|verdict| *verdict != Some(Verdict::Run));
            // Of two old ones, or two new ones, the first stays, available or not.
            let twice = images.iter().any(|image| {
                let is_new = image_told(server, pod) == *image;
                beside
                    .iter()
                    .any(|other| (image_told(server, other) == *image) == is_new)
            });
            if !replaced && !other_strategy && !spare && !twice {
                self.say(
                    server,
                    &format!("{name} on {node} was deleted and nothing is available there"),
                );
            }
            return;
        }
        let nodes = self.down.entry(uid.clone()).or_default();
        nodes.retain(|node, _| {
            terms
                .verdicts(server, known, node)
                .iter()
                .all(|verdict| *verdict == Some(Verdict::Run))
        });
        // What another operator has deleted counts once it was shown: it stands next in the log.
        let is_known = |(by, at): &&(usize, usize)| *by == known.by || *at < known.pods;
        let down = nodes.values().filter(is_known).count();
        let limit = terms.limits(all).0;
        if down + 1 > limit {
            self.say(
                server,
                &format!("{name} on {node} was deleted, {down} nodes are down and {limit} may"),
            );
        }
        if verdicts
            .iter()
            .all(|verdict| *verdict == Some(Verdict::Run))
        {
            let deleted = (known.by, server.log.len());
            let nodes = self.down.entry(uid).or_default();
            nodes.insert(node.to_owned(), deleted);
        }
    }
}
