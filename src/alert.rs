//! When people are called, and what a site does for itself meanwhile: rules over what was measured, the
//! state of each alert, silences, and the notifications that are to be sent.
//!
//! Everything here is a value that is given `now`. The board is kept as one document; whoever changes it
//! saves it before anything is sent, so that a crash sends again rather than never.

pub mod board;
pub mod breakers;
pub mod machine;
pub mod outbox;
pub mod reading;
pub mod rule;
pub mod sentence;
pub mod silence;
pub mod webhook;

use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Level {
    Warning,
    Critical,
}

impl Level {
    pub const WORDS: [&str; 2] = ["warning", "critical"];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "warning" => Some(Self::Warning),
            "critical" => Some(Self::Critical),
            _ => None,
        }
    }
}
