//! Labels and annotations: maps whose keys and values have rules.

use super::at::At;
use super::format::Format;
use super::found::{Found, Reason};
use crate::words::Quoted;

/// How many bytes the annotations of an object may have, keys and values together.
const ANNOTATIONS_SIZE: usize = 256 * 1024;

/// The keys and values of labels, or of anything that reads as labels. Every fault is one of the
/// whole map, as the API server has it, and stands where its entry does.
pub(super) fn labels(at: &At<'_, '_>, found: &mut Found) {
    for (key, value) in at.entries() {
        let here = at.same_as(&value);
        key_of(&here, key, Format::QualifiedName.holds(key), found);
        let text = value.text();
        if !Format::LabelValue.holds(text) {
            let mended = || Format::LabelValue.mended(text).into_iter().collect();
            let (words, key) = (Format::LabelValue.words(), Quoted(key));
            found.invalid_suggesting(&here, format_args!("{words} for {key}"), mended);
        }
    }
}

/// The keys of annotations, in which capitals count as small letters, and their size.
pub(super) fn annotations(at: &At<'_, '_>, found: &mut Found) {
    let mut size = 0;
    for (key, value) in at.entries() {
        let here = at.same_as(&value);
        key_of(
            &here,
            key,
            Format::QualifiedName.holds(&key.to_lowercase()),
            found,
        );
        size += key.len() + value.text().len();
    }
    if size > ANNOTATIONS_SIZE {
        let message = format_args!("expected at most {ANNOTATIONS_SIZE} bytes, found {size}");
        found.fault(at, Reason::TooLong, message);
    }
}

fn key_of(here: &At<'_, '_>, key: &str, is_valid: bool, found: &mut Found) {
    if !is_valid {
        let words = Format::QualifiedName.words();
        let mended = || Format::QualifiedName.mended(key).into_iter().collect();
        found.invalid_named(here, format_args!("{words} as key"), key, mended);
    }
}
