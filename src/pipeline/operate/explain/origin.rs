//! What a request for an origin's route would come to: judged by the stages that judge requests.

use super::{ExplainedLayer, Explanation, guarded, key_view, purges, refused, with_trust};
use crate::config::site::Site;
use crate::outcome::ForwardWhy;
use crate::pipeline::operate::described;
use crate::pipeline::operate::inspect::{AnswerView, LayerView, Standing, Validity, layers};
use crate::pipeline::operate::keys::Named;
use crate::pipeline::origin::candidate::Candidate;
use crate::pipeline::origin::key_by_known;
use crate::pipeline::origin::look::{self, Choice, Use};
use crate::pipeline::origin::wanted::Wanted;
use crate::pipeline::plan::Located;
use crate::pipeline::sight::{self, Trust};
use crate::policy::Tier;
use crate::policy::lifetime::Unvalidated;
use crate::policy::reuse::OnFailure;
use crate::ports::Ports;
use crate::semantics::fields::Fields;
use crate::semantics::request::RequestHead;

pub(super) async fn explain<P: Ports>(
    ports: &P,
    site: &Site,
    located: &Located<'_, '_>,
    request: &RequestHead<'_>,
    fields: Fields,
    mut page: Explanation,
) -> Explanation {
    let route = located.route;
    if request.base.is_empty() {
        return page.ending(
            "Nobody can tell: the route passes to an origin, whose answers are kept by their whole \
             URL. Give it with https:// and the host.",
        );
    }
    let mut wanted = match Wanted::read(site, located, request, fields) {
        Ok(wanted) => wanted,
        Err(failure) => return page.ending(refused(&failure)),
    };
    key_by_known(ports, &mut wanted);
    page.uri = Some(wanted.uri.to_string());
    let ignored = described::ignored_by_origin(&wanted, route, request.search);
    page.ignored = ignored.into_iter().map(str::to_owned).collect();
    let source = described::source(site, route);
    let Some(tier) = &route.tier else {
        let why = described::why_not_cached(site, route, request);
        return page.ending(format!(
            "It passes the caches by (BYPASS): {why}: {source}."
        ));
    };
    if wanted.asks_for_websocket() {
        return page.ending(format!(
            "It is a WebSocket's beginning and goes straight to {source}."
        ));
    }
    let parts = described::parts_of_origin(&wanted);
    let parts = parts
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_deref()));
    page.key = Some(key_view(site, route, parts, &wanted.key));
    page.tags = described::tags_of_origin(&wanted);
    let named = Named {
        id: located.id,
        route,
        tier,
        key: wanted.key.clone(),
        wanted: Some(wanted),
    };
    stored(ports, site, request, named, page).await
}

async fn stored<P: Ports>(
    ports: &P,
    site: &Site,
    request: &RequestHead<'_>,
    mut named: Named<'_>,
    mut page: Explanation,
) -> Explanation {
    // As the request itself would: a view that is too old is renewed first.
    let sight = sight::prepare(ports, site, request).await;
    let found = layers(ports, &named).await;
    page.purges = purges(ports, &named.key, &page.tags, &found);
    let explained = found.into_iter().map(|found| ExplainedLayer {
        verdict: verdict(&found),
        found,
    });
    page.layers = explained.collect();
    let Some(mut wanted) = named.wanted.take() else {
        return page;
    };
    wanted.sight = sight;
    let looked = look::layers(ports, named.route, named.tier, &wanted).await;
    let now = sentence(site, &named, &wanted, &looked.choice);
    page.ending(guarded(named.route, with_trust(now, &wanted.sight)))
}

fn verdict(found: &LayerView) -> String {
    if !found.variants.is_empty() {
        let count = found.variants.len();
        return format!("request fields select among its answers: it knows of {count}");
    }
    found
        .answer
        .as_ref()
        .map_or_else(|| super::verdict(found), of_answer)
}

