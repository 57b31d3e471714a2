//! How long a container may take to start before a probe has it killed.

use serde_json::{Map, Value, json};

use super::quoted::words;
use crate::health::events::probe_that_killed;
use crate::known::is_of_probe;
use crate::round::Round;
use crate::stall::Said;
use crate::template::{container, list_of};
use crate::words::duration;

/// What a longer time to start is made, in seconds.
const LONGER: i64 = 300;

/// Fields of a probe that a startup probe takes over from a liveness probe.
const TAKEN_OVER: [&str; 6] = [
    "exec",
    "httpGet",
    "tcpSocket",
    "grpc",
    "periodSeconds",
    "timeoutSeconds",
];

/// The time that a probe gives a container to start, which was not enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StartTime {
    pub container: String,
    /// Whether it is the startup probe; otherwise it is the liveness probe, and there is no other.
    pub is_startup: bool,
    /// `10 s + 3 × 10 s = 40 s`
    pub sum: String,
    /// After how many seconds it was killed last.
    pub killed_after: Option<i64>,
    /// The `failureThreshold` that makes it longer, and what it comes to, in seconds.
    pub threshold: i64,
    pub then: i64,
    /// Under which field of the pod's spec the container stands.
    list: &'static str,
    /// The startup probe of the patch.
    probe: Value,
}

/// When a probe is asked, and how often it may fail.
///
/// Source: [Configure Probes](https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes).
pub(crate) struct Asked {
    delay: i64,
    period: i64,
    failures: i64,
}

impl Asked {
    pub fn of(probe: &Map<String, Value>) -> Self {
        let number =
            |field: &str, default: i64| probe.get(field).and_then(Value::as_i64).unwrap_or(default);
        Self {
            delay: number("initialDelaySeconds", 0),
            period: number("periodSeconds", 10).max(1),
            failures: number("failureThreshold", 3).max(1),
        }
    }

    /// How many seconds it lets a container take.
    pub fn allowed(&self) -> i64 {
        self.delay
            .saturating_add(self.period.saturating_mul(self.failures))
    }
}

/// Whether a line says that a probe was answered, so that its container is not slow: with a status other than
/// 503, by which programs say that they do not serve yet.
fn is_answered(line: &str) -> bool {
    let status = line.split_once("probe failed with statuscode: ");
    status.is_some_and(|(_, status)| !status.starts_with("503"))
}

impl StartTime {
    /// Of a container that was killed at the first moment that a probe may have it killed. One that ran
    /// for longer had started.
    ///
    /// Source: [Configure Probes](https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/).
    pub fn of(round: &Round<'_>, said: &Said<'_, '_>) -> Option<Self> {
        let spec = round.daemon_set().spec.template.spec_as_json();
        let name = said.problem.container()?;
        let found = container(spec, name)?;
        let said_by = words(round, said);
        let says = |probe: &str| said_by.lines().any(|line| line.starts_with(probe));
        let (field, is_startup) = if says("Startup probe") {
            ("startupProbe", true)
        } else if says("Liveness probe") && found.get("startupProbe").is_none() {
            ("livenessProbe", false)
        } else {
            return None;
        };
        if said_by.lines().any(is_answered) {
            return None;
        }
        let probe = found.get(field)?.as_object()?;
        let number =
            |field: &str, default: i64| probe.get(field).and_then(Value::as_i64).unwrap_or(default);
        let asked = Asked::of(probe);
        let allowed = asked.allowed();
        let Asked {
            delay,
            period,
            failures,
        } = asked;
        let grace = number(
            "terminationGracePeriodSeconds",
            spec["terminationGracePeriodSeconds"].as_i64().unwrap_or(30),
        );
        let slack = [period, number("timeoutSeconds", 1), grace, 5];
        let latest = slack
            .iter()
            .fold(allowed, |sum, it| sum.saturating_add(*it));
        let end = said.problem.last_end()?;
        let killed_after = end.ran;
        let killed_for = probe_that_killed(&said.problem, round.events_of(said.pod));
        let by_signal = matches!(end.exit_code, 137 | 143) && end.reason != "OOMKilled";
        let is_killed = by_signal || killed_for.is_some();
        if !is_killed || killed_after.is_some_and(|ran| ran > latest) {
            return None;
        }
        let times = format!("{failures} × {period} s");
        let sum = match delay {
            0 => times,
            delay => format!("{delay} s + {times}"),
        };
        let threshold = (LONGER / period).max(failures.saturating_mul(4));
        let mut patch = Map::new();
        if !is_startup {
            for field in TAKEN_OVER {
                patch.extend(
                    probe
                        .get(field)
                        .map(|value| (field.to_owned(), value.clone())),
                );
            }
        }
        patch.insert("failureThreshold".to_owned(), threshold.into());
        Some(Self {
            container: name.to_owned(),
            is_startup,
            sum: format!("{sum} = {}", duration(allowed)),
            killed_after,
            threshold,
            then: if is_startup { delay } else { 0 }
                .saturating_add(period.saturating_mul(threshold)),
            list: list_of(spec, name)?,
            probe: Value::Object(patch),
        })
    }

