//! How fresh a stored response is at a moment: its age (RFC 9111 §4.2.3) against the terms that apply
//! to it now (RFC 9111 §4.2, RFC 5861 §§3–4). Everything is reckoned in whole milliseconds.

use super::stored::Head;
use crate::policy::{Eager, Terms};
use crate::purge::relief::Relief;
use crate::time::Timestamp;
use std::time::Duration;

/// What a stored response may be used for. The order is that of time: a response only moves right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// May be served.
    Fresh,
    /// May be served as fresh, while somebody fetches a new one ahead of its end.
    Aging,
    /// May be served at once, while somebody fetches a new one.
    StaleWhileRevalidate,
    /// May be served only if the source fails.
    StaleIfError,
    /// May not be served.
    Dead,
}

impl Freshness {
    /// Whether it may be served without further ado: what is aging is still fresh.
    pub fn is_fresh(self) -> bool {
        match self {
            Self::Fresh | Self::Aging => true,
            Self::StaleWhileRevalidate | Self::StaleIfError | Self::Dead => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// RFC 9111 §4.2.3 `current_age`, in whole seconds: the value of `Age`.
    pub age_s: u64,
    /// Whole seconds of freshness left by our own (jittered) reckoning, rounded down: zero in the last
    /// second of freshness and at its very end, negative when stale.
    pub ttl_s: i64,
    pub freshness: Freshness,
}

/// Judges a stored response by `terms`, those of the route now, rather than by `head.terms`.
///
/// `jitter`, from `CacheKey::jitter`, brings the end of freshness forward by up to a tenth, so that
/// keys filled together are not refreshed together. That is done only where it costs nobody a wait: with
/// a stale-while-revalidate window, the time between the early end and the real one belongs to that
/// window, so the response is served and refreshed behind it. Without such a window an early end would
/// make a client wait for an answer that we hold, and that the RFC calls fresh; so then freshness ends
/// where the terms say. Lifetimes under two seconds are left alone: a tenth of them spreads nothing.
///
/// `eager` is the part of the lifetime from which on a fresh response is `Aging`. That costs nobody a wait,
/// so there the jitter always acts: the part is taken of the lifetime that the jitter leaves, with a
/// stale-while-revalidate window and without. So the refresh comes up to a tenth sooner than the part
/// says, never later, and always ahead of the end of freshness, which it does not move.
///
/// Both stale windows count from the real end of freshness, never from the early one, so jitter can
/// only make a refresh start sooner; it neither shortens nor lengthens what may be served.
pub fn judge(
    head: &Head,
    terms: Terms,
    eager: Option<Eager>,
    jitter: u16,
    now: Timestamp,
) -> Standing {
    let age = age_ms(head, now);
    let lifetime = millis(terms.fresh);
    let fresh_until = lifetime - early_by(terms, jitter);
    let aging_from = eager.map_or(fresh_until, |eager| aging_from(terms, eager, jitter));
    let freshness = if age < aging_from.min(fresh_until) {
        Freshness::Fresh
    } else if age < fresh_until {
        Freshness::Aging
    } else if age < lifetime.saturating_add(millis(terms.swr)) {
        Freshness::StaleWhileRevalidate
    } else if age < lifetime.saturating_add(millis(terms.sie)) {
        Freshness::StaleIfError
    } else {
        Freshness::Dead
    };
    Standing {
        age_s: age / 1000,
        ttl_s: seconds_left(fresh_until, age),
        freshness,
    }
}

/// The same while sources suffer: nothing is refreshed ahead, neither for `eager` nor by the jitter, and what
/// may stand in for a source that fails is served at once.
pub fn judge_relieved(
    head: &Head,
    terms: Terms,
    (eager, jitter): (Option<Eager>, u16),
    relief: Option<Relief>,
    now: Timestamp,
) -> Standing {
    match relief {
        None => judge(head, terms, eager, jitter, now),
        Some(relief) => judge(head, terms.relieved(relief), None, 0, now),
    }
}

/// RFC 9111 §4.2.3: `current_age = corrected_initial_age + resident_time`. A response that was created
/// later than `now`, by another machine's clock, has been resident for no time.
fn age_ms(head: &Head, now: Timestamp) -> u64 {
    let initial = u64::from(head.initial_age_s) * 1000;
    initial.saturating_add(millis(now.since(head.created)))
}

/// How much sooner than the terms say freshness ends, in milliseconds: less than a tenth of the
/// lifetime.
fn early_by(terms: Terms, jitter: u16) -> u64 {
    if terms.swr.is_zero() {
        return 0;
    }
    spread(terms, jitter)
}

/// The age, in milliseconds, from which on a response is refreshed ahead.
fn aging_from(terms: Terms, eager: Eager, jitter: u16) -> u64 {
    let spread_out = u128::from(millis(terms.fresh) - spread(terms, jitter));
    let part = spread_out * u128::from(eager.thousandths()) / 1000;
    // Less than the whole, which fits.
    u64::try_from(part).unwrap_or(u64::MAX)
}

fn spread(terms: Terms, jitter: u16) -> u64 {
    if terms.fresh < JITTERED_MIN {
        return 0;
    }
    // Divided first, so that the product fits: a tenth of 2^64 leaves no room for 16 bits more.
    let tenth = u128::from(millis(terms.fresh) / 10);
    u64::try_from((tenth * u128::from(jitter)) >> 16).unwrap_or(0)
}

const JITTERED_MIN: Duration = Duration::from_secs(2);

fn seconds_left(fresh_until: u64, age: u64) -> i64 {
    let left = (i128::from(fresh_until) - i128::from(age)).div_euclid(1000);
    // A thousandth of 2^64 fits; the fallback is never taken.
    i64::try_from(left).unwrap_or(i64::MIN)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
