//! What happened to one request, with the reason. Headers, log line and metrics derive from it, so
//! that they cannot disagree.

use crate::failure::Kind;
use serde::{Deserialize, Serialize};

/// A cache layer, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Layer {
    /// This isolate's memory.
    Memory,
    /// The Cache API: one per data centre.
    Colo,
    /// Workers KV: everywhere, eventually.
    Global,
}

impl Layer {
    pub const ALL: [Self; 3] = [Self::Memory, Self::Colo, Self::Global];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Colo => "colo",
            Self::Global => "global",
        }
    }
}

/// What a layer said when it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A fresh stored response, with the seconds of freshness left.
    Fresh { ttl_s: i64 },
    /// A stale one, for which the request went on to the next layer; `ttl_s` is negative or zero.
    Stale { ttl_s: i64 },
    /// A stale one that answered the request.
    ServedStale { ttl_s: i64 },
    /// Nothing under this key.
    Absent,
    /// Something under this key that we may not use, and why.
    Unusable(&'static str),
    /// An origin's fresh response, which this request wants validated (RFC 9211 `request`).
    ToValidate { ttl_s: i64 },
    /// Responses for this URI, all of them selected by other requests (RFC 9211 `vary-miss`).
    OtherVariants,
    /// A part of the response, and not what is asked for (RFC 9211 `partial`).
    Partial,
    /// Nothing that may be used, and the request lets nobody behind this layer be asked.
    NotForwarded,
    /// The layer did not answer. It counts as a miss.
    Failed,
}

/// One layer's part in one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerReport {
    pub layer: Layer,
    pub finding: Finding,
    /// Whether this request's answer was put into the layer.
    pub stored: bool,
    pub took_ms: u32,
}

/// The shield's part in one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShieldReport {
    /// True when another request's fill answered this one (RFC 9211 `collapsed`).
    pub collapsed: bool,
    /// True when a fill that had just ended answered this one, without asking the source.
    pub settled: bool,
    /// How long the source was waited for on behalf of this request, also where it gave no answer; `None`: it
    /// was not, or the request that has led the fill counts it.
    pub source_ms: Option<u32>,
    /// What became of what a write purges.
    pub purged: Purged,
}

/// What became of the purges of a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purged {
    /// It was no write.
    #[default]
    Nothing,
    /// The log knows of it: whoever is served from this purge number on sees it.
    At(u64),
    /// The log could not be told. The write itself has been done.
    Untold,
}

/// `X-Cache-Status`: the one-word verdict that people grep for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CacheVerdict {
    /// Answered from a fresh stored response.
    Hit,
    /// Answered from a stale stored response, within its windows.
    Stale,
    /// Nothing in any layer; the shield or the source answered.
    Miss,
    /// Neither looked up nor stored.
    Bypass,
    /// Something was stored, but too old to serve; the source answered.
    Expired,
    /// What was stored is still good: its origin said so.
    Revalidated,
}

/// Why a request for an HTTP origin went there (RFC 9211 §2.2), and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forwarded {
    pub why: ForwardWhy,
    /// The origin's status; `None`: it did not answer.
    pub status: Option<u16>,
    /// The layer whose response the origin found to be still good.
    pub validated: Option<Layer>,
}

/// The words of RFC 9211 §2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ForwardWhy {
    /// The route stores nothing.
    Bypass,
    /// The method's answers are not stored.
    Method,
    /// Nothing is stored for the URI.
    UriMiss,
    /// What is stored for it was selected by other requests.
    VaryMiss,
    /// The request does not want what is stored.
    Request,
    /// What is stored is stale.
    Stale,
    /// What is stored is a part, and not the one that is asked for.
    Partial,
}

impl ForwardWhy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::Method => "method",
            Self::UriMiss => "uri-miss",
            Self::VaryMiss => "vary-miss",
            Self::Request => "request",
            Self::Stale => "stale",
            Self::Partial => "partial",
        }
    }
}

impl CacheVerdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "HIT",
            Self::Stale => "STALE",
            Self::Miss => "MISS",
            Self::Bypass => "BYPASS",
            Self::Expired => "EXPIRED",
            Self::Revalidated => "REVALIDATED",
        }
    }
}

/// Everything that is known about one answered request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The matched route's pattern, e.g. `GET /api/pitches/{id}`; `None` when none matched.
    pub route: Option<String>,
    pub verdict: CacheVerdict,
    pub layers: Vec<LayerReport>,
    pub shield: Option<ShieldReport>,
    /// How long the source was waited for, by the shield or by the edge itself; `None`: it was not.
    pub source_ms: Option<u32>,
    /// Why a stale response was served or a fresh one refused, in a word; for logs and
    /// `Cache-Status; detail`.
    pub detail: Option<&'static str>,
    /// Set for requests that went to an HTTP origin.
    pub forwarded: Option<Forwarded>,
    /// The key's digest, or its text, where an operator has asked for it.
    pub key: Option<String>,
    /// What failed, also where something stale or static stood in.
    pub failure: Option<Kind>,
}

impl Outcome {
    /// An answer in which no cache took part.
    pub fn bypass(route: Option<String>) -> Self {
        Self {
            route,
            verdict: CacheVerdict::Bypass,
            layers: Vec::new(),
            shield: None,
            source_ms: None,
            detail: None,
            forwarded: None,
            key: None,
            failure: None,
        }
    }

    /// The same after the shield's part in it, if it told of one.
    #[must_use]
    pub fn through(self, shield: Option<ShieldReport>) -> Self {
        let more = shield.and_then(|report| report.source_ms);
        Self {
            shield,
            source_ms: in_turn(self.source_ms, more),
            ..self
        }
    }

    /// The layer whose stored response answered.
    pub fn answered_by(&self) -> Option<Layer> {
        let validated = || self.forwarded.and_then(|forwarded| forwarded.validated);
        match self.verdict {
            CacheVerdict::Hit | CacheVerdict::Stale => {
                let mut reports = self.layers.iter();
                let sent = reports.find(|report| report.finding.was_sent());
                sent.or(self.layers.last()).map(|report| report.layer)
            }
            CacheVerdict::Revalidated => validated(),
            CacheVerdict::Miss | CacheVerdict::Bypass | CacheVerdict::Expired => None,
        }
    }
}

/// How long a source was waited for by two questions, one after the other.
pub fn in_turn(first: Option<u32>, then: Option<u32>) -> Option<u32> {
    match (first, then) {
        (Some(first), Some(then)) => Some(first.saturating_add(then)),
        (first, then) => first.or(then),
    }
}

impl Finding {
    fn was_sent(&self) -> bool {
        match self {
            Self::Fresh { .. } | Self::ServedStale { .. } => true,
            Self::Stale { .. }
            | Self::Absent
            | Self::Unusable(_)
            | Self::ToValidate { .. }
            | Self::OtherVariants
            | Self::Partial
            | Self::NotForwarded
            | Self::Failed => false,
        }
    }
}
