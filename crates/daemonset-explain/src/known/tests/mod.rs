//! Each row is known by its words as programs write them, and not by words that are near to them.

mod agents;
mod network;
mod node;
mod pod;
mod taken_for;
mod vendors;

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Who says it, the words, and the row that they are.
type Said = (Place, &'static str, &'static str);

fn meant(place: Place, words: &str) -> Option<Meaning> {
    meaning(&Words::default().with(place, words))
}

fn all_of(some: [&'static [Said]; 6]) -> impl Iterator<Item = &'static Said> {
    some.into_iter().flatten()
}

fn rows() -> impl Iterator<Item = &'static Row> {
    AREAS.into_iter().flatten()
}

#[test]
fn each_row_is_known_by_its_words() {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (place, words, id) in all_of([
        node::HITS,
        network::HITS,
        pod::HITS,
        taken_for::HITS,
        agents::HITS,
        vendors::HITS,
    ]) {
        let meaning = meant(*place, words);
        let found = meaning.as_ref().map_or("", Meaning::id);
        if found != *id {
            wrong.push(format!("{found} and not {id}: {words}"));
        }
        seen.insert(*id);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let by_words = rows().filter(|row| !row.by.is_empty());
    let missing: Vec<_> = by_words.filter(|row| !seen.contains(row.id)).collect();
    let missing: Vec<_> = missing.iter().map(|row| row.id).collect();
    assert!(missing.is_empty(), "no words for {missing:?}");
}

#[test]
fn no_row_is_known_by_words_near_to_its_own() {
    let mut seen = BTreeSet::new();
    for (place, words, id) in all_of([
        node::NEAR,
        network::NEAR,
        pod::NEAR,
        taken_for::NEAR,
        agents::NEAR,
        vendors::NEAR,
    ]) {
        assert!(rows().any(|row| row.id == *id), "no row {id}");
        let meaning = meant(*place, words);
        let found = meaning.as_ref().map_or("", Meaning::id);
        assert_ne!(found, *id, "{words}");
        seen.insert(*id);
    }
    let by_words = rows().filter(|row| !row.by.is_empty());
    let missing: Vec<_> = by_words.filter(|row| !seen.contains(row.id)).collect();
    let missing: Vec<_> = missing.iter().map(|row| row.id).collect();
    assert!(missing.is_empty(), "nothing near {missing:?}");
}

#[test]
fn each_row_is_told_whole() {
    let around: Vec<(&str, String)> = [
        "set",
        "namespace",
        "account",
        "nodes",
        "node",
        "container",
        "logs",
        "pod",
        "scc",
    ]
    .map(|name| (name, format!("<{name}>")))
    .to_vec();
    let mut ids = BTreeSet::new();
    for row in rows() {
        assert!(ids.insert(row.id), "{} twice", row.id);
        let meaning = Meaning {
            row,
            taken: Vec::new(),
        };
        for text in [meaning.known().lacks, meaning.todo(&around)] {
            assert!(!text.is_empty(), "{} {text}", row.id);
            assert!(!text.contains(['{', '}', '\n', '|']), "{} {text}", row.id);
            assert!(
                !text.contains("  ") && !text.ends_with(['.', ' ']),
                "{} {text}",
                row.id
            );
        }
        let harmful = ["--force", "finalizer", "delete node", "reboot", "taint "];
        let todo = meaning.todo(&around);
        let commands = meaning.commands(&around);
        for text in commands.iter().chain([&todo]) {
            assert!(
                !harmful.iter().any(|word| text.contains(word)),
                "{} {text}",
                row.id
            );
        }
        // What is taken out of words may be missing, and then another command is given.
        let has_command = row.commands.is_empty() || !commands.is_empty();
        let takes_all = row.commands.iter().all(|it| {
            let mut taken = row.takes.iter();
            taken.any(|take| it.contains(&format!("{{{}}}", take.name)))
        });
        assert!(has_command || takes_all, "{} has no command", row.id);
    }
    assert!(ids.len() >= 120, "{}", ids.len());
    let brought = rows().filter_map(|row| {
        let known = Known {
            id: row.id.to_owned(),
            owner: row.owner,
            lacks: row.lacks.to_owned(),
        };
        assert_eq!(known.supply(), row.supply, "{}", row.id);
        Some((row.id, known.supply()?))
    });
    assert_eq!(
        brought.collect::<BTreeMap<_, _>>(),
        BTreeMap::from([
            ("networkPlugin", Supply::PodNetwork),
            ("cniFile", Supply::PodNetwork),
            ("cniCommonFile", Supply::PodNetwork),
            ("calicoToken", Supply::PodNetwork),
            ("cniUnauthorized", Supply::PodNetwork),
            ("flannelSubnet", Supply::PodNetwork),
            ("calicoNode", Supply::PodNetwork),
            ("ciliumAgent", Supply::PodNetwork),
            ("multus", Supply::PodNetwork),
            ("multusDaemon", Supply::PodNetwork),
            ("cniTimesOut", Supply::ServiceAddresses),
            ("serviceAddress", Supply::ServiceAddresses),
            ("deviceUnhealthy", Supply::Devices),
            ("deviceUnregistered", Supply::Devices),
            ("deviceTaken", Supply::Devices),
            ("deviceRefused", Supply::Devices),
            ("antreaAgent", Supply::PodNetwork),
            ("weaveAgent", Supply::PodNetwork),
            ("kubeOvnAgent", Supply::PodNetwork),
            ("cniAgent", Supply::PodNetwork),
            ("awsAgent", Supply::PodNetwork),
            ("azureAgent", Supply::PodNetwork),
            ("ovnAgent", Supply::PodNetwork),
        ])
    );
}

#[test]
fn exit_codes_tell_where_words_do_not() {
    for (code, id) in [
        (126, "programNotExecutable"),
        (127, "commandNotFound"),
        (132, "cpuInstructions"),
        (139, "crash"),
    ] {
        let words = Words::default().with_exit_code(Some(code));
        assert_eq!(meaning(&words).map(|it| it.id()), Some(id));
        let words = words.with(Place::Program, "write /spool/a: no space left on device");
        assert_eq!(meaning(&words).map(|it| it.id()), Some("disk"));
    }
    assert!(meaning(&Words::default().with_exit_code(Some(1))).is_none());
}

#[test]
fn what_words_name_is_told() {
    let around = [("nodes", "w4".to_owned()), ("node", "w4".to_owned())];
    let words =
        "modprobe: FATAL: Module ip_tables not found in directory /lib/modules/5.14.0-570.el9";
    let meaning = meant(Place::Program, words).unwrap();
    assert_eq!(meaning.known().lacks, "kernel module ip_tables");
    let todo = meaning.todo(&around);
    assert!(todo.contains("(5.14.0-570.el9)"), "{todo}");
    // Nothing that a shell would take for more than a word, and no control character.
    let words = "modprobe: FATAL: Module $(x)\u{1b}[1m not found in directory /lib/modules/`x`";
    let todo = meant(Place::Program, words).unwrap().todo(&around);
    assert!(!todo.contains(['$', '`', '\u{1b}']), "{todo}");
}

#[test]
fn lines_that_are_no_failure_are_passed_over() {
    for line in [
        "I1124 12:08:51.000000 1 main.go:1] too many open files is what the limit is for",
        "level=info msg=\"no space left on device is retried\"",
    ] {
        assert!(meant(Place::Program, line).is_none(), "{line}");
        assert!(meant(Place::Kubelet, line).is_some(), "{line}");
    }
    let probe = "Readiness probe failed: first line\nno space left on device";
    assert!(meant(Place::Kubelet, probe).is_none());
}
