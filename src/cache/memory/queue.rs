//! A queue of entries, oldest first, that knows what its entries weigh together.
//!
//! An entry that is removed out of turn leaves its id behind; such ids are swept out before there are
//! more of them than of live ones, so that removal costs O(1) amortised and the queue stays bounded.

use std::collections::VecDeque;

/// Names one stay of one key in the memory layer; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct EntryId(pub u64);

/// A queue this much longer than its live entries is not worth sweeping.
const SLACK: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Queue {
    ids: VecDeque<EntryId>,
    live: usize,
    bytes: u64,
}

impl Queue {
    pub fn push(&mut self, id: EntryId, weight: u64) {
        self.ids.push_back(id);
        self.live += 1;
        self.bytes += weight;
    }

    /// The oldest id, which may be that of an entry removed before. If it is not, the caller says so
    /// by [`Queue::leave`].
    pub fn pop(&mut self) -> Option<EntryId> {
        self.ids.pop_front()
    }

    /// A live entry that was popped is no longer part of this queue.
    pub fn leave(&mut self, weight: u64) {
        self.live = self.live.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(weight);
    }

    /// A live entry was removed out of turn.
    pub fn forget(&mut self, weight: u64, is_live: impl Fn(EntryId) -> bool) {
        self.leave(weight);
        if self.ids.len() > self.live * 2 + SLACK {
            self.ids.retain(|id| is_live(*id));
        }
    }

    pub fn reweigh(&mut self, before: u64, after: u64) {
        self.bytes = self.bytes.saturating_sub(before) + after;
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// True when no live entry is left.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// (ids held, live entries among them)
    #[cfg(test)]
    pub fn lengths(&self) -> (usize, usize) {
        (self.ids.len(), self.live)
    }
}
