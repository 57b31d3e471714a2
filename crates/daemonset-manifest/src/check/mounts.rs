//! What a container mounts: volumes, and block devices.

use std::collections::{BTreeMap, BTreeSet};

use super::at::At;
use super::format::Format;
use super::found::{Found, Reason};
use super::lists::Lists;
use super::pod::Pod;
use super::rules::{self, one_of};
use super::volumes::Use;

const PROPAGATIONS: [&str; 3] = ["Bidirectional", "HostToContainer", "None"];
const RECURSIVE: [&str; 3] = ["Disabled", "Enabled", "IfPossible"];

pub(super) fn check(pod: &Pod<'_>, container: &At<'_, '_>, found: &mut Found) {
    let (mounts, devices) = (
        container.field("volumeMounts"),
        container.field("volumeDevices"),
    );
    let mounted = by_name(&mounts, "mountPath");
    let attached = by_name(&devices, "devicePath");
    let privileged = container.field("securityContext");
    let is_privileged = privileged.field("privileged").is_true();
    let paths: BTreeSet<&str> = attached.values().copied().collect();
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, mount) in mounts.items().enumerate() {
        rules::check("VolumeMount", &mount, found);
        let (name, path) = (mount.field("name"), mount.field("mountPath"));
        volume_of(pod, &name, found);
        if let Some(before) = taken.get(path.text()) {
            found.invalid(
                &path,
                format_args!("a path that volumeMounts[{before}] does not have already"),
            );
        } else {
            taken.insert(path.text(), index);
        }
        if attached.contains_key(name.text()) {
            found.invalid(&name, "a volume that is not in volumeDevices too");
        }
        if paths.contains(path.text()) {
            found.invalid(&path, "a path that is not in volumeDevices too");
        }
        sub_paths(&mounts, &mount, found);
        propagation(&mounts, &mount, is_privileged, found);
        recursive_read_only(&mounts, &mount, found);
    }
    block_devices(pod, &devices, &mounted, found);
}

/// The paths by the names of their volumes; of several with one name the last.
fn by_name<'v>(list: &At<'v, '_>, path: &'static str) -> BTreeMap<&'v str, &'v str> {
    let pair = |item: At<'v, '_>| (item.field("name").text(), item.field(path).text());
    list.items().map(pair).collect()
}

fn volume_of(pod: &Pod<'_>, name: &At<'_, '_>, found: &mut Found) -> Use {
    let usage = pod.volumes.usage(name.text());
    match usage {
        Use::Missing => found.not_found(name, "the name of a volume", pod.volumes.names()),
        Use::Refused => {
            let message = "expected the name of a volume, found one that is refused itself";
            found.fault(name, Reason::NotFound, message);
        }
        Use::File | Use::Block => {}
    }
    usage
}

/// Faults of what is below have no index: the API server does not say which mount it means.
fn sub_paths(mounts: &At<'_, '_>, mount: &At<'_, '_>, found: &mut Found) {
    let (path, expression) = (mount.field("subPath"), mount.field("subPathExpr"));
    for (name, at) in [("subPath", &path), ("subPathExpr", &expression)] {
        if !at.is_empty() {
            rules::format_of(&mounts.field_as(name, at), Format::DescendingPath, found);
        }
    }
    if !path.is_empty() && !expression.is_empty() {
        found.invalid(&expression, "no subPathExpr beside subPath");
    }
}

fn propagation(mounts: &At<'_, '_>, mount: &At<'_, '_>, is_privileged: bool, found: &mut Found) {
    let at = mount.field("mountPropagation");
    if !at.is_set() {
        return;
    }
    let here = mounts.field_as("mountPropagation", &at);
    one_of(&here, &PROPAGATIONS, found);
    if at.text() == "Bidirectional" && !is_privileged {
        found.forbidden(
            &here,
            "HostToContainer or None in a container that is not privileged",
        );
    }
}

fn recursive_read_only(mounts: &At<'_, '_>, mount: &At<'_, '_>, found: &mut Found) {
    let at = mount.field("recursiveReadOnly");
    if !at.is_set() {
        return;
    }
    let here = mounts.field_as("recursiveReadOnly", &at);
    one_of(&here, &RECURSIVE, found);
    if matches!(at.text(), "Enabled" | "IfPossible") {
        if !mount.field("readOnly").is_true() {
            found.forbidden(&here, "readOnly: true beside it");
        }
        let propagation = mount.field("mountPropagation");
        if propagation.is_set() && propagation.text() != "None" {
            found.forbidden(&here, "no mountPropagation but None beside it");
        }
    }
}

fn block_devices(
    pod: &Pod<'_>,
    devices: &At<'_, '_>,
    mounted: &BTreeMap<&str, &str>,
    found: &mut Found,
) {
    let mounted_paths: BTreeSet<&str> = mounted.values().copied().collect();
    let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for device in devices.items() {
        rules::check("VolumeDevice", &device, found);
        let (name, path) = (device.field("name"), device.field("devicePath"));
        if volume_of(pod, &name, found) == Use::File {
            found.invalid(
                &name,
                "a volume of type persistentVolumeClaim or ephemeral for a block device",
            );
        }
        if names.contains(name.text()) {
            found.invalid(&name, "a volume that comes once");
        }
        if paths.contains(path.text()) {
            found.invalid(&path, "a path that comes once");
        }
        if mounted.contains_key(name.text()) {
            found.invalid(&name, "a volume that is not in volumeMounts too");
        }
        if mounted_paths.contains(path.text()) {
            found.invalid(&path, "a path that is not in volumeMounts too");
        }
        if !name.is_empty() {
            names.insert(name.text());
        }
        if path.is_empty() || Format::PathWithoutBacksteps.holds(path.text()) {
            paths.insert(path.text());
        }
    }
}

/// Files with variables stand in volumes that are empty at first.
pub(super) fn file_volumes(pod: &Pod<'_>, lists: &Lists<'_, '_>, found: &mut Found) {
    for container in lists.all() {
        for variable in container.field("env").items() {
            let from = variable.field("valueFrom");
            let file = from.field("fileKeyRef");
            if !file.is_set() {
                continue;
            }
            let volume = file.field("volumeName");
            match pod.volumes.written(volume.text()) {
                None => found.not_found(&volume, "the name of a volume", pod.volumes.names()),
                Some(written) if !written.field("emptyDir").is_set() => {
                    found.invalid(&volume, "the name of an emptyDir volume");
                }
                Some(_) => {}
            }
        }
    }
}
