//! The date fields of a response (RFC 9110 §6.6.1 and §8.8.2, RFC 9111 §5.3), as a cache reckons with
//! them.

use super::fields::Fields;
use super::http_date;
use crate::time::Timestamp;

/// `Date`, or the time of receipt when it is absent, invalid or contradicts itself (RFC 9110 §6.6.1).
pub fn date(response: &Fields, received: Timestamp) -> Timestamp {
    valid_date(response, received).unwrap_or(received)
}

/// `Date` when the response has a valid one. Without, the time of receipt is to be recorded in its place.
pub fn valid_date(response: &Fields, received: Timestamp) -> Option<Timestamp> {
    http_date::parse(response.sole("Date")?, received)
}

/// `Last-Modified`; `None` as well when it is invalid or contradicts itself.
pub fn last_modified(response: &Fields, received: Timestamp) -> Option<Timestamp> {
    http_date::parse(response.sole("Last-Modified")?, received)
}

/// What `Expires` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expires {
    Absent,
    At(Timestamp),
    /// RFC 9111 §5.3: an invalid date, "0" above all, is a time in the past. §4.2.1: so are two that
    /// differ.
    Passed,
}

pub fn expires(response: &Fields, received: Timestamp) -> Expires {
    if !response.contains("Expires") {
        return Expires::Absent;
    }
    let date = response
        .sole("Expires")
        .and_then(|text| http_date::parse(text, received));
    date.map_or(Expires::Passed, Expires::At)
}

#[cfg(test)]
mod tests;
