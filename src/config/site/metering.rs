//! What is measured, and when and where it is told.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is measured, and where it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metering {
    pub record: Record,
    /// How long what was measured waits before it is told.
    pub flush: Duration,
    /// The objects that share what is kept; each data centre tells one of them.
    pub objects: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    All,
    Nothing,
}

impl Record {
    /// The words of `[metrics] record`.
    pub const WORDS: [&str; 2] = ["all", "nothing"];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "all" => Some(Self::All),
            "nothing" => Some(Self::Nothing),
            _ => None,
        }
    }
}

/// When what was measured is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlushWhen {
    /// After the site's time.
    Timed,
    /// When somebody asks for numbers, or there is no more room.
    Held,
}

impl FlushWhen {
    /// The word of the Worker's variable `FOREBAY_FLUSH`; without it, or with any other, time decides.
    pub fn parse(word: &str) -> Self {
        match word {
            "held" => Self::Held,
            _ => Self::Timed,
        }
    }
}