fn of_answer(answer: &AnswerView) -> String {
    let basis = answer.origin.as_ref().map_or("tier", |origin| origin.basis);
    let part = answer.origin.as_ref().and_then(|own| own.part.as_deref());
    let part = part.map_or_else(String::new, |part| format!("; it is a part, {part}"));
    let ttl_s = answer.ttl_s;
    let text = match (answer.freshness, answer.purged_by) {
        (Standing::Void, Some(by)) => {
            return format!("void: purge {by} came after its number {}", answer.seq);
        }
        (Standing::NoCache, _) => "validated each time: it says no-cache".to_owned(),
        (Standing::Fresh, _) => format!("fresh for {ttl_s} s more, by {basis}"),
        (Standing::StaleWhileRevalidate, _) => {
            "stale, but may be served while it is validated".to_owned()
        }
        (Standing::StaleIfError, _) => {
            "stale: validated first, and may be served if its origin fails".to_owned()
        }
        (Standing::Stale | Standing::Aging | Standing::Dead, _) | (Standing::Void, None) => {
            "stale: it can only be validated".to_owned()
        }
    };
    let purged = match (answer.purges, answer.purged_by) {
        (Validity::Soft, Some(by)) => format!(", stale by the soft purge {by}"),
        (Validity::Valid | Validity::Hard, _) | (Validity::Soft, None) => String::new(),
    };
    format!("{text}{purged}{part}")
}

fn sentence<B>(site: &Site, named: &Named<'_>, wanted: &Wanted, choice: &Choice<B>) -> String {
    let asked = asked(site, named, wanted);
    match choice {
        Choice::Use(found, how) => used(found, *how, named.tier, &asked),
        Choice::Validate {
            candidate,
            why,
            on_failure,
        } => {
            let (layer, why) = (candidate.layer.as_str(), reason(candidate, *why, wanted));
            let left = left(*on_failure);
            format!(
                "The client waits while the answer in {layer} is validated, because {why}: {asked} \
                 (REVALIDATED, or EXPIRED with a new one); if that fails, {left}."
            )
        }
        Choice::Complete(part) => {
            let layer = part.layer.as_str();
            format!("The answer in {layer} is a part, so {asked} for the rest (MISS).")
        }
        Choice::Absent(why) => {
            let what = match why {
                ForwardWhy::VaryMiss => {
                    "What is stored for the URL was selected by other request fields"
                }
                ForwardWhy::Partial => "What is stored is another part",
                ForwardWhy::UriMiss
                | ForwardWhy::Bypass
                | ForwardWhy::Method
                | ForwardWhy::Request
                | ForwardWhy::Stale => "No layer has an answer that may be used",
            };
            format!("{what}, so the client waits while {asked} (MISS).")
        }
        Choice::NotStored => {
            let source = described::source(site, named.route);
            format!("The request says no-store and goes straight to {source} (BYPASS).")
        }
        Choice::OnlyIfCached => {
            "It is refused with 504: the request says only-if-cached, and nothing that is stored \
             answers it."
                .to_owned()
        }
    }
}

fn asked(site: &Site, named: &Named<'_>, wanted: &Wanted) -> String {
    let source = described::source(site, named.route);
    match wanted.may_share() {
        true => {
            let shard = wanted.key.shard(site.shield.shards);
            format!("shard {shard} of the shield asks {source}")
        }
        false => format!("the edge itself, for this client alone, asks {source}"),
    }
}

fn used<B>(found: &Candidate<B>, how: Use, tier: &Tier, asked: &str) -> String {
    let (layer, ttl_s) = (found.layer.as_str(), found.ttl_s());
    let basis = match tier.honor_origin {
        Some(_) => found.terms.basis.as_str(),
        None => "tier",
    };
    match how {
        Use::Fresh => format!(
            "It is answered from {layer} (HIT), which has it fresh for {ttl_s} s more, by {basis}."
        ),
        Use::Stale => format!(
            "It is answered from {layer} (STALE): it is stale, and the request takes it so (max-stale)."
        ),
        Use::WhileRevalidating => format!(
            "It is answered at once with the stale answer in {layer} (STALE), and behind it {asked}."
        ),
    }
}

/// Why it may not be sent as it is.
fn reason<B>(found: &Candidate<B>, why: ForwardWhy, wanted: &Wanted) -> &'static str {
    match (why, found.terms.unvalidated, wanted.sight.trust) {
        (ForwardWhy::Request, _, _) => "the request asks for it",
        (_, Unvalidated::Never, _) => "the answer says no-cache",
        (_, _, Trust::Nothing | Trust::Shield) => "nobody can tell whether it was purged",
        (_, Unvalidated::WhileFresh | Unvalidated::WhenStaleToo, Trust::View) => "it is stale",
    }
}

fn left(on_failure: OnFailure) -> String {
    match on_failure {
        OnFailure::StoredForErrors => "the stored answer stands in".to_owned(),
        OnFailure::StoredIfUnreachable => {
            "the stored answer stands in for an origin that does not answer at all".to_owned()
        }
        OnFailure::Fail(why) => format!("so does the request ({})", why.as_str()),
    }
}
