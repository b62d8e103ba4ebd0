//! Looks for a stored response that answers a request, layer by layer, nearest first (RFC 9111 §4).

use super::candidate::Candidate;
use super::wanted::Wanted;
use crate::cache::http::{Http, Response, Signpost};
use crate::cache::receipt;
use crate::cache::stored::{Stored, content_type};
use crate::config::site::Route;
use crate::outcome::{Finding, ForwardWhy, Layer, LayerReport};
use crate::pipeline::lookup::read;
use crate::pipeline::sight::Trust;
use crate::policy::Tier;
use crate::policy::lifetime::OriginTerms;
use crate::policy::reuse::{Absent, OnFailure, Reuse, Why, decide, when_absent};
use crate::ports::{Body, Ports, Read};
use crate::purge::index::Verdict;
use crate::purge::view::View;
use crate::semantics::age::current_age;
use crate::semantics::method::Method;
use crate::semantics::preconditions::{Representation, answer_from_part};
use crate::semantics::range::partial::FromPart;
use crate::semantics::validators::Validators;
use crate::time::Timestamp;
use std::time::Duration;

/// How a stored response is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Fresh,
    /// The client takes it so.
    Stale,
    /// And is validated behind the answer.
    WhileRevalidating,
}

#[derive(Clone, Debug)]
pub enum Choice<B> {
    Use(Candidate<B>, Use),
    /// Ask first whether it is still good.
    Validate {
        candidate: Candidate<B>,
        why: ForwardWhy,
        on_failure: OnFailure,
    },
    /// It is a part, fresh, and not what is asked for: the rest may be fetched.
    Complete(Candidate<B>),
    Absent(ForwardWhy),
    /// The client does not want its answer stored.
    NotStored,
    /// Nothing may be asked, and nothing is there: 504.
    OnlyIfCached,
}

#[derive(Clone, Debug)]
pub struct Looked<B> {
    pub choice: Choice<B>,
    /// One per layer asked, nearest first.
    pub reports: Vec<LayerReport>,
    /// To the variants that the layers told of.
    pub signpost: Option<Signpost>,
}

/// What was found on the way.
struct Search<'a, B> {
    wanted: &'a Wanted,
    stale_max: Duration,
    reports: Vec<LayerReport>,
    signpost: Option<Signpost>,
    newest: Option<Timestamp>,
    /// The newest that cannot be used as it is.
    validate: Option<(Candidate<B>, ForwardWhy, OnFailure)>,
    part: Option<Candidate<B>>,
    other_variants: bool,
}

/// INVARIANT: an answer is never used when a newer one was seen, even one that may no longer be served.
pub async fn layers<P: Ports>(
    ports: &P,
    route: &Route,
    tier: &Tier,
    wanted: &Wanted,
) -> Looked<P::Body> {
    let mut search = Search {
        wanted,
        stale_max: tier
            .honor_origin
            .as_ref()
            .map_or(Duration::ZERO, |honor| honor.stale_max),
        reports: Vec::with_capacity(Layer::ALL.len()),
        signpost: None,
        newest: None,
        validate: None,
        part: None,
        other_variants: false,
    };
    if wanted.directives.no_store.is_some() {
        let choice = match wanted.directives.only_if_cached {
            Some(_) => Choice::OnlyIfCached,
            None => Choice::NotStored,
        };
        return search.end(choice);
    }
    for layer in Layer::ALL
        .into_iter()
        .filter(|layer| tier.layers.has(*layer))
    {
        let began = ports.now();
        let read = search.read(ports, layer).await;
        let took_ms = u32::try_from(ports.now().since(began).as_millis()).unwrap_or(u32::MAX);
        let (finding, usable) = search.weigh(ports, route, tier, layer, read);
        search.reports.push(LayerReport {
            layer,
            finding,
            stored: false,
            took_ms,
        });
        if let Some((candidate, how)) = usable {
            return search.end(Choice::Use(candidate, how));
        }
    }
    let choice = search.without_use();
    search.end(choice)
}

