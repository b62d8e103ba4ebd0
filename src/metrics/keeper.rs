//! What a metrics object does with its storage: takes batches in once, makes coarse slots of fine ones,
//! reads them, and forgets what is past its retention. The storage is a trait: SQLite in the object, a map
//! in the tests.
//!
//! INVARIANT: a coarse slot is always made of *all* the finer ones within it, and none of those goes before
//! no change can reach them any more: so it does not matter how often, when and in which order roll-ups
//! run. What a call writes, the storage must keep as a whole or not at all.

use super::frame::thin::Charted;
use super::frame::{Frame, Losses, Names};
use super::message::{Batch, Frames, Question};
use super::slots::{Length, Slot, step_s};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Where a keeper keeps things.
pub trait SlotStore {
    type Error;

    fn frame(&self, slot: Slot) -> Result<Option<Frame>, Self::Error>;
    fn put(&mut self, slot: Slot, frame: &Frame) -> Result<(), Self::Error>;
    fn remove(&mut self, slot: Slot) -> Result<(), Self::Error>;

    /// The slots of a length that are there and begin within `[from_s, to_s)`, oldest first, at most so
    /// many.
    fn slots(
        &self,
        length: Length,
        from_s: u64,
        to_s: u64,
        max: usize,
    ) -> Result<Vec<Slot>, Self::Error>;

    /// The sum of all that was ever taken, as counters are made of it ([`Frame::counted`]).
    fn running(&self) -> Result<Option<Frame>, Self::Error>;
    fn put_running(&mut self, frame: &Frame) -> Result<(), Self::Error>;

    fn seen(&self, isolate: &str) -> Result<Option<Seen>, Self::Error>;
    fn put_seen(&mut self, isolate: &str, seen: Seen) -> Result<(), Self::Error>;

    /// Forgets the isolates that told nothing since then; how many.
    fn forget_seen(&mut self, before: Timestamp) -> Result<u64, Self::Error>;

    /// Marks a slot as to be made again. Twice is once.
    fn mark(&mut self, slot: Slot) -> Result<(), Self::Error>;
    fn unmark(&mut self, slot: Slot) -> Result<(), Self::Error>;

    /// The marked slots of a length, oldest first, at most so many.
    fn marked(&self, length: Length, max: usize) -> Result<Vec<Slot>, Self::Error>;

    /// Whether any slot of any length that begins within `[from_s, to_s)` is marked.
    fn is_marked_within(&self, from_s: u64, to_s: u64) -> Result<bool, Self::Error>;
}

/// Which batches of an isolate were taken: the last one, and which of the 64 before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub last: u64,
    /// Bit 0 is the one before `last`. An isolate tries again within a few, so older ones were taken.
    pub before: u64,
    pub at: Timestamp,
}

impl Seen {
    fn first(number: u64, now: Timestamp) -> Self {
        Self {
            last: number,
            before: 0,
            at: now,
        }
    }

    fn has(self, number: u64) -> bool {
        if number >= self.last {
            return number == self.last;
        }
        match u32::try_from(self.last - number - 1) {
            Ok(place @ 0..=63) => self.before >> place & 1 == 1,
            Ok(_) | Err(_) => true,
        }
    }

    #[must_use]
    fn and(self, number: u64, now: Timestamp) -> Self {
        let shifted = |bits: u64, by: u64| {
            let by = u32::try_from(by).unwrap_or(u32::MAX);
            bits.checked_shl(by).unwrap_or(0)
        };
        if number > self.last {
            let by = number - self.last;
            return Self {
                last: number,
                before: shifted(self.before, by) | shifted(1, by - 1),
                at: now,
            };
        }
        let place = self.last.saturating_sub(number).saturating_sub(1);
        Self {
            before: self.before | shifted(1, place),
            at: now,
            ..self
        }
    }
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Now,
    /// Nothing was measured in it: but for how often was told, all is as it was.
    Empty,
    /// It had been taken already: nothing has changed.
    Before,
}

