//! Changes of the template where the budget lets every pod go at once.

use daemonset::rollout::Strategy;
use serde_json::json;

use super::command::{target, word};
use super::takes::Change;
use super::{Caution, Fix};
use crate::edit::Edit;
use crate::round::Round;

/// The same, where the template would be changed with the caution that all pods go at once, and first the command by which
/// they go one by one.
pub(super) fn one_by_one(mut fixes: Vec<Fix>, round: &Round<'_>) -> Vec<Fix> {
    let Some(limit) = all_at_once(round) else {
        return fixes;
    };
    let status = &round.view.plan.status;
    let all = (status.desired_number_scheduled, status.number_available);
    // To go back leaves the pods that are of the revision before.
    let updated = i32::try_from(round.available_updated()).unwrap_or(i32::MAX);
    let newest = (status.updated_number_scheduled, updated);
    let set = round.daemon_set();
    let patch = json!({"spec": {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 1}}}});
    let first = format!(
        "kubectl patch {} -p {}",
        target(set),
        word(&patch.to_string())
    );
    for fix in &mut fixes {
        let (desired, available) = match change(fix, &target(set)) {
            Some(Change::Back) => newest,
            Some(Change::Template) => all,
            Some(Change::Other) | None => continue,
        };
        if desired > 1 && available > 0 && !fix.edits.iter().any(is_of_budget) {
            fix.cautions.push(Caution::AllAtOnce {
                limit: limit.clone(),
                desired,
                available,
            });
            fix.commands.insert(0, first.clone());
        }
    }
    fixes
}

/// `maxUnavailable`, where that lets all pods go at once.
fn all_at_once(round: &Round<'_>) -> Option<String> {
    let Strategy::RollingUpdate {
        max_unavailable, ..
    } = round.planner.strategy()
    else {
        return None;
    };
    let limits = round.limits().filter(|limits| limits.max_surge == 0)?;
    let desired = round.view.plan.status.desired_number_scheduled;
    let is_all = limits.max_unavailable >= i64::from(desired);
    is_all.then(|| max_unavailable.to_string())
}

fn is_of_budget(edit: &Edit) -> bool {
    matches!(
        edit,
        Edit::SetMaxUnavailable { .. } | Edit::SetMaxSurge { .. }
    )
}

/// What a fix changes of the template, by its commands or by its edits; to go back is the least.
fn change(fix: &Fix, target: &str) -> Option<Change> {
    let all = || fix.commands.iter().filter_map(|it| Change::of(it, target));
    let of = |wanted: Change| all().find(|it| *it == wanted);
    let by_edits = fix.edits.iter().any(Edit::changes_template);
    of(Change::Back)
        .or_else(|| of(Change::Template))
        .or_else(|| by_edits.then_some(Change::Template))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::{ContainerRepair, Repair};

    #[test]
    fn commands_that_change_the_template_are_known() {
        let of = |command: &str| {
            Fix::outside(
                Repair::Container(ContainerRepair::Running),
                vec![command.to_owned()],
            )
        };
        let replaces = |command: &str| change(&of(command), "ds/a -n b").is_some();
        for command in [
            "kubectl rollout undo ds/a -n b --to-revision=1",
            "kubectl set resources ds/a -n b -c a --requests=cpu=1",
            "kubectl patch ds/a -n b -p '{\"spec\":{\"template\":{}}}'",
            "kubectl edit ds/a -n b",
        ] {
            assert!(replaces(command), "{command}");
        }
        for command in [
            "kubectl describe ds/a -n b",
            "kubectl edit ds/other -n b",
            "kubectl patch ds/a -n b -p '{\"spec\":{\"updateStrategy\":{}}}'",
        ] {
            assert!(!replaces(command), "{command}");
        }
    }
}
