//! A cluster, its controller, and a clock: events one after the other.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use daemonset::api::Timestamp;
use daemonset::control::{Answer, Controller, Key, Kind, Method, Request};
use serde_json::{Value, json};

use crate::faults::{Fate, Faults};
use crate::hand_over::Previous;
use crate::judge::{Judge, Known};
use crate::people;
use crate::random::Random;
use crate::server::{Refusals, Server, text, uid_of};
use crate::watch::{State, Watch};

pub enum Event {
    Machines,
    People,
    Fault,
    Deliver(usize),
    Connect(usize),
    Arrive(u64, usize),
    Return(u64, usize),
    Wake,
    OutageEnds,
    RefusalsEnd,
    PreviousEnds,
}

impl Event {
    /// Whether it is one of an operator, and not of all the world.
    pub fn is_operators(&self) -> bool {
        matches!(
            self,
            Self::Deliver(_) | Self::Connect(_) | Self::Arrive(..) | Self::Return(..) | Self::Wake
        )
    }
}

/// A stage that is under way.
struct Stage {
    key: Key,
    requests: Vec<Request>,
    answers: Vec<Option<Answer>>,
    fates: Vec<Fate>,
    known: Known,
    /// How many have not come back.
    left: usize,
}

pub struct World {
    pub server: Server,
    pub control: Controller,
    pub judge: Judge,
    pub random: Random,
    /// How many operators there were before.
    pub number: usize,
    pub watches: Vec<Watch>,
    pub scheduled: Vec<bool>,
    queue: BinaryHeap<Reverse<(i64, u64)>>,
    /// What is to happen, and whether it is the previous operator's.
    pub events: BTreeMap<u64, (bool, Event)>,
    serial: u64,
    stages: BTreeMap<u64, Stage>,
    faults: Faults,
    people_until: i64,
    outage: bool,
    /// The watch that is late all the time, and by how much.
    pub late: Option<usize>,
    pub lag: i64,
    pub wakes_at: Option<i64>,
    /// Whether the operator's loop turns: a watch has shown something, a stage is answered, or its
    /// wait is over.
    pub awake: bool,
    /// The operator that was the leader and goes on.
    pub previous: Option<Previous>,
    /// Whether it is the one that acts.
    pub is_previous: bool,
    /// By how much the operator's clock is wrong, in milliseconds.
    pub skew: i64,
    /// Requests of this method whose path holds this get this answer instead.
    pub refuses: Option<(Method, &'static str, u16, &'static str)>,
    /// Every request: when, what, and the status code.
    pub requests: Vec<(i64, Method, String, u16)>,
    /// What went wrong, and how often.
    pub troubles: BTreeMap<String, usize>,
    /// Whether everything that happens is printed.
    pub tells: bool,
    told: usize,
}

impl World {
    pub fn new(seed: u64, faults: Faults, people_until: i64) -> Self {
        let mut world = Self {
            server: Server::default(),
            control: Controller::new(),
            judge: Judge::default(),
            random: Random::new(seed),
            number: 0,
            previous: None,
            is_previous: false,
            watches: Kind::ALL.iter().copied().map(Watch::new).collect(),
            scheduled: vec![false; 4],
            queue: BinaryHeap::new(),
            events: BTreeMap::new(),
            serial: 0,
            stages: BTreeMap::new(),
            faults,
            people_until,
            outage: false,
            late: None,
            lag: 0,
            wakes_at: None,
            awake: false,
            skew: 0,
            refuses: None,
            requests: Vec::new(),
            troubles: BTreeMap::new(),
            tells: std::env::var("CONTROL_TELL").is_ok(),
            told: 0,
        };
        world.server.now = 1_772_366_400_000;
        world.people_until += world.server.now;
        world
    }

    /// Begins: everybody connects, and something begins to happen.
    pub fn start(&mut self) {
        for watch in 0..4 {
            self.after(1, 50, Event::Connect(watch));
        }
        self.after(50, 100, Event::Machines);
        if self.people_until > self.server.now {
            self.after(1000, 3000, Event::People);
        }
        match self.faults {
            Faults::None => {}
            Faults::All | Faults::HandOver => self.after(500, 5000, Event::Fault),
            Faults::Answers => self.at(self.people_until, Event::Fault),
            Faults::Late => {
                self.late = Some(self.random.below(4));
                self.lag = self.random.between(20_000, 240_000);
                self.at(self.people_until, Event::Fault);
            }
        }
    }

