//! Who set which field, as the API server writes it down in `metadata.managedFields`.

use serde_json::{Map, Value};

use daemonset::well_known::LAST_APPLIED_CONFIGURATION;

/// A set of fields, as `fieldsV1` writes it: `f:NAME` a field, `k:KEYS` an item by its keys, `v:VALUE`
/// one by its value, `.` the thing itself.
pub(super) type Fields = Map<String, Value>;

/// One manager and its fields.
#[derive(Clone, Copy)]
pub(super) struct Manager<'v> {
    pub name: &'v str,
    operation: &'v str,
    pub fields: &'v Fields,
}

/// Whose word a manifest is.
pub(super) enum Applier<'v> {
    /// Nobody has applied the object: nothing that is there is taken away.
    Nobody,
    /// These entries are of the manager that applies it.
    One(Vec<Manager<'v>>),
    /// Several have, and none of them is kubectl.
    Several(Vec<Manager<'v>>),
}

/// The managers of an object itself, not of its status; none where it does not say.
pub(super) fn managers(live: &Map<String, Value>) -> Option<Vec<Manager<'_>>> {
    let entries = live.get("metadata")?.get("managedFields")?.as_array()?;
    let managers = entries.iter().filter_map(|entry| {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or("");
        let fields = entry.get("fieldsV1")?.as_object()?;
        text("subresource").is_empty().then(|| Manager {
            name: text("manager"),
            operation: text("operation"),
            fields,
        })
    });
    let managers: Vec<_> = managers.collect();
    (!managers.is_empty()).then_some(managers)
}

/// Who of these applies manifests: kubectl where it has done so on the server's side, else the only
/// one that has; and with it those who did so on the client's side, whose fields kubectl makes its
/// own: they own the annotation of the last manifest.
///
/// Source: [Upgrading from client-side apply to server-side apply](https://kubernetes.io/docs/reference/using-api/server-side-apply/#upgrading-from-client-side-apply-to-server-side-apply).
pub(super) fn applier<'v>(managers: &[Manager<'v>]) -> Applier<'v> {
    let applies = |manager: &&Manager<'v>| manager.operation == "Apply";
    let by_kubectl = |manager: &&Manager<'v>| applies(manager) && manager.name == "kubectl";
    let on_the_client = managers
        .iter()
        .filter(|it| !applies(it) && it.has_last_applied());
    let mut entries: Vec<Manager<'v>> = managers.iter().filter(by_kubectl).copied().collect();
    if entries.is_empty() {
        let others: Vec<Manager<'v>> = managers.iter().filter(applies).copied().collect();
        let mut names: Vec<&str> = others.iter().map(|it| it.name).collect();
        names.dedup();
        if names.len() > 1 {
            return Applier::Several(others);
        }
        entries = others;
    }
    entries.extend(on_the_client.copied());
    if entries.is_empty() {
        Applier::Nobody
    } else {
        Applier::One(entries)
    }
}

impl Manager<'_> {
    fn has_last_applied(&self) -> bool {
        let metadata = self.fields.get("f:metadata");
        let annotations = metadata.and_then(|it| it.get("f:annotations"));
        let name = format!("f:{LAST_APPLIED_CONFIGURATION}");
        annotations.is_some_and(|it| it.get(&name).is_some())
    }

    /// Whether this is the same entry.
    pub fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.fields, other.fields)
    }
}