/// What is measured is told after 10 s, and tried again soon after. Later than this is late.
const LATE_S: u64 = 60;

/// An isolate that has told nothing for so long is gone.
const ISOLATES_KEPT: Duration = Duration::from_secs(86_400);

/// One call does so much at most, of each length; what is left stays marked for the next.
const AT_ONCE: usize = 1000;

/// More slots than any length keeps.
const ALL: usize = usize::MAX;

/// The lengths that are made of finer ones, finest first.
const ROLLED_UP: [Length; 3] = [Length::FiveMinutes, Length::Hour, Length::Day];

#[derive(Debug)]
pub struct Keeper<S> {
    pub store: S,
}

impl<S: SlotStore> Keeper<S> {
    pub fn new(store: S) -> Self {
        Self { store }
    }

    /// Takes a batch in, unless that was done.
    ///
    /// # Errors
    /// As the storage's.
    pub fn take(&mut self, batch: &Batch, now: Timestamp) -> Result<Taken, S::Error> {
        let seen = self.store.seen(&batch.isolate)?;
        if seen.is_some_and(|seen| seen.has(batch.number)) {
            return Ok(Taken::Before);
        }
        let seen = seen.map_or(Seen::first(batch.number, now), |seen| {
            seen.and(batch.number, now)
        });
        let mut running = self.running()?;
        for (slot, frame) in sorted(batch, now) {
            running.merge(&frame.counted());
            let mut sum = self.store.frame(slot)?.unwrap_or_default();
            sum.merge(&frame);
            self.store.put(slot, &sum)?;
            self.mark_parent(slot)?;
        }
        self.store.put_running(&running)?;
        self.store.put_seen(&batch.isolate, seen)?;
        let is_empty = batch.frames.iter().all(|(_, frame)| frame.is_empty());
        Ok(if is_empty { Taken::Empty } else { Taken::Now })
    }

    /// The sum of all that was ever taken.
    ///
    /// # Errors
    /// As the storage's.
    pub fn running(&self) -> Result<Frame, S::Error> {
        Ok(self.store.running()?.unwrap_or_default())
    }

    /// What was measured in a span. Coarse slots are made again first, so that they tell what is known by
    /// now and not what was known when the last roll-up ran.
    ///
    /// # Errors
    /// As the storage's.
    pub fn read(&mut self, question: &Question) -> Result<Frames, S::Error> {
        if question.length != Length::TenSeconds {
            self.roll_up()?;
        }
        let from_s = question.from.as_millis() / 1000;
        let to_s = question.to.as_millis().div_ceil(1000);
        let step_s = step_s(question.length, question.slots_per_point);
        let mut whole = Frame::default();
        let mut points: BTreeMap<u64, Frame> = BTreeMap::new();
        let mut charted = Charted::default();
        for slot in self.store.slots(question.length, from_s, to_s, ALL)? {
            let Some(frame) = self.store.frame(slot)? else {
                continue;
            };
            let frame = match &question.route {
                Some(scope) => frame.of_route(scope),
                None => frame.with_places_of_all_routes(),
            };
            whole.merge(&frame);
            let at = slot.start_s - (slot.start_s - from_s) % step_s;
            let point = points.entry(at).or_default();
            point.merge(&charted.thin(frame.for_a_point()));
            *point = charted.thin(std::mem::take(point));
        }
        Ok(Frames {
            whole,
            points: points.into_iter().collect(),
        })
    }

    /// Makes again what finer slots have changed, the finest first; how many were written.
    ///
    /// # Errors
    /// As the storage's.
    pub fn roll_up(&mut self) -> Result<u64, S::Error> {
        let mut written = 0;
        for length in ROLLED_UP {
            for slot in self.store.marked(length, AT_ONCE)? {
                self.make(slot)?;
                written += 1;
            }
        }
        Ok(written)
    }

