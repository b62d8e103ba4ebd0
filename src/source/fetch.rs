//! What is asked of an HTTP origin, and what it answers, less the bodies.

use super::image;
use crate::semantics::fields::Fields;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A request as it goes to the origin. Where it goes to, the configuration alone says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// As sent by the client: methods are case-sensitive.
    pub method: String,
    /// Path and query in canonical form: begins with a slash.
    pub target: String,
    /// All of them, `X-Forwarded-*` and `Via` included, in order; never `Host`.
    pub fields: Fields,
    /// What the platform is to make of an image, where it can.
    pub image: Option<image::Options>,
}

/// An origin's answer, as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchanged {
    /// 200 to 599: the runtime passes nothing else on.
    pub status: u16,
    /// In order and number, as the runtime tells them. Nothing is left out yet.
    pub fields: Fields,
    /// `request_time` of RFC 9111 §4.2.3.
    pub requested: Timestamp,
    /// `response_time`
    pub received: Timestamp,
}

impl Exchanged {
    /// The length of the content that the origin has declared.
    pub fn declared_length(&self) -> Option<u64> {
        self.fields.sole("content-length")?.parse().ok()
    }
}
