//! What is kept with the response of an HTTP origin besides its fields and its body, and what tells the
//! variants of one URI apart.
//!
//! Under a URI's own key lies a response that nothing but the URI selects, or a [`Signpost`] to those
//! that request fields select, which lie under keys of their own.

use crate::policy::lifetime::OriginTerms;
use crate::semantics::range::partial::Holding;
use crate::semantics::vary::Selecting;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Http {
    Response(Response),
    /// No response: it answers nothing.
    Signpost(Signpost),
}

/// Of a response whose fields, in `Head::headers`, are those of the origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    pub terms: OriginTerms,
    /// RFC 9111 §4.2.3 `corrected_initial_age`, at `Head::created`.
    pub initial_age: Duration,
    pub selecting: Selecting,
    /// What the body is of its representation; `None`: the whole.
    pub part: Option<Holding>,
}

/// The variants of a URI that were seen, the most recent last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signpost {
    pub variants: Vec<Variant>,
}

/// What chooses between variants (RFC 9111 §4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    pub selecting: Selecting,
    /// Its `Date`.
    pub date: Option<Timestamp>,
    pub received: Timestamp,
    pub content_language: Option<String>,
}
