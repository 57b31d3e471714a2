//! A document of JSON, as far as it has come.

use std::io::Read;

use super::window::{Stop, Window};
use crate::source::Document;
use crate::source::assemble::Assembler;
use crate::source::items::Items;
use crate::source::json::{Progress, Walk};

pub(super) fn document<I: Items>(
    window: &mut Window<impl Read>,
    items: &mut I,
) -> Result<Document, Stop> {
    let mut assembler = Assembler::new(0, items);
    let mut walk = Walk::new();
    let mut sight = window.sight();
    loop {
        match walk.go_on(sight.text, sight.more, &mut assembler) {
            Ok(Progress::Paused { read }) => sight = window.refill(read)?,
            Ok(Progress::Ended { read }) => {
                rest_is_blank(window, read)?;
                let (value, faults) = assembler.finish();
                return Ok(Document {
                    number: 1,
                    value: Some(value),
                    faults,
                });
            }
            Err(_) => return Err(Stop::Irregular),
        }
    }
}

fn rest_is_blank(window: &mut Window<impl Read>, mut read: usize) -> Result<(), Stop> {
    let mut sight = window.sight();
    loop {
        let is_blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        if !sight.text[read..].bytes().all(is_blank) {
            return Err(Stop::Irregular);
        }
        if !sight.more {
            return Ok(());
        }
        let all = sight.text.len();
        sight = window.refill(all)?;
        read = 0;
    }
}
