//! What a request for one URL would come to now, and why: its route, every part of its key, what each
//! layer holds, and the purges that matter.

mod origin;
mod view;

use super::described;
use super::inspect::{LayerState, LayerView, Standing, TermsView, Validity, layers};
use super::keys::{Named, reason, request};
use crate::config::site::{Auth, Route, Site, Source};
use crate::failure::Failure;
use crate::key::CacheKey;
use crate::pipeline::lookup::{self, Candidate, Verdict};
use crate::pipeline::plan::{Located, locate, target};
use crate::pipeline::sight::{self, Sight, Trust};
use crate::policy::{Tier, terms_for};
use crate::ports::Ports;
use crate::purge::index::Marks;
use crate::purge::seq::PurgeSeq;
use crate::purge::target::Target as PurgeTarget;
use crate::purge::view::Currency;
use crate::semantics::fields::Fields;
use crate::semantics::request::RequestHead;
pub use view::*;

/// What is to be explained: a plain `GET`.
#[derive(Clone, Debug, Default)]
pub struct Question<'a> {
    pub url: &'a str,
    /// The request's, which matter to an origin and the variants of its answers.
    pub fields: Fields,
    /// What Forebay itself answers under the path, if it does.
    pub own: Option<&'a str>,
}

pub async fn explain<P: Ports>(ports: &P, site: &Site, question: Question<'_>) -> Explanation {
    let Question { url, fields, own } = question;
    let mut page = Explanation {
        url: url.to_owned(),
        view: Some(view(ports, site)),
        ..Explanation::default()
    };
    let request = match request(url) {
        Ok(request) => request,
        Err(why) => return page.ending(why),
    };
    if let Some(own) = own {
        return page.ending(format!(
            "Forebay itself answers, with {own}; no route is asked."
        ));
    }
    let located = match locate(site, &request) {
        Ok(located) => located,
        Err(failure) => return page.ending(refused(&failure)),
    };
    page.route = Some(route_view(site, &located));
    if let Source::Origin(_) = located.route.source {
        return origin::explain(ports, site, &located, &request, fields, page).await;
    }
    let ignored = described::ignored(located.route, &request).into_iter();
    page.ignored = ignored.map(str::to_owned).collect();
    let target = match target(site, &located, &request, None) {
        Ok(target) => target,
        Err(failure) => return page.ending(refused(&failure)),
    };
    let (Some(tier), Some(key)) = (&located.route.tier, target.key.clone()) else {
        let why = described::why_not_cached(site, located.route, &request);
        return page.ending(format!("It passes the caches by (BYPASS): {why}."));
    };
    let parts = described::parts(site, &located, &target);
    page.key = Some(key_view(site, located.route, parts, &key));
    page.tags = described::tags(site, &located, &target);
    let named = Named {
        id: located.id,
        route: located.route,
        tier,
        key,
        wanted: None,
    };
    cached(ports, site, &request, &named, page).await
}

async fn cached<P: Ports>(
    ports: &P,
    site: &Site,
    request: &RequestHead<'_>,
    named: &Named<'_>,
    mut page: Explanation,
) -> Explanation {
    // As the request itself would: a view that is too old is renewed first.
    let sight = sight::prepare(ports, site, request).await;
    let found = layers(ports, named).await;
    page.purges = purges(ports, &named.key, &page.tags, &found);
    let explained = found.into_iter().map(|found| ExplainedLayer {
        verdict: verdict(&found),
        found,
    });
    page.layers = explained.collect();
    let looked = lookup::layers(ports, named.route, named.tier, &named.key, &sight).await;
    let now = sentence(site, named, &looked.verdict, &sight);
    page.ending(guarded(named.route, now))
}

/// What holds for those alone who have the token, where there is one.
fn guarded(route: &Route, now: String) -> String {
    match route.auth {
        Auth::None => now,
        Auth::Token => format!("Without the API token it is refused with 401. With it: {now}"),
    }
}

impl Explanation {
    fn ending(mut self, now: impl Into<String>) -> Self {
        self.now = now.into();
        self
    }
}

fn refused(failure: &Failure) -> String {
    let status = failure.kind.status();
    let mut text = format!(
        "It is refused with {status}, and no source is asked: {}",
        reason(failure)
    );
    if !failure.allow.is_empty() {
        text.push_str(&format!("; the path allows {}", failure.allow.join(", ")));
    }
    text + "."
}

fn view<P: Ports>(ports: &P, site: &Site) -> ViewView {
    let now = ports.now();
    ports.with_watch(|watch| {
        let (view, lag) = (&watch.view, site.purge.lag());
        let age = view.as_of().map(|as_of| now.since(as_of).as_millis());
        let (hard, soft) = view.index().floors();
        ViewView {
            seq: view.head().0,
            age_ms: age.map(|age| u64::try_from(age).unwrap_or(u64::MAX)),
            state: match view.currency(lag, now) {
                Currency::Current => "current",
                Currency::Aging => "aging: it is renewed behind the next answer",
                Currency::Outdated => "outdated: it is renewed before the next answer",
            },
            targets: view.index().len(),
            hard_floor: hard.0,
            soft_floor: soft.0,
        }
    })
}

fn route_view(site: &Site, located: &Located<'_, '_>) -> RouteView {
    let route = located.route;
    let values = route.params.iter().zip(&located.values);
    let values: Vec<String> = values
        .map(|(name, value)| format!("{name} = {value:?}"))
        .collect();
    let why = match values.as_slice() {
        [] => "its pattern is the path".to_owned(),
        values => format!("its pattern matches, with {}", values.join(", ")),
    };
    RouteView {
        pattern: route.pattern.clone(),
        why,
        source: described::source(site, route),
        auth: match route.auth {
            Auth::None => "none",
            Auth::Token => "token",
        },
        tier: route.tier.as_ref().map(|tier| tier.name.clone()),
        terms: route.tier.as_ref().and_then(terms_view),
        honors: route.tier.as_ref().and_then(honors_view),
    }
}

