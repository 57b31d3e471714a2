//! Why a rollout is stuck, said as an event of its DaemonSet: what `kubectl describe` shows. It looks
//! once a minute, or in as many seconds as it is told, and changes nothing, so it runs beside any
//! controller. `rbac-stuck.yaml` is what it must be allowed.
//!
//! A controller that has reflectors gives their stores to [`Observed`] in place of lists.

use std::error::Error;
use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use daemonset_explain::Standing;
use daemonset_k8s_openapi::Observed;
use k8s_openapi::api::core::v1::{self, Node, ObjectReference, Pod, ResourceQuota};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, ListParams};
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;
use tokio::time::interval;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::try_default().await?;
    let recorder = Recorder::new(client.clone(), Reporter::from("rollout-watch"));
    let seconds = std::env::args().nth(1).map_or(Ok(60), |it| it.parse())?;
    let mut looks = interval(Duration::from_secs(seconds));
    loop {
        looks.tick().await;
        if let Err(error) = look(&client, &recorder).await {
            eprintln!("{error}");
        }
    }
}

async fn look(client: &Client, recorder: &Recorder) -> Result<(), Box<dyn Error>> {
    // Not as generated types, which drop the fields that they do not know.
    let apps = |kind: &str| -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk("apps", "v1", kind);
        Api::all_with(client.clone(), &ApiResource::from_gvk(&kind))
    };
    let mut observed = Observed::of(
        all::<Node>(Api::all(client.clone())).await?,
        all::<Pod>(Api::all(client.clone())).await?,
    )
    .with_revisions(all(apps("ControllerRevision")).await?)?
    .with_events(all::<v1::Event>(Api::all(client.clone())).await?)
    .with_resource_quotas(all::<ResourceQuota>(Api::all(client.clone())).await?)
    .with_now(SystemTime::now().try_into()?);
    for set in all(apps("DaemonSet")).await? {
        let why = observed.why(&set)?;
        let meta = &set.metadata;
        let (namespace, name) = (meta.namespace.as_deref(), meta.name.as_deref());
        let (standing, primary) = (why.standing, why.primary.to_string());
        println!(
            "{}/{}: {standing}: {primary}",
            namespace.unwrap_or_default(),
            name.unwrap_or_default()
        );
        if standing != Standing::Blocked {
            continue;
        }
        let mut note = primary;
        note.truncate(note.floor_char_boundary(1_000)); // The API server takes no more.
        let event = Event {
            type_: EventType::Warning,
            reason: "RolloutBlocked".to_owned(),
            note: Some(note),
            action: "Explaining".to_owned(),
            secondary: None,
        };
        let this = ObjectReference {
            api_version: Some("apps/v1".to_owned()),
            kind: Some("DaemonSet".to_owned()),
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
            uid: meta.uid.clone(),
            ..ObjectReference::default()
        };
        recorder.publish(&event, &this).await?;
    }
    Ok(())
}

/// All objects of a kind.
async fn all<K>(api: Api<K>) -> Result<Vec<K>, kube::Error>
where
    K: Resource + Clone + DeserializeOwned + Debug,
{
    Ok(api.list(&ListParams::default()).await?.items)
}
