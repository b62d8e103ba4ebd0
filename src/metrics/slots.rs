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

    /// The next longer one, whose slots are made of those of this one.
    pub fn coarser(self) -> Option<Self> {
        match self {
            Self::TenSeconds => Some(Self::FiveMinutes),
            Self::FiveMinutes => Some(Self::Hour),
            Self::Hour => Some(Self::Day),
            Self::Day => None,
        }
    }

    /// The next shorter one.
    pub fn finer(self) -> Option<Self> {
        match self {
            Self::TenSeconds => None,
            Self::FiveMinutes => Some(Self::TenSeconds),
            Self::Hour => Some(Self::FiveMinutes),
            Self::Day => Some(Self::Hour),
        }
    }

    /// The length that shows a window well: fine enough, and not thousands of slots to read.
    fn suits(window_s: u64) -> Self {
        match window_s {
            0..=7_200 => Self::TenSeconds,
            7_201..=172_800 => Self::FiveMinutes,
            172_801..=7_776_000 => Self::Hour,
            7_776_001.. => Self::Day,
        }
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
        Self::holding(length, at.as_millis() / 1000)
    }

    /// The slot of this length that a second lies in.
    pub fn holding(length: Length, at_s: u64) -> Self {
        let start_s = at_s - at_s % length.seconds();
        Self { length, start_s }
    }

    /// The first second after it.
    pub fn end_s(self) -> u64 {
        self.start_s.saturating_add(self.length.seconds())
    }

    /// The coarser slot that this one is a part of.
    pub fn parent(self) -> Option<Self> {
        let length = self.length.coarser()?;
        Some(Self::holding(length, self.start_s))
    }
}

/// More points than a chart has room for are put together.
const POINTS_MAX: u64 = 120;

/// So many slots make a point: numbers that fit into the next longer slot, or nearly.
const PER_POINT: [u32; 9] = [1, 2, 3, 6, 12, 30, 60, 120, 360];

/// A span of time, and how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from_s: u64,
    /// Not included.
    pub to_s: u64,
    pub length: Length,
    pub slots_per_point: u32,
}

impl Window {
    /// The last so many seconds, the present one included. It begins with a whole point, so that points
    /// stay what they are while time goes on, and so at most a point earlier than asked for.
    pub fn last(window_s: u64, now: Timestamp) -> Self {
        let to_s = (now.as_millis() / 1000).saturating_add(1);
        let from_s = to_s.saturating_sub(window_s.max(1));
        let mut window = Self::over(from_s, to_s, now);
        window.from_s -= window.from_s % window.step_s();
        window
    }

    /// From one second to before another, widened to whole slots: what is kept is not told apart further.
    /// `None` when nothing lies between them.
    pub fn between(from_s: u64, to_s: u64, now: Timestamp) -> Option<Self> {
        let present = (now.as_millis() / 1000).saturating_add(1);
        let to_s = to_s.min(present);
        if from_s >= to_s {
            return None;
        }
        let mut window = Self::over(from_s, to_s, now);
        window.from_s = Slot::holding(window.length, from_s).start_s;
        window.to_s = Slot::holding(window.length, to_s - 1).end_s().min(present);
        Some(window)
    }

    fn over(from_s: u64, to_s: u64, now: Timestamp) -> Self {
        let window_s = to_s.saturating_sub(from_s);
        let age = now.since(Timestamp::from_millis(from_s.saturating_mul(1000)));
        let kept =
            |length: &Length| *length >= Length::suits(window_s) && age <= length.retention();
        let length = Length::ALL.into_iter().find(kept).unwrap_or(Length::Day);
        let slots = window_s.div_ceil(length.seconds());
        let enough = |per_point: &u32| slots.div_ceil(u64::from(*per_point)) <= POINTS_MAX;
        let whole = slots.div_ceil(POINTS_MAX);
        let whole = u32::try_from(whole).unwrap_or(u32::MAX).max(1);
        Self {
            from_s,
            to_s,
            length,
            slots_per_point: PER_POINT.into_iter().find(enough).unwrap_or(whole),
        }
    }

    /// The length of a point.
    pub fn step_s(self) -> u64 {
        step_s(self.length, self.slots_per_point)
    }
}

pub(super) fn step_s(length: Length, slots_per_point: u32) -> u64 {
    length
        .seconds()
        .saturating_mul(u64::from(slots_per_point).max(1))
}

#[cfg(test)]
mod tests;
