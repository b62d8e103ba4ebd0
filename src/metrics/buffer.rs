//! What an isolate measured and has not told yet: when it is time to tell, what is told, and what becomes of
//! it when that fails. It holds a few slots of ten seconds, and for hits in memory plain counters: recording
//! one is an increment, without a sketch and, once a key is known, without memory.
//!
//! INVARIANT: every response that was recorded is in a batch that arrived, or is told as dropped by a later
//! one, or is still here.

mod hot;

pub use hot::{HotKey, HotStatus};

use super::frame::{Frame, Gauge, Losses, Measured, Worked};
use super::message::Batch;
use super::slots::{Length, Slot};
use crate::time::Timestamp;
use hot::HotHits;
use std::collections::BTreeMap;
use std::time::Duration;

/// Who measures.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Random, drawn once.
    pub isolate: String,
    /// The site's hash.
    pub release: String,
    /// The data centre's code, of hits in memory.
    pub colo: String,
    /// The names of the routes, by which [`HotKey::route`] counts.
    pub routes: Vec<String>,
}

/// When a buffer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// So long after the first that came in, and earlier when there are many.
    After(Duration),
    /// When somebody asks for it, or the buffer is full.
    Held,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a timer that nobody starts is waited for by all others"]
pub enum Due {
    Nothing,
    /// Ask again after this time.
    Start(Duration),
    /// Take the batches and send them.
    Flush,
}

/// So many outcomes are told before their time. Hits in memory are not among them: however many there are,
/// they are a few counters, and a busy isolate would send them each second.
const MANY: u64 = 1000;

/// But not more often than this.
const GAP: Duration = Duration::from_secs(1);

/// Timers may fire a little early.
const SLACK: Duration = Duration::from_millis(250);

/// Slots that are held. With more, the oldest is given up.
const SLOTS_MAX: usize = 12;

/// What could not be sent is sent once more, not before this.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A batch of which nothing was heard for so long is lost: the request that sent it is gone.
const UNHEARD_MAX: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Buffer {
    identity: Identity,
    pace: Pace,
    frames: BTreeMap<Slot, Frame>,
    hits: HotHits,
    /// Outcomes since the last batch.
    outcomes: u64,
    /// Those of them that were hits in memory.
    outcomes_hot: u64,
    /// When it is time, once somebody was told to ask again.
    timer: Option<Timestamp>,
    taken_at: Option<Timestamp>,
    /// Of the last batch.
    number: u64,
    sent: Vec<Sent>,
    waiting: Option<Waiting>,
    /// What the next batch tells of those that were dropped.
    untold: Losses,
    breakers: Breakers,
}

/// How the breakers of this place were when they were last looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breakers {
    Closed,
    /// One of them at least is not.
    Open,
}

/// A batch that somebody is sending.
#[derive(Clone, Copy, Debug)]
struct Sent {
    number: u64,
    at: Timestamp,
    attempt: Attempt,
    would_lose: Losses,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    First,
    Last,
}

/// A batch that is to be sent once more.
#[derive(Debug)]
struct Waiting {
    batch: Batch,
    not_before: Timestamp,
}

impl Buffer {
    pub fn new(identity: Identity, pace: Pace) -> Self {
        Self {
            identity,
            pace,
            frames: BTreeMap::new(),
            hits: HotHits::default(),
            outcomes: 0,
            outcomes_hot: 0,
            timer: None,
            taken_at: None,
            number: 0,
            sent: Vec::new(),
            waiting: None,
            untold: Losses::default(),
            breakers: Breakers::Closed,
        }
    }

    /// A response that memory had: of verdict `HIT`, after 0 ms.
    pub fn hit(&mut self, now: Timestamp, key: HotKey) {
        let slot = Slot::of(Length::TenSeconds, now);
        self.outcomes = self.outcomes.saturating_add(1);
        self.outcomes_hot = self.outcomes_hot.saturating_add(1);
        if self.hits.count(slot, key).is_err() {
            self.fold();
            // There is room now.
            let _ = self.hits.count(slot, key);
        }
    }

    pub fn response(&mut self, now: Timestamp, measured: &Measured<'_>) {
        self.frame(now).response(measured);
    }

    pub fn statement(&mut self, now: Timestamp, database: &str, query: &str, worked: Worked) {
        self.frame(now).statement(database, query, worked);
    }

    pub fn contact(&mut self, now: Timestamp, origin: &str, worked: Worked) {
        self.frame(now).contact(origin, worked);
    }

    /// There is something to be told until it is closed again, also where nothing else goes on: of a source
    /// that is left in peace there are no other numbers.
    pub fn breaker_opened(&mut self) {
        self.breakers = Breakers::Open;
    }

    /// How everything is, for the batch that is about to be taken. It is no reason for one by itself, and not
    /// kept for the next: an isolate without work that is asked for numbers has nothing to tell, but that a
    /// breaker is open, or has closed.
    pub fn levels(&mut self, now: Timestamp, gauges: Vec<(Gauge, f64)>) {
        let is_open = |(gauge, value): &(Gauge, f64)| gauge.breaker_of().is_some() && *value > 0.0;
        let before = self.breakers;
        self.breakers = if gauges.iter().any(is_open) {
            Breakers::Open
        } else {
            Breakers::Closed
        };
        let is_quiet = before == Breakers::Closed && self.breakers == Breakers::Closed;
        if self.outcomes == 0 && is_quiet {
            return;
        }
        let frame = self.frame_of(Slot::of(Length::TenSeconds, now));
        for (gauge, value) in gauges {
            frame.gauge(gauge, value);
        }
    }

