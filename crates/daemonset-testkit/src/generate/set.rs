//! DaemonSets.

use daemonset::api::DaemonSet;
use serde_json::{Value, json};

use super::template::template;
use super::{Oddity, read, start};
use crate::draw::Draw;

/// What a DaemonSet is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Naming {
    /// Its name.
    pub name: &'static str,
    /// Its namespace.
    pub namespace: &'static str,
    /// Its UID.
    pub uid: &'static str,
}

/// The DaemonSet of a world.
pub const AGENT: Naming = Naming {
    name: "agent",
    namespace: "infra",
    uid: "uid-agent",
};

fn amount(draw: &mut Draw<'_>, oddity: Oddity) -> Value {
    let odd = oddity == Oddity::Anything;
    if draw.chance(50) {
        let usual = ["25%", "0%", "10%", "50%", "100%"];
        let strange = [
            "1O%",
            "5",
            "-10%",
            "1.5%",
            " 5%",
            "",
            "%",
            "+25%",
            "9223372036854775807%",
        ];
        if odd && draw.chance(60) {
            return draw.one_of(&strange).into();
        }
        return draw.one_of(&usual).into();
    }
    let numbers = if odd {
        &[1, 0, 2, 3, -1, -2][..]
    } else {
        &[1, 0, 2, 3]
    };
    draw.one_of(numbers).into()
}

fn strategy(draw: &mut Draw<'_>, oddity: Oddity) -> Value {
    if draw.chance(14) {
        return json!({"type": "OnDelete"});
    }
    let types = match oddity {
        Oddity::Stored => &["RollingUpdate"][..],
        Oddity::Anything => &["RollingUpdate", "", "Recreate"],
    };
    let kind = draw.one_of(types);
    let rolling = draw.maybe(85, |draw| {
        let unavailable = draw.maybe(80, |draw| amount(draw, oddity));
        let surge = draw.maybe(60, |draw| amount(draw, oddity));
        json!({"maxUnavailable": unavailable, "maxSurge": surge})
    });
    json!({"type": kind, "rollingUpdate": rolling})
}

fn selector(draw: &mut Draw<'_>, oddity: Oddity) -> Value {
    let usual = [
        json!({"matchLabels": {"app": "agent"}}),
        json!({
            "matchLabels": {"app": "agent"},
            "matchExpressions": [{"key": "canary", "operator": "DoesNotExist"}],
        }),
        json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["agent"]}]}),
    ];
    let odd = [
        Value::Null,
        json!({}),
        json!({"matchLabels": {"app": "other"}}),
        json!({"matchExpressions": [{"key": "app", "operator": "Gt", "values": ["1"]}]}),
    ];
    if oddity == Oddity::Anything && draw.chance(14) {
        draw.one_of(&odd)
    } else {
        draw.one_of(&usual)
    }
}

/// A DaemonSet of this name.
pub fn set(draw: &mut Draw<'_>, oddity: Oddity, naming: Naming) -> DaemonSet {
    let odd = oddity == Oddity::Anything;
    let strategy = strategy(draw, oddity);
    let selector = selector(draw, oddity);
    let min_ready = draw.one_of(&[0, 5, 60]);
    let limits = if odd { -1..=3 } else { 0..=3 };
    let limit = draw.maybe(50, |draw| draw.number(limits));
    let generation = draw.number(1..=3);
    let lag = draw.number(0..=1);
    let annotation = draw.maybe(30, |draw| draw.one_of(&["1", "2", "+2", "x", ""]));
    let annotations =
        annotation.map(|text| json!({"deprecated.daemonset.template.generation": text}));
    let deleting = odd && draw.chance(5);
    let collisions = draw.maybe(20, |draw| draw.number(0..=2));
    let figures: Vec<i64> = (0..2).map(|_| draw.number(0..=3)).collect();
    let template = template(draw);
    read(json!({
        "metadata": {
            "name": naming.name,
            "namespace": naming.namespace,
            "uid": naming.uid,
            "generation": generation,
            "annotations": annotations,
            "deletionTimestamp": deleting.then(start),
        },
        "spec": {
            "selector": selector,
            "template": template,
            "updateStrategy": strategy,
            "minReadySeconds": min_ready,
            "revisionHistoryLimit": limit,
        },
        "status": {
            "observedGeneration": generation - lag,
            "numberReady": figures[0],
            "updatedNumberScheduled": figures[1],
            "collisionCount": collisions,
        },
    }))
}
