//! The DaemonSet controller on kube-rs. What to do is decided by [`daemonset::control`]; here is what
//! it takes to connect that with an API server: four watches in, requests out.
//!
//! Run one at a time: leader election is left to you. `rbac.yaml` says what it must be allowed.

use std::error::Error;
use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use daemonset::api::Timestamp;
use daemonset::control::{Answer, Controller, Key, Kind, Request};
use daemonset_k8s_openapi::View;
use futures::stream::{self, FuturesUnordered, Stream, StreamExt};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use kube::client::{Body, Client};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Config, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{interval, sleep, timeout};

/// How many requests of one DaemonSet are under way at once.
const CONCURRENCY: usize = 32;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut config = Config::infer().await?;
    config.default_retry = false; // `control` tries again, and knows what came of the first try.
    let client = Client::try_from(config)?;

    let mut nodes = watch(Api::<Node>::all(client.clone()));
    let mut pods = watch(Api::<Pod>::all(client.clone()));
    let mut sets = watch(dynamic(&client, "DaemonSet"));
    let mut revisions = watch(dynamic(&client, "ControllerRevision"));
    let mut stages = FuturesUnordered::new();
    let mut minute = interval(Duration::from_secs(60));
    let mut stop = signal(SignalKind::terminate())?;

    let mut control = Controller::new();
    loop {
        for key in control.due(now()) {
            let requests = control.begin(&key, now());
            if !requests.is_empty() {
                stages.push(send_all(client.clone(), key, requests));
            }
        }
        let wait = control.wait(now()).unwrap_or(Duration::MAX);
        tokio::select! {
            Some(events) = nodes.next() => take(&mut control, Kind::Node, events, |control, node| {
                control.put_node(&View(node));
                Ok(())
            }),
            Some(events) = pods.next() => take(&mut control, Kind::Pod, events, |control, pod| {
                control.put_pod(&View(pod));
                Ok(())
            }),
            Some(events) = sets.next() => take(&mut control, Kind::DaemonSet, events, |control, set| {
                Ok(control.put_set(&serde_json::to_value(set)?)?)
            }),
            Some(events) = revisions.next() => take(&mut control, Kind::ControllerRevision, events, |control, revision| {
                Ok(control.put_revision(&serde_json::to_value(revision)?)?)
            }),
            Some((key, answers)) = stages.next() => control.end(&key, &answers, now()),
            () = sleep(wait) => {}
            _ = minute.tick() => println!("{}", control.counts()),
            _ = stop.recv() => break,
        }
    }
    // What is under way is not cut off, so that the next one has nothing to guess.
    while let Some((key, answers)) = stages.next().await {
        control.end(&key, &answers, now());
    }
    println!("{}", control.counts());
    Ok(())
}

fn now() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).expect("the clock shows a time between the years 1 and 9999")
}

/// DaemonSets and revisions stay JSON: a generated type would drop the fields that it does not know.
fn dynamic(client: &Client, kind: &str) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("apps", "v1", kind);
    Api::all_with(client.clone(), &ApiResource::from_gvk(&kind))
}

/// All that a watch has to tell at a time, so that it is planned once and not for every event.
fn watch<K>(api: Api<K>) -> impl Stream<Item = Vec<watcher::Result<Event<K>>>> + Unpin
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let events = watcher(api, watcher::Config::default()).default_backoff();
    events.ready_chunks(1_000).boxed()
}

fn take<K: ResourceExt>(
    control: &mut Controller,
    kind: Kind,
    events: Vec<watcher::Result<Event<K>>>,
    put: fn(&mut Controller, &K) -> Result<(), Box<dyn Error>>,
) {
    for event in events {
        let taken = match event {
            Ok(Event::Init) => Ok(control.begin_list(kind)),
            Ok(Event::InitDone) => Ok(control.end_list(kind)),
            Ok(Event::InitApply(object) | Event::Apply(object)) => put(control, &object),
            Ok(Event::Delete(object)) => {
                let (namespace, uid) = (object.namespace().unwrap_or_default(), object.uid().unwrap_or_default());
                Ok(control.remove(kind, &namespace, &object.name_any(), &uid))
            }
            Err(error) => Err(error.into()),
        };
        if let Err(error) = taken {
            eprintln!("watch of {kind:?}: {error}");
        }
    }
}

/// Sends the requests of a stage, and gives the answers in their order.
async fn send_all(client: Client, key: Key, requests: Vec<Request>) -> (Key, Vec<Answer>) {
    let answers = requests.into_iter().map(|request| send(&client, request));
    let answers = stream::iter(answers).buffered(CONCURRENCY).collect().await;
    (key, answers)
}

async fn send(client: &Client, request: Request) -> Answer {
    println!("{request}");
    let answer = async {
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.path);
        if !request.content_type.is_empty() {
            builder = builder.header("Content-Type", request.content_type);
        }
        let http = builder.body(Body::from(request.body.into_bytes()))?;
        let response = client.send(http).await?;
        let code = response.status().as_u16();
        let body = response.into_body().collect_bytes().await?.to_vec();
        Ok::<_, Box<dyn Error>>(Answer::Received { code, body })
    };
    match timeout(PATIENCE, answer).await {
        Ok(Ok(answer)) => answer,
        // Not sent, or carried out all the same: who cannot tell says that it is lost.
        Ok(Err(_)) | Err(_) => Answer::Lost,
    }
}
