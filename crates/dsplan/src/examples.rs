//! What the help of each verb shows.

pub const PLAN: &str = "\
Examples:
  dsplan plan dump.yaml
  dsplan plan agent.yaml nodes-and-pods.yaml
  dsplan plan dump.yaml --policy policy.yaml";

pub const EXPLAIN: &str = "\
Examples:
  dsplan explain dump.yaml
  dsplan explain dump.yaml infra/agent -o json
  dsplan explain dump.yaml --node node-a
  dsplan explain dump.yaml --matrix
  dsplan explain -A --watch";

pub const STATUS: &str = "\
Examples:
  dsplan status dump.yaml
  dsplan status -n infra agent";

pub const HISTORY: &str = "\
Examples:
  dsplan history dump.yaml infra/agent
  dsplan history dump.yaml infra/agent --revision 2";

pub const UNDO: &str = "\
Examples:
  dsplan undo dump.yaml infra/agent > agent.yaml
  dsplan undo dump.yaml infra/agent --to-revision 3 -o json";

pub const VALIDATE: &str = "\
Examples:
  dsplan validate agent.yaml
  dsplan validate agent.yaml --old dump.yaml
  dsplan validate agent.yaml --fail-level warning -o github";

pub const DIFF: &str = "\
Examples:
  dsplan diff agent.yaml
  dsplan diff dump.yaml agent.yaml
  dsplan diff dump.yaml agent.yaml -n infra
  dsplan diff before.yaml after.yaml infra/agent -o json";

pub const FORECAST: &str = "\
Examples:
  dsplan forecast agent.yaml
  dsplan forecast dump.yaml agent.yaml
  dsplan forecast dump.yaml agent.yaml --deadline 30m --html forecast.html";

pub const FIT: &str = "\
Examples:
  dsplan fit dump.yaml
  dsplan fit dump.yaml infra/agent";

pub const OVERHEAD: &str = "\
Examples:
  dsplan overhead dump.yaml --labels kubernetes.io/os=linux,disk=ssd --no-other-labels
  dsplan overhead dump.yaml --taints dedicated=gpu:NoSchedule --allocatable cpu=3920m,memory=15Gi
  dsplan overhead dump.yaml --node node-a";

pub const LINT: &str = "\
Examples:
  dsplan lint agent.yaml
  dsplan lint agent.yaml nodes.yaml -n infra
  dsplan lint agent.yaml --off floating-image --fail-level error -o sarif";

pub const REPORT: &str = "\
Examples:
  dsplan report dump.yaml > page.html
  dsplan report -A > page.html";

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::Command;

    #[test]
    fn every_example_is_understood() {
        let all = [
            PLAN,
            EXPLAIN,
            STATUS,
            HISTORY,
            UNDO,
            VALIDATE,
            DIFF,
            FORECAST,
            FIT,
            OVERHEAD,
            LINT,
            REPORT,
            crate::AFTER_HELP,
        ];
        let lines = all.iter().flat_map(|text| text.lines());
        let examples: Vec<&str> = lines
            .map(str::trim)
            .filter(|line| line.starts_with("dsplan "))
            .collect();
        assert!(examples.len() > all.len(), "{examples:?}");
        for example in examples {
            let words = example.split(" > ").next().unwrap_or_default().split(' ');
            let words: Vec<OsString> = words.map(OsString::from).collect();
            if let Err(error) = Command::try_parse_by_name(&words) {
                panic!("{example}: {error}");
            }
        }
    }
}
