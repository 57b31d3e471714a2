//! What goes wrong.

use crate::random::Random;

/// What goes wrong in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    None,
    All,
    /// The watch of one kind is late by up to four minutes, and people do odd things.
    Late,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Normal,
    NotSent,
    LostBefore,
    LostAfter,
    /// The answer is lost, and it is carried out after that.
    LostThenDone,
    /// The server fails before or after it is carried out.
    FailsBefore,
    FailsAfter,
    TooMany,
}

impl Fate {
    pub fn draw(random: &mut Random) -> Self {
        match random.below(1000) {
            0..10 => Self::NotSent,
            10..25 => Self::LostBefore,
            25..40 => Self::LostAfter,
            40..45 => Self::LostThenDone,
            45..52 => Self::FailsBefore,
            52..55 => Self::FailsAfter,
            55..60 => Self::TooMany,
            _ => Self::Normal,
        }
    }
}
