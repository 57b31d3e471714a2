//! The planner without DaemonSets: an operator with a kind of its own, `NodeAgent`, that runs one pod
//! on every node that fits and replaces them by and by. `node-agent.yaml` defines the kind.
//!
//! It does not count what it wrote before a watch shows it, as `control` does. Instead a pod has one
//! name on its node and a deletion names the pod's UID, so that what is planned twice is done once;
//! and it waits a moment between rounds, so that not much is planned twice.

use std::error::Error;
use std::fmt::Debug;
use std::hash::Hash;
use std::time::{Duration, SystemTime};

use daemonset::api::DaemonSet;
use daemonset::{Action, Cluster, Planner};
use daemonset_k8s_openapi::View;
use futures::stream::{self, BoxStream, StreamExt};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{DeleteParams, DynamicObject, PostParams, Preconditions};
use kube::runtime::WatchStreamExt;
use kube::runtime::reflector::store::Writer;
use kube::runtime::reflector::{self, Store};
use kube::runtime::watcher::{Config, Event, watcher};
use kube::{Api, Client, Resource, ResourceExt, core::GroupVersionKind, discovery::ApiResource};
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::time::{interval, sleep};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::try_default().await?;
    let kind = GroupVersionKind::gvk("example.com", "v1", "NodeAgent");
    let kind = ApiResource::from_gvk(&kind);

    let (nodes, node_writer) = reflector::store::<Node>();
    let (pods, pod_writer) = reflector::store::<Pod>();
    let agent_writer = Writer::<DynamicObject>::new(kind.clone());
    let agents = agent_writer.as_reader();
    let mut watches = stream::select_all([
        watch(Api::all(client.clone()), node_writer),
        watch(Api::all(client.clone()), pod_writer),
        watch(Api::all_with(client.clone(), &kind), agent_writer),
    ])
    .ready_chunks(1_000);
    let mut listed = 0;
    let mut again = interval(Duration::from_secs(10)); // What failed is tried again.
    loop {
        tokio::select! {
            Some(changes) = watches.next() => listed += changes.iter().filter(|done| **done).count(),
            _ = again.tick() => {}
        }
        if listed < 3 {
            continue;
        }
        sleep(Duration::from_millis(200)).await;
        for agent in agents.state() {
            if let Err(error) = reconcile(&client, &kind, &agent, &nodes, &pods).await {
                eprintln!("{}: {error}", agent.name_any());
            }
        }
    }
}

/// Keeps a store up to date; says of each change whether a list is complete with it.
fn watch<K>(api: Api<K>, writer: Writer<K>) -> BoxStream<'static, bool>
where
    K: Resource<DynamicType: Eq + Hash + Clone + Send>
        + Clone
        + DeserializeOwned
        + Debug
        + Send
        + Sync
        + 'static,
{
    let events = watcher(api, Config::default())
        .default_backoff()
        .reflect(writer);
    events
        .map(|event| matches!(event, Ok(Event::InitDone)))
        .boxed()
}

async fn reconcile(
    client: &Client,
    kind: &ApiResource,
    agent: &DynamicObject,
    nodes: &Store<Node>,
    pods: &Store<Pod>,
) -> Result<(), Box<dyn Error>> {
    let (name, namespace) = (agent.name_any(), agent.namespace().unwrap_or_default());
    let labels = json!({"example.com/node-agent": name});
    let set: DaemonSet = serde_json::from_value(json!({
        "metadata": agent.metadata,
        "spec": {
            "selector": {"matchLabels": labels},
            "updateStrategy": {"rollingUpdate": {"maxUnavailable": "10%"}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [{"name": "agent", "image": agent.data["spec"]["image"]}],
                    "nodeSelector": agent.data["spec"]["nodeSelector"],
                    "tolerations": agent.data["spec"]["tolerations"],
                },
            },
        },
    }))?;
    let planner = Planner::new(&set)?.with_revisions(&[]);
    let nodes: Vec<_> = nodes.state().into_iter().map(View).collect();
    let seen: Vec<_> = pods.state().into_iter().map(View).collect();
    let cluster = Cluster::new(&nodes, &seen).with_now(SystemTime::now().try_into()?);

    let pods: Api<Pod> = Api::namespaced(client.clone(), &namespace);
    for action in planner.plan(&cluster).actions {
        let done = match &action {
            Action::CreatePod { node, .. } => {
                let mut pod = planner.pod_for(node);
                pod["metadata"]["name"] = format!("{name}.{node}").into();
                pod["metadata"]["ownerReferences"] = json!([agent.controller_owner_ref(kind)]);
                let pod = serde_json::from_value(pod)?;
                pods.create(&PostParams::default(), &pod).await.map(drop)
            }
            Action::DeletePod { pod, uid, .. } => {
                let this_one = Preconditions {
                    uid: Some(uid.clone()),
                    ..Preconditions::default()
                };
                let options = DeleteParams::default().preconditions(this_one);
                pods.delete(pod, &options).await.map(drop)
            }
            // Owners, revisions and a status: a DaemonSet's, of which there is none.
            _ => continue,
        };
        match done {
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => continue, // Done before.
            done => done?,
        }
        println!("{namespace}/{name}: {action}");
    }
    Ok(())
}
