//! Volumes and their sources.

use std::collections::BTreeMap;

use super::amount::amount;
use super::at::At;
use super::env::downward_file;
use super::format::Format;
use super::found::{Found, Reason};
use super::rules::{self, format_of, one_of};
use super::{claims, projected};

/// The sources of volumes in the order in which the API server looks for them: the first counts.
const SOURCES: [&str; 30] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];

const HOST_PATH_TYPES: [&str; 8] = [
    "",
    "DirectoryOrCreate",
    "Directory",
    "FileOrCreate",
    "File",
    "Socket",
    "CharDevice",
    "BlockDevice",
];

/// How long `<volume name>:<targetPortal>` may be where iSCSI's initiator has a name.
const PORTAL_LENGTH: usize = 64;

/// How long a Quobyte tenant and a CSI driver's name may be.
const TENANT_LENGTH: usize = 64;
const DRIVER_LENGTH: usize = 63;

/// A pod's volumes by name.
pub(super) struct Volumes<'v, 'p>(BTreeMap<&'v str, Volume<'v, 'p>>);

struct Volume<'v, 'p> {
    /// The last volume of this name.
    written: At<'v, 'p>,
    /// The use of the first one without fault.
    usage: Use,
}

/// What a volume can be used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// There is none of this name.
    Missing,
    /// There is one, which the API server refuses, and so does not count.
    Refused,
    /// It can be mounted.
    File,
    /// It can be mounted, or be a block device.
    Block,
}

impl<'v, 'p> Volumes<'v, 'p> {
    /// What the volume of this name can be used for.
    pub fn usage(&self, name: &str) -> Use {
        self.0.get(name).map_or(Use::Missing, |volume| volume.usage)
    }

    /// The volume of this name as it is written.
    pub fn written(&self, name: &str) -> Option<&At<'v, 'p>> {
        self.0.get(name).map(|volume| &volume.written)
    }

    /// The names of all volumes.
    pub fn names(&self) -> impl Iterator<Item = &'v str> {
        self.0.keys().copied()
    }
}

pub(super) fn check<'v, 'p>(list: &'p At<'v, '_>, found: &mut Found) -> Volumes<'v, 'p> {
    let mut volumes: BTreeMap<&'v str, Volume<'v, 'p>> = BTreeMap::new();
    for volume in list.items() {
        let before = found.errors();
        source(&volume, found);
        let name = volume.field("name");
        if name.is_empty() {
            found.required(&name, Format::DnsLabel.words());
        } else {
            format_of(&name, Format::DnsLabel, found);
        }
        // A faulty volume does not take its name from another.
        let known = volumes.get(name.text());
        if known.is_some_and(|known| known.usage != Use::Refused) {
            found.duplicate(&name, "another volume");
        }
        let usage =
            match ["persistentVolumeClaim", "ephemeral"].map(|name| volume.field(name).is_set()) {
                _ if found.errors() > before => Use::Refused,
                [false, false] => Use::File,
                _ => Use::Block,
            };
        let usage = known.map_or(usage, |known| {
            if known.usage == Use::Refused {
                usage
            } else {
                known.usage
            }
        });
        volumes.insert(
            name.text(),
            Volume {
                written: volume,
                usage,
            },
        );
    }
    Volumes(volumes)
}

/// The one source of a volume.
fn source(volume: &At<'_, '_>, found: &mut Found) {
    let mut set = SOURCES
        .iter()
        .map(|name| (*name, volume.field(name)))
        .filter(|(_, source)| source.is_set());
    let Some((name, first)) = set.next() else {
        return;
    };
    of_type(volume, name, &first, found);
    for (other, at) in set {
        // These two are written otherwise by the API server.
        let named = match other {
            "cephfs" => "cephFS",
            "downwardAPI" => "downwarAPI",
            other => other,
        };
        found.forbidden(
            &volume.field_as(named, &at),
            format_args!("one source, which {name} is already"),
        );
        if other == "iscsi" {
            portal_length(volume, &at, found);
        }
    }
}

