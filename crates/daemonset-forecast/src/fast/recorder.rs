//! What one run writes down as it goes.

/// The counts of one run in each step.
pub(super) struct Recorder {
    step: f64,
    steps: usize,
    available: usize,
    fewest: usize,
    updated: usize,
    pub counts: Vec<(usize, usize)>,
}

impl Recorder {
    pub fn new(until: f64, steps: usize, available: usize, updated: usize) -> Self {
        let all = crate::spread::float(steps.max(1));
        Self {
            step: (until / all).max(1e-9),
            steps,
            available,
            fewest: available,
            updated,
            counts: Vec::with_capacity(steps),
        }
    }

    /// So many from now on; moments come in order.
    pub fn note(&mut self, at: f64, available: usize, updated: usize) {
        // Steps are few, and moments not below zero.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let step = (at / self.step) as usize;
        while self.counts.len() < step.min(self.steps) {
            self.close();
        }
        self.available = available;
        self.updated = updated;
        self.fewest = self.fewest.min(available);
    }

    fn close(&mut self) {
        self.counts.push((self.fewest, self.updated));
        self.fewest = self.available;
    }

    pub fn end(mut self) -> Vec<(usize, usize)> {
        while self.counts.len() < self.steps {
            self.close();
        }
        self.counts
    }
}
