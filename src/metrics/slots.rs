//! The times that frames are kept by: slots of four lengths, each made of those of the next finer one.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Length {
    TenSeconds,
    FiveMinutes,
    Hour,
    Day,
}

impl Length {
    pub const ALL: [Self; 4] = [Self::TenSeconds, Self::FiveMinutes, Self::Hour, Self::Day];

    pub fn seconds(self) -> u64 {
        match self {
            Self::TenSeconds => 10,
            Self::FiveMinutes => 300,
            Self::Hour => 3600,
            Self::Day => 86_400,
        }
    }

    /// How long slots of this length are kept.
    pub fn retention(self) -> Duration {
        const DAY_S: u64 = 86_400;
        Duration::from_secs(match self {
            Self::TenSeconds => 2 * 3600,
            Self::FiveMinutes => 2 * DAY_S,
            Self::Hour => 90 * DAY_S,
            Self::Day => 2 * 365 * DAY_S,
        })
    }
}

/// One slot: its length, and when it begins, in seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot {
    pub length: Length,
    pub start_s: u64,
}

impl Slot {
    /// The slot of this length that a moment lies in.
    pub fn of(length: Length, at: Timestamp) -> Self {
        let at_s = at.as_millis() / 1000;
        let start_s = at_s - at_s % length.seconds();
        Self { length, start_s }
    }
}
