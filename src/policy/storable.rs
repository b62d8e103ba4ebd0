//! Whether a shared cache stores a response (RFC 9111 §3), decided from the exchange and the terms that
//! [`super::lifetime`] found in it.

use super::lifetime::{OriginTerms, Unvalidated, separable};
use crate::semantics::cache_control::{Flag, RequestDirectives, ResponseDirectives, Seconds};
use crate::semantics::fields::Fields;
use crate::semantics::method::Method;
use crate::semantics::status::{self, Unstorable};

/// A response that might be stored, and what is to be known of its request.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    pub method: Method,
    pub request: &'a RequestDirectives,
    pub authorization: Authorization,
    pub status: u16,
    pub response: &'a Fields,
    /// Those that govern: of a targeted field, or of `Cache-Control`.
    pub directives: &'a ResponseDirectives,
    pub terms: &'a OriginTerms,
    pub content_location: ContentLocation,
}

/// Whether the request had an `Authorization` field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authorization {
    Absent,
    Present,
}

/// Where the response's `Content-Location` leads, resolved against the target URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentLocation {
    /// Absent, or no URI.
    Absent,
    SameAsTarget,
    Elsewhere,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storability {
    Store {
        form: Form,
        /// Names, in small letters, of the fields that are left out of what is stored.
        omitted: Vec<String>,
    },
    Refuse(Refusal),
}

/// What the stored content is of its representation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    Whole,
    /// §3.3: a 206, stored as an incomplete 200. It answers nothing beyond its range.
    Partial,
}

/// Why a response is not stored, by the first of the conditions that it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    Method,
    /// RFC 9110 §9.3.3: a POST is stored only with an explicit freshness and a `Content-Location` that is
    /// its target.
    Post,
    /// A HEAD freshens or invalidates what a GET has stored (§4.3.5).
    Head,
    /// Interim, or no status code at all.
    NotFinal,
    /// A status code that is never stored.
    Status(Unstorable),
    /// A 206 that does not say, in one `Content-Range` of bytes, what it is part of.
    PartialUndescribed,
    /// `must-understand`, and we do not.
    NotUnderstood,
    RequestNoStore,
    NoStore,
    Private,
    SetCookie,
    /// §3.5: the request had credentials, and no directive lifts what that forbids.
    Authorization,
    /// Neither explicitly fresh nor public nor heuristically cacheable.
    NoFreshness,
    /// Never fresh, and without a validator to ask by.
    NeverReusable,
}

impl Refusal {
    /// Stable: logs and metrics use it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Post => "post",
            Self::Head => "head",
            Self::NotFinal => "not-final",
            Self::Status(Unstorable::Freshens) => "not-modified",
            Self::Status(Unstorable::ByDefinition) => "status",
            Self::Status(Unstorable::OneRequestOnly) => "one-request-only",
            Self::PartialUndescribed => "partial-undescribed",
            Self::NotUnderstood => "not-understood",
            Self::RequestNoStore => "request-no-store",
            Self::NoStore => "no-store",
            Self::Private => "private",
            Self::SetCookie => "set-cookie",
            Self::Authorization => "authorization",
            Self::NoFreshness => "no-freshness",
            Self::NeverReusable => "never-reusable",
        }
    }
}

pub fn decide(candidate: &Candidate<'_>) -> Storability {
    let omitted = omitted(candidate.directives);
    let refusal = by_method(candidate)
        .or_else(|| by_status(candidate))
        .or_else(|| by_directives(candidate))
        .or_else(|| by_privacy(candidate, &omitted))
        .or_else(|| by_use(candidate));
    match refusal {
        Some(refusal) => Storability::Refuse(refusal),
        None if candidate.status == 206 => Storability::Store {
            form: Form::Partial,
            omitted,
        },
        None => Storability::Store {
            form: Form::Whole,
            omitted,
        },
    }
}

/// Those that the qualified forms of `private` and `no-cache` name.
fn omitted(directives: &ResponseDirectives) -> Vec<String> {
    [&directives.private, &directives.no_cache]
        .into_iter()
        .flatten()
        .filter_map(separable)
        .flatten()
        .cloned()
        .collect()
}

