//! What the command answers to recorded situations, held against what a senior operator, or the
//! server itself, says of them. `tests/cases/README.md` tells how the tables are written.
//!
//! `CASE=explain/05b cargo test -p dsplan --test cases -- --nocapture` runs the cases whose name
//! contains that, and prints what the command says and what is missing in it.

#[path = "cases/answer.rs"]
mod answer;
#[path = "cases/open.rs"]
mod open;
#[path = "cases/row.rs"]
mod row;
#[path = "cases/unpack.rs"]
mod unpack;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use answer::Answer;
use open::Open;
use row::{Aspect, KINDS, Row, table};

/// What one case came to: what is missing of each aspect that its row speaks of.
struct Outcome {
    case: String,
    missing: BTreeMap<Aspect, Vec<String>>,
    shown: String,
}

fn outcome(kind: &str, name: &str, row: &Row, folder: &std::path::Path) -> Outcome {
    let answer = Answer::to(row, name, folder);
    Outcome {
        case: format!("{kind}/{name}"),
        missing: row.held_against(&answer),
        shown: answer.shown(),
    }
}

/// All rows, on as many threads as there are processors.
fn outcomes(wanted: &str) -> Vec<Outcome> {
    let tables: Vec<_> = KINDS
        .iter()
        .map(|kind| (*kind, unpack::folder(kind), table(kind)))
        .collect();
    let all: Vec<_> = tables
        .iter()
        .flat_map(|(kind, folder, rows)| rows.iter().map(move |row| (*kind, folder, row)))
        .filter(|(kind, _, (name, _))| format!("{kind}/{name}").contains(wanted))
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = all.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let running: Vec<_> = all
            .chunks(share)
            .map(|some| {
                scope.spawn(|| {
                    let each = some.iter();
                    let each =
                        each.map(|(kind, folder, (name, row))| outcome(kind, name, row, folder));
                    each.collect::<Vec<_>>()
                })
            })
            .collect();
        let done = running.into_iter().map(|it| it.join().expect("it runs"));
        done.flatten().collect()
    })
}

/// Each case with its scores, and what each kind comes to.
fn scores(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    let mut sums: BTreeMap<(&str, Aspect), (usize, usize)> = BTreeMap::new();
    for outcome in outcomes {
        let _ = write!(text, "{:<48}", outcome.case);
        for aspect in Aspect::ALL {
            let mark = match outcome.missing.get(&aspect).map(Vec::is_empty) {
                None => "-",
                Some(true) => "yes",
                Some(false) => "NO",
            };
            let _ = write!(text, " {mark:>8}");
            if let Some(missing) = outcome.missing.get(&aspect) {
                let (kind, _) = outcome.case.split_once('/').expect("a kind and a name");
                let sum = sums.entry((kind, aspect)).or_default();
                sum.0 += usize::from(missing.is_empty());
                sum.1 += 1;
            }
        }
        text.push('\n');
    }
    let aspects = Aspect::ALL.map(|aspect| format!("{aspect:>10}")).join("");
    let _ = writeln!(text, "{:<12}{aspects}", "KIND");
    for kind in KINDS {
        let _ = write!(text, "{kind:<12}");
        for aspect in Aspect::ALL {
            let (held, all) = sums.get(&(kind, aspect)).copied().unwrap_or_default();
            let _ = write!(text, "{:>10}", format!("{held}/{all}"));
        }
        text.push('\n');
    }
    text
}

#[test]
fn each_case_gets_the_right_answer() {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let outcomes = outcomes(&wanted);
    assert!(!outcomes.is_empty(), "no case is named {wanted}");
    let open = Open::read();
    let mut faults = String::new();
    let mut reached = Vec::new();
    for Outcome {
        case,
        missing,
        shown,
    } in &outcomes
    {
        if !wanted.is_empty() {
            println!("=== {case}\n{shown}");
        }
        for (aspect, missing) in missing {
            if !wanted.is_empty() && !missing.is_empty() {
                println!("{aspect} is missing: {}", missing.join("\n  "));
            }
            match (missing.is_empty(), open.why(case, *aspect)) {
                (true, None) | (false, Some(_)) => {}
                (true, Some(_)) => reached.push((case.clone(), *aspect)),
                (false, None) => {
                    let _ = writeln!(faults, "{case} {aspect}: {}", missing.join("\n  "));
                }
            }
        }
    }
    println!("{}", scores(&outcomes));
    if wanted.is_empty() {
        for (case, aspect) in open.unknown(&outcomes) {
            let _ = writeln!(faults, "{case} {aspect} is open, and no row speaks of it");
        }
    }
    if std::env::var_os("STRIKE").is_some() {
        open.strike(&reached);
        reached.clear();
    }
    for (case, aspect) in &reached {
        let _ = writeln!(
            faults,
            "{case} {aspect} is right now: strike it from open.txt (STRIKE=1 does it)"
        );
    }
    assert!(faults.is_empty(), "{faults}");
}