    /// That a container may have been killed by its liveness probe, where neither events nor its words tell: it got a
    /// signal, not for its memory, when that probe has it killed first. As a clause.
    pub fn may_be_probe(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
        let end = said.problem.last_end()?;
        let ran = end.ran?;
        let is_killed = matches!(end.exit_code, 137 | 143) && end.reason != "OOMKilled";
        let is_told = words(round, said).lines().any(is_of_probe);
        let spec = round.daemon_set().spec.template.spec_as_json();
        let found = container(spec, said.problem.container()?)?;
        let probe = found.get("livenessProbe")?.as_object()?;
        if !is_killed || is_told || !said.is_new {
            return None;
        }
        let asked = Asked::of(probe);
        let allowed = asked.allowed();
        let number = |field: &str| probe.get(field).and_then(Value::as_i64);
        let of_pod = || spec["terminationGracePeriodSeconds"].as_i64();
        let grace = number("terminationGracePeriodSeconds")
            .or_else(of_pod)
            .unwrap_or(30);
        // Who does not end at SIGTERM is killed when the grace period is over.
        let waits = if end.exit_code == 137 { grace } else { 0 };
        let first = allowed.saturating_add(waits);
        let slack = asked
            .period
            .saturating_add(number("timeoutSeconds").unwrap_or(1))
            .saturating_add(5);
        let is_then = (first..=first.saturating_add(slack)).contains(&ran);
        is_then.then(|| {
            let Asked { delay, period, failures } = asked;
            let with_grace = if waits > 0 { format!(" and {grace} s of grace") } else { String::new() };
            format!(
                "it ended after {ran} s, not killed for its memory, and that is when its liveness probe has it killed \
                 ({delay} s + {failures} × {period} s{with_grace}): it seems not to pass that"
            )
        })
    }

    /// As a clause.
    pub fn told(&self) -> String {
        let probe = if self.is_startup {
            "startup"
        } else {
            "liveness"
        };
        let without = if self.is_startup {
            ""
        } else {
            ", and there is no startup probe"
        };
        format!(
            "the {probe} probe of container {} lets it take {} to start{without}",
            self.container, self.sum
        )
    }

    /// The strategic merge patch of the pods' spec that makes it longer.
    pub fn patch(&self) -> Value {
        let container = json!({"name": self.container, "startupProbe": self.probe});
        json!({self.list: [container]})
    }
}

#[cfg(test)]
mod tests {
    use super::is_answered;

    #[test]
    fn an_answer_is_not_slow() {
        let answered = ["404", "500", "401"].map(|status| {
            format!("Startup probe failed: HTTP probe failed with statuscode: {status}")
        });
        assert!(answered.iter().all(|line| is_answered(line)));
        for line in [
            "Startup probe failed: HTTP probe failed with statuscode: 503",
            "Startup probe failed: Get \"http://10.0.0.7:8080/healthz\": dial tcp 10.0.0.7:8080: connect: connection refused",
        ] {
            assert!(!is_answered(line), "{line}");
        }
    }
}
