//! Whether a stored response answers a request now (RFC 9111 §4): by the terms of the response, its age,
//! and what the client asks for (§5.2.1). Whether it is the right response (its URI and variant) is not
//! asked here.

use super::lifetime::{OriginTerms, Unvalidated};
use crate::semantics::cache_control::{MaxStale, RequestDirectives, Seconds};
use crate::semantics::method::Method;
use std::time::Duration;

/// A stored response as far as time is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    pub terms: &'a OriginTerms,
    /// `current_age`
    pub age: Duration,
}

impl Held<'_> {
    /// §4.2: fresh is what is younger than its lifetime.
    fn is_fresh(&self) -> bool {
        self.age < self.terms.lifetime
    }

    fn staleness(&self) -> Duration {
        self.age.saturating_sub(self.terms.lifetime)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reuse {
    Fresh,
    /// Stale, and the client accepts it (`max-stale`).
    StaleForClient,
    /// Stale, and to be sent while it is validated behind the client's back.
    StaleWhileRevalidate,
    /// It is to be validated first.
    Validate {
        why: Why,
        on_failure: OnFailure,
    },
    /// It has no part in the answer.
    Forward(ForwardWhy),
    /// The client wants nothing from the origin (`only-if-cached`): 504.
    OnlyIfCachedMiss,
}

/// Why a stored response may not be sent without a validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    ResponseNoCache,
    RequestNoCache,
    RequestMaxAge,
    RequestMinFresh,
    Stale,
}

impl Why {
    /// Stable: logs and explain use it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResponseNoCache => "response-no-cache",
            Self::RequestNoCache => "request-no-cache",
            Self::RequestMaxAge => "request-max-age",
            Self::RequestMinFresh => "request-min-fresh",
            Self::Stale => "stale",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ForwardWhy {
    /// Only GET and HEAD are answered from a store; POST is not, even by its own response (RFC 9110
    /// §9.3.3).
    Method,
    RequestNoStore,
}

impl ForwardWhy {
    /// Stable: logs and explain use it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::RequestNoStore => "request-no-store",
        }
    }
}

/// What a failed validation leaves us with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnFailure {
    /// The stored response instead of any failure: no answer, or a status that [`is_failure`].
    StoredForErrors,
    /// The stored response when the origin does not answer (§4.2.4: the cache is disconnected). §4.3.3
    /// lets a cache take a 5xx for that.
    StoredIfUnreachable,
    /// Nothing of it: the origin's error if there is one, else 504 (§5.2.2.2).
    Fail(StaleForbidden),
}

/// Why a stored response does not replace a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StaleForbidden {
    ResponseNoCache,
    RequestNoCache,
    /// `must-revalidate`, `proxy-revalidate` or `s-maxage`.
    MustRevalidate,
    /// Longer stale than every `stale-if-error` allows.
    OutsideStaleIfError,
    /// The client said how fresh it wants it, and this is stale.
    RequestLimits,
    /// Longer stale than the operator allows.
    TooOld,
}

impl StaleForbidden {
    /// Stable: logs and explain use it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResponseNoCache => "response-no-cache",
            Self::RequestNoCache => "request-no-cache",
            Self::MustRevalidate => "must-revalidate",
            Self::OutsideStaleIfError => "outside-stale-if-error",
            Self::RequestLimits => "request-limits",
            Self::TooOld => "too-old",
        }
    }
}

/// RFC 5861 §4: the statuses for which a stale response may be sent.
pub fn is_failure(status: u16) -> bool {
    matches!(status, 500 | 502 | 503 | 504)
}

/// `unreachable_stale_max`: how long after its lifetime a response may answer for an origin that cannot
/// be reached, where nobody said anything about that.
///
/// A request with `no-store` could be answered by what is stored already (§5.2.1.5), but need not be. It
/// is forwarded, which is what people who send it expect, and not as a validation: the 304 would have to
/// be stored in part.
pub fn decide(
    held: Held<'_>,
    method: Method,
    request: &RequestDirectives,
    unreachable_stale_max: Duration,
) -> Reuse {
    let forward = forward_why(method, request);
    let why = match (forward, unvalidated_use(held, request)) {
        (Some(ForwardWhy::Method), _) => return Reuse::Forward(ForwardWhy::Method),
        (Some(_), _) | (None, Err(_)) if request.only_if_cached.is_some() => {
            return Reuse::OnlyIfCachedMiss;
        }
        (Some(why), _) => return Reuse::Forward(why),
        (None, Ok(reuse)) => return reuse,
        (None, Err(why)) => why,
    };
    Reuse::Validate {
        why,
        on_failure: on_failure(held, request, unreachable_stale_max),
    }
}

fn forward_why(method: Method, request: &RequestDirectives) -> Option<ForwardWhy> {
    match method {
        Method::Post | Method::Other => Some(ForwardWhy::Method),
        Method::Get | Method::Head => request
            .no_store
            .is_some()
            .then_some(ForwardWhy::RequestNoStore),
    }
}

