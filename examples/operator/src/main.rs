//! The DaemonSet controller on kube-rs. [`daemonset::control`] decides what to do; here is what
//! connects it with an API server: four watches in, requests out.
//!
//! One at a time may run: leader election is left to you. `rbac.yaml` says what it must be allowed.

use std::error::Error;
use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use backon::ExponentialBuilder;
use daemonset::api::Timestamp;
use daemonset::control::{Answer, Controller, Key, Kind, ReadError, Request};
use daemonset_k8s_openapi::View;
use futures::stream::{self, FuturesUnordered, Stream, StreamExt};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use kube::client::{Body, Client};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event, ExponentialBackoff, watcher};
use kube::{Config, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{interval, sleep, timeout};

/// How many requests of one DaemonSet are under way at once.
const CONCURRENCY: usize = 32;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long after an API server is back the watches are, too, at most.
const LONGEST_BACKOFF: Duration = Duration::from_secs(2);

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
    let mut minutes = interval(Duration::from_mins(1));
    let mut stop = signal(SignalKind::terminate())?;

    let mut control = Controller::new();
    loop {
        for key in control.due(now()) {
            let requests = control.begin(&key, now());
            if !requests.is_empty() {
                stages.push(send_all(&client, key, requests));
            }
        }
        let wait = control.wait(now()).unwrap_or(Duration::MAX);
        tokio::select! {
            Some(events) = nodes.next() => {
                take(&mut control, Kind::Node, events, |control, node| control.put_node(&View(node)));
            }
            Some(events) = pods.next() => {
                take(&mut control, Kind::Pod, events, |control, pod| control.put_pod(&View(pod)));
            }
            Some(events) = sets.next() => {
                take(&mut control, Kind::DaemonSet, events, |control, set| {
                    complain(control.put_set(&json(set)));
                });
            }
            Some(events) = revisions.next() => {
                take(&mut control, Kind::ControllerRevision, events, |control, revision| {
                    complain(control.put_revision(&json(revision)));
                });
            }
            Some((key, answers)) = stages.next() => control.end(&key, &answers, now()),
            () = sleep(wait) => {}
            _ = minutes.tick() => println!("{}", control.counts()),
            _ = stop.recv() => break,
        }
    }
    // What is under way is not cut off, so that the next operator has nothing to guess.
    while stages.next().await.is_some() {}
    Ok(())
}

fn now() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).expect("the clock is between the years 1 and 9999")
}

/// DaemonSets and revisions stay JSON: generated types drop the fields that they do not know.
fn dynamic(client: &Client, kind: &str) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("apps", "v1", kind);
    Api::all_with(client.clone(), &ApiResource::from_gvk(&kind))
}

fn json(object: &DynamicObject) -> Value {
    serde_json::to_value(object).unwrap_or_default()
}

fn complain(result: Result<(), ReadError>) {
    if let Err(error) = result {
        eprintln!("passed over: {error}");
    }
}

/// All that a watch has to tell at a time, so that it is planned once and not for every event.
fn watch<K>(api: Api<K>) -> impl Stream<Item = Vec<watcher::Result<Event<K>>>> + Unpin
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let backoff = ExponentialBuilder::new().with_max_delay(LONGEST_BACKOFF);
    let backoff = ExponentialBackoff::from(backoff.without_max_times().with_jitter());
    let events = watcher(api, watcher::Config::default()).backoff(backoff);
    events.ready_chunks(1_000).boxed()
}

fn take<K: ResourceExt>(
    control: &mut Controller,
    kind: Kind,
    events: Vec<watcher::Result<Event<K>>>,
    put: fn(&mut Controller, &K),
) {
    for event in events {
        match event {
            Ok(Event::Init) => control.begin_list(kind),
            Ok(Event::InitApply(object) | Event::Apply(object)) => put(control, &object),
            Ok(Event::InitDone) => control.end_list(kind),
            Ok(Event::Delete(object)) => {
                let namespace = object.namespace().unwrap_or_default();
                let uid = object.uid().unwrap_or_default();
                control.remove(kind, &namespace, &object.name_any(), &uid);
            }
            Err(error) => eprintln!("watch of {kind:?}: {error}"),
        }
    }
}

/// Sends the requests of a stage, and gives the answers in their order.
async fn send_all(client: &Client, key: Key, requests: Vec<Request>) -> (Key, Vec<Answer>) {
    let answers = requests.into_iter().map(|request| send(client, request));
    let answers = stream::iter(answers).buffered(CONCURRENCY).collect().await;
    (key, answers)
}

async fn send(client: &Client, request: Request) -> Answer {
    println!("{request}");
    let answer = async {
        let mut builder = http::Request::builder()
            .method(request.method.as_str())
            .uri(request.path);
        if !request.content_type.is_empty() {
            builder = builder.header("Content-Type", request.content_type);
        }
        let request = builder.body(Body::from(request.body.into_bytes()))?;
        let response = client.send(request).await?;
        let code = response.status().as_u16();
        let body = response.into_body().collect_bytes().await?.to_vec();
        Ok::<_, Box<dyn Error>>(Answer::Received { code, body })
    };
    // Whether it was carried out is not known without an answer.
    timeout(PATIENCE, answer)
        .await
        .map_or(Answer::Lost, |answer| answer.unwrap_or(Answer::Lost))
}
