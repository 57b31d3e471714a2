//! The DaemonSet controller on kube-rs. With `--policy` it is another operator, which runs beside
//! Kubernetes's own controller and carries policies out (`policy.rs`).
//!
//! [`daemonset::control`] decides what to do. Here is what connects it with an API server: four watches
//! in, requests out. One operator may run at a time: leader election is left to you.

mod policy;

use std::error::Error;
use std::fmt::Debug;
use std::future::ready;
use std::time::{Duration, SystemTime};

use backon::ExponentialBuilder;
use daemonset::api::Timestamp;
use daemonset::control::{self, Answer, Controller, Key, Kind, Machine, Request};
use daemonset_k8s_openapi::View;
use futures::stream::{self, BoxStream, FuturesUnordered, StreamExt};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use kube::client::{Body, Client};
use kube::runtime::watcher::{self, Event, ExponentialBackoff, watcher};
use kube::{Config, Resource, ResourceExt, runtime::WatchStreamExt};
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{interval, sleep, timeout};

type Change = control::Change<View<Node>, View<Pod>>;

/// How many requests of one DaemonSet are under way at once.
const CONCURRENCY: usize = 32;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a watch waits at most before it is tried again, as much again by chance aside.
const LONGEST_BACKOFF: Duration = Duration::from_millis(500);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        None => run(Controller::new()).await,
        Some("--policy") => run(policy::conductor()).await,
        Some(other) => Err(format!("--policy is all that is known, not {other:?}").into()),
    }
}

async fn run(mut machine: impl Machine<View<Node>, View<Pod>>) -> Result<(), Box<dyn Error>> {
    let mut config = Config::infer().await?;
    config.default_retry = false; // `control` tries again, and knows what came of the first try.
    let client = Client::try_from(config)?;
    let (nodes, pods) = (Api::all(client.clone()), Api::all(client.clone()));
    // Not as generated types, which drop the fields that they do not know.
    let apps = |kind: &str| -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk("apps", "v1", kind);
        Api::all_with(client.clone(), &ApiResource::from_gvk(&kind))
    };
    let (sets, revisions) = (apps("DaemonSet"), apps("ControllerRevision"));
    let mut watches = stream::select_all([
        watch(nodes, Kind::Node, |node| Change::Node(View(node))),
        watch(pods, Kind::Pod, |pod| Change::Pod(View(pod))),
        watch(sets, Kind::DaemonSet, |set| Change::Set(json!(set))),
        watch(revisions, Kind::ControllerRevision, |revision| {
            Change::Revision(json!(revision))
        }),
    ])
    .ready_chunks(1_000); // So that what comes at a time is planned once.
    let mut stages = FuturesUnordered::new();
    let mut minutes = interval(Duration::from_mins(1));
    let mut stop = signal(SignalKind::terminate())?;
    loop {
        for (key, requests) in machine.begin_due(now()) {
            stages.push(send_all(&client, key, requests));
        }
        tokio::select! {
            Some(changes) = watches.next() => for change in changes {
                machine.show(change).unwrap_or_else(|error| eprintln!("passed over: {error}"));
            },
            Some((key, answers)) = stages.next() => machine.end(&key, &answers, now()),
            () = sleep(machine.wait(now())) => {}
            _ = minutes.tick() => println!("{}", machine.counts()),
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

fn watch<K>(api: Api<K>, kind: Kind, put: fn(K) -> Change) -> BoxStream<'static, Change>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let backoff = ExponentialBuilder::new()
        .with_min_delay(LONGEST_BACKOFF / 8)
        .with_max_delay(LONGEST_BACKOFF);
    let backoff = ExponentialBackoff::from(backoff.without_max_times().with_jitter());
    let events = watcher(api, watcher::Config::default()).backoff(backoff);
    let changes = events.filter_map(move |event| {
        ready(match event {
            Ok(Event::Init) => Some(Change::Begin(kind)),
            Ok(Event::InitApply(object) | Event::Apply(object)) => Some(put(object)),
            Ok(Event::InitDone) => Some(Change::End(kind)),
            Ok(Event::Delete(object)) => Some(Change::Gone {
                kind,
                namespace: object.namespace().unwrap_or_default(),
                name: object.name_any(),
                uid: object.uid().unwrap_or_default(),
            }),
            Err(error) => {
                eprintln!("watch of {kind:?}: {error}");
                None
            }
        })
    });
    changes.boxed()
}

/// Sends the requests of a stage, and gives the answers in their order.
async fn send_all(client: &Client, key: Key, requests: Vec<Request>) -> (Key, Vec<Answer>) {
    let answers = requests.into_iter().map(|request| async {
        println!("{request}");
        // Whether it was carried out is not known without an answer.
        let answer = timeout(PATIENCE, send(client, request)).await;
        answer.map_or(Answer::Lost, |answer| answer.unwrap_or(Answer::Lost))
    });
    let answers = stream::iter(answers).buffered(CONCURRENCY).collect().await;
    (key, answers)
}

async fn send(client: &Client, request: Request) -> Result<Answer, Box<dyn Error>> {
    let builder = http::Request::builder()
        .method(request.method.as_str())
        .uri(request.path)
        .header("Content-Type", request.content_type);
    let request = builder.body(Body::from(request.body.into_bytes()))?;
    let response = client.send(request).await?;
    let code = response.status().as_u16();
    let body = response.into_body().collect_bytes().await?.to_vec();
    Ok(Answer::Received { code, body })
}
