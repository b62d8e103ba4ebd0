//! The idle connections of one pool: which is used next, which are closed and why, how many are
//! opened ahead. How many may be open in all is the semaphore's business, beside the sockets.
//!
//! Dead connections are found in two ways. What may be repeated is sent on whatever is idle, and
//! again on a new connection if that one turns out dead: a check before each use would cost a round
//! trip every time. What may not be repeated could be lost that way, so a connection that has been
//! idle for a while is checked before it; and so is one that `min` has kept past its idle time, on
//! which even a read might wait for nothing.

use super::query::Repeat;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// So many are opened ahead, and kept however long they are idle.
    pub min: u16,
    pub max: u16,
    /// One that is idle for longer is closed, as long as `min` are left.
    pub idle: Duration,
    /// An older one is closed rather than used again.
    pub lifetime: Duration,
    /// One that was used so often is closed.
    pub uses: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            min: 0,
            max: 5,
            idle: Duration::from_secs(60),
            lifetime: Duration::from_secs(1800),
            uses: 10_000,
        }
    }
}

/// Idle for longer than this, it is checked before what cannot be repeated is sent on it.
const CHECK_AFTER: Duration = Duration::from_secs(5);

/// What is known of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    pub opened: Timestamp,
    /// When it was last given back.
    pub used: Timestamp,
    pub uses: u32,
}

impl Record {
    pub fn new(now: Timestamp) -> Self {
        Self {
            opened: now,
            used: now,
            uses: 0,
        }
    }
}

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// The other side has ended it.
    Dead,
    Idle,
    Lifetime,
    Uses,
}

/// Whether an idle connection must answer before it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    First,
    Unneeded,
}

/// The idle ones, the one used last at the end.
#[derive(Debug)]
pub struct Shelf<C> {
    settings: Settings,
    idle: Vec<(C, Record)>,
}

/// What [`Shelf::take`] found.
#[derive(Debug)]
pub struct Taken<C> {
    /// To be used; `None`: a new one is to be opened.
    pub reuse: Option<(C, Record, Check)>,
    /// To be closed, which dropping them does.
    pub close: Vec<(C, Close)>,
}

impl<C> Shelf<C> {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            idle: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.idle.len()
    }

    pub fn is_empty(&self) -> bool {
        self.idle.is_empty()
    }

    /// The connection used last, so that the others may grow old and be closed. `open`: how many
    /// there are besides the idle ones. `is_dead`: whether the other side is known to have gone.
    pub fn take(
        &mut self,
        repeat: Repeat,
        open: usize,
        is_dead: impl Fn(&C) -> bool,
        now: Timestamp,
    ) -> Taken<C> {
        let close = self.sweep(open, is_dead, now);
        let reuse = self.idle.pop().map(|(connection, record)| {
            let check = self.check(&record, repeat, now);
            (connection, record, check)
        });
        Taken { reuse, close }
    }

    /// Takes out what is to be closed.
    pub fn sweep(
        &mut self,
        open: usize,
        is_dead: impl Fn(&C) -> bool,
        now: Timestamp,
    ) -> Vec<(C, Close)> {
        let mut close = Vec::new();
        let mut kept = Vec::new();
        for (connection, record) in self.idle.drain(..) {
            let why = if is_dead(&connection) {
                Some(Close::Dead)
            } else {
                worn(&self.settings, &record, now)
            };
            match why {
                Some(why) => close.push((connection, why)),
                None => kept.push((connection, record)),
            }
        }
        // The longest idle are first.
        let spare = (open + kept.len()).saturating_sub(usize::from(self.settings.min));
        let idle = &self.settings.idle;
        let old = kept
            .iter()
            .take(spare)
            .take_while(|(_, record)| now.since(record.used) >= *idle)
            .count();
        let rest = kept.split_off(old);
        close.extend(
            kept.into_iter()
                .map(|(connection, _)| (connection, Close::Idle)),
        );
        self.idle = rest;
        close
    }

    /// After a use.
    ///
    /// # Errors
    /// The connection, when it is not to be used again.
    pub fn put(
        &mut self,
        connection: C,
        mut record: Record,
        now: Timestamp,
    ) -> Result<(), (C, Close)> {
        record.uses = record.uses.saturating_add(1);
        record.used = now;
        match worn(&self.settings, &record, now) {
            Some(why) => Err((connection, why)),
            None => {
                self.idle.push((connection, record));
                Ok(())
            }
        }
    }

    /// One that was opened ahead.
    pub fn add(&mut self, connection: C, now: Timestamp) {
        // Before those in use: it is the first to be closed when there are too many.
        self.idle.insert(0, (connection, Record::new(now)));
    }

    /// One of them was dead; the others are no younger.
    pub fn clear(&mut self) -> Vec<C> {
        let all = self.idle.drain(..);
        all.map(|(connection, _)| connection).collect()
    }

    /// How many to open ahead, when so many are open besides the idle ones.
    pub fn wanting(&self, open: usize) -> usize {
        usize::from(self.settings.min.min(self.settings.max)).saturating_sub(open + self.idle.len())
    }

    /// When the next one may have to be closed; `None`: none has to, if nothing happens.
    pub fn next_sweep(&self, open: usize, now: Timestamp) -> Option<Duration> {
        if open + self.idle.len() <= usize::from(self.settings.min) {
            return None;
        }
        let first = self.idle.iter().map(|(_, record)| record.used).min()?;
        let end = first.plus(self.settings.idle);
        // Never at once again: a timer may be early by a little.
        Some(end.since(now).max(Duration::from_millis(100)))
    }

    fn check(&self, record: &Record, repeat: Repeat, now: Timestamp) -> Check {
        let idle = now.since(record.used);
        let limit = match repeat {
            Repeat::Allowed => self.settings.idle,
            Repeat::Never => CHECK_AFTER.min(self.settings.idle),
        };
        if idle >= limit {
            Check::First
        } else {
            Check::Unneeded
        }
    }
}

/// Why a connection is past its use, however many there are.
fn worn(settings: &Settings, record: &Record, now: Timestamp) -> Option<Close> {
    if now.since(record.opened) >= settings.lifetime {
        Some(Close::Lifetime)
    } else if record.uses >= settings.uses {
        Some(Close::Uses)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