    /// Forgets what is past its retention and has been rolled up; how many rows. Of what was ever taken, it
    /// forgets what is no longer of the site, of which these are the names; without them nothing.
    ///
    /// # Errors
    /// As the storage's.
    pub fn clean_up(&mut self, now: Timestamp, site: Option<&Names>) -> Result<u64, S::Error> {
        self.roll_up()?;
        if let Some(site) = site {
            self.forget_names(site, now)?;
        }
        let mut removed = 0;
        for length in Length::ALL {
            let past_s = now.before(length.retention()).as_millis() / 1000;
            for slot in self.store.slots(length, 0, past_s, AT_ONCE)? {
                if self.is_done_with(slot, past_s)? {
                    self.store.remove(slot)?;
                    removed += 1;
                }
            }
        }
        Ok(removed + self.store.forget_seen(now.before(ISOLATES_KEPT))?)
    }

    /// Routes that were renamed would take the room of those that come. While a deployment goes on, releases
    /// with other names answer side by side: so what was heard of today or yesterday stays.
    fn forget_names(&mut self, site: &Names, now: Timestamp) -> Result<(), S::Error> {
        let mut names = site.clone();
        for at in [now, now.before(Duration::from_secs(Length::Day.seconds()))] {
            if let Some(day) = self.store.frame(Slot::of(Length::Day, at))? {
                names.add(day.names());
            }
        }
        let mut running = self.running()?;
        running.keep_only(&names);
        self.store.put_running(&running)
    }

    fn make(&mut self, slot: Slot) -> Result<(), S::Error> {
        if let Some(finer) = slot.length.finer() {
            let mut whole: Option<Frame> = None;
            // One after the other: all of them together may be too much for an object's memory.
            for part in self.store.slots(finer, slot.start_s, slot.end_s(), ALL)? {
                if let Some(frame) = self.store.frame(part)? {
                    whole.get_or_insert_default().merge(&frame);
                }
            }
            // Without any, there is nothing to make it of again, and what it holds is all that is known.
            if let Some(whole) = whole {
                self.store.put(slot, &whole)?;
            }
        }
        self.mark_parent(slot)?;
        self.store.unmark(slot)
    }

    fn mark_parent(&mut self, slot: Slot) -> Result<(), S::Error> {
        match slot.parent() {
            Some(parent) => self.store.mark(parent),
            None => Ok(()),
        }
    }

    /// Slots go by whole families, a family's length later: whatever a roll-up needs beside them is there
    /// or no longer needed.
    fn is_done_with(&self, slot: Slot, past_s: u64) -> Result<bool, S::Error> {
        let Some(parent) = slot.parent() else {
            return Ok(slot.end_s() <= past_s);
        };
        let past = parent.end_s() + parent.length.seconds() <= past_s;
        Ok(past
            && !self
                .store
                .is_marked_within(parent.start_s, parent.end_s())?)
    }
}

/// What a batch adds to which slot of ten seconds. What was measured longer ago than those are kept can no
/// longer be taken, and is told as lost; what is of the future (clocks differ) is of now.
fn sorted(batch: &Batch, now: Timestamp) -> BTreeMap<Slot, Frame> {
    let now_s = now.as_millis() / 1000;
    let kept_s = Length::TenSeconds.retention().as_secs();
    let mut slots: BTreeMap<Slot, Frame> = BTreeMap::new();
    let mut losses = Losses {
        flushes: 1,
        ..Losses::default()
    };
    for (slot, frame) in &batch.frames {
        let slot = Slot::holding(Length::TenSeconds, slot.start_s.min(now_s));
        if slot.start_s.saturating_add(kept_s) <= now_s {
            losses.dropped = 1;
            losses.responses_dropped = losses.responses_dropped.saturating_add(frame.responses());
            slots
                .entry(Slot::of(Length::TenSeconds, now))
                .or_default()
                .losses
                .add(frame.losses);
            continue;
        }
        if slot.end_s().saturating_add(LATE_S) < now_s {
            losses.late = 1;
        }
        slots.entry(slot).or_default().merge(frame);
    }
    let present = Slot::of(Length::TenSeconds, now);
    slots.entry(present).or_default().losses.add(losses);
    slots
}

#[cfg(test)]
mod tests;