    /// Asked after each outcome, and by whoever was told to ask again.
    pub fn due(&mut self, now: Timestamp) -> Due {
        self.give_up_unheard(now);
        if self.outcomes == 0 && self.waiting.is_none() && self.breakers == Breakers::Closed {
            return Due::Nothing;
        }
        if self.frames.len() >= SLOTS_MAX {
            return Due::Flush;
        }
        let Pace::After(after) = self.pace else {
            return Due::Nothing;
        };
        let rested = self.taken_at.is_none_or(|at| now.since(at) >= GAP);
        if self.outcomes - self.outcomes_hot >= MANY && rested {
            return Due::Flush;
        }
        match self.timer {
            Some(until) if now.plus(SLACK) >= until => Due::Flush,
            Some(_) => Due::Nothing,
            None => {
                self.timer = Some(now.plus(after));
                Due::Start(after)
            }
        }
    }

    /// What is to be sent; asked until there is nothing more. Of each batch, [`Self::arrived`] or
    /// [`Self::failed`] is to be told.
    pub fn take(&mut self, now: Timestamp) -> Option<Batch> {
        self.give_up_unheard(now);
        self.timer = None;
        if let Some(waiting) = self.waiting.take_if(|waiting| now >= waiting.not_before) {
            self.note_sent(&waiting.batch, Attempt::Last, now);
            return Some(waiting.batch);
        }
        self.fold();
        (self.outcomes, self.outcomes_hot) = (0, 0);
        let (_, newest) = self.frames.iter_mut().next_back()?;
        newest.losses.add(std::mem::take(&mut self.untold));
        self.taken_at = Some(now);
        self.number += 1;
        let batch = Batch {
            isolate: self.identity.isolate.clone(),
            number: self.number,
            release: self.identity.release.clone(),
            frames: std::mem::take(&mut self.frames).into_iter().collect(),
        };
        self.note_sent(&batch, Attempt::First, now);
        Some(batch)
    }

    /// The object has taken it.
    pub fn arrived(&mut self, number: u64) {
        self.sent.retain(|sent| sent.number != number);
    }

    /// It could not be sent. It is kept for one more attempt, unless this was that.
    pub fn failed(&mut self, batch: Batch, now: Timestamp) {
        let Some(at) = self
            .sent
            .iter()
            .position(|sent| sent.number == batch.number)
        else {
            // It was given up, and counted so.
            return;
        };
        let sent = self.sent.swap_remove(at);
        if sent.attempt == Attempt::Last {
            self.untold.add(sent.would_lose);
            return;
        }
        let not_before = now.plus(RETRY_AFTER);
        if let Some(older) = self.waiting.replace(Waiting { batch, not_before }) {
            self.untold.add(lost_with(&older.batch));
        }
    }

    fn frame(&mut self, now: Timestamp) -> &mut Frame {
        self.outcomes = self.outcomes.saturating_add(1);
        self.frame_of(Slot::of(Length::TenSeconds, now))
    }

    fn frame_of(&mut self, slot: Slot) -> &mut Frame {
        if self.frames.len() >= SLOTS_MAX && !self.frames.contains_key(&slot) {
            self.give_up_oldest();
        }
        self.frames.entry(slot).or_default()
    }

    /// Nobody has taken batches for a long time.
    fn give_up_oldest(&mut self) {
        if let Some((_, frame)) = self.frames.pop_first() {
            self.untold.add(lost(&[&frame]));
        }
    }

    /// Puts the hits in memory into their slot.
    fn fold(&mut self) {
        let Some((slot, counts)) = self.hits.take() else {
            return;
        };
        for (key, count) in &counts {
            let route = self.identity.routes.get(usize::from(key.route)).cloned();
            let colo = self.identity.colo.clone();
            let measured = key.measured(route.as_deref(), &colo);
            self.frame_of(slot).responses_alike(&measured, *count);
        }
        self.hits.recycle(counts);
    }

    fn note_sent(&mut self, batch: &Batch, attempt: Attempt, at: Timestamp) {
        self.sent.push(Sent {
            number: batch.number,
            at,
            attempt,
            would_lose: lost_with(batch),
        });
    }

    fn give_up_unheard(&mut self, now: Timestamp) {
        let unheard = |sent: &Sent| now.since(sent.at) > UNHEARD_MAX;
        for sent in self.sent.iter().filter(|sent| unheard(sent)) {
            self.untold.add(sent.would_lose);
        }
        self.sent.retain(|sent| !unheard(sent));
    }
}

/// What is lost with a batch: its responses, and what it would have told of earlier losses.
fn lost_with(batch: &Batch) -> Losses {
    let frames: Vec<&Frame> = batch.frames.iter().map(|(_, frame)| frame).collect();
    lost(&frames)
}

fn lost(frames: &[&Frame]) -> Losses {
    let mut losses = Losses {
        dropped: 1,
        ..Losses::default()
    };
    for frame in frames {
        losses.add(Losses {
            // The responses that were crowded are among those that are lost.
            crowded: 0,
            ..frame.losses
        });
        losses.responses_dropped = losses.responses_dropped.saturating_add(frame.responses());
    }
    losses
}

#[cfg(test)]
mod tests;
