//! `dsplan explain`

mod matrix;
mod node;
mod shared;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use daemonset::Options;
use daemonset::api::{DaemonSet, Taint};
use daemonset::placement::Obstacle;
use daemonset_explain::room::{Wait, told as told_waits, waits};
use daemonset_explain::words::list;
use daemonset_explain::{
    Applicability, Explainer, Finding, Fix, LeftOut, Refusal, Standing, shell_word,
};
use daemonset_manifest::lint::pod_refusals;
use serde_json::{Value, json};

use crate::input::{Failure, Input, name_of};
use crate::kubectl::Needs;
use crate::output::{self, Format, Page, complain};
use crate::{Clock, End, Sources};

use shared::{Causes, comes_from, port_holder};

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

/// How many DaemonSets that run nowhere are compared with each other.
const MOST_COMPARED: usize = 50;

/// A set and what is explained of it.
pub struct Explained<'a> {
    pub set: &'a DaemonSet,
    pub explainer: Explainer<'a>,
    /// What its pods wait for that are not scheduled.
    pub waits: Vec<Wait>,
    /// Looked for once.
    fixes: OnceCell<Vec<Fix>>,
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read_at(&arguments.sources, &arguments.clock, Needs::Evidence)?;
    input.complain_of_undecodable();
    input.warn_of_unknown_fields();
    let cluster = input.cluster();
    let room = input.room();
    let all = input.inventory.daemon_sets.iter();
    let all: Vec<_> = all.map(|it| &it.daemon_set).collect();
    let mut malformed = false;
    let mut sets = Vec::new();
    for manifest in input.sets() {
        let set = &manifest.daemon_set;
        match Explainer::new(set, &cluster, &Options::default()) {
            Ok(explainer) => sets.push(Explained {
                set,
                waits: waits(explainer.planner(), &cluster, &room, cluster.now()),
                explainer: explainer
                    .with_evidence(input.inventory.evidence())
                    .with_room(&room)
                    .with_sets(&all),
                fixes: OnceCell::new(),
            }),
            Err(error) => {
                complain("warning", &format!("{}: {error}", name_of(set)));
                malformed = true;
            }
        }
    }
    let format = arguments.output;
    let found = if let Some(name) = &arguments.node {
        node::explain(&cluster, &sets, name, &input.moment(), format)?
    } else if arguments.matrix {
        matrix::print(&cluster, &sets, &input.moment(), arguments)?
    } else {
        rollouts(&input, sets, format)?
    };
    Ok(input.end(malformed || found == End::Findings))
}

/// The command that explains what was asked about, as it is typed.
pub fn explaining(sources: &Sources) -> String {
    let mut words = vec![crate::shell::name(), "explain".to_owned()];
    let typed = |file: &String| {
        if file == "-" {
            file.clone()
        } else {
            shell_word(file)
        }
    };
    words.extend(sources.files.iter().map(typed));
    words.extend(sources.cluster.as_typed());
    if let Some(namespace) = &sources.namespace {
        words.extend(["-n".to_owned(), shell_word(namespace)]);
    }
    words.join(" ")
}

fn rollouts(
    input: &Input,
    mut explained: Vec<Explained<'_>>,
    format: Format,
) -> Result<End, Failure> {
    let moment = &input.moment();
    // What needs attention comes first, and of that where the most is out.
    explained.sort_by_cached_key(|e| (e.standing(), e.available_surplus(), name_of(e.set)));
    if format == Format::Text {
        let mut page = page(&explained);
        page.gap();
        for matched in &input.matched {
            page.line(&format!("{matched}."));
        }
        input.add_grounds(&mut page);
        page.print()?;
    } else {
        let sets: Vec<Value> = explained.iter().map(Explained::value).collect();
        let value = json!({"now": moment.at, "moment": moment, "daemonSets": sets});
        output::print_value(format, &value)?;
    }
    Ok(End::findings_if(
        explained.iter().any(Explained::needs_attention),
    ))
}

/// How many DaemonSets that wait for one another are followed.
const MOST_HOPS: usize = 4;

