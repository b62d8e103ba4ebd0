//! A stored response (RFC 9111 §3), less its body: the body is the platform's kind of bytes.

use super::http::Http;
use crate::key::CacheKey;
use crate::policy::Terms;
use crate::purge::seq::PurgeSeq;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// How the body's bytes are encoded at rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Coding {
    Identity,
    Gzip,
}

impl Coding {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
        }
    }
}

/// Everything about a stored response but its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The whole key, so that a record found under a foreign name is recognised.
    pub key: String,
    pub status: u16,
    /// In order, repeated fields kept. Never connection fields, `Set-Cookie`, or what we compute on
    /// every response (`Age`, `ETag`, `Last-Modified`, `Cache-Control`, `Vary`, `Content-Length`).
    pub headers: Vec<(String, String)>,
    /// Of the body at rest.
    pub coding: Coding,
    /// When the source answered.
    pub created: Timestamp,
    /// RFC 9111 §4.2.3 `corrected_initial_age`, in seconds; 0 for our own sources.
    pub initial_age_s: u32,
    /// The terms at store time. They bound how long the bytes are kept; see `policy::terms_for` for
    /// those that apply when it is served.
    pub terms: Terms,
    /// Opaque part of the strong entity-tag of the identity form, without quotes.
    pub etag: String,
    pub last_modified: Timestamp,
    pub tags: Vec<String>,
    /// The purge sequence that was known before the source was asked.
    pub seq: PurgeSeq,
    /// What an HTTP origin's response brings along; `None` for what our own sources made.
    pub http: Option<Box<Http>>,
}

/// A stored response with a body of kind `B`.
#[derive(Clone, Debug)]
pub struct Stored<B> {
    pub head: Rc<Head>,
    /// [`CacheKey::jitter`] of its key, reckoned once.
    pub jitter: u16,
    pub body: B,
}

impl<B> Stored<B> {
    pub fn new(head: Head, body: B) -> Self {
        let jitter = CacheKey::from_text(head.key.clone()).jitter();
        Self {
            head: Rc::new(head),
            jitter,
            body,
        }
    }
}

/// The media type that the fields of a head name.
pub fn content_type(headers: &[(String, String)]) -> Option<&str> {
    let mut headers = headers.iter();
    let found = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    found.map(|(_, value)| value.as_str())
}
