//! `dsplan status`

use std::fmt;

use clap::Args;
use daemonset::api::DaemonSet;
use daemonset::fit::ClusterRoom;
use daemonset::outcome::RolloutStatus;
use daemonset::{Cluster, Options};
use daemonset_explain::evidence::Evidence;
use daemonset_explain::{Explainer, Finding, shell_word};
use daemonset_manifest::Manifest;
use serde_json::{Value, json};

use crate::explain::{add_fixes, explaining};
use crate::input::{Failure, Input, is_live, name_of};
use crate::kubectl::Needs;
use crate::output::{self, Format, Page, complain};
use crate::{End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub sources: Sources,
    /// Print for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

/// A set and how far its rollout is.
struct State<'a> {
    set: &'a DaemonSet,
    rollout: Rollout,
    /// What explains it; none where its selector does not parse.
    explainer: Option<Explainer<'a>>,
    /// That the status is not what the pods say.
    contradicted: Option<Finding>,
}

/// How far a rollout is, as the status that the controller wrote tells.
enum Rollout {
    /// The input has no status.
    Unknown,
    /// Pods are replaced when they are deleted: kubectl does not watch that.
    OnDelete { updated: i32, desired: i32 },
    /// As kubectl says it.
    Rolling(RolloutStatus),
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let sources = &arguments.sources;
    // A cluster is asked for no more than kubectl looks at; of a file all is there.
    let needs = if is_live(sources) {
        Needs::DaemonSets
    } else {
        Needs::Evidence
    };
    let input = Input::read(sources, needs)?;
    input.complain_of_undecodable();
    let cluster = input.cluster();
    let room = input.room();
    let evidence = input.inventory.evidence();
    let states: Vec<State<'_>> = (input.sets())
        .map(|manifest| State::new(manifest, &cluster, (evidence, &room)))
        .collect();
    for state in &states {
        let name = name_of(state.set);
        if matches!(state.rollout, Rollout::Unknown) {
            let text = format!("{name}: the input has no status of it, so nothing is known");
            complain("warning", &text);
        }
    }
    match arguments.output {
        Format::Text => page(&states, sources).print()?,
        format => {
            let sets: Vec<Value> = states.iter().map(State::value).collect();
            output::print_value(format, &json!({"daemonSets": sets}))?;
        }
    }
    Ok(input.end(!states.iter().all(State::is_clear)))
}

impl<'a> State<'a> {
    /// A manifest that was never applied has no status, and a missing one reads like a rollout over
    /// no nodes.
    fn new(
        manifest: &'a Manifest,
        cluster: &'a Cluster<'a>,
        (evidence, room): (&'a Evidence, &'a ClusterRoom),
    ) -> Self {
        let set = &manifest.daemon_set;
        let status = manifest.written.to_json().remove("status");
        let is_known = status.is_some_and(|status| status.is_object());
        let rollout = if !is_known {
            Rollout::Unknown
        } else if set.spec.update_strategy.type_ == "OnDelete" {
            Rollout::OnDelete {
                updated: set.status.updated_number_scheduled,
                desired: set.status.desired_number_scheduled,
            }
        } else {
            Rollout::Rolling(RolloutStatus::of(set))
        };
        let explainer = Explainer::new(set, cluster, &Options::default()).ok();
        let explainer = explainer.map(|it| it.with_evidence(evidence).with_room(room));
        let contradicted = explainer.as_ref().and_then(Explainer::status_contradicted);
        Self {
            set,
            rollout,
            explainer,
            contradicted,
        }
    }

    /// What explains a rollout that is not complete, where nodes and pods were given.
    fn explained(&self) -> Option<&Explainer<'a>> {
        let explainer = self.explainer.as_ref()?;
        let is_given = !explainer.cluster().nodes().is_empty() && explainer.not_given().is_none();
        (is_given && self.is_known()).then_some(explainer)
    }

    fn is_known(&self) -> bool {
        !matches!(self.rollout, Rollout::Unknown)
    }

    /// How far the rollout is, and by whose word where the pods say otherwise.
    fn course(&self) -> String {
        match &self.rollout {
            Rollout::Rolling(RolloutStatus::Complete) if self.contradicted.is_some() => {
                "complete by its status".to_owned()
            }
            other => other.to_string(),
        }
    }

    fn is_done(&self) -> bool {
        matches!(&self.rollout, Rollout::Rolling(rollout) if rollout.is_done())
    }

    /// Whether it is complete by its status and by its pods.
    fn is_clear(&self) -> bool {
        self.is_done() && self.contradicted.is_none()
    }

    fn value(&self) -> Value {
        let is_known = self.is_known();
        json!({
            "namespace": self.set.metadata.namespace,
            "name": self.set.metadata.name,
            "rollout": is_known.then(|| RolloutStatus::of(self.set)),
            "onDelete": matches!(self.rollout, Rollout::OnDelete { .. }),
            "done": self.is_done(),
            "status": is_known.then_some(&self.set.status),
            "contradicted": self.contradicted,
        })
    }
}

