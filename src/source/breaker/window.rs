//! Counts over a sliding window, in a fixed number of slots: what is older than the window by less
//! than a slot may still count.

use crate::time::Timestamp;
use std::time::Duration;

const SLOTS: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Good,
    Slow,
    Failed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub good: u32,
    pub slow: u32,
    pub failed: u32,
}

impl Counts {
    pub fn calls(self) -> u32 {
        self.good
            .saturating_add(self.slow)
            .saturating_add(self.failed)
    }

    fn plus(self, other: Self) -> Self {
        Self {
            good: self.good.saturating_add(other.good),
            slow: self.slow.saturating_add(other.slow),
            failed: self.failed.saturating_add(other.failed),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Window {
    /// The newest last.
    slots: [Counts; SLOTS],
    slot: Duration,
    /// When the newest slot began.
    began: Timestamp,
}

impl Window {
    pub fn new(length: Duration, now: Timestamp) -> Self {
        let slot = length / u32::try_from(SLOTS).unwrap_or(1);
        Self {
            slots: [Counts::default(); SLOTS],
            slot: slot.max(Duration::from_millis(1)),
            began: now,
        }
    }

    pub fn note(&mut self, outcome: Outcome, now: Timestamp) {
        self.advance(now);
        if let Some(newest) = self.slots.last_mut() {
            let count = match outcome {
                Outcome::Good => &mut newest.good,
                Outcome::Slow => &mut newest.slow,
                Outcome::Failed => &mut newest.failed,
            };
            *count = count.saturating_add(1);
        }
    }

    pub fn counts(&mut self, now: Timestamp) -> Counts {
        self.advance(now);
        self.slots
            .iter()
            .fold(Counts::default(), |sum, slot| sum.plus(*slot))
    }

    /// A clock that goes back changes nothing.
    fn advance(&mut self, now: Timestamp) {
        let passed = now.since(self.began).as_millis() / self.slot.as_millis().max(1);
        let passed_slots = usize::try_from(passed).unwrap_or(usize::MAX).min(SLOTS);
        if passed_slots == 0 {
            return;
        }
        self.slots.rotate_left(passed_slots % SLOTS);
        for slot in self.slots.iter_mut().rev().take(passed_slots) {
            *slot = Counts::default();
        }
        let passed = u32::try_from(passed).unwrap_or(u32::MAX);
        self.began = self.began.plus(self.slot.saturating_mul(passed));
    }
}
