//! `dsplan explain`

use clap::Args;
use daemonset::Planner;
use daemonset::api::DaemonSet;
use daemonset::explain::{Diagnosis, Fix, Ledger, Standing};
use serde_json::{Value, json};

use crate::input::{Input, InputError, name_of};
use crate::output::{self, Format, complain};
use crate::{Clock, End, Sources, matrix, node};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    clock: Clock,
    /// Say of this node which sets it runs, which not and why, and what would change that
    #[arg(long, value_name = "NODE")]
    node: Option<String>,
    /// Show which sets run on which nodes, like nodes together
    #[arg(long, conflicts_with = "node")]
    matrix: bool,
}

/// A set and its compiled rules.
pub struct Compiled<'a> {
    pub set: &'a DaemonSet,
    pub planner: Planner,
}

pub fn run(arguments: &Arguments) -> Result<End, InputError> {
    let input = Input::read(&arguments.sources)?;
    input.warn_of_unknown_fields();
    let mut end = End::Clean;
    let mut sets = Vec::new();
    for manifest in input.sets() {
        let set = &manifest.daemon_set;
        match Planner::new(set) {
            Ok(planner) => {
                let planner = planner.revisions(&input.inventory.revisions);
                let planner = match arguments.clock.now {
                    Some(now) => planner.now(now),
                    None => planner,
                };
                sets.push(Compiled { set, planner });
            }
            Err(error) => {
                complain("warning", &format!("{}: {error}", name_of(set)));
                end = End::Findings;
            }
        }
    }
    let format = arguments.sources.output;
    let found = if let Some(name) = &arguments.node {
        node::explain(&input, &sets, name, format)?
    } else if arguments.matrix {
        matrix::print(&input, &sets, format)
    } else {
        rollouts(&input, &sets, format)
    };
    Ok(if end == End::Findings { end } else { found })
}

/// Everything about one set's rollout.
struct Explained<'a> {
    set: &'a DaemonSet,
    diagnosis: Diagnosis,
    ledger: Ledger,
    fixes: Vec<Fix>,
}

fn rollouts(input: &Input, sets: &[Compiled<'_>], format: Format) -> End {
    let inventory = &input.inventory;
    let (nodes, pods) = (&inventory.nodes, &inventory.pods);
    let mut explained: Vec<Explained<'_>> = sets
        .iter()
        .map(|Compiled { set, planner }| Explained {
            set,
            diagnosis: planner.diagnose(nodes, pods),
            ledger: planner.ledger(nodes, pods),
            fixes: planner.rollout_fixes(nodes, pods, &inventory.revisions),
        })
        .collect();
    // What needs somebody comes first.
    explained.sort_by_key(|e| (urgency(e.diagnosis.standing), name_of(e.set)));
    if format == Format::Text {
        let in_full =
            |e: &&Explained<'_>| explained.len() == 1 || e.diagnosis.standing != Standing::Complete;
        for (at, e) in explained.iter().filter(in_full).enumerate() {
            let gap = if at == 0 { "" } else { "\n" };
            output::print(&format!("{gap}{}", e.text()));
        }
        let complete: Vec<_> = explained.iter().filter(|e| !in_full(e)).collect();
        if !complete.is_empty() && complete.len() < explained.len() {
            output::print("\n");
        }
        for e in complete {
            output::print(&format!(
                "{}: {}: {}\n",
                name_of(e.set),
                e.diagnosis.standing,
                e.diagnosis.primary
            ));
        }
    } else {
        let sets: Vec<Value> = explained.iter().map(Explained::value).collect();
        output::print_value(format, &json!({"daemonSets": sets}));
    }
    let needs_somebody = |e: &Explained<'_>| {
        matches!(
            e.diagnosis.standing,
            Standing::Blocked | Standing::Unclear | Standing::Idle
        )
    };
    End::findings_if(explained.iter().any(needs_somebody))
}

/// The lower, the sooner somebody wants to read it.
fn urgency(standing: Standing) -> u8 {
    match standing {
        Standing::Blocked => 0,
        Standing::Unclear => 1,
        Standing::Idle => 2,
        Standing::Waiting => 3,
        Standing::Progressing => 4,
        Standing::Complete => 5,
    }
}

impl Explained<'_> {
    fn text(&self) -> String {
        let mut lines = vec![self.diagnosis.to_string()];
        if !self.fixes.is_empty() {
            lines.push("\nwhat would help, each tried out on a copy:".to_owned());
            lines.extend(self.fixes.iter().map(|fix| format!("- {fix}")));
        }
        if self.diagnosis.standing != Standing::Complete {
            lines.push(format!("\nthe budget: {}", self.ledger));
        }
        output::heading(&name_of(self.set)) + &lines.join("\n") + "\n"
    }

    fn value(&self) -> Value {
        json!({
            "namespace": self.set.metadata.namespace,
            "name": self.set.metadata.name,
            "diagnosis": self.diagnosis,
            "ledger": self.ledger,
            "fixes": self.fixes,
        })
    }
}