/// How the response may be used as it is, or why it may not.
fn unvalidated_use(held: Held<'_>, request: &RequestDirectives) -> Result<Reuse, Why> {
    match held.terms.unvalidated {
        Unvalidated::Never => return Err(Why::ResponseNoCache),
        Unvalidated::WhileFresh | Unvalidated::WhenStaleToo => {}
    }
    if request.no_cache.is_some() {
        return Err(Why::RequestNoCache);
    }
    if exceeds_max_age(held, request) {
        return Err(Why::RequestMaxAge);
    }
    if misses_min_fresh(held, request) {
        return Err(Why::RequestMinFresh);
    }
    if held.is_fresh() {
        return Ok(Reuse::Fresh);
    }
    stale_use(held, request).ok_or(Why::Stale)
}

/// §5.2.1.1. RFC 8246 §2: a reload (`max-age=0`) of an immutable response needs no validation while it is
/// fresh; `no-cache` says that one is needed.
fn exceeds_max_age(held: Held<'_>, request: &RequestDirectives) -> bool {
    if held.terms.immutable && held.is_fresh() {
        return false;
    }
    request.max_age.is_some_and(|max_age| match max_age {
        // Nothing is as young as that, though a clock may say so.
        Seconds::Given(seconds) => seconds.duration().is_zero() || held.age > seconds.duration(),
        Seconds::Invalid => true,
    })
}

/// §5.2.1.3: the lifetime is to be no less than the age and this together.
fn misses_min_fresh(held: Held<'_>, request: &RequestDirectives) -> bool {
    request.min_fresh.is_some_and(|min_fresh| match min_fresh {
        Seconds::Given(seconds) => {
            held.terms.lifetime < held.age.saturating_add(seconds.duration())
        }
        Seconds::Invalid => true,
    })
}

/// §4.2.4: stale only where the response does not forbid it, and the client or the origin allows it.
fn stale_use(held: Held<'_>, request: &RequestDirectives) -> Option<Reuse> {
    match held.terms.unvalidated {
        Unvalidated::Never | Unvalidated::WhileFresh => return None,
        Unvalidated::WhenStaleToo => {}
    }
    let staleness = held.staleness();
    let accepted = request.max_stale.is_some_and(|max_stale| match max_stale {
        MaxStale::Any => true,
        MaxStale::By(Seconds::Given(seconds)) => staleness <= seconds.duration(),
        MaxStale::By(Seconds::Invalid) => false,
    });
    if accepted {
        Some(Reuse::StaleForClient)
    } else if staleness < held.terms.stale_while_revalidate && !has_limits(request) {
        Some(Reuse::StaleWhileRevalidate)
    } else {
        None
    }
}

/// Whether the client said how fresh, or how stale, it wants the answer. §5.2.1.1: with `max-age` alone it
/// does not wish a stale one.
fn has_limits(request: &RequestDirectives) -> bool {
    request.max_age.is_some() || request.min_fresh.is_some() || request.max_stale.is_some()
}

fn on_failure(
    held: Held<'_>,
    request: &RequestDirectives,
    unreachable_stale_max: Duration,
) -> OnFailure {
    if held.terms.unvalidated == Unvalidated::Never {
        return OnFailure::Fail(StaleForbidden::ResponseNoCache);
    }
    if request.no_cache.is_some() {
        return OnFailure::Fail(StaleForbidden::RequestNoCache);
    }
    // What is still fresh was to be validated for the client's sake alone, who prefers that (§5.2.1).
    if held.is_fresh() {
        return OnFailure::StoredForErrors;
    }
    if held.terms.unvalidated == Unvalidated::WhileFresh {
        return OnFailure::Fail(StaleForbidden::MustRevalidate);
    }
    stale_on_failure(held, request, unreachable_stale_max)
}

/// RFC 5861 §4: `stale-if-error`, of either side, holds regardless of other freshness information within
/// its window, and outside of it there is no stale answer.
fn stale_on_failure(
    held: Held<'_>,
    request: &RequestDirectives,
    unreachable_stale_max: Duration,
) -> OnFailure {
    let staleness = held.staleness();
    let by_client = request.stale_if_error.map(Seconds::or_zero);
    match held.terms.stale_if_error.max(by_client) {
        Some(window) if staleness < window => OnFailure::StoredForErrors,
        Some(_) => OnFailure::Fail(StaleForbidden::OutsideStaleIfError),
        None if has_limits(request) => OnFailure::Fail(StaleForbidden::RequestLimits),
        None if staleness > unreachable_stale_max => OnFailure::Fail(StaleForbidden::TooOld),
        None => OnFailure::StoredIfUnreachable,
    }
}

/// What becomes of a request for which nothing is stored that could be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Absent {
    Forward,
    /// §5.2.1.7: 504.
    OnlyIfCachedMiss,
}

/// Only GET and HEAD can be answered from a store, so only they are refused for want of it.
pub fn when_absent(method: Method, request: &RequestDirectives) -> Absent {
    match method {
        Method::Get | Method::Head if request.only_if_cached.is_some() => Absent::OnlyIfCachedMiss,
        Method::Get | Method::Head | Method::Post | Method::Other => Absent::Forward,
    }
}

#[cfg(test)]
mod tests;
