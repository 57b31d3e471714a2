//! The hash of a template.

use super::revision_data;
use crate::api::PodTemplate;

/// The alphabet of Kubernetes's name suffixes, which has no vowels and so spells no words.
pub const SAFE_ALPHABET: &str = "bcdfghjklmnpqrstvwxz2456789";

/// Writes decimal digits (or any text) in the [alphabet](SAFE_ALPHABET) of Kubernetes's name suffixes.
///
/// ```
/// assert_eq!(daemonset::template::safe_encode("65599"), "b99ff");
/// ```
#[must_use]
pub fn safe_encode(text: &str) -> String {
    let alphabet = SAFE_ALPHABET.as_bytes();
    text.bytes()
        .filter_map(|byte| alphabet.get(usize::from(byte) % alphabet.len()))
        .map(|&letter| char::from(letter))
        .collect()
}

/// The crate's own hash of a template: stable, in Kubernetes's alphabet, and never equal to
/// Kubernetes's own on purpose, which changes from release to release.
///
/// FNV-1a of 32 bits over [`revision_data`], and over the collision count where there is one.
///
/// ```
/// use daemonset::api::PodTemplate;
///
/// let template = PodTemplate::default();
/// let hash = daemonset::template::template_hash(&template, None);
/// assert_eq!(hash, daemonset::template::template_hash(&template, None));
/// assert_ne!(hash, daemonset::template::template_hash(&template, Some(1)));
/// ```
#[must_use]
pub fn template_hash(template: &PodTemplate, collision_count: Option<i32>) -> String {
    hash_of(&revision_data(template), collision_count)
}

pub(crate) fn hash_of(data: &str, collision_count: Option<i32>) -> String {
    let count = collision_count.map(i32::to_le_bytes);
    let bytes = data.bytes().chain(count.into_iter().flatten());
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    safe_encode(&hash.to_string())
}