fn by_method(candidate: &Candidate<'_>) -> Option<Refusal> {
    match candidate.method {
        Method::Get => None,
        // RFC 9110 §8.7: only in a successful response is `Content-Location` what the content is of, and
        // of those only a 200 has content that a GET would be answered with.
        Method::Post
            if candidate.status == 200
                && candidate.terms.basis.is_explicit()
                && candidate.content_location == ContentLocation::SameAsTarget =>
        {
            None
        }
        Method::Post => Some(Refusal::Post),
        Method::Head => Some(Refusal::Head),
        Method::Other => Some(Refusal::Method),
    }
}

fn by_status(candidate: &Candidate<'_>) -> Option<Refusal> {
    if !status::is_final(candidate.status) {
        return Some(Refusal::NotFinal);
    }
    if let Some(why) = status::unstorable(candidate.status) {
        return Some(Refusal::Status(why));
    }
    if candidate.status == 206 && !has_one_byte_range(candidate.response) {
        return Some(Refusal::PartialUndescribed);
    }
    let must_understand = candidate.directives.must_understand.is_some();
    (must_understand && !status::is_understood(candidate.status)).then_some(Refusal::NotUnderstood)
}

/// One `Content-Range` in bytes (RFC 9110 §14.4). Several parts have theirs inside the content, which we
/// do not take apart.
fn has_one_byte_range(response: &Fields) -> bool {
    let in_bytes = response.sole("Content-Range").is_some_and(|value| {
        let unit = value.split(' ').next().unwrap_or_default();
        unit.eq_ignore_ascii_case("bytes")
    });
    let several = response.lines("Content-Type").any(|value| {
        value
            .to_ascii_lowercase()
            .starts_with("multipart/byteranges")
    });
    in_bytes && !several
}

fn by_directives(candidate: &Candidate<'_>) -> Option<Refusal> {
    if candidate.request.no_store.is_some() {
        return Some(Refusal::RequestNoStore);
    }
    // §5.2.2.3: `no-store` beside it is for caches that do not know `must-understand`; a status code that
    // is not understood was refused before.
    let overridden = candidate.directives.must_understand == Some(Flag::Plain)
        && status::is_understood(candidate.status);
    (candidate.directives.no_store.is_some() && !overridden).then_some(Refusal::NoStore)
}

fn by_privacy(candidate: &Candidate<'_>, omitted: &[String]) -> Option<Refusal> {
    let directives = candidate.directives;
    let private = directives.private.as_ref();
    if private.is_some_and(|scope| separable(scope).is_none()) {
        return Some(Refusal::Private);
    }
    // DEPARTS FROM RFC 9111 §7.3, by which `Set-Cookie` does not inhibit caching: what sets a cookie is
    // nearly always meant for one client, whatever its lifetime says. Only an origin that names the field
    // in `private` or `no-cache` is believed to have thought of it, and the cookie is left out then.
    let cookie_is_left_out = omitted.iter().any(|name| name == "set-cookie");
    if candidate.response.contains("Set-Cookie") && !cookie_is_left_out {
        return Some(Refusal::SetCookie);
    }
    match candidate.authorization {
        Authorization::Present if !lifts_authorization(directives) => Some(Refusal::Authorization),
        Authorization::Present | Authorization::Absent => None,
    }
}

/// §3.5.
fn lifts_authorization(directives: &ResponseDirectives) -> bool {
    directives.public == Some(Flag::Plain)
        || directives.must_revalidate == Some(Flag::Plain)
        || matches!(directives.s_maxage, Some(Seconds::Given(_)))
}

fn by_use(candidate: &Candidate<'_>) -> Option<Refusal> {
    let storable = candidate.terms.basis.is_explicit()
        || candidate.directives.public == Some(Flag::Plain)
        || status::is_heuristically_cacheable(candidate.status);
    if !storable {
        return Some(Refusal::NoFreshness);
    }
    let validators = ["ETag", "Last-Modified"];
    let has_validator = validators
        .iter()
        .any(|name| candidate.response.contains(name));
    (!has_validator && !usable_unvalidated(candidate.terms)).then_some(Refusal::NeverReusable)
}

/// §3 leaves it to a cache to pass over what it could not use.
fn usable_unvalidated(terms: &OriginTerms) -> bool {
    let is_ever_fresh = !terms.lifetime.is_zero();
    let has_window = !terms.stale_while_revalidate.is_zero()
        || terms.stale_if_error.is_some_and(|window| !window.is_zero());
    match terms.unvalidated {
        Unvalidated::Never => false,
        Unvalidated::WhileFresh => is_ever_fresh,
        Unvalidated::WhenStaleToo => is_ever_fresh || has_window,
    }
}

#[cfg(test)]
mod tests;
