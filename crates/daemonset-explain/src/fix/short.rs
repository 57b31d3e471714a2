//! What nodes are short of that pods ask for, or say that they lack, told for all nodes together.

use super::command::{describe_nodes, namespace, target, word};
use super::look::at_kubelets;
use super::requests::{also_too_small, defaults, is_critical, lowered, short_of, yielding};
use super::untried::class_above;
use super::{Fix, NodeRepair, PlacementRepair, Repair};
use crate::round::Round;
use crate::signs::device::offered_like;
use crate::stall::Stalls;
use crate::template::host_ports;

/// How many nodes are looked at.
const NAMED: usize = 3;

/// What nodes are short of, in the order in which it is told.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Short {
    /// A host port.
    Ports,
    /// A device of this resource.
    Device(String),
    /// A larger node.
    Size,
    /// Room that others have taken.
    Room,
    /// One pod less on the node.
    Slots,
    /// The selector that the template does not have.
    Selector,
    /// Anything else that the scheduler says.
    Scheduling,
    /// A kubelet that takes the pod up.
    Report,
}

impl Short {
    /// What to do about it.
    pub(super) fn fix(
        self,
        nodes: Vec<String>,
        first_pod: &str,
        stalls: &Stalls<'_, '_>,
        round: &Round<'_>,
    ) -> Fix {
        let set = round.daemon_set();
        let mut commands = describe_nodes(&nodes);
        let repair = match self {
            Self::Ports => {
                let there = nodes.iter().take(NAMED).map(|node| {
                    format!(
                        "kubectl get pods -A --field-selector spec.nodeName={} -o \
                         'custom-columns=NAMESPACE:.metadata.namespace,POD:.metadata.name,PORTS:.spec.containers[*].ports[*].hostPort'",
                        word(node)
                    )
                });
                commands = there.collect();
                commands.push(format!("kubectl edit {}", target(set)));
                let ports = host_ports(set);
                Repair::Placement(PlacementRepair::HostPorts { ports, nodes })
            }
            Self::Device(resource) => {
                let there = nodes.iter().take(NAMED).map(|node| {
                    format!(
                        "kubectl get pods -A -o wide --field-selector spec.nodeName={}",
                        word(node)
                    )
                });
                commands = there.collect();
                let shown = nodes.first().map(|node| {
                    format!(
                        "kubectl get node {} -o jsonpath='{{.status.allocatable}}'",
                        word(node)
                    )
                });
                commands.splice(0..0, shown);
                let offered = offered_like(&resource, &nodes, round);
                Repair::Placement(PlacementRepair::DevicePlugin {
                    resource,
                    nodes,
                    offered,
                })
            }
            Self::Size => {
                let asked = short_of(stalls, &nodes, round);
                commands.splice(.., lowered(&asked, round));
                commands.extend(defaults(&asked, set));
                let (more, none_fits) = also_too_small(&nodes, round);
                let nodes = nodes.into_iter().chain(more).collect();
                Repair::Placement(PlacementRepair::Size {
                    nodes,
                    asked,
                    none_fits,
                })
            }
            Self::Room => {
                let asked = short_of(stalls, &nodes, round);
                commands.truncate(1);
                commands.splice(0..0, lowered(&asked, round));
                let is_critical = is_critical(stalls, &nodes, round);
                let others = yielding(&nodes, &asked, round);
                Repair::Placement(PlacementRepair::Room {
                    nodes,
                    asked,
                    is_critical,
                    others,
                })
            }
            Self::Slots => {
                commands.truncate(1);
                let is_critical = is_critical(stalls, &nodes, round);
                let others = yielding(&nodes, &[], round);
                let can_yield = others.as_ref().is_some_and(|it| !it.is_empty());
                if can_yield && !is_critical {
                    let above = class_above(&nodes, round).filter(|it| it.value.is_some());
                    commands.extend(above.into_iter().flat_map(|it| it.commands));
                }
                Repair::Placement(PlacementRepair::PodSlots {
                    nodes,
                    is_critical,
                    others,
                })
            }
            Self::Selector => {
                let namespace = namespace(set);
                commands = vec![
                    format!(
                        "kubectl get pod {} -n {namespace} -o jsonpath='{{.spec.nodeSelector}}'",
                        word(first_pod)
                    ),
                    format!("kubectl get namespace {namespace} -o yaml"),
                ];
                Repair::Placement(PlacementRepair::AdmittedSelector { namespace, nodes })
            }
            Self::Scheduling => Repair::Placement(PlacementRepair::Scheduling { nodes }),
            Self::Report => {
                commands = at_kubelets(&nodes, round);
                Repair::Node(NodeRepair::NoReport { nodes })
            }
        };
        Fix::outside(repair, commands)
    }
}
