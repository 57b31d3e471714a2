//! How fast a client may make requests.

/// A bucket of tokens, one for each request.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    at: f64,
}

impl Bucket {
    pub(crate) fn new(per_second: f64, burst: f64) -> Self {
        Self {
            per_second: per_second.max(0.001),
            burst: burst.max(1.0),
            tokens: burst.max(1.0),
            at: 0.0,
        }
    }

    /// When a request is made that is wanted from this moment on.
    pub(crate) fn take(&mut self, at: f64) -> f64 {
        let at = at.max(self.at);
        self.tokens = (self.tokens + (at - self.at) * self.per_second).min(self.burst);
        self.at = at;
        if self.tokens < 1.0 {
            self.at += (1.0 - self.tokens) / self.per_second;
            self.tokens = 1.0;
        }
        self.tokens -= 1.0;
        self.at
    }
}
