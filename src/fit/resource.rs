//! Amounts of resources, and how they are added and rounded.
//!
//! Kubernetes adds quantities exactly and rounds once, per pod: cpu up to thousandths of a core,
//! everything else up to whole units. Sums over pods are sums of these integers.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{AddAssign, SubAssign};

use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::template::Quantity;

/// The name of the resource whose amounts are thousandths of a core.
pub const CPU: &str = "cpu";
/// The name of the resource whose amounts are bytes of memory.
pub const MEMORY: &str = "memory";
/// The name of the resource whose amounts are bytes of the node's own disk.
pub const EPHEMERAL_STORAGE: &str = "ephemeral-storage";
/// The name that the number of pods has in a node's `allocatable`.
pub const PODS: &str = "pods";

const BILLIONTHS_IN_THOUSANDTH: i128 = 1_000_000;
const BILLIONTHS_IN_ONE: i128 = 1_000_000_000;

/// The largest amount that Kubernetes's own integers hold.
const LARGEST: i128 = i64::MAX as i128;

/// Whether Kubernetes's own integers overflow at this amount, so that what it decides is open.
pub(super) fn overflows(amount: i128) -> bool {
    amount > LARGEST
}

/// An exact quantity, in billionths; the API has none smaller. One that 128 bits do not hold
/// reads as the largest there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Exact(i128);

impl Exact {
    /// Whether it is more than so many times another amount.
    pub(super) fn exceeds_times(self, other: Self, times: Self) -> bool {
        self.0.saturating_mul(BILLIONTHS_IN_ONE) > other.0.saturating_mul(times.0)
    }

    /// Rounds away from zero to a whole number of units.
    fn rounded(self, unit: i128) -> i128 {
        let rest = (self.0 % unit).signum();
        (self.0 / unit + rest).clamp(-LARGEST - 1, LARGEST + 1)
    }

    /// As the API server stores a quantity of a resource: rounded to thousandths.
    fn stored(self) -> Self {
        let thousandths =
            self.0 / BILLIONTHS_IN_THOUSANDTH + (self.0 % BILLIONTHS_IN_THOUSANDTH).signum();
        Self(thousandths.saturating_mul(BILLIONTHS_IN_THOUSANDTH))
    }

    fn of(quantity: Option<Quantity>) -> Option<Self> {
        quantity.map(|quantity| Self(quantity.billionths().unwrap_or(i128::MAX)))
    }

    /// A quantity as text, such as `500m` or `1Gi`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::of(Quantity::parse(text.trim()))
    }
}

/// Reads a string or a number, as the API does; `null` is 0.
impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = Exact;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity such as 500m or 1Gi")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Exact, E> {
                Exact::parse(text)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Exact, E> {
                Ok(Exact(i128::from(number) * BILLIONTHS_IN_ONE))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Exact, E> {
                Ok(Exact(i128::from(number) * BILLIONTHS_IN_ONE))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Exact, E> {
                Exact::of(Quantity::from_json(&number.into()))
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Float(number), &self))
            }
            fn visit_unit<E: Error>(self) -> Result<Exact, E> {
                Ok(Exact::default())
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// Amounts by the name of the resource. The three that nearly every pod asks for have places of
/// their own, so that they cost no memory elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct ByName<T> {
    /// cpu, memory, ephemeral-storage.
    own: [Option<T>; 3],
    others: BTreeMap<Box<str>, T>,
}

impl<T: Copy> ByName<T> {
    fn get(&self, name: &str) -> Option<T> {
        let [cpu, memory, ephemeral_storage] = &self.own;
        match name {
            CPU => *cpu,
            MEMORY => *memory,
            EPHEMERAL_STORAGE => *ephemeral_storage,
            name => self.others.get(name).copied(),
        }
    }

    /// Puts what comes of the amount that is there in its place; `None` is none.
    fn update(&mut self, name: &str, new: impl FnOnce(Option<T>) -> Option<T>) {
        let [cpu, memory, ephemeral_storage] = &mut self.own;
        let own = match name {
            CPU => cpu,
            MEMORY => memory,
            EPHEMERAL_STORAGE => ephemeral_storage,
            name => {
                if let Some(other) = self.others.get_mut(name) {
                    match new(Some(*other)) {
                        Some(amount) => *other = amount,
                        None => {
                            self.others.remove(name);
                        }
                    }
                } else if let Some(amount) = new(None) {
                    self.others.insert(name.into(), amount);
                }
                return;
            }
        };
        *own = new(*own);
    }

    /// Puts what comes of both amounts in the place of each that the other one has.
    fn merge(&mut self, other: &Self, new: impl Fn(Option<T>, T) -> Option<T>) {
        for (mine, theirs) in self.own.iter_mut().zip(other.own) {
            if let Some(theirs) = theirs {
                *mine = new(*mine, theirs);
            }
        }
        for (name, theirs) in &other.others {
            self.update(name, |mine| new(mine, *theirs));
        }
    }

