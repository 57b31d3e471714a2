//! The change of the template that mends what words are known to mean, worked out from what the template has.

use daemonset::api::DaemonSet;
use serde_json::{Map, Value, json};

use super::command::{patch_pods, target, word};
use super::untried::memory_of;
use crate::known::{Meaning, Mend};
use crate::signs::mounted::{beneath, mount_of};
use crate::template::{self, list_of};

/// What a container writes that its image has empty, so that a volume there hides nothing.
const EMPTY: [&str; 7] = [
    "/tmp",
    "/var/tmp",
    "/run",
    "/var/run",
    "/var/cache",
    "/var/log",
    "/var/spool",
];

/// The probes of a container.
const PROBES: [&str; 3] = ["readinessProbe", "livenessProbe", "startupProbe"];

/// How many seconds a probe gets that had fewer.
const PROBE_SECONDS: u64 = 5;

/// The command that makes the change; `None` where the template has that already, or does not tell what to change.
pub(super) fn command(meaning: &Meaning, container: &str, set: &DaemonSet) -> Option<String> {
    let spec = set.spec.template.spec_as_json();
    let of = Of {
        set,
        spec,
        name: container,
    };
    match meaning.mend()? {
        Mend::Capabilities(wanted) => of.more_capabilities(wanted),
        Mend::CapabilityNames => of.plain_capabilities(),
        Mend::Privileged => (of.own()?["securityContext"]["privileged"] != true)
            .then(|| of.changed(&json!({"securityContext": {"privileged": true}})))?,
        Mend::Writable => {
            let is_read_only = of.own()?["securityContext"]["readOnlyRootFilesystem"] == true;
            let path = directory(meaning.named("path")?).filter(|_| is_read_only)?;
            of.mounted("writable", path, json!({"emptyDir": {}}))
        }
        Mend::DataDirectory => {
            let path = meaning.named("path")?;
            let of_node = json!({"hostPath": {"path": path, "type": "DirectoryOrCreate"}});
            of.mounted("data", path, of_node)
        }
        Mend::SharedMemory => {
            of.mounted("shm", "/dev/shm", json!({"emptyDir": {"medium": "Memory"}}))
        }
        Mend::Scheme(scheme) => of.probes(&json!({"httpGet": {"scheme": scheme}}), |probe| {
            let asked = &probe["httpGet"];
            asked.is_object() && asked["scheme"].as_str().unwrap_or("HTTP") != scheme
        }),
        Mend::ProbeTime => of.probes(&json!({"timeoutSeconds": PROBE_SECONDS}), |probe| {
            probe.is_object() && probe["timeoutSeconds"].as_u64().unwrap_or(1) < PROBE_SECONDS
        }),
        Mend::Executable => of.executable(meaning.named("program")?),
        Mend::Token => (spec["automountServiceAccountToken"] != true)
            .then(|| patch_pods(set, &json!({"automountServiceAccountToken": true}))),
        Mend::HostUsers => {
            (spec["hostUsers"] == false).then(|| patch_pods(set, &json!({"hostUsers": null})))
        }
        Mend::Pull => of.changed(&json!({"imagePullPolicy": "IfNotPresent"})),
        Mend::Memory => memory_of(container, None, set)?.1.pop(),
        Mend::Os => {
            let os = spec["os"]["name"].as_str()?;
            let selector = json!({"nodeSelector": {"kubernetes.io/os": os}});
            Some(patch_pods(set, &selector))
        }
        Mend::ImageName => {
            let image = template::image(spec, container)?;
            let mended = image_name(image).filter(|it| it != image)?;
            let (target, mended) = (target(set), word(&mended));
            let name = word(container);
            Some(format!("kubectl set image {target} {name}={mended}"))
        }
    }
}

/// A container of a template.
struct Of<'a> {
    set: &'a DaemonSet,
    spec: &'a Value,
    name: &'a str,
}

