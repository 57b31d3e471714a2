//! Text in which something is changed.

use proptest::sample::Index;

/// Puts a piece in the place of so many bytes from a place on, or as many more as make whole
/// characters.
pub fn splice(text: &mut String, at: Index, length: usize, piece: &str) {
    let mut from = at.index(text.len());
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    let mut to = (from + length).min(text.len());
    while !text.is_char_boundary(to) {
        to += 1;
    }
    text.replace_range(from..to, piece);
}
