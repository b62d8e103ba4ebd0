//! A circuit breaker: after enough failures in a while, a source is left in peace, and asked again by
//! a few probes before everyone may ask.
//!
//! Closed: everyone may ask; what came of it is counted in a sliding window. Open: nobody may, until
//! the open time is over. Half-open: as many as there are probes may; when all have succeeded it
//! closes, when one fails it opens again. Whoever may ask holds a [`Ticket`] and settles it.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

mod window;

use window::Window;

/// When to open, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// So many failures and slow calls within the window open it.
    pub failures: u16,
    pub window: Duration,
    /// How long it stays open before a probe may ask.
    pub open: Duration,
    /// A call that takes longer counts as a failure; `None`: however long it takes.
    pub slow: Option<Duration>,
    /// How many calls must succeed, half-open, before it closes; so many may be under way.
    pub probes: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            failures: 5,
            window: Duration::from_secs(30),
            open: Duration::from_secs(10),
            slow: None,
            probes: 1,
        }
    }
}

/// Of a busy source's calls one in so many must have failed: five in thousands are the fault of five
/// queries.
const CALLS_FOR_A_FAILURE_MAX: u32 = 10;

/// What a refused caller is told to wait when a probe is under way, which may take any time.
const PROBING: Duration = Duration::from_secs(1);

/// Leave to ask once. It belongs to the state that gave it: settled after a change of state, it
/// counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    epoch: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    Pass(Ticket),
    /// Do not ask; after this time it may be of use.
    Refuse(Duration),
}

/// What came of a call, as far as the source is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It answered after this time, if only to refuse the query.
    Answered(Duration),
    /// It could not be reached, broke off, or did not answer in time.
    Failed,
    /// The caller left after this time, without an answer.
    Left(Duration),
    /// Nothing was learnt: an old connection was dead, or it was never asked.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    Open {
        until: Timestamp,
    },
    HalfOpen {
        under_way: u16,
        succeeded: u16,
        /// When the last probe began: one of which nothing is ever heard must not hold the door.
        asked: Timestamp,
    },
}

#[derive(Clone, Debug)]
pub struct Breaker {
    settings: Settings,
    state: State,
    window: Window,
    /// Counts changes of state.
    epoch: u64,
    opened: u64,
    refused: u64,
    since: Timestamp,
}

/// How a breaker stands, as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "BreakerPosition"))]
pub enum Position {
    Closed,
    Open,
    /// Probes go through, and nobody else.
    HalfOpen,
}

/// What `/debug/shield` shows of one breaker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Breaker"))]
pub struct Report {
    pub state: Position,
    /// Within the window, slow calls included.
    pub failures: u32,
    pub slow: u32,
    pub calls: u32,
    /// How long it has been in another state than closed.
    pub opened_for_ms: Option<u64>,
    pub retry_after_ms: Option<u64>,
    /// How often it has opened since the object began.
    pub opened: u64,
    pub refused: u64,
}

impl Report {
    /// 1 where it lets nobody through but probes, 0 where it is closed.
    pub fn openness(&self) -> f64 {
        match self.opened_for_ms {
            Some(_) => 1.0,
            None => 0.0,
        }
    }
}

impl Breaker {
    pub fn new(settings: Settings, now: Timestamp) -> Self {
        Self {
            window: Window::new(settings.window, now),
            settings,
            state: State::Closed,
            epoch: 0,
            opened: 0,
            refused: 0,
            since: now,
        }
    }

    /// Whether a call would be refused now, for whoever has to queue before it can ask. Takes no
    /// probe's place.
    ///
    /// # Errors
    /// How long to wait.
    pub fn peek(&mut self, now: Timestamp) -> Result<(), Duration> {
        let wait = match self.state {
            State::Closed => None,
            State::Open { until } => Some(until.since(now)).filter(|left| !left.is_zero()),
            State::HalfOpen { .. } => (!self.has_room(now)).then_some(PROBING),
        };
        match wait {
            None => Ok(()),
            Some(wait) => {
                self.refused += 1;
                Err(wait)
            }
        }
    }

