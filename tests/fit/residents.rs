//! What questions look pods up by leaves nobody out: an answer is what it would be if every pod of
//! the node were looked at.

use std::cmp::Reverse;

use daemonset::fit::{Context, NodeRoom, PodFacts, PodName, PodNeeds, Preemption, Resident};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::objects::node;

/// What matters of a pod: labels, terms of anti-affinity, a port of the host, priority, cpu.
#[derive(Clone, Debug)]
struct Made {
    app: u8,
    tier: u8,
    refuses: Vec<Term>,
    port: Option<u8>,
    priority: u8,
    cpus: u8,
    start: u8,
}

#[derive(Clone, Debug)]
enum Term {
    App(u8),
    AppAndTier(u8, u8),
    Apps(Vec<u8>),
    NotTier(u8),
    HasApp,
    Nothing,
}

fn term() -> impl Strategy<Value = Term> {
    prop_oneof![
        3 => (0..3_u8).prop_map(Term::App),
        2 => (0..3_u8, 0..2_u8).prop_map(|(app, tier)| Term::AppAndTier(app, tier)),
        1 => proptest::collection::vec(0..4_u8, 1..3).prop_map(Term::Apps),
        1 => (0..2_u8).prop_map(Term::NotTier),
        1 => Just(Term::HasApp),
        1 => Just(Term::Nothing),
    ]
}

fn made() -> impl Strategy<Value = Made> {
    let refuses = prop_oneof![
        2 => Just(Vec::new()),
        1 => proptest::collection::vec(term(), 1..3),
    ];
    let port = prop_oneof![2 => Just(None), 1 => (0..2_u8).prop_map(Some)];
    let all = (0..3_u8, 0..2_u8, refuses, port, 0..3_u8, 0..4_u8, 0..3_u8);
    all.prop_map(|(app, tier, refuses, port, priority, cpus, start)| Made {
        app,
        tier,
        refuses,
        port,
        priority,
        cpus,
        start,
    })
}

fn written(term: &Term) -> Value {
    let selector = match term {
        Term::App(app) => json!({"matchLabels": {"app": app.to_string()}}),
        Term::AppAndTier(app, tier) => {
            json!({"matchLabels": {"app": app.to_string(), "tier": tier.to_string()}})
        }
        Term::Apps(apps) => {
            let apps: Vec<String> = apps.iter().map(ToString::to_string).collect();
            json!({"matchExpressions": [{"key": "app", "operator": "In", "values": apps}]})
        }
        Term::NotTier(tier) => {
            json!({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": [tier.to_string()]}]})
        }
        Term::HasApp => json!({"matchExpressions": [{"key": "app", "operator": "Exists"}]}),
        Term::Nothing => Value::Null,
    };
    json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": selector})
}

fn facts(name: &str, made: &Made, at: usize, wants: &[Term]) -> PodFacts {
    let terms = |terms: &[Term]| -> Vec<Value> { terms.iter().map(written).collect() };
    // No two hold the very same port: those of one number conflict with every address alone.
    let ports = made.port.map(|port| {
        let address = if name == "asked" {
            String::new()
        } else {
            format!("10.0.0.{at}")
        };
        json!({"hostPort": 9000 + u32::from(port), "hostIP": address})
    });
    PodFacts::from_json(&json!({
        "metadata": {
            "name": name, "namespace": "shop",
            "labels": {"app": made.app.to_string(), "tier": made.tier.to_string()},
        },
        "spec": {
            "priority": made.priority,
            "containers": [{
                "resources": {"requests": {"cpu": made.cpus.to_string()}},
                "ports": ports.into_iter().collect::<Vec<_>>(),
            }],
            "affinity": {
                "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms(&made.refuses)},
                "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms(wants)},
            },
        },
        "status": {"startTime": format!("2026-03-01T12:00:0{}Z", made.start)},
    }))
    .unwrap()
}

fn resident(at: usize, made: &Made) -> Resident {
    Resident::of(&facts(&format!("pod-{at}"), made, at, &[])).unwrap()
}

fn empty() -> NodeRoom {
    NodeRoom::new(&node("node-a", json!({"cpu": "9", "pods": "8"})))
}

/// The same room, of which nothing was asked before.
fn anew<'p>(pods: impl IntoIterator<Item = &'p Resident>, nominated: &[Resident]) -> NodeRoom {
    let mut room = empty();
    for pod in pods {
        room.insert(pod.clone());
    }
    for pod in nominated {
        room.nominate(pod.clone());
    }
    room
}

#[derive(Clone, Debug)]
enum Change {
    Insert(usize, Made),
    Remove(usize),
    RemoveAll(Vec<usize>),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (0..8_usize, made()).prop_map(|(at, made)| Change::Insert(at, made)),
        1 => (0..8_usize).prop_map(Change::Remove),
        1 => proptest::collection::vec(0..8_usize, 0..4).prop_map(Change::RemoveAll),
    ]
}