impl<B: Body> Search<'_, B> {
    fn end(self, choice: Choice<B>) -> Looked<B> {
        Looked {
            choice,
            reports: self.reports,
            signpost: self.signpost,
        }
    }

    /// What lies in a layer under the URI, or under the variant that the request selects.
    async fn read<P: Ports<Body = B>>(&mut self, ports: &P, layer: Layer) -> Read<B> {
        let found = read(ports, layer, &self.wanted.key).await;
        let Read::Found(stored) = found else {
            return found;
        };
        let Some(Http::Signpost(signpost)) = stored.head.http.as_deref() else {
            return Read::Found(stored);
        };
        let known = self.signpost.get_or_insert_default();
        known.merge(signpost);
        // One isolate may know of a variant that another one has stored here since.
        let Some(variant) = known.choose(&self.wanted.forwarded) else {
            self.other_variants = true;
            return Read::Absent;
        };
        let key = receipt::key_of(&self.wanted.key, &variant.selecting);
        read(ports, layer, &key).await
    }

    fn weigh<P: Ports<Body = B>>(
        &mut self,
        ports: &P,
        route: &Route,
        tier: &Tier,
        layer: Layer,
        read: Read<B>,
    ) -> (Finding, Option<(Candidate<B>, Use)>) {
        let stored = match read {
            Read::Found(stored) => stored,
            Read::Absent if self.other_variants => return (Finding::OtherVariants, None),
            Read::Absent => return (Finding::Absent, None),
            Read::Unusable(why) => return (Finding::Unusable(why), None),
            Read::Failed => return (Finding::Failed, None),
        };
        let now = ports.now();
        let stood = ports.with_watch(|watch| {
            let of = (route, tier, self.wanted);
            stand(of, stored, layer, &watch.view, now)
        });
        let candidate = match stood {
            Ok(candidate) => candidate,
            Err(why) => return (Finding::Unusable(why), None),
        };
        let created = Some(candidate.stored.head.created);
        if created < self.newest {
            return (Finding::Unusable("superseded"), None);
        }
        if created > self.newest {
            (self.newest, self.validate, self.part) = (created, None, None);
        }
        self.judge(candidate, now)
    }

    fn judge(
        &mut self,
        candidate: Candidate<B>,
        now: Timestamp,
    ) -> (Finding, Option<(Candidate<B>, Use)>) {
        let wanted = self.wanted;
        let ttl_s = candidate.ttl_s();
        let method = Method::parse(&wanted.method);
        let reuse = decide(candidate.held(), method, &wanted.directives, self.stale_max);
        let is_missing = candidate.part().is_some() && !answers(&candidate, wanted, now);
        match (reuse, wanted.sight.trust) {
            (Reuse::Fresh, Trust::View) if is_missing => {
                self.part = Some(candidate);
                (Finding::Partial, None)
            }
            (_, _) if is_missing => (Finding::Partial, None),
            (Reuse::Fresh, Trust::View) => {
                (Finding::Fresh { ttl_s }, Some((candidate, Use::Fresh)))
            }
            (Reuse::StaleForClient, Trust::View) => (
                Finding::ServedStale { ttl_s },
                Some((candidate, Use::Stale)),
            ),
            (Reuse::StaleWhileRevalidate, Trust::View) => (
                Finding::ServedStale { ttl_s },
                Some((candidate, Use::WhileRevalidating)),
            ),
            (Reuse::Validate { why, on_failure }, _) => {
                let (finding, why) = match why {
                    Why::Stale | Why::ResponseNoCache => {
                        (Finding::Stale { ttl_s }, ForwardWhy::Stale)
                    }
                    Why::RequestNoCache | Why::RequestMaxAge | Why::RequestMinFresh => {
                        (Finding::ToValidate { ttl_s }, ForwardWhy::Request)
                    }
                };
                self.validate.get_or_insert((candidate, why, on_failure));
                (finding, None)
            }
            // Nobody can tell whether it was purged.
            (
                Reuse::Fresh | Reuse::StaleForClient | Reuse::StaleWhileRevalidate,
                Trust::Nothing | Trust::Shield,
            ) => {
                let on_failure = OnFailure::StoredForErrors;
                let why = ForwardWhy::Stale;
                self.validate.get_or_insert((candidate, why, on_failure));
                (Finding::Unusable("unverified"), None)
            }
            (Reuse::Forward(_) | Reuse::OnlyIfCachedMiss, _) => (Finding::Stale { ttl_s }, None),
        }
    }

    fn without_use(&mut self) -> Choice<B> {
        let method = Method::parse(&self.wanted.method);
        if when_absent(method, &self.wanted.directives) == Absent::OnlyIfCachedMiss {
            return Choice::OnlyIfCached;
        }
        if let Some((candidate, why, on_failure)) = self.validate.take() {
            return Choice::Validate {
                candidate,
                why,
                on_failure,
            };
        }
        if let Some(part) = self.part.take() {
            return Choice::Complete(part);
        }
        let saw = |finding: Finding| self.reports.iter().any(|report| report.finding == finding);
        Choice::Absent(if saw(Finding::Partial) {
            ForwardWhy::Partial
        } else if saw(Finding::OtherVariants) {
            ForwardWhy::VaryMiss
        } else {
            ForwardWhy::UriMiss
        })
    }
}

