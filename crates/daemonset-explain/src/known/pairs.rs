//! Which pairs of bytes a text has: rows whose words cannot be in it need not be sought in each of its lines.

use super::Row;

/// The pairs of bytes that are in a text, each by a hash of ten bits.
///
/// Words with a pair that is not in it are not in the text; others may be.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs([u64; 16]);

impl Pairs {
    /// The pairs of a text.
    pub fn of(text: &str) -> Self {
        let mut pairs = Self::default();
        pairs.add(text);
        pairs
    }

    /// With those of another text.
    pub fn add(&mut self, text: &str) {
        for pair in text.as_bytes().windows(2) {
            let (word, bit) = place_of(pair);
            self.0[word] |= bit;
        }
    }

    /// Whether a row may be known by a line of the text.
    pub fn may_tell(&self, row: &Row) -> bool {
        let may_have = |part: &&str| {
            let mut pairs = part.as_bytes().windows(2).map(place_of);
            pairs.all(|(word, bit)| self.0[word] & bit != 0)
        };
        row.by.iter().any(|all| all.iter().all(may_have))
    }
}

fn place_of(pair: &[u8]) -> (usize, u64) {
    let hash = usize::from(pair[0]) * 37 + usize::from(pair[1]) * 5;
    (hash / 64 % 16, 1 << (hash % 64))
}

#[cfg(test)]
mod tests {
    use super::super::{AREAS, rows_of};
    use super::*;

    #[test]
    fn no_row_is_passed_over_whose_words_are_there() {
        for row in AREAS.into_iter().flatten() {
            for all in row.by {
                let line = all.join(" x ");
                assert!(Pairs::of(&line).may_tell(row), "{line}");
            }
        }
        assert!(!AREAS[0].is_empty() && rows_of("").is_empty());
    }

    #[test]
    fn of_ordinary_words_few_rows_are_left() {
        let line = "2026-11-26T09:08:28.113Z [main] Handling request 7c9e6679-7425-40de-944b-e07fc1f90ae7 of user \
                    alice@example.com took 37 ms; queue has 12 entries, next flush at 09:09:00\n";
        let all = AREAS.into_iter().flatten().count();
        let left = rows_of(&line.repeat(24)).len();
        assert!(left * 25 <= all, "{left} of {all}");
    }
}
