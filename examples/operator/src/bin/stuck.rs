//! Why a rollout is stuck, said as an event of its DaemonSet: what `kubectl describe` shows. It looks
//! once a minute and changes nothing, so it runs beside any controller.
//!
//! An explanation reads much more than a plan does (states of containers, conditions, quotas, events),
//! so it takes the objects as the API server writes them. It is asked for rarely, and reading ten
//! thousand of them takes a tenth of a second.

use std::error::Error;
use std::time::Duration;

use daemonset::Options;
use daemonset_explain::{Explainer, Standing};
use daemonset_manifest::Inventory;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use tokio::time::interval;

/// What is read; the last one is for quotas that refuse pods.
const LISTS: [&str; 6] = [
    "/api/v1/nodes",
    "/api/v1/pods",
    "/apis/apps/v1/daemonsets",
    "/apis/apps/v1/controllerrevisions",
    "/api/v1/events",
    "/api/v1/resourcequotas",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::try_default().await?;
    let recorder = Recorder::new(client.clone(), Reporter::from("rollout-watch"));
    let mut minutes = interval(Duration::from_mins(1));
    loop {
        minutes.tick().await;
        if let Err(error) = look(&client, &recorder).await {
            eprintln!("{error}");
        }
    }
}

async fn look(client: &Client, recorder: &Recorder) -> Result<(), Box<dyn Error>> {
    let mut inventory = Inventory::new();
    for path in LISTS {
        let list = client
            .request_text(http::Request::get(path).body(Vec::new())?)
            .await?;
        inventory.read(path, list.as_bytes());
    }
    let cluster = inventory.cluster();
    for set in &inventory.daemon_sets {
        let set = &set.daemon_set;
        let explainer = Explainer::new(set, &cluster, &Options::default())?;
        let explainer = explainer.with_evidence(inventory.evidence());
        let diagnosis = explainer.diagnosis();
        let meta = &set.metadata;
        println!(
            "{}/{}: {}: {}",
            meta.namespace, meta.name, diagnosis.standing, diagnosis.primary
        );
        if diagnosis.standing != Standing::Blocked {
            continue;
        }
        let mut why = diagnosis.primary.to_string();
        why.truncate(why.floor_char_boundary(1_000)); // The API server takes no more.
        let event = Event {
            type_: EventType::Warning,
            reason: "RolloutBlocked".to_owned(),
            note: Some(why),
            action: "Explaining".to_owned(),
            secondary: None,
        };
        let this = ObjectReference {
            api_version: Some("apps/v1".to_owned()),
            kind: Some("DaemonSet".to_owned()),
            namespace: Some(meta.namespace.clone()),
            name: Some(meta.name.clone()),
            uid: Some(meta.uid.clone()),
            ..ObjectReference::default()
        };
        recorder.publish(&event, &this).await?;
    }
    Ok(())
}
