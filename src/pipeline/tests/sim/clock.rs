//! Seeded chance, and the clocks of machines that disagree.

use crate::time::Timestamp;
use std::cell::Cell;

/// When every run begins, in milliseconds of true time.
pub const EPOCH_MS: u64 = 1_000_000_000;

/// SplitMix64: small, and the same on every machine.
#[derive(Debug)]
pub struct Chance(Cell<u64>);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed))
    }

    fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// In `0..count`; 0 when there is nothing to choose from.
    pub fn below(&self, count: u64) -> u64 {
        self.next() % count.max(1)
    }

    pub fn index(&self, count: usize) -> usize {
        self.below(count as u64) as usize
    }

    /// In `low..=high`.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Once in `count` times; never for 0.
    pub fn one_in(&self, count: u64) -> bool {
        count > 0 && self.below(count) == 0
    }

    pub fn pick<T: Copy>(&self, from: &[T]) -> T {
        from[self.index(from.len())]
    }
}

/// The clock of one machine: ahead of the true time by up to a second.
#[derive(Debug)]
pub struct Skewed(Cell<u64>);

/// How far a clock may be ahead.
pub const SKEW_MAX_MS: u64 = 1000;

impl Skewed {
    pub fn new(chance: &Chance) -> Self {
        let skewed = Self(Cell::new(0));
        skewed.reset(chance);
        skewed
    }

    /// Another machine takes over.
    pub fn reset(&self, chance: &Chance) {
        self.0.set(chance.below(SKEW_MAX_MS + 1));
    }

    pub fn read(&self, true_ms: u64) -> Timestamp {
        Timestamp::from_millis(true_ms + self.0.get())
    }

    /// The true time at which this clock shows `at`.
    pub fn when(&self, at: Timestamp) -> u64 {
        at.as_millis().saturating_sub(self.0.get())
    }
}
