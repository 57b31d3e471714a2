//! The machine behind a node, by the ID that its cloud gives it (`spec.providerID`), and the commands of that cloud.
//!
//! Sources: the forms of the IDs, of [AWS](https://github.com/kubernetes/cloud-provider-aws), [Google
//! Cloud](https://github.com/kubernetes/cloud-provider-gcp), [Azure](https://github.com/kubernetes-sigs/cloud-provider-azure),
//! [OpenStack](https://github.com/kubernetes/cloud-provider-openstack), [vSphere](https://github.com/kubernetes/cloud-provider-vsphere),
//! [Hetzner](https://github.com/hetznercloud/hcloud-cloud-controller-manager),
//! [DigitalOcean](https://github.com/digitalocean/digitalocean-cloud-controller-manager),
//! [Linode](https://github.com/linode/linode-cloud-controller-manager),
//! [Scaleway](https://github.com/scaleway/scaleway-cloud-controller-manager).

/// The command that shows how the cloud sees the machine; `None` where the ID is in no form that is known.
pub(super) fn shown(provider_id: &str) -> Option<String> {
    let (scheme, rest) = provider_id.split_once("://")?;
    let parts: Vec<&str> = rest.split('/').filter(|it| !it.is_empty()).collect();
    // What stands in a command as it is.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !(parts.iter()).all(|part| !part.starts_with('-') && part.chars().all(is_plain)) {
        return None;
    }
    Some(match (scheme, parts.as_slice()) {
        ("aws", [.., instance]) if instance.starts_with("i-") => {
            let zone = match parts.as_slice() {
                [zone, _] => region(zone),
                _ => None,
            };
            let region = zone.map_or_else(String::new, |it| format!(" --region {it}"));
            format!(
                "aws ec2 describe-instance-status --include-all-instances --instance-ids {instance}{region}"
            )
        }
        ("gce", [project, zone, name]) => {
            format!("gcloud compute instances describe {name} --zone {zone} --project {project}")
        }
        ("azure", [..]) => return azure(rest),
        ("openstack", [.., server]) => format!("openstack server show {server}"),
        ("vsphere", [id]) => format!("govc vm.info -vm.uuid={id}"),
        ("hcloud", [id]) => format!("hcloud server describe {id}"),
        ("digitalocean", [id]) => format!("doctl compute droplet get {id}"),
        ("linode", [id]) => format!("linode-cli linodes view {id}"),
        ("scaleway", ["instance", zone, id]) => {
            format!("scw instance server get {id} zone={zone}")
        }
        _ => return None,
    })
}

/// The ID of an instance of EC2.
pub(super) fn instance(provider_id: &str) -> Option<&str> {
    let (_, instance) = provider_id.strip_prefix("aws://")?.rsplit_once('/')?;
    let is_id = |id: &str| id.chars().all(|c| c.is_ascii_alphanumeric());
    instance.strip_prefix("i-").filter(|id| is_id(id))?;
    Some(instance)
}

/// The region of an instance of EC2.
pub(super) fn region_of(provider_id: &str) -> Option<&str> {
    let (zone, _) = provider_id.strip_prefix("aws:///")?.split_once('/')?;
    region(zone)
}

/// `eu-central-1` of `eu-central-1a`, and `us-west-2` of `us-west-2-lax-1a`: up to its number.
fn region(zone: &str) -> Option<&str> {
    let at = zone.find(|c: char| c.is_ascii_digit())?;
    let number = zone[at..].bytes().take_while(u8::is_ascii_digit).count();
    zone[..at].ends_with('-').then(|| &zone[..at + number])
}

/// A machine, or one of a scale set.
fn azure(rest: &str) -> Option<String> {
    let path = rest.trim_matches('/');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let parts: Vec<&str> = path.split('/').collect();
    let after = |name: &str| {
        let at = parts.iter().position(|it| it.eq_ignore_ascii_case(name))?;
        parts.get(at + 1).copied()
    };
    if !path.chars().all(is_plain) || after("subscriptions").is_none() {
        return None;
    }
    let machine = after("virtualMachines")?;
    let Some(set) = after("virtualMachineScaleSets") else {
        return Some(format!("az vm get-instance-view --ids /{path}"));
    };
    let group = after("resourceGroups")?;
    Some(format!(
        "az vmss get-instance-view --resource-group {group} --name {set} --instance-id {machine}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cloud_shows_its_machines() {
        for (id, command) in [
            (
                "aws:///eu-central-1a/i-0a1b2c3d4e5f60718",
                Some(
                    "aws ec2 describe-instance-status --include-all-instances --instance-ids i-0a1b2c3d4e5f60718 --region eu-central-1",
                ),
            ),
            (
                "aws:///us-west-2-lax-1a/i-0a1b",
                Some(
                    "aws ec2 describe-instance-status --include-all-instances --instance-ids i-0a1b --region us-west-2",
                ),
            ),
            (
                "gce://shop-prod/europe-west1-b/gke-a-1",
                Some(
                    "gcloud compute instances describe gke-a-1 --zone europe-west1-b --project shop-prod",
                ),
            ),
            (
                "azure:///subscriptions/0-1/resourceGroups/mc_a/providers/Microsoft.Compute/virtualMachineScaleSets/aks-p-vmss/virtualMachines/3",
                Some(
                    "az vmss get-instance-view --resource-group mc_a --name aks-p-vmss --instance-id 3",
                ),
            ),
            (
                "azure:///subscriptions/0-1/resourceGroups/a/providers/Microsoft.Compute/virtualMachines/b",
                Some(
                    "az vm get-instance-view --ids /subscriptions/0-1/resourceGroups/a/providers/Microsoft.Compute/virtualMachines/b",
                ),
            ),
            ("openstack:///f3c9-1", Some("openstack server show f3c9-1")),
            (
                "openstack://region1/f3c9-1",
                Some("openstack server show f3c9-1"),
            ),
            ("vsphere://4230-1", Some("govc vm.info -vm.uuid=4230-1")),
            ("hcloud://42", Some("hcloud server describe 42")),
            ("digitalocean://7", Some("doctl compute droplet get 7")),
            ("linode://7", Some("linode-cli linodes view 7")),
            (
                "scaleway://instance/fr-par-1/a-1",
                Some("scw instance server get a-1 zone=fr-par-1"),
            ),
            ("k3s://node-1", None),
            ("kind://docker/kind/kind-worker", None),
            ("aws:///eu-central-1a/fargate-ip-10-0-0-1", None),
            ("hcloud://42;reboot", None),
            ("hcloud://-x", None),
            ("azure:///a;b/virtualMachines/c", None),
            ("", None),
        ] {
            assert_eq!(shown(id).as_deref(), command, "{id}");
        }
        assert_eq!(instance("aws:///eu-central-1a/i-0a1b"), Some("i-0a1b"));
        assert_eq!(instance("aws:///eu-central-1a/i-$x"), None);
        assert_eq!(instance("gce://a/b/i-0a1b"), None);
    }
}
