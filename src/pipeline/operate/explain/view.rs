//! An explanation, as it is written.

use crate::pipeline::operate::inspect::{LayerView, TermsView};
use serde::Serialize;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Explanation {
    pub url: String,
    /// What a request would come to, in a sentence.
    pub now: String,
    /// As an origin is asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub route: Option<RouteView>,
    /// Query parameters that reach neither key nor source.
    pub ignored: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub key: Option<KeyView>,
    /// What its answer is tagged with.
    pub tags: Vec<String>,
    pub layers: Vec<ExplainedLayer>,
    /// Those that this isolate knows of.
    pub purges: Vec<PurgeView>,
    /// As it was before this question.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub view: Option<ViewView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "ExplainedRoute"))]
pub struct RouteView {
    pub pattern: String,
    pub why: String,
    pub source: String,
    /// `none` or `token`.
    pub auth: &'static str,
    /// `None`: nothing is stored.
    pub tier: Option<String>,
    /// `None` also where they are the origin's own.
    pub terms: Option<TermsView>,
    /// Given where the terms are the origin's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub honors: Option<HonorsView>,
}

/// How an origin's words on time are heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Honors"))]
pub struct HonorsView {
    /// The longest lifetime that is guessed where it gives none.
    pub heuristic_max_s: u64,
    /// How long after its lifetime an answer stands in for an origin that cannot be reached.
    pub stale_max_s: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Key"))]
pub struct KeyView {
    pub text: String,
    pub sha256: String,
    pub fingerprint: String,
    /// Whose answers share it.
    pub principal: &'static str,
    pub parts: Vec<PartView>,
    pub shard: u16,
    pub shards: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "KeyPart"))]
pub struct PartView {
    pub name: String,
    /// Canonical; `None` when the request does not give it.
    pub value: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ExplainedLayer {
    /// What becomes of it, and why.
    pub verdict: String,
    #[serde(flatten)]
    pub found: LayerView,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Purges"))]
pub struct PurgeView {
    /// Of the target: `tag`, `key`, `prefix` or `all`.
    pub kind: &'static str,
    pub target: String,
    /// The last hard and the last soft purge; 0: none.
    pub hard: u64,
    pub soft: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "PurgeView"))]
pub struct ViewView {
    pub seq: u64,
    /// `None`: the log has never answered.
    pub age_ms: Option<u64>,
    /// In words.
    pub state: &'static str,
    pub targets: usize,
    /// Everything with a lower number counts as purged.
    pub hard_floor: u64,
    pub soft_floor: u64,
}
