//! How old a response is (RFC 9111 §4.2.3 and §5.1).

use super::dates;
use super::delta_seconds::DeltaSeconds;
use super::fields::Fields;
use crate::time::Timestamp;
use std::time::Duration;

/// When a response was asked for and when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// `request_time`
    pub requested: Timestamp,
    /// `response_time`
    pub received: Timestamp,
}

/// `age_value`. §5.1: of several members the first counts, and a field whose first member is no number
/// is ignored.
pub fn age_value(response: &Fields) -> DeltaSeconds {
    let first = response.members("Age").next();
    first
        .and_then(DeltaSeconds::parse)
        .unwrap_or(DeltaSeconds::ZERO)
}

/// `corrected_initial_age`, by the more careful of the two formulas: the older of what the clocks and
/// what the caches on the way say.
pub fn corrected_initial_age(response: &Fields, exchange: Exchange) -> Duration {
    let response_delay = exchange.received.since(exchange.requested);
    let corrected = age_value(response)
        .duration()
        .saturating_add(response_delay);
    apparent_age(response, exchange.received).max(corrected)
}

/// `apparent_age`, in whole seconds: `Date` has no finer ones, and an origin whose clock is right must
/// not look older for that.
fn apparent_age(response: &Fields, received: Timestamp) -> Duration {
    let date = dates::date(response, received);
    let received_s = received.as_millis() / 1000;
    Duration::from_secs(received_s.saturating_sub(date.as_millis() / 1000))
}

/// `current_age`: the initial one, and the time since receipt or the last validation.
pub fn current_age(initial: Duration, received: Timestamp, now: Timestamp) -> Duration {
    initial.saturating_add(now.since(received))
}

#[cfg(test)]
mod tests;
