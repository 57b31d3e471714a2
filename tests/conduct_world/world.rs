//! A cluster with Kubernetes's controller, a conductor, and a clock.

use std::collections::BTreeMap;

use daemonset::api::{Node, Pod, Timestamp};
use daemonset::control::{
    APPROVE, Answer, Conductor, Controller, Key, Kind, MEMORY, Method, POLICY, Request,
};
use serde_json::{Value, json};

use crate::judge::Judge;
use crate::people;
use crate::random::Random;
use crate::server::{Server, image_of, name_of, node_of, ready_since, text, told};
use crate::watch::{State, Watch, Watched, show};

/// What goes wrong in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    None,
    All,
}

/// How long one step of the clock is, in milliseconds.
const TICK: i64 = 50;

/// A request of the conductor that is under way.
struct Sent {
    key: Key,
    stage: u64,
    at: usize,
    request: Request,
    arrives: i64,
}

/// The answers to a stage so far, and when all of them are there.
struct Stage {
    key: Key,
    answers: Vec<Option<Answer>>,
    ends: i64,
}

pub struct World {
    pub server: Server,
    /// Kubernetes: it sees everything at once.
    kubernetes: Controller,
    seen: usize,
    pub conductor: Conductor<Watched<Node>, Watched<Pod>>,
    watches: Vec<Watch>,
    pub judge: Judge,
    pub random: Random,
    faults: Faults,
    sent: Vec<Sent>,
    stages: BTreeMap<u64, Stage>,
    serial: u64,
    pub writes: usize,
    pub requests: Vec<(i64, Method, String, u16)>,
    pub troubles: BTreeMap<String, usize>,
}

impl World {
    pub fn new(seed: u64, faults: Faults) -> Self {
        let mut world = Self {
            server: Server::default(),
            kubernetes: Controller::new(),
            seen: 0,
            conductor: Conductor::new(()),
            watches: Vec::new(),
            judge: Judge::default(),
            random: Random::new(seed),
            faults,
            sent: Vec::new(),
            stages: BTreeMap::new(),
            serial: 0,
            writes: 0,
            requests: Vec::new(),
            troubles: BTreeMap::new(),
        };
        world.server.now = 1_772_366_400_000;
        for kind in Kind::ALL {
            world.kubernetes.begin_list(kind);
            world.kubernetes.end_list(kind);
        }
        world.connect();
        world
    }

    /// Some nodes in zones, and a set with a policy.
    pub fn random_set(&mut self) {
        for number in 0..self.random.between(2, 7) as usize {
            self.add_node(number);
        }
        let manual = self.random.chance(300);
        let wave = json!({
            "topologyKey": "zone",
            "soak": self.random.below(3),
            "gate": if manual { "manual" } else { "automatic" },
        });
        let mut policy = json!({"waves": [wave]});
        if self.random.chance(300) {
            policy["stop"] = json!({"maxFailures": 2});
        }
        let max = self.random.between(1, 3);
        let kind = ["OnDelete", "RollingUpdate"][self.random.below(2)];
        self.add_set(policy, kind, max);
    }

    pub fn add_set(&mut self, policy: Value, strategy: &str, max: i64) {
        self.server.create(
            Kind::DaemonSet,
            json!({
                "metadata": {"name": "agent", "annotations": {POLICY: policy.to_string()}},
                "spec": {
                    "selector": {"matchLabels": {"app": "agent"}},
                    "updateStrategy": {"type": strategy, "rollingUpdate": {"maxUnavailable": max}},
                    "template": people::template("agent", "a:0"),
                },
            }),
        );
    }

    pub fn add_node(&mut self, number: usize) {
        let name = format!("n{number:02}");
        let zone = ["a", "b", "c"][number % 3];
        if self.server.get(Kind::Node, &name).is_none() {
            let labels = json!({"zone": zone});
            let node = json!({"metadata": {"name": name, "labels": labels}});
            self.server.create(Kind::Node, node);
        }
    }