fn name(at: usize) -> PodName {
    PodName {
        namespace: "shop".into(),
        name: format!("pod-{at}").into(),
    }
}

/// Who is evicted, worked out with a new room for every pod that may be spared.
fn evicted(needs: &PodNeeds, room: &NodeRoom, made: &[Made]) -> Option<Vec<PodName>> {
    let passes = |room: &NodeRoom| needs.fit(room).obstacles.is_empty();
    let may_go = |pod: &&Resident| pod.priority() < needs.priority();
    let both = room.residents().iter().zip(made);
    let mut candidates: Vec<_> = both.filter(|(pod, _)| may_go(pod)).collect();
    candidates.sort_by_key(|(pod, made)| (Reverse(pod.priority()), made.start));
    let stays = |pod: &&Resident| !may_go(pod);
    let mut left: Vec<&Resident> = room.residents().iter().filter(stays).collect();
    if candidates.is_empty() || !passes(&anew(left.clone(), room.nominated())) {
        return None;
    }
    let mut victims = Vec::new();
    for (pod, _) in candidates {
        left.push(pod);
        if !passes(&anew(left.clone(), room.nominated())) {
            left.pop();
            victims.push(pod.pod().clone());
        }
    }
    Some(victims)
}

proptest! {
    #[test]
    fn a_room_that_was_asked_answers_as_a_new_one(
        changes in proptest::collection::vec(change(), 0..20),
        asked in made(),
        wants in proptest::collection::vec(term(), 0..2),
        gone in proptest::collection::vec(0..9_usize, 0..5),
    ) {
        let needs = PodNeeds::of_pod(&facts("asked", &asked, 99, &wants));
        let mut room = empty();
        let mut removed = empty();
        for change in changes {
            match change {
                Change::Insert(at, made) => {
                    room.insert(resident(at, &made));
                    removed.insert(resident(at, &made));
                }
                Change::Remove(at) => {
                    room.remove("shop", &format!("pod-{at}"));
                    removed.remove("shop", &format!("pod-{at}"));
                }
                Change::RemoveAll(all) => {
                    let all: Vec<PodName> = all.into_iter().map(name).collect();
                    room.remove_all(&all);
                    for pod in &all {
                        removed.remove(&pod.namespace, &pod.name);
                    }
                }
            }
            prop_assert_eq!(&room, &removed);
            let fresh = anew(room.residents(), &[]);
            prop_assert_eq!(&room, &fresh);
            let sum: i128 = room.residents().iter().map(|pod| pod.requests().get("cpu")).sum();
            prop_assert_eq!(room.used().get("cpu"), sum);
            prop_assert_eq!(needs.fit(&room), needs.fit(&fresh));

            let gone: Vec<PodName> = gone.iter().copied().map(name).collect();
            let context = Context::default();
            let after = needs.fit_after(&room, &context, &gone);
            let stay = room.residents().iter().filter(|pod| !gone.contains(pod.pod()));
            prop_assert_eq!(&after, &needs.fit(&anew(stay, &[])));
            let leaves = |pod: &Resident| gone.contains(pod.pod());
            prop_assert_eq!(&after, &needs.fit_without(&room, &context, leaves));
            for pod in room.residents() {
                prop_assert_eq!(room.resident(pod.pod()), Some(pod));
            }
        }
    }

    #[test]
    fn who_is_evicted_is_worked_out_pod_by_pod(
        pods in proptest::collection::vec(made(), 0..9),
        asked in made(),
        nominated in proptest::option::of(made()),
    ) {
        let needs = PodNeeds::of_pod(&facts("asked", &Made { priority: 2, ..asked }, 99, &[]));
        let made = pods;
        let pods: Vec<Resident> = (0..).zip(&made).map(|(at, made)| resident(at, made)).collect();
        let nominated: Vec<Resident> = nominated.iter().map(|made| resident(20, made)).collect();
        let room = anew(&pods, &nominated);
        let fit = needs.fit(&room);
        if let Some(Preemption::Evicts { victims, .. }) = &fit.preemption {
            let names: Vec<PodName> = victims.iter().map(|victim| victim.pod.clone()).collect();
            prop_assert_eq!(Some(names), evicted(&needs, &room, &made));
        } else if fit.preemption.is_some() {
            prop_assert_eq!(None, evicted(&needs, &room, &made));
        }
    }
}
