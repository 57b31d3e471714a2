//! How much more a pod could ask for.

use serde::Serialize;

use super::checks::Findings;
use super::context::Context;
use super::needs::{Need, PodNeeds};
use super::nominated::{findings, with_nominated};
use super::obstacle::Obstacle;
use super::occupancy::Occupancy;
use super::pods::PodName;
use super::room::NodeRoom;
use super::update::Replacement;

/// Whether room counts as free that pods of lower priority have taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Displacing {
    /// It does not: nobody is evicted.
    #[default]
    Nothing,
    /// It does, where the pod may evict them.
    LowerPriority,
}

/// How much more of one resource a pod could ask for on each node, everything else as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Headroom {
    /// The resource.
    pub resource: String,
    /// The largest raise on each node, the smallest first, then by name.
    pub raises: Vec<NodeRaise>,
    /// The nodes where the pod does not fit whatever it asks for of this resource, or where that
    /// cannot be told, by name.
    pub blocked: Vec<Blocked>,
}

/// The largest raise on a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeRaise {
    /// The node's name.
    pub node: String,
    /// How much more the pod could ask for; where it is negative, it must ask for that much less.
    pub raise: i128,
}

/// A node where no amount of the resource helps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// The node's name.
    pub node: String,
    /// What stands against the pod.
    pub obstacles: Vec<Obstacle>,
    /// What would have to be known.
    pub missing: Vec<Need>,
}

/// What a question for headroom takes for granted.
#[derive(Clone, Copy, Debug)]
pub struct HeadroomOptions<'a> {
    /// What the verdicts may read beside the pod and the node.
    pub context: Context<'a>,
    /// Whether the DaemonSet's own pods go first, so that their room is free.
    pub replacement: Replacement,
    /// Whether pods of lower priority make room.
    pub displacing: Displacing,
}

/// Own pods go first, and nobody is evicted.
impl Default for HeadroomOptions<'_> {
    fn default() -> Self {
        Self {
            context: Context::default(),
            replacement: Replacement::OldFirst,
            displacing: Displacing::Nothing,
        }
    }
}

impl PodNeeds {
    /// How much more of each of these resources the pod could ask for on the nodes that should
    /// run it. `own_on` tells the DaemonSet's own pods on a node.
    ///
    /// The amounts are those of the pod's effective request: where an init container asks for
    /// more than all others together, a container can ask for that much more besides.
    ///
    /// ```
    /// use daemonset::fit::*;
    /// use serde_json::json;
    ///
    /// let room = |name: &str, cpu: &str| -> Result<NodeRoom, FactsError> {
    ///     let allocatable = json!({"cpu": cpu, "pods": "9"});
    ///     let node = json!({"metadata": {"name": name}, "status": {"allocatable": allocatable}});
    ///     Ok(NodeRoom::new(&NodeFacts::from_json(&node)?))
    /// };
    /// let rooms = [room("a", "4")?, room("b", "1500m")?];
    /// let pod = json!({"spec": {"containers": [{"resources": {"requests": {"cpu": "1"}}}]}});
    /// let needs = PodNeeds::of_pod(&PodFacts::from_json(&pod)?);
    ///
    /// let found = needs.headroom(&["cpu"], &HeadroomOptions::default(), &rooms, |_| []);
    /// assert_eq!(found[0].largest(100), Some(500));
    /// assert_eq!(found[0].largest(50), Some(3000));
    /// assert_eq!(found[0].in_the_way(3000).next().unwrap().node, "b");
    /// # Ok::<(), FactsError>(())
    /// ```
    pub fn headroom<'r, 'o, Own: IntoIterator<Item = &'o PodName>>(
        &self,
        resources: &[&str],
        options: &HeadroomOptions<'_>,
        rooms: impl IntoIterator<Item = &'r NodeRoom>,
        own_on: impl Fn(&'r NodeRoom) -> Own,
    ) -> Vec<Headroom> {
        let empty = |resource: &&str| Headroom {
            resource: (*resource).to_owned(),
            raises: Vec::new(),
            blocked: Vec::new(),
        };
        let mut found: Vec<_> = resources.iter().map(empty).collect();
        for room in rooms {
            let mut here = Occupancy::of(room);
            if options.replacement == Replacement::OldFirst {
                here = here.without_these(own_on(room));
            }
            if options.displacing == Displacing::LowerPriority {
                here = here.without(|pod| self.may_evict(pod.priority()));
            }
            let mut against = findings(&here, self, &options.context);
            against.missing.extend(self.missing.iter().cloned());
            let fuller = with_nominated(&here, self).unwrap_or(here);
            for headroom in &mut found {
                headroom.add(self, &fuller, &against);
            }
        }
        for headroom in &mut found {
            let raises = &mut headroom.raises;
            raises.sort_by(|a, b| (a.raise, &a.node).cmp(&(b.raise, &b.node)));
            headroom.blocked.sort_by(|a, b| a.node.cmp(&b.node));
        }
        found
    }
}

impl Headroom {
    fn add(&mut self, needs: &PodNeeds, here: &Occupancy<'_>, against: &Findings) {
        let resource = self.resource.as_str();
        let is_other = |obstacle: &&Obstacle| !matches!(obstacle, Obstacle::Insufficient(short) if short.resource == resource);
        let others = against.obstacles.iter().filter(is_other);
        let node = here.room().name().to_owned();
        match here.room().allocatable() {
            Some(given) if others.clone().next().is_none() && against.missing.is_empty() => {
                let used = here.used().get(resource);
                let free = given.amounts.get(resource).saturating_sub(used);
                // A pod that asks for nothing fits where too much is taken.
                let raise = free.max(0).saturating_sub(needs.requests.get(resource));
                self.raises.push(NodeRaise { node, raise });
            }
            _ => self.blocked.push(Blocked {
                node,
                obstacles: others.cloned().collect(),
                missing: against.missing.clone(),
            }),
        }
    }

    /// The largest raise with which the pod fits on at least this share of the nodes, in percent:
    /// 100 is everywhere. `None` where too many nodes are blocked, or there is none. Negative
    /// where the pod asks for too much already.
    #[must_use]
    pub fn largest(&self, percent: u8) -> Option<i128> {
        let nodes = self.raises.len() + self.blocked.len();
        let may_miss = nodes.saturating_mul(usize::from(100 - percent.min(100))) / 100;
        let at = may_miss.checked_sub(self.blocked.len())?;
        self.raises.get(at).map(|node| node.raise)
    }

    /// The nodes with room for less than this raise, besides the blocked ones.
    pub fn in_the_way(&self, raise: i128) -> impl Iterator<Item = &NodeRaise> {
        self.raises
            .iter()
            .take_while(move |node| node.raise < raise)
    }
}