fn honors_view(tier: &Tier) -> Option<HonorsView> {
    let honor = tier.honor_origin.as_ref()?;
    Some(HonorsView {
        heuristic_max_s: honor.heuristic_max.as_secs(),
        stale_max_s: honor.stale_max.as_secs(),
    })
}

fn terms_view(tier: &Tier) -> Option<TermsView> {
    let terms = terms_for(tier, 200).filter(|_| tier.honor_origin.is_none())?;
    Some(TermsView {
        fresh_s: terms.fresh.as_secs(),
        swr_s: terms.swr.as_secs(),
        sie_s: terms.sie.as_secs(),
    })
}

fn key_view<'p>(
    site: &Site,
    route: &Route,
    parts: impl IntoIterator<Item = (&'p str, Option<&'p str>)>,
    key: &CacheKey,
) -> KeyView {
    let parts = parts.into_iter().map(|(name, value)| PartView {
        name: name.to_owned(),
        value: value.map(str::to_owned),
    });
    KeyView {
        text: key.as_str().to_owned(),
        sha256: key.digest_hex(),
        fingerprint: route.fingerprint.clone(),
        principal: route.auth.principal(),
        parts: parts.collect(),
        shard: key.shard(site.shield.shards),
        shards: site.shield.shards,
    }
}

/// The purges of everything that the answer is named by, or that one in a layer is.
fn purges<P: Ports>(
    ports: &P,
    key: &CacheKey,
    tags: &[String],
    layers: &[LayerView],
) -> Vec<PurgeView> {
    let stored = layers.iter().flat_map(LayerView::answers);
    let stored = stored.flat_map(|answer| answer.tags.iter().cloned());
    let mut all: Vec<String> = tags.iter().cloned().chain(stored).collect();
    all.sort();
    all.dedup();
    let found = ports.with_watch(|watch| {
        let index = watch.view.index();
        index.matching(PurgeSeq::ZERO, key.as_str(), &all)
    });
    found.iter().map(purge_view).collect()
}

fn purge_view((target, marks): &(PurgeTarget, Marks)) -> PurgeView {
    PurgeView {
        kind: target.kind().as_str(),
        target: target.text().to_owned(),
        hard: marks.hard.0,
        soft: marks.soft.0,
    }
}

fn verdict(found: &LayerView) -> String {
    let Some(answer) = &found.answer else {
        return match (found.state, found.why) {
            (LayerState::Unused, _) => "not asked: the tier leaves it out".into(),
            (LayerState::Failed, _) => "it does not answer, which counts as a miss".into(),
            (LayerState::Found | LayerState::Absent | LayerState::Unusable, Some(why)) => {
                format!("what it holds cannot be used: {why}")
            }
            (LayerState::Found | LayerState::Absent | LayerState::Unusable, None) => {
                "it holds nothing under this key".into()
            }
        };
    };
    let purged = match (answer.purges, answer.purged_by) {
        (Validity::Hard, Some(by)) => {
            return format!("void: purge {by} came after its number {}", answer.seq);
        }
        (Validity::Soft, Some(by)) => format!(", stale by the soft purge {by}"),
        (Validity::Valid, _) | (Validity::Soft | Validity::Hard, None) => String::new(),
    };
    match answer.freshness {
        Standing::Aging => format!(
            "fresh for {} s more, and refreshed ahead of that",
            answer.ttl_s
        ),
        Standing::Fresh => format!("fresh for {} s more", answer.ttl_s),
        Standing::StaleWhileRevalidate => {
            format!("stale, but may be served while it is refreshed{purged}")
        }
        Standing::StaleIfError => {
            format!("stale, and may be served only if the source fails{purged}")
        }
        Standing::Dead | Standing::Stale | Standing::NoCache | Standing::Void => {
            format!("too old to be served{purged}")
        }
    }
}

fn sentence<B>(site: &Site, named: &Named<'_>, verdict: &Verdict<B>, sight: &Sight) -> String {
    let shard = named.key.shard(site.shield.shards);
    let source = described::source(site, named.route);
    let asked = format!("shard {shard} of the shield asks its source, {source}");
    let text = match verdict {
        Verdict::Fresh(found) => {
            let (layer, ttl) = (found.layer.as_str(), found.standing.ttl_s);
            format!("It is answered from {layer} (HIT), which has it fresh for {ttl} s more.")
        }
        Verdict::Aging(found) => {
            let (layer, ttl) = (found.layer.as_str(), found.standing.ttl_s);
            format!(
                "It is answered from {layer} (HIT), which has it fresh for {ttl} s more, \
                 and behind it {asked}."
            )
        }
        Verdict::Stale(found) => {
            let layer = found.layer.as_str();
            format!(
                "It is answered at once with the stale answer in {layer} (STALE), and behind it {asked}."
            )
        }
        Verdict::Expired(found) => {
            let stand_in = stand_in(found);
            format!("The client waits while {asked} (EXPIRED); if that fails, {stand_in}.")
        }
        Verdict::Miss => {
            format!(
                "No layer has an answer that may be used, so the client waits while {asked} (MISS)."
            )
        }
    };
    with_trust(text, sight)
}

fn with_trust(text: String, sight: &Sight) -> String {
    match sight.trust {
        Trust::View | Trust::Shield => text,
        Trust::Nothing => {
            format!(
                "{text} The purge log does not answer, so nothing that is stored can be verified."
            )
        }
    }
}

fn stand_in<B>(found: &Candidate<B>) -> String {
    format!("the stale answer in {} stands in", found.layer.as_str())
}
