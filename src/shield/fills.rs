//! Which requests share a fill: at most one that can be joined per key in a shield object.
//!
//! This is the decision alone. The room holds the futures, under the numbers given here.

use crate::purge::seq::PurgeSeq;
use crate::time::Timestamp;
use std::collections::HashMap;
use std::time::Duration;

/// Names one fill; never reused within an object's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FillId(u64);

/// What a request for a key is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Start this fill, and wait for it too.
    Lead(FillId),
    /// Wait for this fill, which runs already.
    Wait(FillId),
    /// Ask by oneself: the last answers of this key were not for sharing (hit-for-pass).
    Pass,
    /// None of these: the limit is reached. Answer 503 rather than queue without bound.
    Refuse(Full),
}

/// Which limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    Fills,
    Waiters,
}

impl Full {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fills => "fills-full",
            Self::Waiters => "waiters-full",
        }
    }
}

/// The bounds of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Live fills at once, superseded ones among them.
    pub fills_max: usize,
    /// Requests behind one fill.
    pub waiters_max: usize,
    /// A fill that has run for longer is joined no more: the next request starts another.
    pub lease: Duration,
    /// Keys whose answers are not for sharing.
    pub passes_max: usize,
    /// How long a key is remembered as such.
    pub pass: Duration,
}

/// Live fills by key.
#[derive(Debug)]
pub struct Fills {
    joinable: HashMap<String, Live>,
    /// Fills that run and can be joined no more.
    superseded: usize,
    passes: HashMap<String, Timestamp>,
    next: u64,
    bounds: Bounds,
}

#[derive(Debug)]
struct Live {
    id: FillId,
    /// What was known of purges before its source was asked.
    seq: PurgeSeq,
    began: Timestamp,
    waiters: usize,
}

/// How many there are of each, for operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub live: usize,
    pub superseded: usize,
    pub waiters: usize,
    pub passes: usize,
}

impl Fills {
    pub fn new(bounds: Bounds) -> Self {
        Self {
            joinable: HashMap::new(),
            superseded: 0,
            passes: HashMap::new(),
            next: 0,
            bounds,
        }
    }

    /// The bounds from now on; what runs already stays.
    pub fn set_bounds(&mut self, bounds: Bounds) {
        self.bounds = bounds;
    }

    /// `after`: what the request must be shown; `seq`: what a fill that begins now can show, which is
    /// not less.
    ///
    /// INVARIANT: for one key, no second `Lead` while the first can still be joined; and nobody waits for a
    /// fill that began before a purge that its asker knows of.
    pub fn join(&mut self, key: &str, after: PurgeSeq, seq: PurgeSeq, now: Timestamp) -> Join {
        if self.passes(key, now) {
            return Join::Pass;
        }
        if let Some(live) = self.joinable.get_mut(key) {
            let usable = live.seq >= after && now.since(live.began) < self.bounds.lease;
            if usable && live.waiters >= self.bounds.waiters_max {
                return Join::Refuse(Full::Waiters);
            }
            if usable {
                live.waiters += 1;
                return Join::Wait(live.id);
            }
        }
        if self.len() >= self.bounds.fills_max {
            return Join::Refuse(Full::Fills);
        }
        let id = FillId(self.next);
        self.next += 1;
        let live = Live {
            id,
            seq,
            began: now,
            waiters: 0,
        };
        if self.joinable.insert(key.to_owned(), live).is_some() {
            self.superseded += 1;
        }
        Join::Lead(id)
    }

    /// A waiter went away, answered or not.
    pub fn leave(&mut self, key: &str, id: FillId) {
        if let Some(live) = self.joinable.get_mut(key).filter(|live| live.id == id) {
            live.waiters = live.waiters.saturating_sub(1);
        }
    }

    /// The fill has its result; the next request for the key leads anew.
    pub fn end(&mut self, key: &str, id: FillId) {
        if self.joinable.get(key).is_some_and(|live| live.id == id) {
            self.joinable.remove(key);
        } else {
            self.superseded = self.superseded.saturating_sub(1);
        }
    }

    /// The key's answer is not for sharing: for a while, nobody is to wait for another's.
    pub fn pass(&mut self, key: &str, now: Timestamp) {
        if self.passes.len() >= self.bounds.passes_max {
            let pass = self.bounds.pass;
            self.passes.retain(|_, since| now.since(*since) < pass);
        }
        if self.passes.len() < self.bounds.passes_max {
            self.passes.insert(key.to_owned(), now);
        }
    }

    /// The key's answer was for sharing after all.
    pub fn share(&mut self, key: &str) {
        self.passes.remove(key);
    }

    fn passes(&mut self, key: &str, now: Timestamp) -> bool {
        match self.passes.get(key) {
            Some(since) if now.since(*since) < self.bounds.pass => true,
            Some(_) => {
                self.passes.remove(key);
                false
            }
            None => false,
        }
    }

    pub fn len(&self) -> usize {
        self.joinable.len() + self.superseded
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn count(&self) -> Count {
        Count {
            live: self.joinable.len(),
            superseded: self.superseded,
            waiters: self.joinable.values().map(|live| live.waiters).sum(),
            passes: self.passes.len(),
        }
    }
}

#[cfg(test)]
mod tests;
