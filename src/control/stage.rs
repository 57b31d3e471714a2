//! One stage: requests that may all be under way at once.

use super::Key;
use super::events::EventKey;
use super::memory::Read;
use super::request::Request;
use crate::api::Labels;
use crate::outcome::Action;

/// How many requests a stage has at most.
pub(super) const LARGEST: usize = 250;

/// What a request is for, so that its answer is understood.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// To know an object as it is now.
    Read(Read),
    /// To carry out an action, which is not one of the following.
    Act(Action),
    /// To create a pod.
    CreatePod {
        node: String,
        name: String,
        labels: Labels,
    },
    /// To delete a pod, in this version only where one is given.
    DeletePod {
        pod: String,
        uid: String,
        version: Option<u64>,
    },
    /// To report something.
    Report(EventKey),
}

/// Requests, and what they are for.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub requests: Vec<Request>,
    pub purposes: Vec<Purpose>,
    largest: usize,
}

impl Stage {
    /// A stage with room for many requests.
    pub(super) fn new() -> Self {
        Self {
            requests: Vec::new(),
            purposes: Vec::new(),
            largest: LARGEST,
        }
    }

    /// A stage with room for one request, which shows whether the API server answers.
    pub(super) fn probe() -> Self {
        Self {
            largest: 1,
            ..Self::new()
        }
    }

    pub(super) fn room(&self) -> usize {
        self.largest.saturating_sub(self.requests.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Adds a request; whether there is room has to be asked before.
    pub(super) fn push(&mut self, purpose: Purpose, request: Request) {
        self.purposes.push(purpose);
        self.requests.push(request);
    }
}

/// A stage for every set that is due and has something to do.
pub(super) fn stages(
    due: Vec<Key>,
    mut begin: impl FnMut(&Key) -> Vec<Request>,
) -> Vec<(Key, Vec<Request>)> {
    let stages = due.into_iter().map(|key| {
        let requests = begin(&key);
        (key, requests)
    });
    stages
        .filter(|(_, requests)| !requests.is_empty())
        .collect()
}

/// A stage that is under way.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    /// The UID of the set that it is for.
    pub uid: String,
    pub purposes: Vec<Purpose>,
}