    /// In the order in which the scheduler reports them.
    fn iter(&self) -> impl Iterator<Item = (&str, T)> {
        let own = [CPU, MEMORY, EPHEMERAL_STORAGE].into_iter().zip(self.own);
        let own = own.filter_map(|(name, amount)| Some((name, amount?)));
        own.chain(self.others.iter().map(|(name, amount)| (&**name, *amount)))
    }
}

/// Exact quantities by the name of the resource: a `ResourceList` of the API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ResourceList(ByName<Exact>);

impl<'de> Deserialize<'de> for ResourceList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = ResourceList;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of quantities")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ResourceList, A::Error> {
                let mut list = ResourceList::default();
                while let Some((name, amount)) = map.next_entry::<String, Exact>()? {
                    list.set(&name, amount);
                }
                Ok(list)
            }
        }
        deserializer.deserialize_map(Written)
    }
}

impl ResourceList {
    /// Reads quantities by the resource's name; `None` where one is none.
    pub(super) fn parse<'a>(
        quantities: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Option<Self> {
        let mut list = Self::default();
        for (name, quantity) in quantities {
            list.set(name, Exact::parse(quantity)?);
        }
        Some(list)
    }

    pub(super) fn get(&self, name: &str) -> Option<Exact> {
        self.0.get(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Exact)> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    pub(super) fn set(&mut self, name: &str, amount: Exact) {
        self.0.update(name, |_| Some(amount));
    }

    /// Takes what the other list has and this one lacks.
    pub(super) fn fill_from(&mut self, other: &Self) {
        self.0.merge(&other.0, |mine, theirs| mine.or(Some(theirs)));
    }

    /// Adds the other list to this one.
    pub(super) fn add(&mut self, other: &Self) {
        self.0.merge(&other.0, |mine, theirs| {
            Some(Exact(mine.unwrap_or_default().0.saturating_add(theirs.0)))
        });
    }

    /// Raises each amount to the other list's, where that is larger or this one has none.
    pub(super) fn raise_to(&mut self, other: &Self) {
        self.0
            .merge(&other.0, |mine, theirs| mine.max(Some(theirs)));
    }

    /// As the API server stores it: each quantity rounded up to thousandths.
    pub(super) fn store(&mut self) {
        let own = self.0.own.iter_mut().flatten();
        for amount in own.chain(self.0.others.values_mut()) {
            *amount = amount.stored();
        }
    }

    /// The integers that the scheduler counts with.
    pub(super) fn rounded(&self) -> Amounts {
        let mut amounts = Amounts::default();
        for (name, amount) in self.iter().filter(|(name, _)| is_counted(name)) {
            let unit = match name {
                CPU => BILLIONTHS_IN_THOUSANDTH,
                _ => BILLIONTHS_IN_ONE,
            };
            amounts.add(name, amount.rounded(unit));
        }
        amounts
    }

    /// The number of pods in a node's `allocatable`; a missing one is 0.
    pub(super) fn pods(&self) -> i128 {
        self.get(PODS)
            .unwrap_or_default()
            .rounded(BILLIONTHS_IN_ONE)
    }
}

/// Whether the scheduler counts a resource of that name at all: an own resource of a node, huge
/// pages, attachable volumes, or one with a domain.
fn is_counted(name: &str) -> bool {
    matches!(name, CPU | MEMORY | EPHEMERAL_STORAGE)
        || name.contains('/')
        || name.starts_with("hugepages-")
        || name.starts_with("attachable-volumes-")
}

/// Whether a pod as a whole may ask for it, beside its containers.
pub(super) fn is_pod_level(name: &str) -> bool {
    matches!(name, CPU | MEMORY) || name.starts_with("hugepages-")
}

/// Whole amounts of resources, as the scheduler counts: cpu in thousandths of a core, everything
/// else in its own unit, which is bytes for memory and storage.
///
/// Kept in 128 bits, so that no sum over pods overflows. Resources are ordered as the scheduler
/// reports them: cpu, memory, ephemeral-storage, then by name.
///
/// ```
/// use daemonset::fit::Amounts;
///
/// let mut free = Amounts::parse([("cpu", "1500m"), ("memory", "1Gi")]).unwrap();
/// free -= &Amounts::parse([("cpu", "0.5")]).unwrap();
/// assert_eq!(free.get("cpu"), 1000);
/// assert_eq!(free.iter().next(), Some(("cpu", 1000)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Amounts {
    /// None of them is zero.
    by_name: ByName<i128>,
}

impl Amounts {
    /// Reads quantities such as `500m` or `1Gi` and rounds them up; `None` where one is no
    /// quantity. Names that the scheduler does not count are left out.
    pub fn parse<'a>(quantities: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        ResourceList::parse(quantities).map(|list| list.rounded())
    }

    /// How much of a resource; 0 where there is none.
    #[must_use]
    pub fn get(&self, resource: &str) -> i128 {
        self.by_name.get(resource).unwrap_or(0)
    }

    /// Every resource with an amount other than 0, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i128)> {
        self.by_name.iter()
    }

    /// Whether there is nothing of anything.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Adds an amount of a resource, which may be negative.
    pub fn add(&mut self, resource: &str, amount: i128) {
        self.by_name.update(resource, |mine| sum(mine, amount));
    }

    /// Takes off what is more than so much of each resource.
    pub(super) fn at_most(&mut self, most: &Self) {
        let beyond = self.iter().filter_map(|(resource, amount)| {
            let most = most.get(resource);
            (amount > most).then(|| (resource.to_owned(), most.saturating_sub(amount)))
        });
        let beyond: Vec<(String, i128)> = beyond.collect();
        for (resource, less) in beyond {
            self.add(&resource, less);
        }
    }
}