    /// Asks for leave to ask. Every ticket must be settled.
    pub fn admit(&mut self, now: Timestamp) -> Admission {
        if let Err(wait) = self.peek(now) {
            return Admission::Refuse(wait);
        }
        match &mut self.state {
            State::Closed => {}
            State::Open { .. } => {
                // `opened_for` goes on: it is not closed yet.
                self.epoch += 1;
                self.state = State::HalfOpen {
                    under_way: 1,
                    succeeded: 0,
                    asked: now,
                };
            }
            State::HalfOpen {
                under_way, asked, ..
            } => {
                if now.since(*asked) >= self.settings.open {
                    *under_way = 0;
                    self.epoch += 1;
                }
                *under_way = under_way.saturating_add(1);
                *asked = now;
            }
        }
        Admission::Pass(Ticket { epoch: self.epoch })
    }

    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    pub fn settle(&mut self, ticket: Ticket, verdict: Verdict, now: Timestamp) {
        if ticket.epoch != self.epoch {
            return;
        }
        let good = match verdict {
            Verdict::Answered(took) => !self.is_slow(took),
            Verdict::Failed => false,
            // That it took so long is all that is known, and enough.
            Verdict::Left(took) if self.is_slow(took) => false,
            Verdict::Left(_) | Verdict::Unknown => {
                if let State::HalfOpen { under_way, .. } = &mut self.state {
                    *under_way = under_way.saturating_sub(1);
                }
                return;
            }
        };
        match &mut self.state {
            State::Closed => {
                self.window.note(outcome(good, verdict), now);
                if !good && self.has_failed_enough(now) {
                    self.since = now;
                    self.open(now);
                }
            }
            State::HalfOpen {
                under_way,
                succeeded,
                ..
            } if good => {
                *under_way = under_way.saturating_sub(1);
                *succeeded = succeeded.saturating_add(1);
                if *succeeded >= self.settings.probes {
                    self.close(now);
                }
            }
            State::HalfOpen { .. } => self.open(now),
            // No ticket is of this epoch.
            State::Open { .. } => {}
        }
    }

    pub fn report(&mut self, now: Timestamp) -> Report {
        let counts = self.window.counts(now);
        let wait = match self.state {
            State::Closed => None,
            State::Open { until } => Some(until.since(now)),
            State::HalfOpen { .. } => Some(PROBING),
        };
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Report {
            state: match self.state {
                State::Closed => Position::Closed,
                State::Open { .. } => Position::Open,
                State::HalfOpen { .. } => Position::HalfOpen,
            },
            failures: counts.failed.saturating_add(counts.slow),
            slow: counts.slow,
            calls: counts.calls(),
            opened_for_ms: wait.map(|_| millis(now.since(self.since))),
            retry_after_ms: wait.map(millis),
            opened: self.opened,
            refused: self.refused,
        }
    }

    fn has_room(&self, now: Timestamp) -> bool {
        match self.state {
            State::HalfOpen {
                under_way,
                succeeded,
                asked,
            } => {
                under_way.saturating_add(succeeded) < self.settings.probes
                    || now.since(asked) >= self.settings.open
            }
            State::Closed | State::Open { .. } => false,
        }
    }

    fn is_slow(&self, took: Duration) -> bool {
        self.settings.slow.is_some_and(|slow| took > slow)
    }

    fn has_failed_enough(&mut self, now: Timestamp) -> bool {
        let counts = self.window.counts(now);
        let failed = counts.failed.saturating_add(counts.slow);
        failed >= u32::from(self.settings.failures)
            && counts.calls() <= failed.saturating_mul(CALLS_FOR_A_FAILURE_MAX)
    }

    fn open(&mut self, now: Timestamp) {
        self.epoch += 1;
        self.opened += 1;
        self.state = State::Open {
            until: now.plus(self.settings.open),
        };
    }

    fn close(&mut self, now: Timestamp) {
        self.epoch += 1;
        self.state = State::Closed;
        self.window = Window::new(self.settings.window, now);
    }
}

fn outcome(good: bool, verdict: Verdict) -> window::Outcome {
    match (good, verdict) {
        (true, _) => window::Outcome::Good,
        (false, Verdict::Answered(_) | Verdict::Left(_)) => window::Outcome::Slow,
        (false, Verdict::Failed | Verdict::Unknown) => window::Outcome::Failed,
    }
}

#[cfg(test)]
mod tests;
