//! What the answer to an unsafe request invalidates (RFC 9111 §4.4, RFC 9875 §3): its target, and on the
//! same origin what `Location` and `Content-Location` name; groups; and with `Clear-Site-Data` all that
//! the origin has here. Nothing after a failure, and nothing elsewhere: else any site could empty the
//! store of any other.

use super::cache_groups;
use super::fields::Fields;
use super::uri::HttpUri;

/// What is no longer to be served without validation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invalidation {
    /// Each once, the target first.
    pub uris: Vec<HttpUri>,
    /// Tags of cache groups.
    pub groups: Vec<String>,
    pub reach: Reach,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Only what is listed.
    #[default]
    Listed,
    /// Everything of the target's origin.
    Origin,
}

impl Invalidation {
    pub fn is_empty(&self) -> bool {
        self.uris.is_empty() && self.groups.is_empty() && self.reach == Reach::Listed
    }
}

/// What an answer of `status` to a request of `method` for `target` invalidates.
pub fn of(method: &str, target: &HttpUri, status: u16, response: &Fields) -> Invalidation {
    if is_safe(method) || !is_success(status) {
        return Invalidation::default();
    }
    let mut uris = vec![target.clone()];
    for name in ["location", "content-location"] {
        let found = response
            .sole(name)
            .and_then(|reference| target.resolve(reference));
        uris.extend(found.filter(|uri| uri.origin == target.origin));
    }
    let mut seen: Vec<HttpUri> = Vec::with_capacity(uris.len());
    for uri in uris {
        if !seen.contains(&uri) {
            seen.push(uri);
        }
    }
    Invalidation {
        uris: seen,
        groups: cache_groups::invalidated_by(response, &target.origin),
        reach: clears(response),
    }
}

/// RFC 9110 §9.2.1, and the registered methods that are safe. §4.4: one that is unknown is not.
fn is_safe(method: &str) -> bool {
    matches!(
        method,
        "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PROPFIND" | "QUERY" | "REPORT" | "SEARCH"
    )
}

/// §4.4: a non-error status code is 2xx or 3xx.
fn is_success(status: u16) -> bool {
    (200..400).contains(&status)
}

/// Clear Site Data, section 3.1: a list of quoted words, of which those in another case are unknown.
fn clears(response: &Fields) -> Reach {
    let is_ours = |member: &str| matches!(member, "\"cache\"" | "\"*\"");
    if response.members("clear-site-data").any(is_ours) {
        Reach::Origin
    } else {
        Reach::Listed
    }
}

#[cfg(test)]
mod tests;