fn of_type(volume: &At<'_, '_>, name: &'static str, at: &At<'_, '_>, found: &mut Found) {
    let type_name = match name {
        "emptyDir" => return empty_dir(at, found),
        "hostPath" => return host_path(at, found),
        "gcePersistentDisk" => {
            let here = volume.field_as("persistentDisk", at);
            return rules::check("GCEPersistentDiskVolumeSource", &here, found);
        }
        "gitRepo" => "GitRepoVolumeSource",
        "awsElasticBlockStore" => "AWSElasticBlockStoreVolumeSource",
        "secret" => "SecretVolumeSource",
        "nfs" => "NFSVolumeSource",
        "iscsi" => "ISCSIVolumeSource",
        "glusterfs" => "GlusterfsVolumeSource",
        "flocker" => "FlockerVolumeSource",
        "persistentVolumeClaim" => "PersistentVolumeClaimVolumeSource",
        "rbd" => "RBDVolumeSource",
        "cinder" => "CinderVolumeSource",
        "cephfs" => "CephFSVolumeSource",
        "quobyte" => "QuobyteVolumeSource",
        "downwardAPI" => "DownwardAPIVolumeSource",
        "fc" => "FCVolumeSource",
        "flexVolume" => "FlexVolumeSource",
        "configMap" => "ConfigMapVolumeSource",
        "azureFile" => "AzureFileVolumeSource",
        "vsphereVolume" => "VsphereVirtualDiskVolumeSource",
        "photonPersistentDisk" => "PhotonPersistentDiskVolumeSource",
        "portworxVolume" => "PortworxVolumeSource",
        "azureDisk" => "AzureDiskVolumeSource",
        "storageos" => "StorageOSVolumeSource",
        "projected" => "ProjectedVolumeSource",
        "scaleIO" => "ScaleIOVolumeSource",
        "csi" => "CSIVolumeSource",
        "ephemeral" => "EphemeralVolumeSource",
        _ => "ImageVolumeSource",
    };
    rules::check(type_name, at, found);
    match name {
        "iscsi" => iscsi(volume, at, found),
        "flocker" => flocker(at, found),
        "quobyte" => quobyte(at, found),
        "downwardAPI" => {
            for file in at.field("items").items() {
                downward_file(at, &file, found);
            }
        }
        "fc" => fibre_channel(at, found),
        "flexVolume" => flex_options(&at.field("options"), found),
        "azureDisk" => azure_disk(at, found),
        "projected" => projected::check(at, found),
        "csi" => csi(at, found),
        "ephemeral" => claims::template(&at.field("volumeClaimTemplate"), found),
        _ => {}
    }
}

fn empty_dir(at: &At<'_, '_>, found: &mut Found) {
    let limit = at.field("sizeLimit");
    if amount(limit.value()).is_some_and(|limit| limit.nanos() < 0) {
        found.forbidden(&limit, "a limit not below zero");
    }
}

fn host_path(at: &At<'_, '_>, found: &mut Found) {
    let (path, type_) = (at.field("path"), at.field("type"));
    if path.is_empty() {
        found.required(&path, "a path on the node");
        return;
    }
    format_of(&path, Format::PathWithoutBacksteps, found);
    if type_.is_set() {
        one_of(&type_, &HOST_PATH_TYPES, found);
    }
}

fn iscsi(volume: &At<'_, '_>, at: &At<'_, '_>, found: &mut Found) {
    let name = at.field("iqn");
    if !name.is_empty() && !is_initiator(name.text()) {
        found.invalid(&name, "a name that begins with iqn., eui. or naa.");
    }
    let chap = ["chapAuthDiscovery", "chapAuthSession"];
    let secret = at.field("secretRef");
    if chap.iter().any(|name| at.field(name).is_true()) && !secret.is_set() {
        found.required(&secret, "a secret for CHAP");
    }
    let initiator = at.field("initiatorName");
    if initiator.is_set() && !is_initiator(initiator.text()) {
        let here = at.field_as("initiatorname", &initiator);
        found.invalid(&here, "a name that begins with iqn., eui. or naa.");
    }
    portal_length(volume, at, found);
}

fn portal_length(volume: &At<'_, '_>, at: &At<'_, '_>, found: &mut Found) {
    let (name, portal) = (volume.field("name"), at.field("targetPortal"));
    let length = name.text().len() + 1 + portal.text().len();
    if at.field("initiatorName").is_set() && length > PORTAL_LENGTH {
        let message = format_args!(
            "expected at most {PORTAL_LENGTH} characters for name:targetPortal beside initiatorName, found {length}"
        );
        found.fault(&name, Reason::Invalid, message);
    }
}

/// The name of an iSCSI target or initiator, as
/// [RFC 3720](https://www.rfc-editor.org/rfc/rfc3720#section-3.2.6.3) has three kinds of.
fn is_initiator(name: &str) -> bool {
    let is_alphanumeric = |text: &str, length| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    // Between the kind and the number the API server lets any character stand.
    let number = |kind| {
        let rest: &str = name.strip_prefix(kind)?;
        let mut rest = rest.chars();
        rest.next()?;
        Some(rest.as_str())
    };
    if name.starts_with("iqn") {
        return is_qualified_initiator(name);
    }
    number("eui").is_some_and(|rest| is_alphanumeric(rest, 16))
        || number("naa").is_some_and(|rest| is_alphanumeric(rest, 32))
}

