//! The lines of a text, as far as they are regular.

use super::{Irregular, Read};
use crate::source::eights::{end_of_blanks, end_of_printable};

/// A character that means something of its own, or that YAML forbids.
fn is_special(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}'
            | '\u{fffe}' | '\u{ffff}'
    )
}

/// Goes from line to line.
#[derive(Clone, Copy)]
pub(super) struct Lines<'t> {
    /// What comes after this line.
    pub(super) rest: &'t str,
    /// The number of this line.
    pub(super) line: u32,
    /// How many columns come before the content.
    pub(super) indent: usize,
    /// The line from there on.
    pub(super) content: &'t str,
    /// Whether there is no line any more.
    pub(super) ended: bool,
}

impl<'t> Lines<'t> {
    /// The lines of a text that come after so many others.
    pub(super) fn new(text: &'t str, before: u32) -> Self {
        Self {
            rest: text,
            line: before,
            indent: 0,
            content: "",
            ended: false,
        }
    }

    /// Takes the next line as it is, and says whether there is a tab in it; none at the end.
    pub(super) fn take(&mut self) -> Read<Option<(&'t str, bool)>> {
        let bytes = self.rest.as_bytes();
        let mut at = 0;
        let mut has_tab = false;
        loop {
            at = end_of_printable(bytes, at);
            match bytes.get(at) {
                None if at == 0 => return Ok(None),
                None | Some(b'\n') => break,
                Some(b'\t') => {
                    has_tab = true;
                    at += 1;
                }
                Some(_) => {
                    let character = self.rest[at..].chars().next().ok_or(Irregular)?;
                    if is_special(character) {
                        return Err(Irregular);
                    }
                    at += character.len_utf8();
                }
            }
        }
        let line = &self.rest[..at];
        self.rest = self.rest.get(at + 1..).unwrap_or_default();
        self.line = self.line.saturating_add(1);
        Ok(Some((line, has_tab)))
    }

    /// Goes on to the next line, or to the end.
    pub(super) fn next_line(&mut self) -> Read<()> {
        let Some((line, has_tab)) = self.take()? else {
            (self.indent, self.content, self.ended) = (0, "", true);
            return Ok(());
        };
        self.indent = end_of_blanks(line.as_bytes(), 0);
        self.content = &line[self.indent..];
        let ends = [
            self.content.as_bytes().first(),
            self.content.as_bytes().last(),
        ];
        match ends {
            _ if has_tab => Err(Irregular),
            [None | Some(b'#'), _] | [_, Some(b' ')] => Err(Irregular),
            _ => Ok(()),
        }
    }

    /// Whether an item of a list begins here.
    pub(super) fn is_item(&self) -> bool {
        self.content.starts_with("- ")
    }

    /// Takes the `- ` away.
    pub(super) fn enter_item(&mut self) -> Read<()> {
        self.content = &self.content[2..];
        self.indent += 2;
        if self.content.starts_with(' ') {
            return Err(Irregular);
        }
        Ok(())
    }
}
