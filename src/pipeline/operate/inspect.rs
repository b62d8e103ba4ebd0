//! What the layers hold under a key, and how it stands. Nothing is changed by looking.

mod origin;
mod standing;

use super::keys::{Named, resolve};
use crate::cache::freshness::judge_relieved;
use crate::cache::stored::{Coding, Stored};
use crate::config::site::Site;
use crate::key::CacheKey;
use crate::outcome::Layer;
use crate::pipeline::origin::key_by_known;
use crate::policy::{eager_for, terms_for};
use crate::ports::{Body, Ports, Read};
use crate::purge::index::Verdict;
use crate::purge::view::View;
use crate::time::Timestamp;
use futures_util::StreamExt;
use futures_util::stream;
use serde::Serialize;
pub use standing::{LayerState, Standing, Validity};

/// One URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Inspected {
    pub url: String,
    /// Why nothing is ever stored under it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub unmatched: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub route: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub key: Option<String>,
    pub layers: Vec<LayerView>,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Layer"))]
pub struct LayerView {
    /// `memory`, `colo` or `global`.
    pub layer: &'static str,
    pub state: LayerState,
    /// Why it is unusable.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub why: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub answer: Option<AnswerView>,
    /// Of a URI of an origin whose answers request fields select: the most recent first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<_>"))]
    pub variants: Vec<VariantView>,
}

impl LayerView {
    /// All that were found.
    pub fn answers(&self) -> impl Iterator<Item = &AnswerView> {
        let variants = self.variants.iter();
        let variants = variants.filter_map(|variant| variant.answer.as_ref());
        self.answer.iter().chain(variants)
    }
}

