//! Names of pods that are created.
//!
//! A pod carries `generateName` as Kubernetes's own do, and beside it the name that would be made of
//! it. So a request that was sent twice, since no answer to the first one came, makes one pod: the
//! API server knows the name already.

use std::hash::BuildHasher;

use crate::api::Timestamp;
use crate::det_map::FixedState;
use crate::template::safe_encode;

/// A generated name is cut so that it has no more than 63 bytes.
const LONGEST: usize = 63;
const SUFFIX: usize = 5;

/// What a name is made from, so that no two tries share one.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Try<'a> {
    pub set_uid: &'a str,
    pub node: &'a str,
    pub now: Timestamp,
    /// Counts the names of one set.
    pub number: u64,
}

/// The name of a pod of a set, as the API server makes one of `generateName: <set>-`.
pub(super) fn pod_name(set: &str, attempt: Try<'_>) -> String {
    let base: String = format!("{set}-");
    let end = base.floor_char_boundary(LONGEST - SUFFIX);
    let base = base.get(..end).unwrap_or(&base);

    let hash = FixedState::default().hash_one(attempt);
    // One letter for each of five independent digits.
    let digits: Vec<u8> = (0..)
        .take(SUFFIX)
        .map(|at: u32| u8::try_from(hash / 27_u64.pow(at) % 27).unwrap_or(0))
        .collect();
    let suffix = String::from_utf8_lossy(&digits).into_owned();
    format!("{base}{}", safe_encode(&suffix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::SAFE_ALPHABET;

    #[test]
    fn names_look_like_generated_ones() {
        let attempt = Try {
            set_uid: "u",
            node: "node-a",
            now: Timestamp::from_unix_seconds(1000),
            number: 1,
        };
        let name = pod_name("agent", attempt);
        let suffix = name.strip_prefix("agent-").unwrap();
        assert_eq!(suffix.len(), 5);
        assert!(
            suffix
                .bytes()
                .all(|b| SAFE_ALPHABET.as_bytes().contains(&b))
        );
        assert_eq!(pod_name("agent", attempt), name);
        for other in [
            Try {
                node: "node-b",
                ..attempt
            },
            Try {
                number: 2,
                ..attempt
            },
            Try {
                now: attempt.now.plus_millis(1),
                ..attempt
            },
        ] {
            assert_ne!(pod_name("agent", other), name);
        }
        let long = pod_name(&"a".repeat(80), attempt);
        assert_eq!(long.len(), 63);
    }

    #[test]
    fn names_of_many_pods_rarely_meet() {
        let now = Timestamp::from_unix_seconds(1000);
        let names: std::collections::BTreeSet<String> = (0..5000)
            .map(|number| {
                let node = format!("node-{number}");
                pod_name(
                    "agent",
                    Try {
                        set_uid: "u",
                        node: &node,
                        now,
                        number,
                    },
                )
            })
            .collect();
        assert!(names.len() > 4990, "{}", names.len());
    }
}