fn page(explained: &[Explained<'_>]) -> Page {
    let mut page = Page::new();
    let mut causes = Causes::default();
    let in_full = |e: &&Explained<'_>| explained.len() == 1 || e.is_news();
    let mut told = Told::default();
    let mut alike: Vec<(String, Vec<&Explained<'_>>)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for e in explained.iter().filter(in_full) {
        let gist = e.gist();
        let place = *places.entry(gist.clone()).or_insert(alike.len());
        match alike.get_mut(place) {
            Some((_, same)) => same.push(e),
            None => alike.push((gist, vec![e])),
        }
    }
    // What another one waits for comes before it, and what that one waits for before both.
    let mut depths = vec![0_usize; explained.len()];
    for e in explained.iter().filter(in_full) {
        let mut waits = e;
        for depth in 1..=MOST_HOPS {
            let Some(root) = comes_from(waits, explained) else {
                break;
            };
            depths[root.at] = depths[root.at].max(depth);
            waits = &explained[root.at];
        }
    }
    let depth = |e: &Explained<'_>| {
        let mut all = explained.iter().zip(&depths);
        all.find(|(other, _)| std::ptr::eq(*other, e))
            .map_or(0, |(_, depth)| *depth)
    };
    alike.sort_by_key(|(_, same)| same.iter().map(|e| Reverse(depth(e))).min());
    for (_, same) in &alike {
        let Some((first, others)) = same.split_first() else {
            continue;
        };
        page.gap();
        first.add_to(&mut page, (&mut told, &mut causes), explained);
        if !others.is_empty() {
            let names: Vec<String> = others.iter().map(|e| name_of(e.set)).collect();
            page.gap();
            page.line(&format!("The same holds for {}.", list(&names, MOST_ALIKE)));
        }
    }
    add_circular_waits(&mut page, explained);
    let complete: Vec<_> = explained.iter().filter(|e| !in_full(e)).collect();
    if !complete.is_empty() {
        page.gap();
    }
    for e in complete {
        let diagnosis = e.explainer.diagnosis();
        let name = name_of(e.set);
        page.line(&format!(
            "{name}: {}: {}",
            diagnosis.standing, diagnosis.primary
        ));
        let others = e.others(explained.len());
        for finding in others.filter(|it| !is_left_as_meant(it)) {
            page.item(&told.once(finding.to_string(), &name));
        }
    }
    page
}

/// Whether a finding tells of nodes that are left out, none of which is to run the daemon once it is initialized.
fn is_left_as_meant(finding: &Finding) -> bool {
    matches!(finding, Finding::LeftOut { groups } if !groups.iter().any(LeftOut::waits_to_be_initialized))
}

/// DaemonSets that run nowhere and each wait for a taint to go that may be for the other to take off.
fn add_circular_waits(page: &mut Page, explained: &[Explained<'_>]) {
    let idle: Vec<&Explained<'_>> = (explained.iter())
        .filter(|e| matches!(e.explainer.diagnosis().primary, Finding::NoNodes { .. }))
        .take(MOST_COMPARED)
        .collect();
    let taints = |e: &Explained<'_>| -> BTreeSet<String> {
        let nodes = e.explainer.cluster().nodes().iter();
        let placements = nodes.map(|node| e.explainer.planner().place(*node).obstacles);
        let taints = placements.flatten().filter_map(|obstacle| match obstacle {
            Obstacle::Taint { taint } => Some(
                Taint {
                    time_added: None,
                    ..taint
                }
                .to_string(),
            ),
            _ => None,
        });
        taints.collect()
    };
    let waits: Vec<(&Explained<'_>, BTreeSet<String>)> =
        idle.into_iter().map(|e| (e, taints(e))).collect();
    for (at, (one, of_one)) in waits.iter().enumerate() {
        for (other, of_other) in &waits[at + 1..] {
            let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
                let mine: Vec<String> = a.difference(b).cloned().collect();
                mine
            };
            let (mine, theirs) = (only(of_one, of_other), only(of_other, of_one));
            if !mine.is_empty() && !theirs.is_empty() {
                page.gap();
                page.line(&format!(
                    "A circular wait: {} cannot run until taint {} goes, which {} tolerates, and {} not until \
                     taint {} goes, which {} tolerates. If each is what takes the other's taint away, they wait \
                     for each other: let one tolerate both.",
                    name_of(one.set),
                    mine.join(", "),
                    name_of(other.set),
                    name_of(other.set),
                    theirs.join(", "),
                    name_of(one.set),
                ));
            }
        }
    }
}

/// How many DaemonSets of which the same holds are named.
const MOST_ALIKE: usize = 8;

/// So short a text is told again rather than referred to.
const SHORT: usize = 110;

/// What was told already, and of which DaemonSet: one cause is told once.
#[derive(Default)]
struct Told {
    findings: BTreeMap<String, String>,
    clauses: BTreeMap<String, String>,
    commands: BTreeSet<String>,
}

impl Told {
    /// The clauses of a finding, or one that says where it was told before.
    fn of(&mut self, finding: &Finding, name: &str) -> Vec<String> {
        let text = finding.to_string();
        let once = self.once(text.clone(), name);
        if once == text {
            finding.clauses()
        } else {
            vec![once]
        }
    }

