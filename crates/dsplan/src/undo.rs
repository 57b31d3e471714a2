//! `dsplan undo`

use clap::Args;
use daemonset::revision::{RollbackError, history, roll_back};
use daemonset::template::{Shape, canonical_template};
use daemonset::well_known::TEMPLATE_GENERATION;
use daemonset_explain::what_if::{Difference, differences};
use daemonset_explain::words::list;
use daemonset_manifest::apply::{apply, stored};
use serde_json::{Map, Value, json};

use crate::input::{Failure, Input, name_of, no_revisions};
use crate::kubectl::Needs;
use crate::output::{self, Format, complain};
use crate::{End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub sources: Sources,
    /// Print YAML (as with `text`), or JSON
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// The revision to go back to; by default, and with 0, the one before the newest
    #[arg(long, value_name = "NUMBER")]
    to_revision: Option<i64>,
}

/// What the API server keeps by itself: in a manifest it is ignored or makes `kubectl apply` fail.
const KEPT_BY_THE_SERVER: [&str; 7] = [
    "resourceVersion",
    "uid",
    "generation",
    "creationTimestamp",
    "managedFields",
    "selfLink",
    "deletionTimestamp",
];

/// How many fields are named that `kubectl apply` would keep.
const SHOWN: usize = 3;

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read(&arguments.sources, Needs::Revisions)?;
    input.complain_of_undecodable();
    let manifest = input.the_set()?;
    let set = &manifest.daemon_set;
    let revisions = &input.inventory.revisions;
    let name = name_of(set);
    if history(set, revisions).is_empty() {
        complain("error", &format!("{name}: {}", no_revisions(set)));
        return Ok(input.end(true));
    }
    // As with kubectl.
    let wanted = arguments.to_revision.filter(|number| *number != 0);
    let rolled_back = roll_back(set, revisions, wanted);
    let rolled_back = match rolled_back {
        Ok(rolled_back) => rolled_back,
        Err(error) => {
            complain("error", &format!("{name}: {error}"));
            // One that was asked for by its number is an argument that failed.
            return Ok(match error {
                RollbackError::NotFound { .. } => End::Incomplete,
                _ => input.end(true),
            });
        }
    };
    let mut object = manifest.written.to_json();
    object.retain(|field, _| field != "status");
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.retain(|field, _| !KEPT_BY_THE_SERVER.contains(&field.as_str()));
        raise_generation(metadata);
    }
    let spec = object
        .entry("spec")
        .or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(spec) = spec {
        spec.insert("template".to_owned(), rolled_back.template.into());
    }
    let format = match arguments.output {
        Format::Text => Format::Yaml,
        format => format,
    };
    let left = left_by_apply(&manifest.written.to_json(), &object);
    output::print_value(format, &Value::Object(object))?;
    if !left.is_empty() {
        let text = format!(
            "{name}: kubectl apply would not go back all the way, since it keeps what no manifest said: {}; use \
             kubectl replace",
            list(&left, SHOWN)
        );
        complain("warning", &text);
    }
    let revision = rolled_back.revision;
    complain(
        "note",
        &format!("{name} with the template of revision {revision}"),
    );
    if set.spec.update_strategy.type_ == "OnDelete" {
        let text = format!(
            "{name}: its strategy is OnDelete: a pod is replaced when it is deleted, not before"
        );
        complain("note", &text);
    }
    Ok(input.end(false))
}

/// What `kubectl apply` would leave of the template that is there: it takes away only what an earlier
/// manifest said.
fn left_by_apply(live: &Map<String, Value>, undone: &Map<String, Value>) -> Vec<Difference> {
    let template = |set: Map<String, Value>| -> Option<Value> {
        let set = stored(set, Some(live)).ok()?;
        Some(json!({"spec": {"template": canonical_template(&set.spec.template.into())}}))
    };
    let applied = template(apply(live, undone).set);
    let (Some(wanted), Some(applied)) = (template(undone.clone()), applied) else {
        return Vec::new();
    };
    differences(Shape::daemon_set(), &wanted, &applied)
}

/// Going back changes the template, and the API server counts its changes in an annotation.
fn raise_generation(metadata: &mut Map<String, Value>) {
    let count = (metadata.get_mut("annotations"))
        .and_then(|annotations| annotations.get_mut(TEMPLATE_GENERATION));
    if let Some(count) = count
        && let Some(number) = count.as_str().and_then(|text| text.parse::<i64>().ok())
    {
        *count = number.saturating_add(1).to_string().into();
    }
}
