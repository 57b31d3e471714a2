//! Two operators on kube-rs. Without an argument it is the DaemonSet controller; with `--policy` it
//! runs beside Kubernetes's own, and carries out the policies that DaemonSets have as annotations.
//!
//! [`daemonset::control`] decides what to do. Here is what connects it with an API server: four watches
//! in, requests out. One of each may run at a time: leader election is left to you.

use std::error::Error;
use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use backon::ExponentialBuilder;
use daemonset::api::Timestamp;
use daemonset::control::{Answer, Conductor, Controller, Key, Kind, Machine, ReadError, Request};
use daemonset::policy::Policy;
use daemonset_k8s_openapi::{FromObjects, View};
use futures::stream::{self, FuturesUnordered, LocalBoxStream, StreamExt};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use kube::client::{Body, Client};
use kube::runtime::watcher::{self, Event, ExponentialBackoff, watcher};
use kube::{Config, Resource, ResourceExt, runtime::WatchStreamExt};
use serde::de::DeserializeOwned;
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
    match std::env::args().nth(1).as_deref() {
        None => run(Controller::new()).await,
        Some("--policy") => run(Conductor::new(FromObjects).reading(read_policy)).await,
        Some(other) => Err(format!("--policy is all that is known, not {other:?}").into()),
    }
}

async fn run<M: Machine<View<Node>, View<Pod>> + 'static>(
    mut machine: M,
) -> Result<(), Box<dyn Error>> {
    let mut config = Config::infer().await?;
    config.default_retry = false; // `control` tries again, and knows what came of the first try.
    let client = Client::try_from(config)?;

    let apps = |kind: &str| -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk("apps", "v1", kind);
        Api::all_with(client.clone(), &ApiResource::from_gvk(&kind))
    };
    let mut watches = stream::select_all([
        watch::<M, Node>(Api::all(client.clone()), Kind::Node, |m, node| {
            m.put_node(View(node))
        }),
        watch::<M, Pod>(Api::all(client.clone()), Kind::Pod, |m, pod| {
            m.put_pod(View(pod))
        }),
        // Not as generated types, which drop the fields that they do not know.
        watch::<M, _>(apps("DaemonSet"), Kind::DaemonSet, |m, set| m.put_set(&set)),
        watch::<M, _>(
            apps("ControllerRevision"),
            Kind::ControllerRevision,
            |m, r| m.put_revision(&r),
        ),
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
            Some(changes) = watches.next() => changes.into_iter().for_each(|tell| tell(&mut machine)),
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

/// As people write it, in YAML.
fn read_policy(text: &str) -> Result<Policy, String> {
    let governor = daemonset_manifest::read_policy("the annotation", text.as_bytes());
    governor
        .map(|governor| governor.policy().clone())
        .map_err(|faults| faults[0].to_string())
}

/// What a watch shows, to be told to the machine.
type Change<M> = Box<dyn FnOnce(&mut M)>;

fn watch<M: Machine<View<Node>, View<Pod>> + 'static, K>(
    api: Api<K>,
    kind: Kind,
    put: fn(&mut M, K) -> Result<(), ReadError>,
) -> LocalBoxStream<'static, Change<M>>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let backoff = ExponentialBuilder::new().with_max_delay(LONGEST_BACKOFF);
    let backoff = ExponentialBackoff::from(backoff.without_max_times().with_jitter());
    let events = watcher(api, watcher::Config::default()).backoff(backoff);
    let change = move |event| -> Change<M> {
        Box::new(move |machine| match event {
            Ok(Event::Init) => machine.begin_list(kind),
            Ok(Event::InitApply(object) | Event::Apply(object)) => {
                put(machine, object).unwrap_or_else(|error| eprintln!("passed over: {error}"));
            }
            Ok(Event::InitDone) => machine.end_list(kind),
            Ok(Event::Delete(object)) => {
                let namespace = object.namespace().unwrap_or_default();
                let uid = object.uid().unwrap_or_default();
                machine.remove(kind, &namespace, &object.name_any(), &uid);
            }
            Err(error) => eprintln!("watch of {kind:?}: {error}"),
        })
    };
    events.map(change).boxed_local()
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
    let response = client
        .send(builder.body(Body::from(request.body.into_bytes()))?)
        .await?;
    let code = response.status().as_u16();
    let body = response.into_body().collect_bytes().await?.to_vec();
    Ok(Answer::Received { code, body })
}