impl fmt::Display for Rollout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::OnDelete { updated, desired } => {
                write!(f, "OnDelete: {updated} of {desired} nodes have the new pod")
            }
            Self::Rolling(rollout) => rollout.fmt(f),
        }
    }
}

/// What kubectl says of such a set.
const ON_DELETE: &str = "The strategy is OnDelete, which kubectl rollout status refuses to watch: pods are replaced \
                         when they are deleted.";

/// Of so many rollouts that are not complete it is told how they stand.
const MOST_TOLD: usize = 8;

/// How rollouts stand that are not complete, what would help where it is one, and what tells more.
fn add_what_is_next(page: &mut Page, states: &[State<'_>], sources: &Sources) {
    let open: Vec<&State<'_>> = states.iter().filter(|state| !state.is_clear()).collect();
    let Some(first) = open.first() else {
        return;
    };
    for state in open.iter().take(MOST_TOLD) {
        let Some(diagnosis) = state.explained().map(Explainer::diagnosis) else {
            continue;
        };
        if Some(&diagnosis.primary) != state.contradicted.as_ref() {
            let name = name_of(state.set);
            let clauses = diagnosis.primary.clauses();
            page.gap();
            page.line(&format!(
                "{name}: {}: {}",
                diagnosis.standing,
                clauses.first().map_or("", String::as_str)
            ));
        }
    }
    if let ([_], Some(explainer)) = (states, first.explained()) {
        let fixes = explainer.fixes();
        add_fixes(page, fixes.get(..1).unwrap_or_default(), "What would help");
    }
    page.gap();
    if open.iter().any(|state| state.is_known()) {
        page.line("Why, and what would help, is told by:");
        page.command(&explaining(sources));
    } else {
        page.line("What would tell:");
        let metadata = &first.set.metadata;
        page.command(&format!(
            "kubectl get ds/{} -n {} -o yaml",
            shell_word(&metadata.name),
            shell_word(&metadata.namespace)
        ));
    }
}

fn page(states: &[State<'_>], sources: &Sources) -> Page {
    let done = states.iter().filter(|state| state.is_clear()).count();
    let answer = match (done, states) {
        (_, [state]) if matches!(state.rollout, Rollout::Unknown) => {
            "Nothing is known of the rollout.".to_owned()
        }
        (_, [state]) if matches!(state.rollout, Rollout::OnDelete { .. }) => ON_DELETE.to_owned(),
        (_, [state]) if state.is_done() && state.contradicted.is_some() => {
            "The rollout is complete by its status, and not by its pods.".to_owned()
        }
        (1, [_]) => "The rollout is complete.".to_owned(),
        (_, [_]) => "The rollout is not complete.".to_owned(),
        (done, all) if done == all.len() => format!("All {done} rollouts are complete."),
        (1, all) => format!("1 of {} rollouts is complete.", all.len()),
        (done, all) => format!("{done} of {} rollouts are complete.", all.len()),
    };
    let mut page = Page::new();
    page.line(&answer);
    page.gap();
    let rows = states.iter().map(|state| {
        let count = |number: i32| match state.rollout {
            Rollout::Unknown => "?".to_owned(),
            _ => number.to_string(),
        };
        let set = state.set;
        let counted = &set.status;
        [
            set.metadata.namespace.clone(),
            set.metadata.name.clone(),
            count(counted.desired_number_scheduled),
            count(counted.current_number_scheduled),
            count(counted.number_ready),
            count(counted.updated_number_scheduled),
            count(counted.number_available),
            state.course(),
        ]
    });
    let header = [
        "NAMESPACE",
        "NAME",
        "DESIRED",
        "CURRENT",
        "READY",
        "UP-TO-DATE",
        "AVAILABLE",
        "ROLLOUT",
    ];
    page.table(header, rows);
    for state in states {
        if let Some(contradicted) = &state.contradicted {
            page.gap();
            page.line(&format!("{}: {contradicted}.", name_of(state.set)));
        }
    }
    add_what_is_next(&mut page, states, sources);
    page
}