/// The sum, or none where it is zero.
fn sum(mine: Option<i128>, amount: i128) -> Option<i128> {
    Some(mine.unwrap_or(0).saturating_add(amount)).filter(|sum| *sum != 0)
}

impl AddAssign<&Self> for Amounts {
    fn add_assign(&mut self, other: &Self) {
        self.by_name.merge(&other.by_name, sum);
    }
}

impl SubAssign<&Self> for Amounts {
    fn sub_assign(&mut self, other: &Self) {
        let difference = |mine, theirs: i128| sum(mine, theirs.saturating_neg());
        self.by_name.merge(&other.by_name, difference);
    }
}

/// Writes a map from the resource's name to its amount.
impl Serialize for Amounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, amount) in self.iter() {
            map.serialize_entry(name, &amount)?;
        }
        map.end()
    }
}

/// An amount of a resource for people: `1500m` of cpu, `3Gi` of memory; exact, in the largest
/// unit that leaves no fraction.
///
/// ```
/// use daemonset::fit::amount_text;
///
/// assert_eq!(amount_text("cpu", 1500), "1500m");
/// assert_eq!(amount_text("cpu", 2000), "2");
/// assert_eq!(amount_text("memory", 3 << 30), "3Gi");
/// assert_eq!(amount_text("memory", 1000), "1000");
/// assert_eq!(amount_text("example.com/gpu", 2), "2");
/// ```
#[must_use]
pub fn amount_text(resource: &str, amount: i128) -> String {
    const SUFFIXES: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    if resource == CPU {
        return if amount % 1000 == 0 {
            (amount / 1000).to_string()
        } else {
            format!("{amount}m")
        };
    }
    let bytes =
        matches!(resource, MEMORY | EPHEMERAL_STORAGE) || resource.starts_with("hugepages-");
    let (mut number, mut suffixes) = (amount, SUFFIXES.iter());
    let mut suffix = suffixes.next();
    while bytes && number != 0 && number % 1024 == 0 {
        let Some(larger) = suffixes.next() else { break };
        (number, suffix) = (number / 1024, Some(larger));
    }
    format!("{number}{}", suffix.copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_up_and_once() {
        let list: ResourceList = serde_json::from_str(
            r#"{"cpu": "0.0000001", "memory": "1.5", "pods": "0.253e3", "example.com/gpu": 2, "storage": "9", "hugepages-2Mi": null}"#,
        )
        .unwrap();
        let amounts = list.rounded();
        let all: Vec<_> = amounts.iter().collect();
        assert_eq!(all, [(CPU, 1), (MEMORY, 2), ("example.com/gpu", 2)]);
        assert_eq!(list.pods(), 253);

        // Two halves of a thousandth are one, not two.
        let half: ResourceList = serde_json::from_str(r#"{"cpu": "0.0005"}"#).unwrap();
        let mut sum = half.clone();
        sum.add(&half);
        assert_eq!(sum.rounded().get(CPU), 1);
        sum.add(&half);
        assert_eq!(sum.rounded().get(CPU), 2);
    }

    #[test]
    fn stored_quantities_have_thousandths() {
        let mut list: ResourceList =
            serde_json::from_str(r#"{"cpu": "1n", "memory": "1.5"}"#).unwrap();
        list.store();
        assert_eq!(list.get("cpu"), Exact::parse("1m"));
        assert_eq!(list.get("memory"), Exact::parse("1500m"));
    }

    #[test]
    fn what_goes_beyond_64_bits_is_seen() {
        for text in ["1e30", "1e19", "9223372036854775808"] {
            let list: ResourceList =
                serde_json::from_value(serde_json::json!({"memory": text})).unwrap();
            assert!(overflows(list.rounded().get(MEMORY)), "{text}");
        }
        let list: ResourceList = serde_json::from_str(r#"{"memory": "16Ei"}"#).unwrap();
        assert!(!overflows(list.rounded().get(MEMORY)));
    }

    #[test]
    fn what_is_no_quantity_is_named() {
        let error = serde_json::from_str::<ResourceList>(r#"{"cpu": "lots"}"#).unwrap_err();
        assert!(
            error.to_string().starts_with(
                "invalid value: string \"lots\", expected a quantity such as 500m or 1Gi"
            ),
            "{error}"
        );
    }

    #[test]
    fn sums_that_come_to_nothing_are_gone() {
        let gpu = Amounts::parse([("example.com/gpu", "1")]).unwrap();
        let mut sum = gpu.clone();
        sum += &gpu;
        sum -= &gpu;
        assert_eq!(sum, gpu);
        sum -= &gpu;
        assert!(sum.is_zero());
        assert_eq!(sum, Amounts::default());
    }
}