    fn note(&mut self, trouble: &str) {
        *self.troubles.entry(trouble.to_owned()).or_default() += 1;
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.server.now)
    }

    pub fn annotate(&mut self, key: &str, value: Value) {
        self.server
            .change(Kind::DaemonSet, "agent", |set| match value {
                Value::Null => {
                    set["metadata"]["annotations"]
                        .as_object_mut()
                        .unwrap()
                        .remove(key);
                }
                value => set["metadata"]["annotations"][key] = value,
            });
    }

    pub fn policy(&self) -> Value {
        let set = self.server.get(Kind::DaemonSet, "agent").unwrap();
        let text = set["metadata"]["annotations"][POLICY].as_str();
        text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
    }

    pub fn pause(&mut self, paused: bool) {
        let mut policy = self.policy();
        policy["paused"] = paused.into();
        self.annotate(POLICY, policy.to_string().into());
        self.judge.paused_since = paused.then_some(self.server.now);
    }

    pub fn set_image(&mut self, image: &str) {
        let template = people::template("agent", image);
        (self.server).change_spec("agent", |spec| spec["template"] = template);
    }

    /// A pod goes without the conductor.
    pub fn lose(&mut self, pod: &str) {
        let node = self
            .server
            .get(Kind::Pod, pod)
            .map(|pod| node_of(pod).to_owned());
        if let Some(node) = node {
            self.judge.lost(&node);
            self.server.delete_pod(pod);
        }
    }

    pub fn pod_on(&self, node: &str) -> Option<String> {
        let pod = self.server.all(Kind::Pod).find(|pod| node_of(pod) == node);
        pod.map(|pod| name_of(pod).to_owned())
    }

    /// Somebody does something.
    fn act(&mut self) {
        let pods: Vec<String> = self
            .server
            .all(Kind::Pod)
            .map(|p| name_of(p).to_owned())
            .collect();
        let pod = self.random.pick(&pods).cloned();
        match self.random.below(12) {
            0..3 => {
                self.note("image");
                let image = match self.random.below(6) {
                    0 => "broken:1".to_owned(),
                    number => format!("a:{number}"),
                };
                self.set_image(&image);
            }
            3 => {
                self.note("paused");
                self.pause(true);
            }
            4 | 5 => self.pause(false),
            6 | 7 => {
                if let Some(pod) = pod {
                    self.note("pod lost");
                    self.lose(&pod);
                }
            }
            8 => {
                self.note("node added");
                let number = self.random.below(9);
                self.add_node(number);
            }
            9 => {
                if let Some(pod) = pod {
                    self.note("pod failed");
                    let node = self
                        .server
                        .get(Kind::Pod, &pod)
                        .map(|p| node_of(p).to_owned());
                    self.judge.lost(&node.unwrap_or_default());
                    (self.server).change(Kind::Pod, &pod, |pod| {
                        pod["status"] = json!({"phase": "Failed"})
                    });
                }
            }
            _ => {
                self.note("approved");
                let wave = ["a", "b", "c"][self.random.below(3)];
                self.annotate(APPROVE, json!(wave));
            }
        }
    }

    /// People and faults are at work for so long.
    pub fn meddle_for(&mut self, millis: i64) {
        let end = self.server.now + millis;
        while self.server.now < end {
            let pause = self.random.between(100, 8_000);
            self.run_for(pause);
            self.act();
            if self.faults == Faults::All && self.random.chance(250) {
                self.crash();
            }
        }
    }

    /// All that people have to do so that the rollout ends.
    pub fn finish(&mut self) {
        self.faults = Faults::None;
        self.pause(false);
        let mut policy = self.policy();
        policy.as_object_mut().unwrap().remove("stop");
        policy["waves"][0]["gate"] = "automatic".into();
        self.annotate(POLICY, policy.to_string().into());
        self.set_image("a:9");
        self.run_for(10_000);
        // As an event asks them to where such pods use the budget up.
        for (node, image, _) in self.pods() {
            if image == "broken:1"
                && let Some(pod) = self.pod_on(&node)
            {
                self.lose(&pod);
            }
        }
    }

    /// The conductor is killed and begins anew. What it had sent arrives or not.
    pub fn crash(&mut self) {
        self.note("crash");
        for sent in std::mem::take(&mut self.sent) {
            if self.random.chance(500) {
                self.carry_out(&sent.request);
            }
        }
        self.stages.clear();
        self.conductor = Conductor::new(());
        self.connect();
    }

    /// The conductor's watches begin with a list of what there is now, each in its own time.
    fn connect(&mut self) {
        self.watches = Kind::ALL.iter().copied().map(Watch::new).collect();
        for watch in &mut self.watches {
            watch.lag = self.random.between(1, 2_000);
            watch.begin_list(&mut self.conductor, &self.server.log, self.server.log.len());
        }
    }

    pub fn run_for(&mut self, millis: i64) {
        let end = self.server.now + millis;
        while self.server.now < end {
            self.server.now += TICK;
            if self.server.now % 100 < TICK {
                people::machines(&mut self.server, &mut self.random);
            }
            self.kubernetes();
            self.judge.look(&self.server);
            self.conduct();
        }
    }

    /// Kubernetes sees and does everything at once.
    fn kubernetes(&mut self) {
        loop {
            for change in &self.server.log[self.seen..] {
                if std::env::var("CONDUCT_TELL").is_ok() {
                    let what = told(change.kind, &change.object);
                    let gone = if change.gone { "gone" } else { "put" };
                    println!("{} {gone} {what}", self.server.now % 1_000_000);
                }
                let uid = text(&change.object, "/metadata/uid");
                let namespace = text(&change.object, "/metadata/namespace");
                if change.gone {
                    self.kubernetes
                        .remove(change.kind, namespace, &change.name, uid);
                } else {
                    show(&mut self.kubernetes, change.kind, &change.object);
                }
            }
            self.seen = self.server.log.len();
            let stages = self.kubernetes.begin_due(self.now());
            if stages.is_empty() {
                return;
            }
            for (key, requests) in stages {
                let answers: Vec<Answer> = (requests.iter())
                    .map(|request| {
                        let (code, body) = self.server.handle(request);
                        let body = body.to_string().into_bytes();
                        Answer::Received { code, body }
                    })
                    .collect();
                self.kubernetes.end(&key, &answers, self.now());
            }
        }
    }

    fn conduct(&mut self) {
        let now = self.server.now;
        for watch in &mut self.watches {
            if matches!(watch.state, State::Listing { .. }) && !self.random.chance(300) {
                continue;
            }
            watch.deliver(
                &mut self.conductor,
                &self.server.log,
                &mut self.random,
                now,
                self.faults == Faults::All,
            );
        }
        if self.faults == Faults::All && self.random.chance(5) {
            let at = self.random.below(4);
            self.watches[at].lag = self.random.between(1, 2_000);
        }
        let arriving = self.sent.extract_if(.., |sent| sent.arrives <= now);
        for sent in arriving.collect::<Vec<_>>() {
            let answer = self.answer(&sent);
            if let Some(stage) = self.stages.get_mut(&sent.stage) {
                stage.answers[sent.at] = Some(answer);
            }
            let _ = sent.key;
        }
        let ended = self.stages.extract_if(.., |_, stage| {
            stage.ends <= now && stage.answers.iter().all(Option::is_some)
        });
        for (_, stage) in ended.collect::<Vec<_>>() {
            let answers: Vec<Answer> = stage.answers.into_iter().flatten().collect();
            self.conductor
                .end(&stage.key, &answers, Timestamp::from_unix_millis(now));
        }
        for (key, requests) in self.conductor.begin_due(Timestamp::from_unix_millis(now)) {
            self.serial += 1;
            let answers = vec![None; requests.len()];
            let ends = now + self.random.between(1, 400);
            for (at, request) in requests.into_iter().enumerate() {
                let arrives = now + self.random.between(1, 300);
                let (key, stage) = (key.clone(), self.serial);
                self.sent.push(Sent {
                    key,
                    stage,
                    at,
                    request,
                    arrives,
                });
            }
            self.stages
                .insert(self.serial, Stage { key, answers, ends });
        }
        assert!(
            self.conductor.due(self.now()).is_empty(),
            "due again without a change"
        );
        let wait = self.conductor.wait(self.now());
        assert!(wait.is_none_or(|wait| !wait.is_zero()), "a wait of no time");
    }

    fn answer(&mut self, sent: &Sent) -> Answer {
        let fate = match self.faults {
            Faults::None => 999,
            Faults::All => self.random.below(1000),
        };
        match fate {
            0..20 => {
                self.note("lost before");
                Answer::Lost
            }
            20..45 => {
                self.note("lost after");
                self.carry_out(&sent.request);
                Answer::Lost
            }
            45..60 => {
                self.note("failed");
                let body = br#"{"kind":"Status","message":"try again"}"#.to_vec();
                Answer::Received { code: 500, body }
            }
            _ => {
                let (code, body) = self.carry_out(&sent.request);
                let body = body.to_string().into_bytes();
                Answer::Received { code, body }
            }
        }
    }

    /// The server carries a request of the conductor out, under the eyes of the judge.
    fn carry_out(&mut self, request: &Request) -> (u16, Value) {
        let name = request.path.rsplit('/').next().unwrap_or_default();
        if request.method == Method::Delete
            && let Some(pod) = self.server.get(Kind::Pod, name).cloned()
        {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            let is_this = |field: &str| {
                let wanted = &body["preconditions"][field];
                wanted.is_null() || pod["metadata"][field] == *wanted
            };
            if is_this("uid") && is_this("resourceVersion") {
                self.judge.deletes(&self.server, &pod);
            }
        }
        let (code, body) = self.server.handle(request);
        if std::env::var("CONDUCT_TELL").is_ok() {
            println!("{} {request} -> {code}", self.server.now % 1_000_000);
        }
        if code == 201 && request.body.contains("UpdatedBeforeTurn") {
            let event: Value = serde_json::from_str(&request.body).unwrap();
            self.judge.reported(&self.server, text(&event, "/message"));
        }
        if code >= 400 {
            self.note(&format!("{} answered {code}", request.method));
        }
        if !request.path.contains("/events") {
            self.writes += usize::from(request.method != Method::Get);
        }
        let line = (self.server.now, request.method, request.path.clone(), code);
        self.requests.push(line);
        (code, body)
    }

    /// Node, image, and whether it is ready, of every pod.
    pub fn pods(&self) -> Vec<(String, String, bool)> {
        let pods = self.server.all(Kind::Pod).map(|pod| {
            let ready = ready_since(pod).is_some();
            (node_of(pod).to_owned(), image_of(pod).to_owned(), ready)
        });
        let mut pods: Vec<_> = pods.collect();
        pods.sort();
        pods
    }

    /// The messages of all events with this reason.
    pub fn told(&self, reason: &str) -> Vec<&str> {
        let events = self.server.events.values();
        let events = events.filter(|event| event["reason"] == reason);
        events.map(|event| text(event, "/message")).collect()
    }

    pub fn memory(&self) -> String {
        let set = self.server.get(Kind::DaemonSet, "agent");
        set.map_or(String::new(), |set| {
            set["metadata"]["annotations"][MEMORY].to_string()
        })
    }

    /// Whether every node has one pod, ready and of the newest image.
    pub fn is_updated(&self) -> bool {
        let nodes = self.server.all(Kind::Node).map(name_of);
        let set = self.server.get(Kind::DaemonSet, "agent").unwrap();
        let image = image_of(&set["spec"]["template"]);
        let wanted = nodes.map(|node| (node.to_owned(), image.to_owned(), true));
        self.pods().into_iter().eq(wanted)
    }
}
