//! The words for what a layer has, and for how a stored answer stands.

use crate::cache::freshness::Freshness;
use serde::Serialize;

/// What a layer said when it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum LayerState {
    Found,
    Absent,
    /// It holds something that cannot be used.
    Unusable,
    Failed,
    /// The tier leaves it out.
    Unused,
}

/// What the purges say of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Validity {
    Valid,
    Soft,
    Hard,
}

/// Whether an answer may be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Standing {
    Fresh,
    /// Fresh, and refreshed ahead of its end.
    Aging,
    StaleWhileRevalidate,
    StaleIfError,
    /// Past every window of its tier.
    Dead,
    /// Of an origin's answer: it can only be validated.
    Stale,
    /// Of an origin's answer: it is validated each time.
    NoCache,
    /// By a hard purge.
    Void,
}

impl From<Freshness> for Standing {
    fn from(freshness: Freshness) -> Self {
        match freshness {
            Freshness::Fresh => Self::Fresh,
            Freshness::Aging => Self::Aging,
            Freshness::StaleWhileRevalidate => Self::StaleWhileRevalidate,
            Freshness::StaleIfError => Self::StaleIfError,
            Freshness::Dead => Self::Dead,
        }
    }
}
