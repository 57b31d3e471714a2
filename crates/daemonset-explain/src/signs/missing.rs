//! What the words of a failure say is missing outside of the pod: an object, a key in one, a driver.

use serde_json::Value;

use crate::health::events;
use crate::words::list;

/// Something that is missing outside of the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    pub kind: Kind,
    /// The names by which a template asks for it, that of the object first.
    pub names: Vec<String>,
}

/// What kind of thing is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    ConfigMap,
    Secret,
    Claim,
    ServiceAccount,
    /// A key of a `ConfigMap`, which is the second name.
    ConfigMapKey,
    /// A key of a Secret, which is the second name.
    SecretKey,
    /// Secrets to pull images with.
    PullSecret,
    /// A volume's driver.
    Driver,
}

/// How kubelets and the scheduler say that an object is missing, its name in quotes: what stands before
/// it.
const OBJECTS: [(&str, Kind); 4] = [
    ("configmap \"", Kind::ConfigMap),
    ("secret \"", Kind::Secret),
    ("persistentvolumeclaim \"", Kind::Claim),
    ("serviceaccounts \"", Kind::ServiceAccount),
];

/// How they say that a key is missing of a volume's object, which is not named.
const KEYS_OF_VOLUMES: [(&str, Kind); 2] = [
    ("references non-existent config key: ", Kind::ConfigMapKey),
    ("references non-existent secret key: ", Kind::SecretKey),
];

impl Missing {
    /// In words: `ConfigMap agent-config`, `key token of Secret agent-token`.
    pub fn object(&self) -> String {
        let name = self.names.first().map_or("", |name| name);
        let key = self.names.get(1).map_or("", |key| key);
        match self.kind {
            Kind::ConfigMap => format!("ConfigMap {name}"),
            Kind::Secret => format!("Secret {name}"),
            Kind::Claim => format!("PersistentVolumeClaim {name}"),
            Kind::ServiceAccount => format!("ServiceAccount {name}"),
            Kind::ConfigMapKey => format!("key {key} of ConfigMap {name}"),
            Kind::SecretKey => format!("key {key} of Secret {name}"),
            Kind::PullSecret => format!("pull secret {}", list(&self.names, 3)),
            Kind::Driver => format!("CSI driver {name}"),
        }
    }
}

/// What the words say is missing; a volume is looked up in the pod's spec.
pub(crate) fn missing(words: &str, spec: &Value) -> Option<Missing> {
    if words.trim().is_empty() {
        return None;
    }
    let of = |kind: Kind, names: Vec<String>| Some(Missing { kind, names });
    for (start, kind) in OBJECTS {
        let mut found = words.match_indices(start).filter_map(|(at, _)| {
            let (name, rest) = words[at + start.len()..].split_once('"')?;
            rest.trim_start().starts_with("not found").then_some(name)
        });
        if let Some(name) = found.next() {
            let name = name.rsplit('/').next().unwrap_or(name);
            return of(kind, vec![name.to_owned()]);
        }
    }
    let secrets = words.split_once(events::NO_PULL_SECRET);
    if let Some((_, rest)) = secrets.filter(|_| is_denied(words)) {
        let (names, _) = rest.split_once(')')?;
        let names = names.split(", ").map(str::to_owned).collect();
        return of(Kind::PullSecret, names);
    }
    if let Some((_, rest)) = words.split_once("couldn't find key ") {
        let (key, of_object) = rest.split_once(" in ")?;
        let (kind, object) = of_object.split_once(' ')?;
        let kind = match kind {
            "Secret" => Kind::SecretKey,
            _ => Kind::ConfigMapKey,
        };
        let name = first_word(object)?.rsplit('/').next()?.to_owned();
        return of(kind, vec![name, key.to_owned()]);
    }
    for (start, kind) in KEYS_OF_VOLUMES {
        if let Some((before, rest)) = words.split_once(start) {
            let name = object_of_volume(before, kind, spec)?;
            return of(kind, vec![name, first_word(rest)?]);
        }
    }
    let (_, rest) = words.split_once("driver name ")?;
    let driver = first_word(rest)?;
    rest.contains("not found in the list of registered CSI drivers")
        .then_some(())?;
    of(Kind::Driver, vec![driver])
}

fn first_word(text: &str) -> Option<String> {
    let end = text.find(|c: char| c.is_whitespace() || "\",;)".contains(c));
    let word = text[..end.unwrap_or(text.len())].trim_end_matches('.');
    (!word.is_empty()).then(|| word.to_owned())
}

/// The object behind the volume that the words name last: `… for volume "config" : …`.
fn object_of_volume(words: &str, kind: Kind, spec: &Value) -> Option<String> {
    let (_, rest) = words.rsplit_once("for volume \"")?;
    let (volume, _) = rest.split_once('"')?;
    let mut volumes = spec["volumes"].as_array()?.iter();
    let found = volumes.find(|it| it["name"] == volume)?;
    let name = match kind {
        Kind::SecretKey => &found["secret"]["secretName"],
        _ => &found["configMap"]["name"],
    };
    name.as_str().map(str::to_owned)
}

/// Whether the words say that a registry wants to know who asks.
fn is_denied(words: &str) -> bool {
    const DENIED: [&str; 6] = [
        "401 Unauthorized",
        "403 Forbidden",
        "access denied",
        "authorization failed",
        "no basic auth credentials",
        "unauthorized",
    ];
    DENIED.iter().any(|it| words.contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_missing_has_a_name() {
        let spec = json!({"volumes": [{"name": "c", "configMap": {"name": "agent-config"}}]});
        for (words, object) in [
            (
                "MountVolume.SetUp failed for volume \"c\" : configmap \"agent-config\" not found",
                "ConfigMap agent-config",
            ),
            (
                "couldn't find key tokn in Secret infra/agent-token",
                "key tokn of Secret agent-token",
            ),
            (
                "MountVolume.SetUp failed for volume \"c\" : references non-existent config key: agent.yaml",
                "key agent.yaml of ConfigMap agent-config",
            ),
            (
                "driver name efs.csi.aws.com not found in the list of registered CSI drivers",
                "CSI driver efs.csi.aws.com",
            ),
            (
                "failed to fetch token: serviceaccounts \"agent\" not found",
                "ServiceAccount agent",
            ),
            ("references non-existent secret key", ""),
        ] {
            let found = missing(words, &spec).map_or(String::new(), |it| it.object());
            assert_eq!(found, object);
        }
    }
}
