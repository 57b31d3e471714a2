//! `dsplan explain`

use clap::Args;
use daemonset::api::DaemonSet;
use daemonset::{Cluster, Options};
use daemonset_explain::{Applicability, Explainer, Fix, Standing};
use serde_json::{Value, json};

use crate::input::{Failure, Input, name_of};
use crate::kubectl::Needs;
use crate::output::{self, Format, Page, complain};
use crate::{Clock, End, Sources, matrix, node};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub sources: Sources,
    /// Print for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    clock: Clock,
    /// Say of this node which DaemonSets it runs, which not and why, and what would change that
    #[arg(long, value_name = "NODE")]
    node: Option<String>,
    /// Show which DaemonSets run on which nodes, like nodes together
    #[arg(long, conflicts_with = "node")]
    matrix: bool,
}

/// A set and what is explained of it.
pub struct Explained<'a> {
    pub set: &'a DaemonSet,
    pub explainer: Explainer<'a>,
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read_at(&arguments.sources, &arguments.clock, Needs::Evidence)?;
    input.complain_of_undecodable();
    input.warn_of_unknown_fields();
    let cluster = input.cluster();
    let mut malformed = false;
    let mut sets = Vec::new();
    for manifest in input.sets() {
        let set = &manifest.daemon_set;
        match Explainer::new(set, &cluster, &Options::default()) {
            Ok(explainer) => sets.push(Explained {
                set,
                explainer: explainer.with_evidence(input.inventory.evidence()),
            }),
            Err(error) => {
                complain("warning", &format!("{}: {error}", name_of(set)));
                malformed = true;
            }
        }
    }
    let format = arguments.output;
    let found = if let Some(name) = &arguments.node {
        node::explain(&cluster, &sets, name, format)?
    } else if arguments.matrix {
        matrix::print(&cluster, &sets, format)?
    } else {
        rollouts(&cluster, sets, format)?
    };
    Ok(input.end(malformed || found == End::Findings))
}

fn rollouts(
    cluster: &Cluster<'_>,
    mut explained: Vec<Explained<'_>>,
    format: Format,
) -> Result<End, Failure> {
    // What needs attention comes first.
    explained.sort_by_cached_key(|e| (urgency(e.standing()), name_of(e.set)));
    if format == Format::Text {
        page(&explained).print()?;
    } else {
        let sets: Vec<Value> = explained.iter().map(Explained::value).collect();
        output::print_value(format, &json!({"now": cluster.now(), "daemonSets": sets}))?;
    }
    let needs_attention = |e: &Explained<'_>| {
        matches!(
            e.standing(),
            Standing::Blocked | Standing::Unclear | Standing::Idle
        )
    };
    Ok(End::findings_if(explained.iter().any(needs_attention)))
}

fn page(explained: &[Explained<'_>]) -> Page {
    let mut page = Page::new();
    let in_full = |e: &&Explained<'_>| explained.len() == 1 || e.standing() != Standing::Complete;
    for e in explained.iter().filter(in_full) {
        page.gap();
        e.add_to(&mut page);
    }
    let complete: Vec<_> = explained.iter().filter(|e| !in_full(e)).collect();
    if !complete.is_empty() {
        page.gap();
    }
    for e in complete {
        let diagnosis = e.explainer.diagnosis();
        page.line(&format!(
            "{}: {}: {}",
            name_of(e.set),
            diagnosis.standing,
            diagnosis.primary
        ));
    }
    page
}

/// The lower, the sooner it should be read.
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
    fn standing(&self) -> Standing {
        self.explainer.diagnosis().standing
    }

    fn add_to(&self, page: &mut Page) {
        page.heading(&name_of(self.set));
        lines_of(page, &self.explainer.diagnosis().to_string());
        add_fixes(page, &self.explainer.fixes(), "What would help");
        if self.standing() != Standing::Complete {
            page.gap();
            lines_of(page, &format!("The budget: {}", self.explainer.ledger()));
        }
    }

    fn value(&self) -> Value {
        json!({
            "namespace": self.set.metadata.namespace,
            "name": self.set.metadata.name,
            "diagnosis": self.explainer.diagnosis(),
            "ledger": self.explainer.ledger(),
            "fixes": self.explainer.fixes(),
        })
    }
}

/// Text of several lines, each of which is escaped where it was put together.
fn lines_of(page: &mut Page, text: &str) {
    for line in text.lines() {
        match (line.strip_prefix("- "), line.strip_prefix("  ")) {
            (Some(item), _) => page.item(item),
            (None, Some(detail)) => page.detail(detail),
            (None, None) => page.line(line),
        }
    }
}

/// Fixes under a heading, those that were proven apart from those that assume something.
pub fn add_fixes(page: &mut Page, fixes: &[Fix], heading: &str) {
    let (proven, assuming): (Vec<&Fix>, Vec<&Fix>) = fixes
        .iter()
        .partition(|fix| fix.applicability == Applicability::Proven);
    for (fixes, how) in [
        (proven, "proven on a copy of what was given"),
        (assuming, "if something outside is repaired"),
    ] {
        if !fixes.is_empty() {
            page.gap();
            page.line(&format!("{heading}, {how}:"));
            for fix in fixes {
                page.item(&fix.to_string());
            }
        }
    }
}
