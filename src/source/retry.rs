//! Whether a call that broke is tried again, and after which pause: exponential backoff with full
//! jitter, within a budget, and only what is safe to repeat.
//!
//! The budget is a bucket of tokens: each request earns a part of one, each retry takes a whole one.
//! So retries are at most that part of the requests, however many of them fail: a source that is
//! down is not asked twice as often as one that is up.

use super::query::Repeat;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How often a request is tried in all; 1: never again.
    pub attempts: u16,
    /// The longest first pause; each further one is twice as long.
    pub backoff: Duration,
    /// Of a retry, what each request earns, in thousandths.
    pub budget_permille: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            attempts: 2,
            backoff: Duration::from_millis(50),
            budget_permille: 100,
        }
    }
}

/// No pause is longer: somebody waits.
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// The bucket holds so many retries, and begins full: the first request after a quiet time may be the
/// one that needs it.
const TOKENS_MAX: u32 = 10;

/// How a call broke. A query's own error and a time limit do not come here: they would come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// No connection came about, so nothing was sent.
    Connecting,
    /// A connection that others had used before ended: it may have been dead for long.
    Reused,
    /// A new connection ended under the query.
    New,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// At once, on a new connection. Costs the source nothing, since the last try did not reach it.
    Fresh,
    After(Duration),
    GiveUp(Why),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It may have run, and running it twice is not as running it once.
    Unsafe,
    Attempts,
    Budget,
}

/// One request's tries.
#[derive(Clone, Debug)]
pub struct Tries {
    repeat: Repeat,
    made: u16,
    freshened: bool,
}

/// The retries of one database, shared by all its requests.
#[derive(Clone, Debug)]
pub struct Retries {
    settings: Settings,
    /// In thousandths.
    tokens: u32,
    made: u64,
    refused: u64,
}

/// What `/debug/shield` shows of the retries of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Retry"))]
pub struct Report {
    /// Whole retries that could be made now.
    pub budget_left: u32,
    pub made: u64,
    /// For want of budget.
    pub refused: u64,
}

impl Retries {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            tokens: TOKENS_MAX * 1000,
            made: 0,
            refused: 0,
        }
    }

    /// A request begins, and earns its part.
    pub fn begin(&mut self, repeat: Repeat) -> Tries {
        let earned = u32::from(self.settings.budget_permille);
        self.tokens = self.tokens.saturating_add(earned).min(TOKENS_MAX * 1000);
        Tries {
            repeat,
            made: 0,
            freshened: false,
        }
    }

    /// The last try broke. `random` is drawn anew for each call.
    pub fn next(&mut self, tries: &mut Tries, broke: Break, random: u32) -> Next {
        let is_safe = match (broke, tries.repeat) {
            (Break::Connecting, _) | (_, Repeat::Allowed) => true,
            (Break::Reused | Break::New, Repeat::Never) => false,
        };
        if !is_safe {
            return Next::GiveUp(Why::Unsafe);
        }
        if broke == Break::Reused && !tries.freshened {
            tries.freshened = true;
            return Next::Fresh;
        }
        tries.made = tries.made.saturating_add(1);
        if tries.made >= self.settings.attempts {
            return Next::GiveUp(Why::Attempts);
        }
        match self.tokens.checked_sub(1000) {
            None => {
                self.refused += 1;
                Next::GiveUp(Why::Budget)
            }
            Some(left) => {
                self.tokens = left;
                self.made += 1;
                Next::After(self.pause(tries.made, random))
            }
        }
    }

    pub fn report(&self) -> Report {
        Report {
            budget_left: self.tokens / 1000,
            made: self.made,
            refused: self.refused,
        }
    }

    /// Anywhere between nothing and the bound ("full jitter"), so that those who failed together do
    /// not come back together.
    fn pause(&self, retry: u16, random: u32) -> Duration {
        let doublings = u32::from(retry.saturating_sub(1)).min(16);
        let bound = self.settings.backoff.saturating_mul(1 << doublings);
        bound
            .min(BACKOFF_MAX)
            .mul_f64(f64::from(random) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests;