    fn at(&mut self, time: i64, event: Event) {
        self.serial += 1;
        self.queue.push(Reverse((time, self.serial)));
        let of_previous = self.is_previous && event.is_operators();
        self.events.insert(self.serial, (of_previous, event));
    }

    pub fn after(&mut self, from: i64, to: i64, event: Event) {
        let time = self.server.now + self.random.between(from, to);
        self.at(time, event);
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.server.now + self.skew)
    }

    /// Lets time pass.
    pub fn run_for(&mut self, millis: i64) {
        let end = self.server.now + millis;
        while let Some(&Reverse((time, serial))) = self.queue.peek() {
            if time > end {
                break;
            }
            self.queue.pop();
            self.server.now = time;
            if let Some((of_previous, event)) = self.events.remove(&serial) {
                if self.tells {
                    let at: Vec<_> = self.watches.iter().map(|w| w.position).collect();
                    println!("{time} log {} watches {at:?}", self.server.log.len());
                }
                if of_previous {
                    self.as_previous(|world| world.handle(event));
                } else {
                    self.handle(event);
                }
                self.see();
                self.turn();
                self.as_previous(Self::turn);
            }
        }
        self.server.now = end;
    }

    /// What an operator does once something has happened.
    fn turn(&mut self) {
        self.spread();
        if std::mem::take(&mut self.awake) {
            self.drive();
        }
    }

    fn see(&mut self) {
        for change in self.server.log.iter().skip(self.told) {
            self.judge.see(change);
            if !self.tells {
                continue;
            }
            println!(
                "{} {} {}",
                self.server.now,
                if change.gone { "gone" } else { "put" },
                crate::server::told(change.kind, &change.object)
            );
        }
        self.told = self.server.log.len();
    }

    /// The watches learn that there is something to show.
    fn spread(&mut self) {
        if let Some(late) = self.late {
            self.watches[late].lag = self.lag;
        }
        for watch in 0..4 {
            if self.scheduled[watch] {
                continue;
            }
            if let Some(at) = self.watches[watch].next(&self.server.log, self.server.now) {
                self.scheduled[watch] = true;
                self.at(at, Event::Deliver(watch));
            }
        }
    }

    /// The operator's loop.
    fn drive(&mut self) {
        loop {
            let now = self.now();
            let due = self.control.due(now);
            if due.is_empty() {
                break;
            }
            let mut began = false;
            for key in due {
                let requests = self.control.begin(&key, now);
                if !requests.is_empty() {
                    began = true;
                    self.send(key, requests);
                }
            }
            if !began {
                let due = self.control.due(now);
                assert!(due.is_empty(), "due without anything to do: {due:?}");
            }
        }
        self.wakes_at = self.control.wait(self.now()).map(|wait| {
            assert!(!wait.is_zero(), "a wait of no time");
            self.server.now + i64::try_from(wait.as_millis()).unwrap()
        });
        if let Some(at) = self.wakes_at {
            self.at(at, Event::Wake);
        }
    }

    fn known(&self) -> Known {
        let of = |kind: Kind| {
            let watch = self.watches.iter().find(|watch| watch.kind == kind);
            watch.map_or(0, |watch| watch.position)
        };
        Known {
            by: self.number,
            at: self.server.now,
            nodes: of(Kind::Node),
            pods: of(Kind::Pod),
            sets: of(Kind::DaemonSet),
            revisions: of(Kind::ControllerRevision),
        }
    }

    fn send(&mut self, key: Key, requests: Vec<Request>) {
        self.serial += 1;
        let id = self.serial;
        let fates = requests.iter().map(|_| self.fate()).collect();
        for at in 0..requests.len() {
            self.after(1, 30, Event::Arrive(id, at));
        }
        let answers = requests.iter().map(|_| None).collect();
        let stage = Stage {
            key,
            answers,
            fates,
            known: self.known(),
            left: requests.len(),
            requests,
        };
        self.stages.insert(id, stage);
    }

    fn fate(&mut self) -> Fate {
        match self.faults {
            Faults::All => Fate::draw(&mut self.random),
            Faults::Answers => Fate::draw_often(&mut self.random),
            Faults::None | Faults::Late | Faults::HandOver => Fate::Normal,
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Machines => {
                let busy = people::machines(&mut self.server, &mut self.random);
                let pause = if busy { 100 } else { 500 };
                self.after(pause - 20, pause + 20, Event::Machines);
            }
            Event::People => {
                match self.faults == Faults::Late && self.random.chance(250) {
                    true => people::act_oddly(&mut self.server, &mut self.random),
                    false => people::act(&mut self.server, &mut self.random),
                }
                if self.server.now < self.people_until {
                    self.after(100, 8000, Event::People);
                }
            }
            Event::Fault => {
                if self.faults == Faults::All {
                    self.fault();
                } else if self.faults == Faults::HandOver {
                    self.hand_over();
                }
                if self.server.now < self.people_until {
                    self.after(500, 12_000, Event::Fault);
                } else {
                    self.faults = Faults::None;
                    self.skew = 0;
                    if let Some(late) = self.late.take() {
                        self.watches[late].lag = 10;
                    }
                }
            }
            Event::Deliver(watch) => {
                self.awake = true;
                self.scheduled[watch] = false;
                let log = &self.server.log;
                self.watches[watch].deliver(
                    &mut self.control,
                    log,
                    &mut self.random,
                    self.server.now,
                    self.faults == Faults::All,
                );
            }
            Event::Connect(watch) => self.connect(watch),
            Event::Arrive(stage, at) => self.arrive(stage, at),
            Event::Return(stage, at) => self.come_back(stage, at),
            Event::Wake => self.awake |= self.wakes_at.is_some_and(|at| at <= self.server.now),
            Event::OutageEnds => {
                self.outage = false;
                for watch in 0..4 {
                    self.after(1, 2000, Event::Connect(watch));
                }
            }
            Event::PreviousEnds => self.end_previous(),
            Event::RefusalsEnd => self.server.refusals = Refusals::default(),
        }
    }

    fn connect(&mut self, watch: usize) {
        if self.outage || !matches!(self.watches[watch].state, State::Broken) {
            return;
        }
        let position = self.watches[watch].position;
        let relist = position == 0 || self.random.chance(400);
        self.watches[watch].lag = match self.random.below(5) {
            0 => self.random.between(1000, 5000),
            _ => self.random.between(1, 40),
        };
        if relist {
            // What was shown before stays true; what is new may be missing still.
            let end = self.server.log.len();
            let from = if position == 0 { end } else { position };
            let taken_at = from + self.random.below(end - from + 1);
            self.watches[watch].begin_list(&mut self.control, &self.server.log, taken_at);
        } else {
            self.watches[watch].resume(&mut self.random);
        }
    }

    pub fn note(&mut self, trouble: &str) {
        *self.troubles.entry(trouble.to_owned()).or_default() += 1;
    }

    fn break_watch(&mut self, watch: usize) {
        self.watches[watch].state = State::Broken;
        if !self.outage {
            self.after(1, 3000, Event::Connect(watch));
        }
    }

    fn fault(&mut self) {
        match self.random.below(12) {
            10 => {
                self.note("clock jumps");
                let hours = if self.random.chance(300) { 0 } else { 2 };
                let most = hours * 3_600_000;
                self.skew = self.random.between(-most, most);
                self.judge.skews.push(self.skew);
            }
            0..4 => {
                let watch = self.random.below(4);
                self.note("watch broken off");
                self.break_watch(watch);
            }
            4 | 5 => {
                self.note("watch late");
                let watch = self.random.below(4);
                self.watches[watch].lag = 5000;
            }
            6 => self.crash(),
            7 => {
                self.note("server away");
                self.outage = true;
                for watch in 0..4 {
                    self.break_watch(watch);
                }
                self.after(500, 60_000, Event::OutageEnds);
            }
            8 => {
                self.note("quota");
                self.server.refusals.quota = Some(self.random.below(12));
                self.after(500, 20_000, Event::RefusalsEnd);
            }
            _ => {
                self.watches.iter_mut().for_each(|watch| watch.lag = 10);
            }
        }
    }

    /// The operator is killed and begins anew. What it had sent arrives or not, at once.
    pub fn crash(&mut self) {
        self.note("crash");
        self.cut_off(self.number);
        self.control = Controller::new();
        for watch in 0..4 {
            self.watches[watch].position = 0;
            self.break_watch(watch);
        }
    }

    /// What an operator had sent arrives or not, at once.
    pub fn cut_off(&mut self, number: usize) {
        let stages = std::mem::take(&mut self.stages).into_iter();
        let (ended, others) = stages.partition(|(_, stage)| stage.known.by == number);
        self.stages = others;
        let ended: BTreeMap<u64, Stage> = ended;
        for stage in ended.into_values() {
            for at in 0..stage.requests.len() {
                if stage.answers[at].is_none()
                    && stage.fates[at] != Fate::NotSent
                    && self.random.chance(500)
                {
                    self.carry_out(&stage, at);
                }
            }
        }
    }

    fn arrive(&mut self, id: u64, at: usize) {
        let Some(stage) = self.stages.get(&id) else {
            return;
        };
        let fate = stage.fates[at];
        if fate != Fate::Normal {
            self.note(&format!("{fate:?}"));
        }
        let answer = if self.outage {
            // Whether it was sent is not always known.
            let is_known = self.random.chance(500);
            Some(if is_known {
                Answer::NotSent
            } else {
                Answer::Lost
            })
        } else {
            let stage = self.stages.remove(&id).unwrap();
            let seems = fate.answer(stage.requests[at].method);
            let answer = match fate.is_carried_out() {
                true => {
                    let (code, body) = self.carry_out(&stage, at);
                    let body = body.to_string().into_bytes();
                    seems.unwrap_or(Answer::Received { code, body })
                }
                false => seems.unwrap_or(Answer::Lost),
            };
            self.stages.insert(id, stage);
            Some(answer)
        };
        if let Some(stage) = self.stages.get_mut(&id) {
            stage.answers[at] = answer;
        }
        self.after(1, 30, Event::Return(id, at));
    }

    /// The server carries a request out, under the eyes of the judge.
    fn carry_out(&mut self, stage: &Stage, at: usize) -> (u16, Value) {
        let request = &stage.requests[at];
        let refused = self
            .refuses
            .filter(|(method, path, ..)| *method == request.method && request.path.contains(path));
        let name = request.path.rsplit('/').next().unwrap_or_default();
        if refused.is_none()
            && request.path.contains("/pods/")
            && let Some(pod) = self.server.get(Kind::Pod, name).cloned()
        {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            let is_it = |uid: &str| body.pointer(uid).is_none_or(|uid| *uid == uid_of(&pod));
            let hash = text(&body, "/metadata/labels/controller-revision-hash");
            match request.method {
                Method::Delete if is_it("/preconditions/uid") => {
                    self.judge.deleted(&self.server, &pod, stage.known);
                }
                Method::Patch if is_it("/metadata/uid") && !hash.is_empty() => {
                    (self.judge).relabelled(&self.server, &pod, hash, stage.known);
                }
                _ => {}
            }
        }
        let forgotten = self.server.get(Kind::ControllerRevision, name).cloned();
        let forgotten = forgotten.filter(|_| request.method == Method::Delete);
        let (code, body) = match refused {
            Some((_, _, code, reason)) => {
                let message = format!("refused with {code}");
                (
                    code,
                    json!({"kind": "Status", "code": code, "reason": reason, "message": message}),
                )
            }
            None => self.server.handle(request),
        };
        if self.tells {
            println!(
                "{} by {} {request} -> {code} {}",
                self.server.now,
                stage.known.by,
                text(&body, "/message")
            );
        }
        let line = (self.server.now, request.method, request.path.clone(), code);
        self.requests.push(line);
        if let Some(revision) = forgotten.filter(|_| code == 200) {
            self.judge.forgotten(&self.server, &revision, stage.known);
        }
        let is_adoption = request.method == Method::Patch
            && request.path.contains("/pods/")
            && body.pointer("/metadata/ownerReferences/0").is_some();
        if code == 200 && is_adoption {
            self.judge.claimed(&self.server, &body, stage.known);
        }
        if code == 201 && request.path.ends_with("/pods") {
            self.judge.created(&self.server, &body, stage.known);
        }
        (code, body)
    }

    fn come_back(&mut self, id: u64, at: usize) {
        let Some(stage) = self.stages.get(&id) else {
            return;
        };
        if stage.fates[at] == Fate::LostThenDone && !self.outage {
            let stage = self.stages.remove(&id).unwrap();
            self.carry_out(&stage, at);
            self.stages.insert(id, stage);
        }
        let Some(stage) = self.stages.get_mut(&id) else {
            return;
        };
        stage.left -= 1;
        if stage.left > 0 {
            return;
        }
        let answers: Vec<Answer> = stage.answers.iter().flatten().cloned().collect();
        assert_eq!(answers.len(), stage.requests.len());
        let key = stage.key.clone();
        self.stages.remove(&id);
        let now = self.now();
        self.control.end(&key, &answers, now);
        self.awake = true;
    }
}