/// One of the answers that a URI has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Variant"))]
pub struct VariantView {
    /// The request fields that select it, with their canonical values.
    pub selecting: Vec<SelectedView>,
    /// When it was received, as milliseconds since 1970.
    pub received_ms: u64,
    /// Left out where it is not in this layer, cannot be used, or was not looked at among so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub answer: Option<AnswerView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Selecting"))]
pub struct SelectedView {
    pub name: String,
    /// `None`: the request does not have the field.
    pub value: Option<String>,
}

/// A stored answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "StoredAnswer"))]
pub struct AnswerView {
    pub status: u16,
    pub age_s: u64,
    /// Negative when it is stale.
    pub ttl_s: i64,
    pub freshness: Standing,
    /// What the purges say of it.
    pub purges: Validity,
    /// Since when it is stale by a soft purge, as milliseconds since 1970; 0: nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub soft_since_ms: Option<u64>,
    /// The last purge that matters to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub purged_by: Option<u64>,
    /// The purge number that was known before its source was asked.
    pub seq: u64,
    pub tags: Vec<String>,
    /// The route's terms now, by which it is judged.
    pub terms: TermsView,
    pub bytes: u64,
    pub coding: Coding,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub origin: Option<OriginView>,
}

/// What an origin said of its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "OriginsWords"))]
pub struct OriginView {
    /// Where its lifetime comes from: `s-maxage`, `max-age`, `expires`, `heuristic`, `nothing`, or `tier`.
    pub basis: &'static str,
    /// How it may be used without asking the origin: `never`, `while-fresh`, `when-stale-too`.
    pub unvalidated: &'static str,
    pub immutable: bool,
    /// By which it may be validated.
    pub validators: Vec<String>,
    pub selecting: Vec<SelectedView>,
    /// The bytes that are here, when it is not the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub part: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Terms"))]
pub struct TermsView {
    pub fresh_s: u64,
    pub swr_s: u64,
    pub sie_s: u64,
}

/// Layers are far away, so several URLs are looked at at once.
const AT_ONCE: usize = 8;

/// Looks at each URL, in their order.
pub async fn look<P: Ports>(ports: &P, site: &Site, urls: &[String]) -> Vec<Inspected> {
    let each = urls.iter().map(|url| look_at(ports, site, url));
    // Collected first: the closures borrow what the stream would have to own.
    let each: Vec<_> = each.collect();
    stream::iter(each).buffered(AT_ONCE).collect().await
}

async fn look_at<P: Ports>(ports: &P, site: &Site, url: &str) -> Inspected {
    match resolve(site, url) {
        Ok(mut named) => {
            if let Some(wanted) = &mut named.wanted {
                key_by_known(ports, wanted);
                named.key = wanted.key.clone();
            }
            Inspected {
                url: url.to_owned(),
                unmatched: None,
                route: Some(named.route.pattern.clone()),
                key: Some(named.key.as_str().to_owned()),
                layers: layers(ports, &named).await,
            }
        }
        Err(unmatched) => Inspected {
            url: unmatched.url,
            unmatched: Some(unmatched.why),
            route: None,
            key: None,
            layers: Vec::new(),
        },
    }
}

/// What every layer has under this name.
pub async fn layers<P: Ports>(ports: &P, named: &Named<'_>) -> Vec<LayerView> {
    let mut views = Vec::with_capacity(Layer::ALL.len());
    for layer in Layer::ALL {
        let read = match named.tier.layers.has(layer) {
            true => Some(read(ports, layer, &named.key).await),
            false => None,
        };
        let view = match &named.wanted {
            Some(wanted) => origin::layer_view(ports, named, wanted, layer, read).await,
            None => {
                let now = ports.now();
                ports.with_watch(|watch| layer_view(named, layer, read, &watch.view, now))
            }
        };
        views.push(view);
    }
    views
}

async fn read<P: Ports>(ports: &P, layer: Layer, key: &CacheKey) -> Read<P::Body> {
    match layer {
        // Not `get`: a look shall not make an answer seem wanted.
        Layer::Memory => ports.with_memory(|memory| {
            let kept = memory.peek(key.as_str()).cloned();
            kept.map_or(Read::Absent, Read::Found)
        }),
        Layer::Colo | Layer::Global => ports.read(layer, key).await,
    }
}

fn layer_view<B: Body>(
    named: &Named<'_>,
    layer: Layer,
    read: Option<Read<B>>,
    view: &View,
    now: Timestamp,
) -> LayerView {
    let (state, why, answer) = match read {
        None => (LayerState::Unused, None, None),
        Some(Read::Absent) => (LayerState::Absent, None, None),
        Some(Read::Failed) => (LayerState::Failed, None, None),
        Some(Read::Unusable(why)) => (LayerState::Unusable, Some(why), None),
        Some(Read::Found(stored)) => match answer_view(named, &stored, view, now) {
            Some(answer) => (LayerState::Found, None, Some(answer)),
            None => (LayerState::Unusable, Some("status"), None),
        },
    };
    LayerView {
        layer: layer.as_str(),
        state,
        why,
        answer,
        variants: Vec::new(),
    }
}

fn answer_view<B: Body>(
    named: &Named<'_>,
    stored: &Stored<B>,
    view: &View,
    now: Timestamp,
) -> Option<AnswerView> {
    let head = &stored.head;
    let terms = terms_for(named.tier, head.status)?;
    let verdict = view.verdict(head.seq, &head.key, &head.tags);
    let (purges, since) = validity(verdict);
    let effective = since.map_or(terms, |since| terms.stale_since(since, head.created));
    let eager = eager_for(named.tier, head.status);
    let relief = view.relief(now).filter(|_| verdict == Verdict::Valid);
    let ahead = (eager, stored.jitter);
    let standing = judge_relieved(head, effective, ahead, relief, now);
    Some(AnswerView {
        status: head.status,
        age_s: standing.age_s,
        ttl_s: standing.ttl_s,
        freshness: match verdict {
            Verdict::Hard { .. } => Standing::Void,
            Verdict::Valid | Verdict::Soft { .. } => standing.freshness.into(),
        },
        purges,
        soft_since_ms: since.map(Timestamp::as_millis),
        purged_by: verdict.latest().map(|seq| seq.0),
        seq: head.seq.0,
        tags: head.tags.clone(),
        terms: TermsView {
            fresh_s: terms.fresh.as_secs(),
            swr_s: terms.swr.as_secs(),
            sie_s: terms.sie.as_secs(),
        },
        bytes: stored.body.len(head.coding).unwrap_or(0),
        coding: head.coding,
        origin: None,
    })
}

/// What the purges say, and since when it is stale by a soft one.
fn validity(verdict: Verdict) -> (Validity, Option<Timestamp>) {
    match verdict {
        Verdict::Valid => (Validity::Valid, None),
        Verdict::Soft { since, .. } => (Validity::Soft, Some(since)),
        Verdict::Hard { .. } => (Validity::Hard, None),
    }
}
