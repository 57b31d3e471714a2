//! The tolerations of a pod, asked about many taints.

use super::toleration::{ComparisonOperators, comparable, tolerates};
use crate::api::Toleration;
use crate::det_map::HashMap;
use crate::view::TaintView;

/// Up to so many it is quicker to ask each than to look up which to ask.
const FEW: usize = 32;

/// The tolerations of a pod, ready to be asked: a question costs the same however many there are.
///
/// ```
/// use daemonset::api::Toleration;
/// use daemonset::matching::{ComparisonOperators, Tolerations};
/// use daemonset::view::TaintView;
///
/// let gpu = Toleration { key: "gpu".into(), operator: "Exists".into(), ..Toleration::default() };
/// let tolerations = Tolerations::new([gpu], ComparisonOperators::Off);
/// let taint = |key| TaintView { key, value: "", effect: "NoSchedule" };
/// assert!(tolerations.tolerate(taint("gpu")));
/// assert!(!tolerations.tolerate(taint("spot")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tolerations {
    list: List,
    comparison: ComparisonOperators,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum List {
    Few(Vec<Toleration>),
    /// By key, then by effect.
    Many(HashMap<String, HashMap<String, Alike>>),
}

/// Tolerations of one key and one effect; of those that tolerate the same, or less than another
/// one, only one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Alike {
    exists: Option<Toleration>,
    /// By the value that is wanted.
    equal: HashMap<String, Toleration>,
    /// The one with the smallest number.
    greater: Option<Toleration>,
    /// The one with the greatest number.
    lower: Option<Toleration>,
}

impl Tolerations {
    /// Takes tolerations, in any order.
    #[must_use]
    pub fn new(
        tolerations: impl IntoIterator<Item = Toleration>,
        comparison: ComparisonOperators,
    ) -> Self {
        let few: Vec<Toleration> = tolerations.into_iter().collect();
        let list = if few.len() <= FEW {
            List::Few(few)
        } else {
            let mut many: HashMap<String, HashMap<String, Alike>> = HashMap::default();
            for toleration in few {
                let of_key = many.entry(toleration.key.clone()).or_default();
                let alike = of_key.entry(toleration.effect.clone()).or_default();
                alike.add(toleration);
            }
            List::Many(many)
        };
        Self { list, comparison }
    }

    /// Switches the operators `Gt` and `Lt` on or off.
    #[must_use]
    pub fn with_comparison_operators(mut self, comparison: ComparisonOperators) -> Self {
        self.comparison = comparison;
        self
    }

    /// Whether the operators `Gt` and `Lt` are on.
    #[must_use]
    pub fn comparison_operators(&self) -> ComparisonOperators {
        self.comparison
    }

    /// Whether one of them tolerates the taint, as [`tolerates`] says.
    #[inline]
    #[must_use]
    pub fn tolerate(&self, taint: TaintView<'_>) -> bool {
        match &self.list {
            List::Few(all) => all
                .iter()
                .any(|toleration| tolerates(toleration, taint, self.comparison)),
            List::Many(many) => self.one_of_many_tolerates(many, taint),
        }
    }

    #[cold]
    #[inline(never)]
    fn one_of_many_tolerates(
        &self,
        many: &HashMap<String, HashMap<String, Alike>>,
        taint: TaintView<'_>,
    ) -> bool {
        let of_keys = ["", taint.key].into_iter().filter_map(|key| many.get(key));
        let alike = of_keys.flat_map(|of_key| {
            let effects = ["", taint.effect].into_iter();
            effects.filter_map(|effect| of_key.get(effect))
        });
        alike
            .flat_map(|alike| alike.candidates(taint))
            .any(|toleration| tolerates(toleration, taint, self.comparison))
    }
}

impl Alike {
    fn add(&mut self, toleration: Toleration) {
        match toleration.operator.as_str() {
            "Exists" => self.exists = Some(toleration),
            "" | "Equal" => {
                self.equal.insert(toleration.value.clone(), toleration);
            }
            "Gt" => widest(&mut self.greater, toleration, |mine, other| mine < other),
            "Lt" => widest(&mut self.lower, toleration, |mine, other| mine > other),
            // No other operator tolerates anything.
            _ => {}
        }
    }

    /// Where one of them tolerates the taint, one of these does.
    fn candidates(&self, taint: TaintView<'_>) -> impl Iterator<Item = &Toleration> {
        let equal = self.equal.get(taint.value);
        [
            self.exists.as_ref(),
            equal,
            self.greater.as_ref(),
            self.lower.as_ref(),
        ]
        .into_iter()
        .flatten()
    }
}

/// Keeps the toleration whose number is wider; one without a number tolerates nothing.
fn widest(kept: &mut Option<Toleration>, new: Toleration, is_wider: fn(i64, i64) -> bool) {
    let Some(number) = comparable(&new.value) else {
        return;
    };
    let known = kept.as_ref().and_then(|kept| comparable(&kept.value));
    if known.is_none_or(|known| is_wider(number, known)) {
        *kept = Some(new);
    }
}