impl<'a> Of<'a> {
    fn own(&self) -> Option<&'a Value> {
        template::container(self.spec, self.name)
    }

    /// With these fields of the container changed.
    fn changed(&self, fields: &Value) -> Option<String> {
        let list = list_of(self.spec, self.name)?;
        let mut own = json!({"name": self.name});
        for (field, value) in fields.as_object()? {
            own[field] = value.clone();
        }
        Some(patch_pods(self.set, &json!({list: [own]})))
    }

    /// With a volume, of a name that is free, mounted at a path that none is mounted at.
    fn mounted(&self, name: &str, path: &str, source: Value) -> Option<String> {
        if mount_of(self.own()?, path).is_some() {
            return None;
        }
        let list = list_of(self.spec, self.name)?;
        let name = free_name(self.spec, name);
        let mut volume = source;
        volume["name"] = name.as_str().into();
        let mounts = json!([{"name": name, "mountPath": path}]);
        let own = json!({"name": self.name, "volumeMounts": mounts});
        let pods = json!({"volumes": [volume], list: [own]});
        Some(patch_pods(self.set, &pods))
    }

    fn more_capabilities(&self, wanted: &[&str]) -> Option<String> {
        let security = &self.own()?["securityContext"];
        let added = capabilities(security);
        let is_there = |it: &str| added.iter().any(|other| other == it || other == "ALL");
        let lacking = wanted.iter().copied().filter(|it| !is_there(it));
        let all: Vec<&str> = added.iter().map(String::as_str).chain(lacking).collect();
        if security["privileged"] == true || all.len() == added.len() {
            return None;
        }
        self.changed(&json!({"securityContext": {"capabilities": {"add": all}}}))
    }

    fn plain_capabilities(&self) -> Option<String> {
        let added = capabilities(&self.own()?["securityContext"]);
        let plain = |it: &String| it.strip_prefix("CAP_").unwrap_or(it).to_owned();
        let all: Vec<String> = added.iter().map(plain).collect();
        let changed = json!({"securityContext": {"capabilities": {"add": all}}});
        (all != added).then(|| self.changed(&changed))?
    }

    /// With this changed in those of its probes.
    fn probes(&self, changed: &Value, which: impl Fn(&Value) -> bool) -> Option<String> {
        let own = self.own()?;
        let those = PROBES.into_iter().filter(|probe| which(&own[*probe]));
        let fields: Map<String, Value> = those
            .map(|probe| (probe.to_owned(), changed.clone()))
            .collect();
        (!fields.is_empty()).then(|| self.changed(&Value::Object(fields)))?
    }

    /// With the files of the volume that a program is in executable.
    fn executable(&self, program: &str) -> Option<String> {
        let (mount, _) = mount_of(self.own()?, program)?;
        let mut volumes = self.spec["volumes"].as_array().into_iter().flatten();
        let volume = volumes.find(|it| it["name"] == mount["name"])?;
        let mut kinds = ["configMap", "secret", "projected"].into_iter();
        let kind = kinds.find(|kind| volume[*kind].is_object())?;
        // 0755
        let changed = json!({"name": volume["name"], kind: {"defaultMode": 493}});
        Some(patch_pods(self.set, &json!({"volumes": [changed]})))
    }
}

fn capabilities(security: &Value) -> Vec<String> {
    let added = security["capabilities"]["add"].as_array();
    let names = added.into_iter().flatten().filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

/// The directory in which something is written, where a volume there hides nothing of the image.
fn directory(path: &str) -> Option<&str> {
    let (parent, _) = path.rsplit_once('/')?;
    let parent = if EMPTY.contains(&path) { path } else { parent };
    let is_beneath = |it: &&str| beneath(parent, it).is_some();
    EMPTY.iter().any(is_beneath).then_some(parent)
}

/// A name that no volume of the pods has.
fn free_name(spec: &Value, wanted: &str) -> String {
    let volumes = || spec["volumes"].as_array().into_iter().flatten();
    let is_free = |name: &String| volumes().all(|it| it["name"] != name.as_str());
    let numbered = (2..=99).map(|number| format!("{wanted}-{number}"));
    let mut all = std::iter::once(wanted.to_owned()).chain(numbered);
    all.find(is_free).unwrap_or_else(|| wanted.to_owned())
}

/// An image's name without what none has: a scheme before it, capitals in its repository, a tag that is empty.
fn image_name(image: &str) -> Option<String> {
    let name = image.trim();
    let name = name
        .strip_prefix("https://")
        .or_else(|| name.strip_prefix("http://"))
        .unwrap_or(name);
    let name = name.trim_end_matches([':', '@', '/']);
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    if name.is_empty() || !name.chars().all(is_part) || name.contains("//") {
        return None;
    }
    let (rest, digest) = match name.split_once('@') {
        Some((rest, digest)) => (rest, format!("@{digest}")),
        None => (name, String::new()),
    };
    let at = rest.rfind('/').map_or(0, |at| at + 1);
    let (path, last) = rest.split_at(at);
    let (last, tag) = match last.split_once(':') {
        Some((_, tag)) if tag.contains(':') => return None,
        Some((last, tag)) => (last, format!(":{tag}")),
        None => (last, String::new()),
    };
    Some(format!(
        "{}{}{tag}{digest}",
        path.to_lowercase(),
        last.to_lowercase()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_hides_nothing_of_an_image() {
        for (path, found) in [
            ("/tmp/a.sock", Some("/tmp")),
            ("/tmp", Some("/tmp")),
            ("/var/cache/nginx/client_temp", Some("/var/cache/nginx")),
            ("/etc/agent/agent.yaml", None),
            ("/temporary/a", None),
            ("/data", None),
            ("a", None),
        ] {
            assert_eq!(directory(path), found, "{path}");
        }
    }

    #[test]
    fn a_name_of_an_image_is_put_right_where_that_is_plain() {
        for (image, mended) in [
            (
                "https://reg.example.com/a/B:V1",
                Some("reg.example.com/a/b:V1"),
            ),
            ("Agent", Some("agent")),
            ("reg:5000/agent:", Some("reg:5000/agent")),
            ("agent:1:2", None),
            ("$IMAGE", None),
            ("{{ .Values.image }}", None),
        ] {
            assert_eq!(image_name(image).as_deref(), mended, "{image}");
        }
    }
}
