//! Selectors, placement and the small values that deciding reads, held against the rules in
//! their plainest form.
//!
//! The input is text, one fact a line, its words divided by single spaces:
//!
//! ```text
//! label app agent
//! matchLabels app agent
//! matchExpressions tier NotIn back front
//! nodeName node-a
//! nodeSelector zone a
//! nodeSelectorTerms
//! nodeSelectorTerms.matchExpressions cores Gt 8
//! nodeSelectorTerms.matchFields metadata.name In node-a
//! hostNetwork
//! toleration gpu Exists  NoSchedule
//! node node-a
//! taint gpu a100 NoSchedule
//! scale 25% 11
//! time 2026-03-01T12:00:00Z 30
//! ```
//!
//! Other lines count for nothing.

use std::collections::BTreeMap;

use daemonset::api::{
    IntOrString, LabelSelector, LabelSelectorRequirement, Labels, Node, NodeSelectorRequirement,
    NodeSelectorTerm, PodTemplate, Taint, Timestamp, Toleration,
};
use daemonset::matching::names::{
    is_dns_label, is_dns_subdomain, is_label_value, is_qualified_name,
};
use daemonset::matching::{ComparisonOperators, Selector, tolerates};
use daemonset::placement::{Rules, Verdict};
use daemonset::rollout::Strategy;
use daemonset_testkit::oracle::matching;
use serde_json::json;

pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut facts = Facts::default();
    for line in text.lines() {
        facts.take(&line.split(' ').collect::<Vec<_>>());
    }
    facts.syntax(&text);
    facts.labels();
    facts.selector();
    facts.placement(ComparisonOperators::Off);
    facts.placement(ComparisonOperators::On);
}

/// What the lines say.
#[derive(Default)]
struct Facts {
    labels: Vec<(String, String)>,
    selector: LabelSelector,
    match_labels: BTreeMap<String, String>,
    node_name: String,
    node_selector: BTreeMap<String, String>,
    terms: Vec<NodeSelectorTerm>,
    host_network: bool,
    tolerations: Vec<Toleration>,
    node: Node,
}

impl Facts {
    fn take(&mut self, words: &[&str]) {
        let own = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        match *words {
            ["label", key, value] => self.labels.push((key.to_owned(), value.to_owned())),
            ["matchLabels", key, value] => {
                self.match_labels.insert(key.to_owned(), value.to_owned());
            }
            ["matchExpressions", key, operator, ref values @ ..] => {
                self.selector
                    .match_expressions
                    .push(LabelSelectorRequirement {
                        key: key.to_owned(),
                        operator: operator.to_owned(),
                        values: own(values),
                    });
            }
            ["nodeName", name] => name.clone_into(&mut self.node_name),
            ["nodeSelector", key, value] => {
                self.node_selector.insert(key.to_owned(), value.to_owned());
            }
            ["nodeSelectorTerms"] => self.terms.push(NodeSelectorTerm::default()),
            [
                list @ ("nodeSelectorTerms.matchExpressions" | "nodeSelectorTerms.matchFields"),
                key,
                operator,
                ref values @ ..,
            ] => {
                if self.terms.is_empty() {
                    self.terms.push(NodeSelectorTerm::default());
                }
                let requirement = NodeSelectorRequirement {
                    key: key.to_owned(),
                    operator: operator.to_owned(),
                    values: own(values),
                };
                let term = self.terms.last_mut().expect("a term");
                if list.ends_with("Fields") {
                    term.match_fields.push(requirement);
                } else {
                    term.match_expressions.push(requirement);
                }
            }
            ["hostNetwork"] => self.host_network = true,
            ["toleration", key, operator, value, effect] => self.tolerations.push(Toleration {
                key: key.to_owned(),
                operator: operator.to_owned(),
                value: value.to_owned(),
                effect: effect.to_owned(),
                toleration_seconds: None,
            }),
            ["node", name] => name.clone_into(&mut self.node.metadata.name),
            ["taint", key, value, effect] => self.node.spec.taints.push(Taint {
                key: key.to_owned(),
                value: value.to_owned(),
                effect: effect.to_owned(),
                time_added: None,
            }),
            ["scale", value, total] => scale(value, total.parse().unwrap_or(0)),
            ["time", text, seconds] => time(text, seconds.parse().unwrap_or(0)),
            _ => {}
        }
    }

