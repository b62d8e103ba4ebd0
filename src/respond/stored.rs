//! The head of an answer from a stored response: full, `HEAD`, or 304.

use super::{ResponseHead, cache_control};
use crate::cache::freshness::Standing;
use crate::cache::stored::{Coding, Head};
use crate::config::site::{Auth, Route};
use crate::policy::Terms;
use crate::semantics::conditional::{Conditional, Precondition, evaluate};
use crate::semantics::request::RequestHead;

/// Which answer a stored response gives to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Head and body, in this coding.
    Full(Coding),
    /// The head that `Full` would have, without its body (RFC 9110 §9.3.2).
    HeadOnly(Coding),
    NotModified(Coding),
}

impl Shape {
    pub fn coding(self) -> Coding {
        match self {
            Self::Full(coding) | Self::HeadOnly(coding) | Self::NotModified(coding) => coding,
        }
    }
}

/// Decides the shape. Preconditions are evaluated before anything else would be sent
/// (RFC 9110 §13.2.1), for stored 200s only.
pub fn shape(head: &Head, request: &RequestHead<'_>) -> Shape {
    let coding = choose_coding(head, request);
    if head.status == 200 && not_modified(head, request) {
        return Shape::NotModified(coding);
    }
    if request.method == "HEAD" {
        Shape::HeadOnly(coding)
    } else {
        Shape::Full(coding)
    }
}

/// Either coding's tag validates: the client has one of our representations.
fn not_modified(head: &Head, request: &RequestHead<'_>) -> bool {
    let conditional = Conditional {
        if_none_match: request.if_none_match,
        if_modified_since: request.if_modified_since,
    };
    if conditional.if_none_match.is_none() && conditional.if_modified_since.is_none() {
        return false;
    }
    let gzip = etag_opaque(&head.etag, Coding::Gzip);
    let verdict = evaluate(&conditional, &[&head.etag, &gzip], head.last_modified);
    verdict == Precondition::NotModified
}

/// Gzip only if that is how the bytes are kept (so they are worth it) and the client takes it.
pub fn choose_coding(head: &Head, request: &RequestHead<'_>) -> Coding {
    use crate::semantics::accept_encoding::{Preference, prefer};
    match (head.coding, prefer(request.accept_encoding)) {
        (Coding::Gzip, Preference::Gzip) if !request.wants_no_compression() => Coding::Gzip,
        (Coding::Gzip | Coding::Identity, Preference::Gzip | Preference::Identity) => {
            Coding::Identity
        }
    }
}

/// Each coding is a representation of its own, so its strong entity-tag differs (RFC 9110 §8.8.3.3).
pub fn etag_opaque(identity: &str, coding: Coding) -> String {
    match coding {
        Coding::Identity => identity.to_owned(),
        Coding::Gzip => format!("{identity}-gz"),
    }
}

/// The head, less what differs between two equal requests (`X-Request-ID`).
pub fn head(
    head: &Head,
    shape: Shape,
    standing: &Standing,
    terms: Terms,
    route: &Route,
    path: &str,
) -> ResponseHead {
    let status = if matches!(shape, Shape::NotModified(_)) {
        304
    } else {
        head.status
    };
    let mut out = ResponseHead::new(status);
    for (name, value) in &head.headers {
        // RFC 9110 §15.4.5: a 304 leaves out representation metadata, which the client has.
        if status != 304 {
            out.push(name.clone(), value.clone());
        }
    }
    if matches!(
        shape,
        Shape::Full(Coding::Gzip) | Shape::HeadOnly(Coding::Gzip)
    ) {
        out.push("Content-Encoding", "gzip");
    }
    if head.status == 200 {
        out.push(
            "ETag",
            format!("\"{}\"", etag_opaque(&head.etag, shape.coding())),
        );
        out.push("Last-Modified", head.last_modified.http_date());
    }
    if let Some(tier) = &route.tier {
        out.push("Cache-Control", cache_control::stored(tier, terms, path));
    }
    out.push("Age", standing.age_s.to_string());
    if head.coding == Coding::Gzip {
        out.append("Vary", "Accept-Encoding");
    }
    if route.auth == Auth::Token {
        out.append("Vary", "Authorization");
    }
    out
}

#[cfg(test)]
mod tests;