/// `iqn.2026-03.com.example:storage`: since when, who, and what.
fn is_qualified_initiator(name: &str) -> bool {
    // The API server takes the last place where such a name can begin.
    name.match_indices("iqn.").any(|(at, prefix)| {
        let rest = &name[at + prefix.len()..];
        let Some((date, rest)) = rest.split_at_checked(8) else {
            return false;
        };
        let is_date = date
            .bytes()
            .zip(*b"0000-00.")
            .all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                shape => byte == shape,
            });
        let is_who = |who: &str| {
            !who.is_empty()
                && who
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        };
        let is_what = |what: &str| {
            !what.is_empty()
                && !what.contains(|c: char| {
                    matches!(
                        c,
                        ',' | ';' | '*' | '&' | '$' | '|' | ' ' | '\t' | '\n' | '\r' | '\u{c}'
                    )
                })
        };
        is_date
            && rest
                .split_once(':')
                .is_some_and(|(who, what)| is_who(who) && is_what(what))
    })
}

fn flocker(at: &At<'_, '_>, found: &mut Found) {
    match ["datasetName", "datasetUUID"].map(|name| !at.field(name).is_empty()) {
        [false, false] => found.required(at, "datasetName or datasetUUID"),
        [true, true] => found.invalid(at, "datasetName or datasetUUID, not both"),
        _ => {}
    }
}

fn quobyte(at: &At<'_, '_>, found: &mut Found) {
    let (registry, tenant) = (at.field("registry"), at.field("tenant"));
    if registry.is_empty() {
        return;
    }
    if tenant.text().len() > TENANT_LENGTH {
        let message = format_args!(
            "expected a UUID of at most {TENANT_LENGTH} characters, found a longer one"
        );
        found.fault(&tenant, Reason::Required, message);
    } else if !registry.text().split(',').all(is_host_and_port) {
        found.invalid(&registry, "host:port pairs with commas between");
    }
}

/// A host, in brackets where there are colons in it, and a port.
fn is_host_and_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let host = match host.strip_prefix('[') {
        Some(inside) => match inside.strip_suffix(']') {
            Some(host) => return !host.contains(['[', ']']) && !port.contains(['[', ']']),
            None => return false,
        },
        None => host,
    };
    !host.contains([':', '[', ']']) && !port.contains(['[', ']'])
}

fn fibre_channel(at: &At<'_, '_>, found: &mut Found) {
    let (targets, ids, unit) = (at.field("targetWWNs"), at.field("wwids"), at.field("lun"));
    match (targets.is_empty(), ids.is_empty()) {
        (true, true) => found.required(&targets, "targetWWNs or wwids"),
        (false, false) => found.invalid(&targets, "targetWWNs or wwids, not both"),
        _ => {}
    }
    if targets.is_empty() {
        return;
    }
    if !unit.is_set() {
        found.required(&unit, "a number from 0 to 255 beside targetWWNs");
    } else if !(0..=255).contains(&unit.integer()) {
        found.invalid(&unit, "a number from 0 to 255");
    }
}

fn flex_options(options: &At<'_, '_>, found: &mut Found) {
    for (key, value) in options.entries() {
        let domain = key
            .split_once('/')
            .map_or(key, |(domain, _)| domain)
            .to_lowercase();
        let of = |reserved: &str| {
            domain
                .strip_suffix(reserved)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if of("kubernetes.io") || of("k8s.io") {
            let message = format_args!(
                "expected an option outside kubernetes.io and k8s.io, found {}",
                super::words::Quoted(key)
            );
            found.fault(&value, Reason::Invalid, message);
        }
    }
}

fn azure_disk(at: &At<'_, '_>, found: &mut Found) {
    let uri = at.field("diskURI");
    let (prefix, whole) = match at.field("kind").text() {
        "Managed" => (
            "/subscriptions/",
            "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",
        ),
        _ => (
            "https://",
            "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",
        ),
    };
    if !uri.text().starts_with(prefix) {
        found.not_supported(&uri, &[whole]);
    }
}

fn csi(at: &At<'_, '_>, found: &mut Found) {
    let driver = at.field("driver");
    let name = driver.text();
    if !driver.is_empty() && !Format::DnsSubdomain.holds(&name.to_lowercase()) {
        found.invalid(&driver, Format::DnsSubdomain.words());
    }
    if name.len() > DRIVER_LENGTH {
        let message = format_args!(
            "expected at most {DRIVER_LENGTH} characters, found {}",
            name.len()
        );
        found.fault(&driver, Reason::TooLong, message);
    }
    let secret = at.field("nodePublishSecretRef");
    let secret_name = secret.field("name");
    if !secret_name.is_empty() && !Format::DnsSubdomain.holds(secret_name.text()) {
        let here = at.field_as("name", &secret_name);
        found.invalid(&here, Format::DnsSubdomain.words());
    }
}