    fn syntax(&self, text: &str) {
        let words = text.split([' ', '\n']);
        for word in words.chain(self.labels.iter().map(|(key, _)| key.as_str())) {
            assert_eq!(
                is_label_value(word),
                matching::is_label_value(word),
                "{word:?}"
            );
            assert_eq!(
                is_qualified_name(word),
                matching::is_qualified_name(word),
                "{word:?}"
            );
            assert_eq!(
                is_dns_subdomain(word),
                matching::is_subdomain(word),
                "{word:?}"
            );
            let is_label = matching::is_subdomain(word) && !word.contains('.') && word.len() < 64;
            assert_eq!(is_dns_label(word), is_label, "{word:?}");
        }
    }

    fn plain_labels(&self) -> BTreeMap<&str, &str> {
        self.labels
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect()
    }

    /// Labels are a sorted map.
    fn labels(&self) {
        let plain = self.plain_labels();
        let mut labels: Labels = self.labels.iter().map(|(k, v)| (k, v)).collect();
        assert!(labels.iter().eq(plain.iter().map(|(k, v)| (*k, *v))));
        assert_eq!(labels.len(), plain.len());
        let read: Labels = serde_json::from_value(json!(labels)).expect("labels");
        assert_eq!(read, labels);
        let mut grown = Labels::default();
        for (key, value) in &self.labels {
            grown.insert(key.as_str(), value.as_str());
        }
        assert_eq!(grown, labels);
        for (key, value) in plain {
            assert_eq!(labels.get(key), Some(value));
            assert_eq!(labels.remove(key).as_deref(), Some(value));
            assert_eq!(labels.get(key), None);
        }
        assert!(labels.is_empty());
    }

    fn selector(&self) {
        let plain = self.plain_labels();
        let labels = Labels::from_iter(&plain);
        let written = LabelSelector {
            match_labels: Labels::from_iter(&self.match_labels),
            ..self.selector.clone()
        };
        let parses = matching::parses(&written);
        match Selector::new(Some(&written)) {
            Err(error) => {
                assert!(!parses, "{error}");
                assert!(error.to_string().starts_with("spec.selector.match"));
            }
            Ok(selector) => {
                assert!(parses, "{selector} parses");
                let all = matching::selects(Some(&written), &labels);
                assert_eq!(selector.matches(&labels), all, "{selector} on {labels:?}");
                print_and_read(&selector);
            }
        }
        assert!(!Selector::new(None).expect("no selector").matches(&labels));
    }

    fn placement(&self, comparison: ComparisonOperators) {
        let plain = self.plain_labels();
        let mut node = self.node.clone();
        node.metadata.labels = Labels::from_iter(&plain);
        let mut template = json!({"spec": {
            "nodeName": self.node_name,
            "nodeSelector": self.node_selector,
            "hostNetwork": self.host_network,
            "tolerations": self.tolerations,
        }});
        if !self.terms.is_empty() {
            template["spec"]["affinity"] = json!({"nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": self.terms},
            }});
        }
        let template = PodTemplate::try_from(template).expect("a template");
        let rules = Rules::new(&template).with_comparison_operators(comparison);
        let placement = rules.place(&node);
        assert_eq!(placement.verdict, rules.verdict(&node));
        assert_eq!(
            placement.obstacles.is_empty(),
            placement.verdict == Verdict::Run
        );
        let allowed = placement.obstacles.iter().map(|obstacle| {
            assert!(!obstacle.to_string().is_empty());
            obstacle.allows()
        });
        assert_eq!(allowed.min().unwrap_or(Verdict::Run), placement.verdict);
        let compares = comparison == ComparisonOperators::On;
        let expected = matching::verdict(&template, &node, compares);
        assert_eq!(expected, placement.verdict);
        for (toleration, taint) in (self.tolerations.iter()).flat_map(|toleration| {
            node.spec
                .taints
                .iter()
                .map(move |taint| (toleration, taint))
        }) {
            let is = tolerates(toleration, taint.into(), comparison);
            assert_eq!(is, matching::tolerates(toleration, taint, compares));
        }
    }
}

