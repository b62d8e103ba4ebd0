//! The head of a route's static answer for when its source fails.

use super::{ResponseHead, cache_control::NO_STORE};
use crate::config::site::Fallback;

/// Nobody keeps it: the real answer may be back with the next request.
pub fn head(fallback: &Fallback) -> ResponseHead {
    let mut head = ResponseHead::new(fallback.status);
    head.push("Content-Type", fallback.content_type.clone());
    head.push("Cache-Control", NO_STORE);
    head
}
