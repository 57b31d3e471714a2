//! Choices made from bytes: what a fuzzer and a property test have in common.

use std::fmt;
use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::prelude::*;

/// Bytes as a source of choices. Every choice takes a byte or two; where none is left, the first
/// choice is made, which is the plainest one. So whatever the bytes are, something comes of them,
/// and fewer and smaller bytes make something plainer.
#[derive(Clone, Debug)]
pub struct Draw<'a> {
    bytes: &'a [u8],
}

impl<'a> Draw<'a> {
    /// Choices from these bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Whether no byte is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((&first, rest)) => {
                self.bytes = rest;
                first
            }
            None => 0,
        }
    }

    /// So many bytes, for choices of their own: what one object takes does not move the choices of
    /// the next one.
    pub fn part(&mut self, length: usize) -> Draw<'a> {
        let (part, rest) = self.bytes.split_at(length.min(self.bytes.len()));
        self.bytes = rest;
        Draw::new(part)
    }

    /// The bytes that are left.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// One of these, each as likely as the others.
    ///
    /// # Panics
    /// Where there is none to choose from.
    pub fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()].clone()
    }

    /// One of these, as likely as its weight says.
    ///
    /// # Panics
    /// Where all the weights together are 0 or above 256.
    pub fn weighted<T: Clone>(&mut self, choices: &[(u16, T)]) -> T {
        let sum: u16 = choices.iter().map(|(weight, _)| weight).sum();
        assert!((1..=256).contains(&sum), "weights of {sum}");
        let mut at = u16::from(self.byte()) % sum;
        for (weight, choice) in choices {
            match at.checked_sub(*weight) {
                Some(rest) => at = rest,
                None => return choice.clone(),
            }
        }
        unreachable!("the rest is below the sum")
    }

    /// Whether something of this chance, in percent, is so. Where no byte is left it is not.
    pub fn chance(&mut self, percent: u16) -> bool {
        u16::from(self.byte()) * 100 >= (100 - percent) * 256
    }

    /// Something, with this chance in percent.
    pub fn maybe<T>(&mut self, percent: u16, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.chance(percent).then(|| make(self))
    }

    /// A number from this range, its start the plainest.
    ///
    /// # Panics
    /// Where the range is empty or has more than 65,536 numbers.
    pub fn number(&mut self, range: RangeInclusive<i64>) -> i64 {
        let (start, end) = range.into_inner();
        let count = u32::try_from(end - start + 1).expect("a range that is not empty");
        assert!(count <= 1 << 16, "a range of {count} numbers");
        let mut drawn = u32::from(self.byte());
        if count > 1 << 8 {
            drawn = drawn << 8 | u32::from(self.byte());
        }
        start + i64::from(drawn % count)
    }

    /// A list of up to so many.
    pub fn list<T>(&mut self, at_most: u8, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.number(0..=i64::from(at_most));
        (0..count).map(|_| make(self)).collect()
    }
}

/// So many bytes for a property test. They shrink towards zero one by one.
pub(crate) fn bytes(length: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), length)
}

/// What is made of so many bytes, for a property test.
pub fn drawn<T: fmt::Debug>(
    length: usize,
    make: impl Fn(&mut Draw<'_>) -> T,
) -> impl Strategy<Value = T> {
    bytes(length).prop_map(move |bytes| make(&mut Draw::new(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_bytes_the_first_choice_is_made() {
        let mut draw = Draw::new(&[]);
        assert_eq!(draw.one_of(&["a", "b"]), "a");
        assert_eq!(draw.weighted(&[(1, "a"), (9, "b")]), "a");
        assert_eq!(draw.number(-2..=70), -2);
        assert!(!draw.chance(99));
        assert_eq!(draw.list(3, |draw| draw.one_of(&[1, 2])), [] as [i32; 0]);
    }

    #[test]
    fn every_choice_can_be_made() {
        let all = |make: fn(&mut Draw<'_>) -> i64| {
            let drawn: std::collections::BTreeSet<i64> = (0..=u8::MAX)
                .flat_map(|high| [[high, 0], [high, 1]])
                .map(|bytes| make(&mut Draw::new(&bytes)))
                .collect();
            drawn.len()
        };
        assert_eq!(all(|draw| draw.one_of(&[1, 2, 3])), 3);
        assert_eq!(all(|draw| draw.weighted(&[(1, 1), (3, 2), (1, 3)])), 3);
        assert_eq!(all(|draw| draw.number(5..=9)), 5);
        assert_eq!(all(|draw| draw.number(0..=300)), 301);
        assert_eq!(all(|draw| i64::from(draw.chance(1))), 2);
    }

    #[test]
    fn a_part_takes_its_bytes_with_it() {
        let mut draw = Draw::new(&[0, 1, 0, 1, 1]);
        let mut part = draw.part(3);
        let taken: Vec<i64> = (0..4).map(|_| part.number(0..=9)).collect();
        assert_eq!(taken, [0, 1, 0, 0]);
        assert_eq!(draw.number(0..=9), 1);
        assert!(draw.part(9).number(0..=9) == 1 && draw.is_empty());
    }
}
