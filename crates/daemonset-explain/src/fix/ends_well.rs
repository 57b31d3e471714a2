//! Containers that end as what has done its work, and are to go on running.

use daemonset::api::DaemonSet;

use super::command::word;
use super::{ContainerRepair, Repair};
use crate::stall::Said;
use crate::words::shortened;

/// How much of what a container runs is told.
const LONGEST_COMMAND: usize = 120;

/// That a container of the template ends as what has done its work: no init container, and none that a probe may have
/// killed.
pub(super) fn ends_well(said: &Said<'_, '_>, set: &DaemonSet) -> Option<Repair> {
    let end = said.problem.last_end()?;
    if end.exit_code != 0 || end.reason != "Completed" {
        return None;
    }
    let name = said.problem.container()?;
    let spec = set.spec.template.spec_as_json();
    let mut containers = spec["containers"].as_array()?.iter();
    let container = containers.find(|it| it["name"] == name)?;
    let is_probed = ["livenessProbe", "startupProbe"].iter();
    if is_probed
        .into_iter()
        .any(|probe| !container[*probe].is_null())
    {
        return None;
    }
    let words = ["command", "args"].iter();
    let words = words.filter_map(|field| container[*field].as_array());
    let in_quotes = |text: &str| {
        if text.is_empty() || text.contains(char::is_whitespace) {
            word(text)
        } else {
            text.to_owned()
        }
    };
    let words = words.flatten().filter_map(|it| it.as_str()).map(in_quotes);
    let runs = words.collect::<Vec<_>>().join(" ");
    Some(Repair::Container(ContainerRepair::EndsWell {
        container: name.to_owned(),
        runs: (!runs.is_empty()).then(|| shortened(&runs, LONGEST_COMMAND).into_owned()),
    }))
}
