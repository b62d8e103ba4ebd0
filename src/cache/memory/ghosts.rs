//! The hashes of keys that left the small queue lately, bounded in number.
//!
//! Two keys of one hash only mean that one of them enters the main queue without having earned it.

use std::collections::{HashMap, VecDeque};

/// Remembered even when the layer holds fewer entries than this.
const GHOSTS_MIN: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Ghosts {
    /// Oldest first: a hash, and when it came.
    order: VecDeque<(u64, u64)>,
    /// When each hash came last; an older mention of it in `order` is void.
    latest: HashMap<u64, u64>,
    arrivals: u64,
}

impl Ghosts {
    /// Remembers `hash`, and forgets the oldest beyond as many as there are `entries`.
    pub fn put(&mut self, hash: u64, entries: usize) {
        self.arrivals += 1;
        self.order.push_back((hash, self.arrivals));
        self.latest.insert(hash, self.arrivals);
        while self.order.len() > entries.max(GHOSTS_MIN) {
            self.forget_oldest();
        }
    }

    /// Whether `hash` is remembered. It is forgotten by this: its key is back.
    pub fn take(&mut self, hash: u64) -> bool {
        self.latest.remove(&hash).is_some()
    }

    fn forget_oldest(&mut self) {
        if let Some((hash, arrival)) = self.order.pop_front()
            && self.latest.get(&hash) == Some(&arrival)
        {
            self.latest.remove(&hash);
        }
    }

    /// (mentions held, hashes remembered)
    #[cfg(test)]
    pub fn lengths(&self) -> (usize, usize) {
        (self.order.len(), self.latest.len())
    }
}
