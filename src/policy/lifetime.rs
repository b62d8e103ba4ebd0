//! The terms that an origin's own fields set: how long its response is fresh (RFC 9111 §4.2.1 and
//! §4.2.2), and how far it may be used after that without a validation (§4.2.4, RFC 5861).

use crate::semantics::cache_control::{Flag, ResponseDirectives, Scope, Seconds};
use crate::semantics::dates::{self, Expires};
use crate::semantics::fields::Fields;
use crate::semantics::status;
use crate::semantics::targeted::{GovernedBy, Governing};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a response says of its own use, at the time it was received or last freshened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginTerms {
    /// `freshness_lifetime`; it counts from the response's birth, not from its receipt.
    pub lifetime: Duration,
    pub basis: Basis,
    pub unvalidated: Unvalidated,
    /// RFC 5861 §3: the window after `lifetime`; zero without one.
    pub stale_while_revalidate: Duration,
    /// RFC 5861 §4: the window after `lifetime`; `None` when the response does not speak of errors.
    pub stale_if_error: Option<Duration>,
    /// RFC 8246: while it is fresh, a reload need not ask whether it has changed.
    pub immutable: bool,
}

impl OriginTerms {
    /// The origin has set no time, and none can be guessed.
    pub fn is_silent(&self) -> bool {
        !self.basis.is_explicit() && self.lifetime.is_zero()
    }
}

/// Where a lifetime comes from, in the order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Basis {
    SMaxage,
    MaxAge,
    Expires,
    /// §4.2.2: a tenth of the time since the last modification.
    Heuristic,
    /// Nothing was said and nothing may be guessed: the lifetime is zero.
    Nothing,
}

impl Basis {
    /// Whether the origin set an explicit expiration time.
    pub fn is_explicit(self) -> bool {
        match self {
            Self::SMaxage | Self::MaxAge | Self::Expires => true,
            Self::Heuristic | Self::Nothing => false,
        }
    }

    /// Stable: logs and explain use it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SMaxage => "s-maxage",
            Self::MaxAge => "max-age",
            Self::Expires => "expires",
            Self::Heuristic => "heuristic",
            Self::Nothing => "nothing",
        }
    }
}

/// How far a stored response may be used without a validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Unvalidated {
    /// `no-cache`.
    Never,
    /// `must-revalidate`, `proxy-revalidate` or `s-maxage`: never stale.
    WhileFresh,
    /// Stale too, where the client, the origin or a failure allows it.
    WhenStaleToo,
}

/// A response as it came.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    pub status: u16,
    pub response: &'a Fields,
    pub governing: &'a Governing,
    pub received: Timestamp,
}

/// `heuristic_max`: the longest lifetime that is guessed.
pub fn terms(arrival: &Arrival<'_>, heuristic_max: Duration) -> OriginTerms {
    let directives = &arrival.governing.directives;
    let (basis, lifetime) = lifetime(arrival, heuristic_max);
    OriginTerms {
        lifetime,
        basis,
        unvalidated: unvalidated(directives),
        // An invalid window permits nothing.
        stale_while_revalidate: directives
            .stale_while_revalidate
            .map_or(Duration::ZERO, Seconds::or_zero),
        stale_if_error: directives.stale_if_error.map(Seconds::or_zero),
        immutable: directives.immutable == Some(Flag::Plain),
    }
}

/// §4.2.1: the first that is present, even if what it says is invalid and so comes to nothing.
fn lifetime(arrival: &Arrival<'_>, heuristic_max: Duration) -> (Basis, Duration) {
    let directives = &arrival.governing.directives;
    if let Some(seconds) = directives.s_maxage {
        return (Basis::SMaxage, seconds.or_zero());
    }
    if let Some(seconds) = directives.max_age {
        return (Basis::MaxAge, seconds.or_zero());
    }
    match expires(arrival) {
        Expires::At(time) => {
            let date = dates::date(arrival.response, arrival.received);
            (Basis::Expires, whole_seconds(time, date))
        }
        Expires::Passed => (Basis::Expires, Duration::ZERO),
        Expires::Absent => heuristic(arrival, heuristic_max),
    }
}

/// RFC 9213 §2.2: under a targeted field, `Expires` is ignored.
fn expires(arrival: &Arrival<'_>) -> Expires {
    match arrival.governing.by {
        GovernedBy::Targeted => Expires::Absent,
        GovernedBy::CacheControl => dates::expires(arrival.response, arrival.received),
    }
}

/// §4.2.2. URIs with a query are no exception: that rule fell with RFC 2616.
fn heuristic(arrival: &Arrival<'_>, max: Duration) -> (Basis, Duration) {
    let allowed = status::is_heuristically_cacheable(arrival.status)
        || arrival.governing.directives.public == Some(Flag::Plain);
    let modified = dates::last_modified(arrival.response, arrival.received);
    match modified.filter(|_| allowed) {
        Some(modified) => {
            let date = dates::date(arrival.response, arrival.received);
            let tenth = whole_seconds(date, modified).as_secs() / 10;
            (Basis::Heuristic, Duration::from_secs(tenth).min(max))
        }
        None => (Basis::Nothing, Duration::ZERO),
    }
}

/// From `earlier` to `later` as dates tell it. The time of receipt stands in for an absent `Date` and has
/// thousandths; a lifetime must not lose a second to them.
fn whole_seconds(later: Timestamp, earlier: Timestamp) -> Duration {
    let seconds = |time: Timestamp| time.as_millis() / 1000;
    Duration::from_secs(seconds(later).saturating_sub(seconds(earlier)))
}

/// §4.2.1: of directives that contradict each other, the most restrictive. So a window for stale answers
/// (RFC 5861) beside `must-revalidate` or `s-maxage` opens nothing: §5.2.2.10 gives `s-maxage` the meaning
/// of `proxy-revalidate`, without exception.
fn unvalidated(directives: &ResponseDirectives) -> Unvalidated {
    let needs_validation = directives
        .no_cache
        .as_ref()
        .is_some_and(|scope| separable(scope).is_none());
    if needs_validation {
        Unvalidated::Never
    } else if directives.must_revalidate.is_some()
        || directives.proxy_revalidate.is_some()
        || directives.s_maxage.is_some()
    {
        Unvalidated::WhileFresh
    } else {
        Unvalidated::WhenStaleToo
    }
}

/// Fields without which the rest of a response cannot be understood, selected or timed.
const INSEPARABLE: [&str; 10] = [
    "age",
    "cache-control",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "expires",
    "transfer-encoding",
    "vary",
];

/// The fields that a qualified `private` or `no-cache` is about (§5.2.2.4, §5.2.2.7), if the response can
/// be stored without them. They are left out of what is stored, which satisfies both directives; where
/// that cannot be, the directive is taken as the unqualified one, as §5.2.2.4 says many caches do.
pub fn separable(scope: &Scope) -> Option<&[String]> {
    match scope {
        Scope::Response => None,
        Scope::Fields(names) => names
            .iter()
            .all(|name| !INSEPARABLE.contains(&name.as_str()))
            .then_some(names),
    }
}

#[cfg(test)]
mod tests;