    /// A fix and its commands; of what was told before, where, and what else there is to type.
    fn of_fix(&mut self, fix: &Fix, name: &str) -> (String, Vec<String>) {
        let text = fix.to_string();
        let is_outside = matches!(fix.applicability, Applicability::Outside { .. });
        let once = if is_outside {
            self.once(text.clone(), name)
        } else {
            text.clone()
        };
        let is_new = |command: &&String| once == text || !self.commands.contains(*command);
        let commands: Vec<String> = fix.commands.iter().filter(is_new).cloned().collect();
        self.commands.extend(fix.commands.iter().cloned());
        (once, commands)
    }

    /// Those of the clauses that were not told of another DaemonSet.
    fn untold<'c>(&mut self, clauses: &'c [String], name: &str) -> Vec<&'c String> {
        let is_new = |clause: &&String| {
            let first = self.clauses.entry((*clause).clone());
            first.or_insert_with(|| name.to_owned()) == name
        };
        clauses.iter().filter(is_new).collect()
    }

    /// The text, or that it was told before and where.
    fn once(&mut self, text: String, name: &str) -> String {
        if text.chars().count() < SHORT {
            return text;
        }
        match self.findings.get(&text) {
            None => {
                self.findings.insert(text.clone(), name.to_owned());
                text
            }
            Some(first) => {
                // A time has colons too.
                let ends = [": ", ";"].iter().filter_map(|end| text.find(end));
                let head = ends.min().and_then(|end| text.get(..end));
                format!("{}, as for {first}", head.unwrap_or(&text))
            }
        }
    }
}

impl Explained<'_> {
    fn fixes(&self) -> &[Fix] {
        self.fixes.get_or_init(|| self.explainer.fixes())
    }

    fn standing(&self) -> Standing {
        self.explainer.diagnosis().standing
    }

    /// How many pods more are available than should be: the smaller, the more is out.
    fn available_surplus(&self) -> i32 {
        let status = &self.explainer.diagnosis().status;
        let desired = status.desired_number_scheduled;
        status.number_available.saturating_sub(desired)
    }

    fn needs_attention(&self) -> bool {
        let diagnosis = self.explainer.diagnosis();
        let is_amiss = matches!(
            diagnosis.standing,
            Standing::Blocked | Standing::Unclear | Standing::Idle
        );
        is_amiss || diagnosis.findings().any(Finding::needs_attention)
    }

    /// All that is told of it but its name and its commands: what is alike is told once.
    fn gist(&self) -> String {
        let fixes: Vec<String> = self.fixes().iter().map(ToString::to_string).collect();
        format!("{}\n{}", self.explainer.diagnosis(), fixes.join("\n"))
    }

    /// Whether there is more to tell than that it is complete.
    fn is_news(&self) -> bool {
        let diagnosis = self.explainer.diagnosis();
        diagnosis.standing != Standing::Complete || self.needs_attention()
    }

    /// What is told beside the primary finding. Of one among several, the nodes that it leaves out
    /// are told only where it may not mean to.
    fn others(&self, among: usize) -> impl Iterator<Item = &Finding> {
        let others = self.explainer.diagnosis().others.iter();
        others.filter(move |finding| match finding {
            Finding::LeftOut { groups } => {
                among == 1 || groups.iter().any(|group| group.near.is_some())
            }
            _ => true,
        })
    }

    fn add_to(
        &self,
        page: &mut Page,
        (told, causes): (&mut Told, &mut Causes),
        all: &[Explained<'_>],
    ) {
        let among = all.len();
        let name = name_of(self.set);
        let diagnosis = self.explainer.diagnosis();
        page.heading(&name);
        let [primary, belongs @ ..] = &*told.of(&diagnosis.primary, &name) else {
            return;
        };
        page.line(&format!("{}: {primary}", diagnosis.standing));
        let shared = causes.shared(self.fixes());
        let untold = told.untold(belongs, &name);
        let belongs: Vec<&String> = match shared {
            Some(_) => untold,
            None => belongs.iter().collect(),
        };
        for clause in belongs {
            page.detail(clause);
        }
        if let Some((cause, first)) = shared {
            page.detail(&format!(
                "one cause with {first}, where what would help is told: {cause}"
            ));
        }
        let root = comes_from(self, all);
        if let Some(root) = &root {
            page.detail(&root.told);
        }
        if let Some(holder) = port_holder(self, all) {
            page.detail(&holder);
        }
        if let Some(figures) = diagnosis.figures() {
            page.line(&figures);
        }
        let is_told = diagnosis.findings().any(|finding| {
            let Finding::Refused { refusals, .. } = finding else {
                return false;
            };
            let is_of_template = |it: &Refusal| matches!(it, Refusal::TemplateField { .. });
            refusals.iter().any(is_of_template)
        });
        let refusals = if is_told {
            Vec::new()
        } else {
            pod_refusals(self.set)
        };
        for refusal in refusals {
            page.item(&told.once(refusal.to_string(), &name));
        }
        for finding in self.others(among) {
            let finding = without_told(finding, &diagnosis.primary);
            let sentence = told.of(&finding, &name);
            if let [what, belongs @ ..] = &*sentence {
                page.item(what);
                for clause in belongs {
                    page.detail(clause);
                }
            }
        }
        for wait in told_waits(&self.waits) {
            page.item(&wait.to_string());
        }
        if let Some(root) = &root
            && let Some(fix) = root.fix(all)
        {
            let heading = format!("What would help first, for {}", name_of(all[root.at].set));
            add_fixes(page, &[fix], &heading);
        }
        // What is outside of two DaemonSets is told once; the commands are of the namespace of each.
        add_fixes_told(
            page,
            &causes.untold(self.fixes()),
            "What would help",
            |fix| told.of_fix(fix, &name),
        );
        causes.tell(self.fixes(), &name);
        self.add_budget(page);
    }

    /// The budget in one line, where something waits for it and that was not told.
    fn add_budget(&self, page: &mut Page) {
        let diagnosis = self.explainer.diagnosis();
        let is_told = diagnosis
            .findings()
            .any(|finding| matches!(finding, Finding::BudgetUsedUp { .. }));
        let waits = matches!(
            diagnosis.standing,
            Standing::Blocked | Standing::Progressing
        );
        let ledger = self.explainer.ledger();
        if is_told || !waits || ledger.waiting_in_all == 0 {
            return;
        }
        if let Some(line) = ledger.in_one_line() {
            page.gap();
            page.line(&format!("The budget: {line}"));
        }
    }

    fn value(&self) -> Value {
        json!({
            "namespace": self.set.metadata.namespace,
            "name": self.set.metadata.name,
            "diagnosis": self.explainer.diagnosis(),
            "refusals": pod_refusals(self.set),
            "ledger": self.explainer.ledger(),
            "fixes": self.fixes(),
            "waits": self.waits,
        })
    }
}