/// How a stored response stands now, by its terms and the purges.
///
/// # Errors
/// Why it may not be used at all, in a word.
pub fn stand<B>(
    of: (&Route, &Tier, &Wanted),
    stored: Stored<B>,
    layer: Layer,
    view: &View,
    now: Timestamp,
) -> Result<Candidate<B>, &'static str> {
    let (route, tier, wanted) = of;
    let head = &stored.head;
    let Some(response) = receipt::response(head) else {
        return Err("not-http");
    };
    if wanted.is_for_other_queries_than(&head.headers) {
        return Err("other-queries");
    }
    let mut terms = terms_now(route, tier, head.status, &head.headers, response)?;
    let age_at = |when| current_age(response.initial_age, head.created, when);
    match view.verdict(head.seq, &head.key, &head.tags) {
        Verdict::Valid => {}
        Verdict::Hard { .. } => return Err("purged"),
        Verdict::Soft { first, .. } if first <= wanted.sight.bookmark => return Err("purged"),
        Verdict::Soft { since, .. } => {
            terms.lifetime = terms.lifetime.min(age_at(since.min(now)));
        }
    }
    match wanted.sight.trust {
        Trust::View | Trust::Nothing => {}
        Trust::Shield => return Err("bookmark"),
    }
    let (age, seen) = (age_at(now), view.head().max(head.seq));
    Ok(Candidate {
        stored,
        terms,
        age,
        layer,
        seen,
    })
}

/// A TTL of the tier acts on what is stored already; the origin's own words were heard when it came.
///
/// # Errors
/// Why it may not be used at all, in a word.
pub fn terms_now(
    route: &Route,
    tier: &Tier,
    status: u16,
    headers: &[(String, String)],
    response: &Response,
) -> Result<OriginTerms, &'static str> {
    let tier = route.tier_of(content_type(headers)).unwrap_or(tier);
    match tier.honor_origin {
        Some(_) => Ok(response.terms),
        None => receipt::fixed_terms(tier, status).ok_or("status"),
    }
}

/// Whether a part holds all that is asked for.
fn answers<B: Body>(candidate: &Candidate<B>, wanted: &Wanted, now: Timestamp) -> bool {
    let Some(holding) = candidate.part() else {
        return true;
    };
    let fields = candidate.fields();
    let head = &candidate.stored.head;
    let representation = Representation {
        status: head.status,
        validators: Validators::of(&fields, head.created),
        received: head.created,
        length: holding.complete().unwrap_or(0),
    };
    let found = answer_from_part(
        &wanted.fields,
        &wanted.method,
        &representation,
        holding,
        now,
    );
    found != FromPart::Missing
}