/// A selector made of its own requirements is the same selector.
fn print_and_read(selector: &Selector) {
    let requirements = selector.requirements().iter();
    let written = LabelSelector {
        match_expressions: requirements
            .map(|requirement| {
                assert!(selector.to_string().contains(&requirement.to_string()));
                LabelSelectorRequirement {
                    key: requirement.key().to_owned(),
                    operator: requirement.operator().to_owned(),
                    values: requirement.values().to_vec(),
                }
            })
            .collect(),
        ..LabelSelector::default()
    };
    let again = Selector::new(Some(&written)).expect("its own requirements parse");
    assert_eq!(again, *selector);
    assert_eq!(again.to_string(), selector.to_string());
}

/// A percentage of nodes, rounded up; a number is itself.
fn scale(text: &str, total: u16) {
    let value = text
        .parse()
        .map_or_else(|_| IntOrString::from(text), IntOrString::Int);
    let read: IntOrString = serde_json::from_value(json!(value)).expect("it was written");
    assert_eq!(read, value);
    let written = text
        .parse::<i32>()
        .map_or_else(|_| text.to_owned(), |n| n.to_string());
    assert_eq!(value.to_string(), written);
    let percent = text
        .strip_suffix('%')
        .and_then(|digits| digits.parse::<i64>().ok());
    match (&value, value.scaled(total.into())) {
        (IntOrString::Int(number), scaled) => assert_eq!(scaled, Ok(i64::from(*number))),
        (_, Err(error)) => {
            assert_eq!(percent, None);
            assert!(
                error
                    .to_string()
                    .starts_with("expected an integer or a percentage")
            );
        }
        (_, Ok(scaled)) => {
            let product = i128::from(percent.expect("it scales")) * i128::from(total);
            let above = i128::from(scaled) * 100 - product;
            let is_cut = scaled == i64::MAX || scaled == i64::MIN;
            assert!(
                (0..100).contains(&above) || is_cut,
                "{text} of {total} is {scaled}"
            );
        }
    }
    let strategy = Strategy::RollingUpdate {
        max_unavailable: value.clone(),
        max_surge: value.clone(),
    };
    let surges = value.scaled(1).is_ok_and(|nodes| nodes > 0);
    assert_eq!(strategy.surges(), surges);
    match strategy.limits(total.into()) {
        Ok(limits) => {
            let limits = limits.expect("a rolling update");
            let none = limits.max_unavailable == 0 && limits.max_surge == 0;
            assert!(total == 0 || !none, "no node may ever be updated");
        }
        Err(error) => assert!(error.to_string().contains("maxUnavailable: expected")),
    }
}

/// Times print as they read, and going forth and back is staying, but for the ends of time.
fn time(text: &str, seconds: i64) {
    let Ok(time) = text.parse::<Timestamp>() else {
        return;
    };
    assert_eq!(time.to_string().parse(), Ok(time));
    let later = time.plus_seconds(seconds);
    if later.seconds_since(time) == seconds {
        assert_eq!(later.plus_seconds(-seconds), time);
    } else {
        let far = if seconds < 0 { i64::MIN } else { i64::MAX };
        let end = Timestamp::from_unix_seconds(far);
        assert_eq!(later, end, "{time} and {seconds} seconds");
    }
}
