//! Whether a conditional GET or HEAD gets its representation or a 304 (RFC 9110 §13.2.2), from the
//! validators of the representation that we would send.

use super::entity_tag::{TagList, parse_list};
use crate::time::Timestamp;

/// The conditional fields of a request for what we make ourselves. `If-Match` and `If-Unmodified-Since`
/// guard writes, and belong to the source; `preconditions` has all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditional<'a> {
    pub if_none_match: Option<&'a str>,
    pub if_modified_since: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Answer as if nothing had been asked.
    Proceed,
    /// The client has it: 304.
    NotModified,
}

/// `etags`: the opaque tags, without quotes, of every form of the representation that we may send (as it
/// is, and with a content coding), so that a client which holds another form is not sent it again.
pub fn evaluate(
    conditional: &Conditional<'_>,
    etags: &[&str],
    last_modified: Timestamp,
) -> Precondition {
    // §13.1.3: with If-None-Match present, even a useless one, If-Modified-Since is ignored.
    let client_has_it = match (conditional.if_none_match, conditional.if_modified_since) {
        (Some(field), _) => none_match_fails(field, etags),
        (None, Some(date)) => unmodified_since(date, last_modified),
        (None, None) => false,
    };
    if client_has_it {
        Precondition::NotModified
    } else {
        Precondition::Proceed
    }
}

/// §13.1.2: false is "one of them matches", by weak comparison.
pub fn none_match_fails(field: &str, etags: &[&str]) -> bool {
    match parse_list(field) {
        TagList::Any => true,
        TagList::Tags(tags) => tags
            .iter()
            .any(|tag| etags.iter().any(|etag| tag.matches_weakly(etag))),
    }
}

/// §13.1.3: a value that is no HTTP-date is ignored. What we sent as `Last-Modified` had whole seconds,
/// so ours is cut to them before it is compared.
fn unmodified_since(date: &str, last_modified: Timestamp) -> bool {
    Timestamp::parse_http_date(date)
        .is_some_and(|date| last_modified.as_millis() / 1000 <= date.as_millis() / 1000)
}

#[cfg(test)]
mod tests;