/// A finding without what its revision changed, where that was told of the same revision.
fn without_told<'f>(finding: &'f Finding, first: &Finding) -> Cow<'f, Finding> {
    let mut rest = Cow::Borrowed(finding);
    if is_same_revision(first, finding)
        && let Finding::FailingRevision { changes, .. } = rest.to_mut()
    {
        changes.clear();
    }
    rest
}

/// Whether the second is about the revision that the first is about too, so that what that changed was told.
fn is_same_revision(first: &Finding, second: &Finding) -> bool {
    match (first, second) {
        (
            Finding::RevisionEndsNodes {
                hash: first,
                changes,
                ..
            },
            Finding::FailingRevision { hash: second, .. },
        ) => first.is_some() && first == second && !changes.is_empty(),
        _ => false,
    }
}

/// How many commands of one fix are printed.
const MOST_COMMANDS: usize = 4;

/// Fixes under a heading, those that were proven apart from those that assume something, each with
/// the commands to type.
pub fn add_fixes(page: &mut Page, fixes: &[Fix], heading: &str) {
    add_fixes_told(page, fixes, heading, |fix| {
        (fix.to_string(), fix.commands.clone())
    });
}

/// The same, each told in these words and with these commands.
fn add_fixes_told(
    page: &mut Page,
    fixes: &[Fix],
    heading: &str,
    mut told: impl FnMut(&Fix) -> (String, Vec<String>),
) {
    let (proven, assuming): (Vec<&Fix>, Vec<&Fix>) = fixes
        .iter()
        .partition(|fix| fix.applicability == Applicability::Proven);
    let mut groups = [
        (proven, "proven on a copy of what was given"),
        (assuming, "not proven"),
    ];
    // The best fix comes first, of whichever kind it is.
    if fixes
        .first()
        .is_some_and(|first| first.applicability != Applicability::Proven)
    {
        groups.reverse();
    }
    for (fixes, how) in groups {
        if !fixes.is_empty() {
            page.gap();
            page.line(&format!("{heading}, {how}:"));
            for fix in fixes {
                let (text, commands) = told(fix);
                page.item(&text);
                for command in commands.iter().take(MOST_COMMANDS) {
                    page.command(command);
                }
                let more = commands.len().saturating_sub(MOST_COMMANDS);
                if more > 0 {
                    let commands = if more == 1 { "command" } else { "commands" };
                    page.detail(&format!("and {more} more {commands}: see -o json"));
                }
            }
        }
    }
}
