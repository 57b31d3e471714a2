//! `dsplan explain --node`: one node, and every set on it.

use daemonset::Cluster;
use daemonset::placement::{Obstacle, Verdict};
use daemonset_explain::evidence::Moment;
use daemonset_explain::{Fix, OnNode, Standing};
use serde_json::{Value, json};

use crate::End;
use crate::explain::shared::comes_from_there;
use crate::explain::{Explained, add_fixes};
use crate::input::{Failure, name_of, near_nodes};
use crate::output::{self, Format, Page};

pub fn explain(
    cluster: &Cluster<'_>,
    sets: &[Explained<'_>],
    name: &str,
    moment: &Moment,
    format: Format,
) -> Result<End, Failure> {
    if cluster.node(name).is_none() {
        if let Some(page) = gone(cluster, sets, name).filter(|_| format == Format::Text) {
            page.print()?;
            return Ok(End::Findings);
        }
        return Err(Failure::NoNode {
            wanted: name.to_owned(),
            near: near_nodes(cluster, name),
        });
    }
    let mut page = Page::new();
    let mut values = Vec::new();
    let mut is_out = false;
    for explained in sets {
        let Explained {
            set,
            explainer,
            waits,
            ..
        } = explained;
        let Some(there) = explainer.on_node(name) else {
            continue;
        };
        let lacks_pod = lacks_pod(&there);
        is_out |= is_amiss(explained, &there, lacks_pod);
        let help = lacks_pod.then(|| explainer.fixes_of_node(name));
        let help = help.unwrap_or_default();
        // What is done for the one is not told again for the other.
        let is_done = |fix: &Fix| {
            help.iter().any(|it| {
                (&it.edits, &it.applicability, &it.commands)
                    == (&fix.edits, &fix.applicability, &fix.commands)
            })
        };
        let fixes: Vec<Fix> = (explainer.node_fixes(name).into_iter())
            .filter(|fix| !is_done(fix))
            .collect();
        page.gap();
        page.heading(&name_of(set));
        page.line(&there.summary());
        for obstacle in &there.obstacles {
            page.item(&obstacle.to_string());
        }
        let waits = || {
            waits
                .iter()
                .filter(|wait| wait.nodes.iter().any(|it| it == name))
        };
        for wait in waits() {
            page.item(&format!("its pod is not scheduled: {}", wait.reason));
        }
        for note in &there.notes {
            page.item(note);
        }
        let others = lacks_pod.then(|| explainer.among_others(name));
        let others = others.unwrap_or_default();
        for (at, note) in others.iter().enumerate() {
            if at == 0 {
                page.item(note);
            } else {
                page.detail(note);
            }
        }
        let let_in_by = explainer.let_in_by(name);
        if let Some(terms) = &let_in_by {
            page.item(terms);
        }
        let root = comes_from_there(explained, &there, &help, sets);
        if let Some(root) = &root {
            page.item(root);
        }
        add_fixes(&mut page, &help, "What would help");
        add_fixes(&mut page, &fixes, "What would change it");
        values.push(json!({
            "namespace": set.metadata.namespace,
            "name": set.metadata.name,
            "placement": there,
            "amongOthers": others,
            "letInBy": let_in_by,
            "help": help,
            "fixes": fixes,
            "comesFrom": root,
        }));
    }
    if format == Format::Text {
        page.gap();
        page.add_moment(moment);
        page.print()?;
    } else {
        let value: Value = json!({"node": name, "moment": moment, "daemonSets": values});
        output::print_value(format, &value)?;
    }
    Ok(End::findings_if(is_out))
}

/// Whether a pod is to be available there, and none is.
fn lacks_pod(there: &OnNode) -> bool {
    // A pod that stays on a node that gets no new one is to run there too.
    let is_meant = match there.verdict {
        Verdict::Run => true,
        Verdict::KeepExisting => !there.pods.is_empty(),
        Verdict::Exclude => false,
    };
    !there.pods_unknown && is_meant && !there.available
}

/// Whether something has to be done about the DaemonSet there, or to be found out.
fn is_amiss(explained: &Explained<'_>, there: &OnNode, lacks_pod: bool) -> bool {
    // What keeps it from running there should be gone.
    let is_overdue = (there.obstacles.iter()).any(|it| it.awaited.is_some());
    // Of what comes with time nothing is found, here as there.
    let comes_with_time = explained.explainer.comes_with_time(&there.node);
    let is_late = lacks_pod && (!comes_with_time || explained.needs_attention());
    // Where it runs nowhere, a node whose taint its tolerations miss by little is probably meant.
    let is_slip = explained.standing() == Standing::Idle
        && there
            .obstacles
            .iter()
            .any(|it| it.near.is_some() && matches!(it.obstacle, Obstacle::Taint { .. }));
    there.pods_unknown || is_late || is_overdue || is_slip
}

/// What is said of a node that is not among those that were given, where pods of the DaemonSets are bound to it.
fn gone(cluster: &Cluster<'_>, sets: &[Explained<'_>], name: &str) -> Option<Page> {
    let mut page = Page::new();
    let mut is_told = false;
    for Explained { set, .. } in sets {
        let metadata = &set.metadata;
        let uid = (!metadata.uid.is_empty()).then_some(metadata.uid.as_str());
        let pods = cluster.pods_controlled_by(&metadata.namespace, uid);
        for pod in pods.filter(|pod| pod.spec.node_name == name) {
            page.gap();
            page.heading(&name_of(set));
            let does = if pod.metadata.is_terminating() {
                "terminates, and is bound"
            } else {
                "is bound"
            };
            page.line(&format!(
                "pod {} {does} to node {name}, which is not among the nodes that were given",
                pod.metadata.name
            ));
            page.item(
                "where the node was deleted, the pod garbage collector (of kube-controller-manager) deletes the pod \
                 within a minute or two",
            );
            is_told = true;
        }
    }
    page.gap();
    page.line("What would tell:");
    page.command(&format!("kubectl get node {name}"));
    is_told.then_some(page)
}

/// A verdict as the verb of a sentence about a node.
pub fn in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Run => "should run it",
        Verdict::KeepExisting => "gets no new pod of it, and an existing one stays",
        Verdict::Exclude => "does not run it",
    }
}
