//! What a layer holds for a URI of an origin: a response, or the variants that a signpost leads to.

use super::{
    AnswerView, LayerState, LayerView, OriginView, SelectedView, Standing, TermsView, VariantView,
    read, validity,
};
use crate::cache::http::{Http, Response, Signpost};
use crate::cache::receipt;
use crate::cache::stored::{Head, Stored, content_type};
use crate::outcome::Layer;
use crate::pipeline::operate::keys::Named;
use crate::pipeline::origin::look::terms_now;
use crate::pipeline::origin::wanted::Wanted;
use crate::policy::Tier;
use crate::policy::lifetime::{OriginTerms, Unvalidated};
use crate::ports::{Body, Ports, Read};
use crate::purge::index::Verdict;
use crate::semantics::age::current_age;
use crate::semantics::range::partial::Holding;
use crate::semantics::vary::Selecting;
use crate::time::Timestamp;
use std::time::Duration;

/// More variants are named, but not looked at: each is read in layers that are far away.
const VARIANTS_READ: usize = 8;

pub(super) async fn layer_view<P: Ports>(
    ports: &P,
    named: &Named<'_>,
    wanted: &Wanted,
    layer: Layer,
    found: Option<Read<P::Body>>,
) -> LayerView {
    let view = |state, why| LayerView {
        layer: layer.as_str(),
        state,
        why,
        answer: None,
        variants: Vec::new(),
    };
    let stored = match found {
        None => return view(LayerState::Unused, None),
        Some(Read::Absent) => return view(LayerState::Absent, None),
        Some(Read::Failed) => return view(LayerState::Failed, None),
        Some(Read::Unusable(why)) => return view(LayerState::Unusable, Some(why)),
        Some(Read::Found(stored)) => stored,
    };
    if let Some(Http::Signpost(signpost)) = stored.head.http.as_deref() {
        return LayerView {
            variants: variants(ports, named, wanted, layer, signpost).await,
            ..view(LayerState::Found, None)
        };
    }
    match answer_view(ports, named, &stored) {
        Ok(answer) => LayerView {
            answer: Some(answer),
            ..view(LayerState::Found, None)
        },
        Err(why) => view(LayerState::Unusable, Some(why)),
    }
}

async fn variants<P: Ports>(
    ports: &P,
    named: &Named<'_>,
    wanted: &Wanted,
    layer: Layer,
    signpost: &Signpost,
) -> Vec<VariantView> {
    let mut views = Vec::with_capacity(signpost.variants().len());
    for (at, variant) in signpost.variants().iter().rev().enumerate() {
        let key = receipt::key_of(&wanted.key, &variant.selecting);
        let answer = match at < VARIANTS_READ {
            true => match read(ports, layer, &key).await {
                Read::Found(stored) => answer_view(ports, named, &stored).ok(),
                Read::Absent | Read::Unusable(_) | Read::Failed => None,
            },
            false => None,
        };
        views.push(VariantView {
            selecting: selected(&variant.selecting),
            received_ms: variant.received.as_millis(),
            answer,
        });
    }
    views
}

fn answer_view<P: Ports>(
    ports: &P,
    named: &Named<'_>,
    stored: &Stored<P::Body>,
) -> Result<AnswerView, &'static str> {
    let (head, now) = (&stored.head, ports.now());
    let response = receipt::response(head).ok_or("not-http")?;
    let mut terms = terms_now(
        named.route,
        named.tier,
        head.status,
        &head.headers,
        response,
    )?;
    let own = named.route.tier_of(content_type(&head.headers));
    let tier = own.unwrap_or(named.tier);
    let age_at = |when| current_age(response.initial_age, head.created, when);
    let verdict = ports.with_watch(|watch| watch.view.verdict(head.seq, &head.key, &head.tags));
    let (purges, since) = validity(verdict);
    let shown = terms_view(&terms, tier);
    if let Some(since) = since {
        terms.lifetime = terms.lifetime.min(age_at(since.min(now)));
    }
    let age = age_at(now);
    Ok(AnswerView {
        status: head.status,
        age_s: age.as_secs(),
        ttl_s: signed(terms.lifetime).saturating_sub(signed(age)),
        freshness: match verdict {
            Verdict::Hard { .. } => Standing::Void,
            Verdict::Valid | Verdict::Soft { .. } => word(&terms, age, shown),
        },
        purges,
        soft_since_ms: since.map(Timestamp::as_millis),
        purged_by: verdict.latest().map(|seq| seq.0),
        seq: head.seq.0,
        tags: head.tags.clone(),
        terms: shown,
        bytes: stored.body.len(head.coding).unwrap_or(0),
        coding: head.coding,
        origin: Some(origin_view(head, response, &terms, tier)),
    })
}

/// Stale after its lifetime, as long as either window lets it be used.
fn terms_view(terms: &OriginTerms, tier: &Tier) -> TermsView {
    let unreachable = tier
        .honor_origin
        .as_ref()
        .map_or(Duration::ZERO, |honor| honor.stale_max);
    let (swr, sie) = match terms.unvalidated {
        Unvalidated::Never | Unvalidated::WhileFresh => (Duration::ZERO, Duration::ZERO),
        Unvalidated::WhenStaleToo => (
            terms.stale_while_revalidate,
            terms.stale_if_error.unwrap_or(unreachable),
        ),
    };
    TermsView {
        fresh_s: terms.lifetime.as_secs(),
        swr_s: swr.as_secs(),
        sie_s: sie.as_secs(),
    }
}

fn word(terms: &OriginTerms, age: Duration, windows: TermsView) -> Standing {
    let staleness = age.saturating_sub(terms.lifetime).as_secs();
    if terms.unvalidated == Unvalidated::Never {
        Standing::NoCache
    } else if age < terms.lifetime {
        Standing::Fresh
    } else if staleness < windows.swr_s {
        Standing::StaleWhileRevalidate
    } else if staleness < windows.sie_s {
        Standing::StaleIfError
    } else {
        Standing::Stale
    }
}

fn origin_view(head: &Head, response: &Response, terms: &OriginTerms, tier: &Tier) -> OriginView {
    let validators = head.headers.iter().filter(|(name, _)| {
        name.eq_ignore_ascii_case("etag") || name.eq_ignore_ascii_case("last-modified")
    });
    OriginView {
        basis: match tier.honor_origin {
            Some(_) => terms.basis.as_str(),
            None => "tier",
        },
        unvalidated: match terms.unvalidated {
            Unvalidated::Never => "never",
            Unvalidated::WhileFresh => "while-fresh",
            Unvalidated::WhenStaleToo => "when-stale-too",
        },
        immutable: terms.immutable,
        validators: validators
            .map(|(name, value)| format!("{name}: {value}"))
            .collect(),
        selecting: selected(&response.selecting),
        part: response.part.as_ref().map(part_view),
    }
}

fn part_view(holding: &Holding) -> String {
    let ranges = holding.ranges().iter();
    let ranges: Vec<String> = ranges
        .map(|range| format!("{}-{}", range.first(), range.last()))
        .collect();
    let complete = holding.complete();
    let complete = complete.map_or_else(|| "*".to_owned(), |complete| complete.to_string());
    format!("bytes {}/{complete}", ranges.join(","))
}

fn selected(selecting: &Selecting) -> Vec<SelectedView> {
    let parts = selecting.parts();
    parts
        .map(|(name, value)| SelectedView {
            name: name.to_owned(),
            value: value.map(str::to_owned),
        })
        .collect()
}

fn signed(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}
