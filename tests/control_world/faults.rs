//! What goes wrong.

use daemonset::control::{Answer, Method};
use serde_json::{Value, json};

use crate::random::Random;

/// What goes wrong in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    None,
    All,
    /// The watch of one kind is late by up to four minutes, and people do odd things.
    Late,
    /// Another operator takes over, again and again, and the one before goes on for some seconds.
    HandOver,
    /// One request in four seems to fail, mostly after it was carried out.
    Answers,
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
    /// It is carried out, and the answer is that of a second try, or of a server that has too much to do.
    ConflictsAfter,
    TooManyAfter,
    TimesOutAfter,
}

impl Fate {
    pub fn draw_often(random: &mut Random) -> Self {
        match random.below(100) {
            0..5 => Self::LostAfter,
            5..9 => Self::FailsAfter,
            9..14 => Self::ConflictsAfter,
            14..18 => Self::TooManyAfter,
            18..21 => Self::TimesOutAfter,
            21..23 => Self::LostBefore,
            23..25 => Self::TooMany,
            _ => Self::Normal,
        }
    }

    /// Whether it is carried out before it is answered.
    pub fn is_carried_out(self) -> bool {
        match self {
            Self::Normal
            | Self::LostAfter
            | Self::FailsAfter
            | Self::ConflictsAfter
            | Self::TooManyAfter
            | Self::TimesOutAfter => true,
            Self::NotSent
            | Self::LostBefore
            | Self::LostThenDone
            | Self::FailsBefore
            | Self::TooMany => false,
        }
    }

    /// The answer, where it is not the server's own.
    pub fn answer(self, method: Method) -> Option<Answer> {
        let failure = |code, reason: &str, details: Value| {
            let body = json!({
                "kind": "Status", "message": "try again", "reason": reason, "details": details,
            });
            let body = body.to_string().into_bytes();
            Some(Answer::Received { code, body })
        };
        match self {
            Self::Normal => None,
            Self::NotSent => Some(Answer::NotSent),
            Self::LostBefore | Self::LostAfter | Self::LostThenDone => Some(Answer::Lost),
            Self::FailsBefore | Self::FailsAfter => failure(500, "InternalError", json!({})),
            Self::TooMany => failure(429, "TooManyRequests", json!({})),
            Self::TooManyAfter => failure(429, "TooManyRequests", json!({"retryAfterSeconds": 2})),
            Self::TimesOutAfter => failure(504, "Timeout", json!({})),
            Self::ConflictsAfter if method == Method::Post => {
                failure(409, "AlreadyExists", json!({}))
            }
            Self::ConflictsAfter => failure(409, "Conflict", json!({})),
        }
    }

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
