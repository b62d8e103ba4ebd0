//! From a request to its answer: the order of the stages, and nothing else.

mod failed;
mod options;
mod origins;

use super::admit::Fetched;
use super::answer::{Answer, AnswerOf, memory_hit, passed_on};
use super::lookup::{Candidate, Lookup, Verdict, layers, served_stale};
use super::memory_lane::{Found, Seen, fresh};
use super::plan::{Located, Target, authorize, locate, target};
use super::refresh::Within;
use super::sight::{self, Sight};
use super::{admit, fill, refresh};
use crate::cache::freshness::{Freshness, judge};
use crate::cache::stored::{Coding, Stored};
use crate::config::site::{Site, Source};
use crate::failure::{Failure, Kind};
use crate::key::CacheKey;
use crate::outcome::{CacheVerdict, LayerReport, Outcome};
use crate::policy::{Refusal, Terms, Tier, terms_for};
use crate::ports::origin::OriginPorts;
use crate::ports::{Asked, Body, Delivery, Passing, Secrets};
use crate::respond::stored::{Shape, head, shape};
use crate::semantics::request::RequestHead;
pub use origins::Asker;
use std::rc::Rc;

/// One request on its way.
#[derive(Clone, Copy, Debug)]
struct Errand<'a, P> {
    ports: &'a P,
    site: &'a Rc<Site>,
    request: &'a RequestHead<'a>,
    request_id: &'a str,
    asker: &'a Asker,
}

/// What a cached route is asked for, and what may be taken for valid.
#[derive(Clone, Copy, Debug)]
struct Wanted<'a, 's, 'r> {
    located: &'a Located<'s, 'r>,
    tier: &'a Tier,
    target: &'a Target,
    key: &'a CacheKey,
    sight: &'a Sight,
}

/// Answers a request. Every failure is an answer too.
pub async fn serve<P: OriginPorts>(
    ports: &P,
    site: &Rc<Site>,
    secrets: &Secrets,
    request: &RequestHead<'_>,
    request_id: &str,
) -> AnswerOf<P> {
    serve_to(&Asker::Client, ports, site, secrets, request, request_id).await
}

/// The same, for anybody.
pub async fn serve_to<P: OriginPorts>(
    asker: &Asker,
    ports: &P,
    site: &Rc<Site>,
    secrets: &Secrets,
    request: &RequestHead<'_>,
    request_id: &str,
) -> AnswerOf<P> {
    let errand = Errand {
        ports,
        site,
        request,
        request_id,
        asker,
    };
    if let Some(answer) = errand.options() {
        return answer;
    }
    let located = match locate(site, request) {
        Ok(located) => located,
        Err(failure) => return errand.failed(&failure, Outcome::bypass(None)),
    };
    let route = Some(located.route.pattern.clone());
    match errand.answer(&located, secrets).await {
        Ok(answer) => answer,
        Err(failure) => errand.failed_on(located.route, &failure, Outcome::bypass(route)),
    }
}

impl<P: OriginPorts> Errand<'_, P> {
    async fn answer(
        &self,
        located: &Located<'_, '_>,
        secrets: &Secrets,
    ) -> Result<AnswerOf<P>, Failure> {
        authorize(located.route, self.request, secrets)?;
        if let Source::Origin(_) = located.route.source {
            return Ok(self.origins(located, secrets).await);
        }
        let Some(tier) = located
            .route
            .tier
            .as_ref()
            .filter(|_| self.request.is_read())
        else {
            return Ok(self.uncached(located).await);
        };
        let target = target(self.site, located, self.request, None)?;
        let Some(key) = target.key.as_ref() else {
            return Err(Failure::new(Kind::Internal, "").because("a cached read has no key"));
        };
        let sight = sight::prepare(self.ports, self.site, self.request).await;
        let wanted = Wanted {
            located,
            tier,
            target: &target,
            key,
            sight: &sight,
        };
        let mut answer = self.cached(wanted).await?;
        // What became of the bookmark matters more to its holder than why something was stale.
        answer.outcome.detail = sight.note.or(answer.outcome.detail);
        Ok(answer)
    }

    async fn cached(&self, wanted: Wanted<'_, '_, '_>) -> Result<AnswerOf<P>, Failure> {
        let Wanted {
            located,
            tier,
            target,
            key,
            sight,
        } = wanted;
        let now = self.ports.now();
        let hit = self.ports.with_watch(|watch| {
            let view = &watch.view;
            let seen = Seen { sight, view };
            self.ports
                .with_memory(|memory| fresh(located, target, self.request, memory, seen, now))
        });
        if let Some(found) = hit {
            if found.standing.freshness == Freshness::Aging {
                self.refresh(&wanted).start(&found.stored.head);
            }
            return self.send(found.clone(), memory_hit(&found)).await;
        }
        let Lookup {
            verdict,
            mut reports,
        } = layers(self.ports, located.route, tier, key, sight).await;
        let mut detail = None;
        let (candidate, verdict) = match verdict {
            Verdict::Fresh(candidate) => (candidate, CacheVerdict::Hit),
            Verdict::Aging(candidate) => {
                self.refresh(&wanted).start(&candidate.stored.head);
                (candidate, CacheVerdict::Hit)
            }
            Verdict::Stale(candidate) => {
                self.refresh(&wanted).start(&candidate.stored.head);
                detail = candidate.relief(self.ports.now());
                (candidate, CacheVerdict::Stale)
            }
            Verdict::Expired(candidate) => {
                return self.fetch(wanted, Some(candidate), reports).await;
            }
            Verdict::Miss => return self.fetch(wanted, None, reports).await,
        };
        admit::promoted(self.ports, tier, &candidate, &mut reports);
        let outcome = Outcome {
            verdict,
            layers: reports,
            detail,
            ..Outcome::bypass(Some(located.route.pattern.clone()))
        };
        self.send(self.found(located, candidate), outcome).await
    }

    /// Asks the source; a stale candidate stands in if that fails (RFC 5861 §4) or takes too long.
    async fn fetch(
        &self,
        wanted: Wanted<'_, '_, '_>,
        candidate: Option<Candidate<P::Body>>,
        reports: Vec<LayerReport>,
    ) -> Result<AnswerOf<P>, Failure> {
        let route = wanted.located.route;
        let outcome = Outcome {
            verdict: match candidate {
                Some(_) => CacheVerdict::Expired,
                None => CacheVerdict::Miss,
            },
            layers: reports,
            ..Outcome::bypass(Some(route.pattern.clone()))
        };
        let (candidate, asked) = match (candidate, wanted.tier.soft_timeout) {
            (Some(candidate), Some(soft)) => {
                match self.refresh(&wanted).within(soft, &outcome.layers).await {
                    Within::Answered(asked) => (Some(candidate), asked),
                    Within::Late { source_ms } => {
                        let outcome = Outcome {
                            source_ms,
                            ..outcome
                        };
                        let why = ("soft-timeout", Kind::Timeout);
                        return self.stand_in(&wanted, candidate, why, outcome).await;
                    }
                }
            }
            (candidate, _) => (candidate, self.ask(&wanted).await),
        };
        let (shield, delivery) = asked;
        let outcome = outcome.through(shield);
        match (delivery, candidate) {
            (Ok(Delivery::Whole(stored)), _) => self.filled(&wanted, stored, outcome).await,
            (Ok(Delivery::Passing(passing)), _) => self.passing(&wanted, passing, outcome),
            (Err(failure), Some(candidate)) if failure.kind.is_source_failure() => {
                let stale = self.stand_in(
                    &wanted,
                    candidate,
                    ("stale-if-error", failure.kind),
                    outcome,
                );
                let mut answer = stale.await?;
                answer.internal = Some(failure.internal);
                Ok(answer)
            }
            (Err(failure), _) => Ok(self.failed_on(route, &failure, outcome)),
        }
    }

    async fn ask(&self, wanted: &Wanted<'_, '_, '_>) -> Asked<P> {
        let (ports, route) = (self.ports, wanted.located.route);
        let (target, key, sight) = (wanted.target, wanted.key, wanted.sight);
        fill::fill(ports, self.site, route, target, key, sight).await
    }

    fn refresh(&self, wanted: &Wanted<'_, '_, '_>) -> refresh::Errand<P> {
        refresh::Errand {
            ports: self.ports.clone(),
            site: self.site.clone(),
            target: wanted.target.clone(),
            key: wanted.key.clone(),
            sight: *wanted.sight,
        }
    }

    /// Stores what the source gave, and sends it.
    async fn filled(
        &self,
        wanted: &Wanted<'_, '_, '_>,
        stored: Stored<P::Body>,
        mut outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        let fetched = Fetched::of(outcome.shield);
        let reports = &mut outcome.layers;
        admit::absence(self.ports, reports, &stored, fetched);
        admit::filled(
            self.ports,
            self.site,
            wanted.tier,
            &stored,
            fetched,
            reports,
        );
        let found = self.found_anew(wanted.located, stored)?;
        self.send(found, outcome).await
    }

    /// Sends what is too large to be stored, as it comes in. The client is told the tier's terms all the
    /// same: how long an answer holds does not depend on its size, and its tag is that of the bytes.
    fn passing(
        &self,
        wanted: &Wanted<'_, '_, '_>,
        passing: Passing<P::Stream>,
        mut outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        let (stored, route) = (&passing.head, wanted.located.route);
        let terms = known_terms(wanted.tier, stored.status)?;
        let standing = judge(stored, terms, None, 0, self.ports.now());
        let shape = shape(stored, self.request);
        let head = head(stored, shape, &standing, terms, route, self.request.path);
        outcome.detail = Some(Refusal::TooLarge.as_str());
        Ok(passed_on(self.ports, head, shape, passing, outcome))
    }

    /// Sends a stale answer in the place of the source's.
    async fn stand_in(
        &self,
        wanted: &Wanted<'_, '_, '_>,
        candidate: Candidate<P::Body>,
        (why, failed): (&'static str, Kind),
        mut outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        served_stale(&mut outcome.layers, &candidate);
        outcome.verdict = CacheVerdict::Stale;
        outcome.detail = Some(why);
        outcome.failure = Some(failed);
        self.send(self.found(wanted.located, candidate), outcome)
            .await
    }

    fn found<'s>(
        &self,
        located: &Located<'s, '_>,
        candidate: Candidate<P::Body>,
    ) -> Found<'s, P::Body> {
        let Candidate {
            stored,
            terms,
            standing,
            layer: _,
        } = candidate;
        let shape = shape(&stored.head, self.request);
        Found {
            id: located.id,
            route: located.route,
            stored,
            standing,
            terms,
            shape,
        }
    }

    fn found_anew<'s>(
        &self,
        located: &Located<'s, '_>,
        stored: Stored<P::Body>,
    ) -> Result<Found<'s, P::Body>, Failure> {
        let tier = located.route.tier.as_ref();
        let tier = tier.ok_or_else(|| {
            Failure::new(Kind::Internal, "").because("an answer of a route without a tier")
        })?;
        let terms = known_terms(tier, stored.head.status)?;
        let standing = judge(&stored.head, terms, None, stored.jitter, self.ports.now());
        let shape = shape(&stored.head, self.request);
        Ok(Found {
            id: located.id,
            route: located.route,
            stored,
            standing,
            terms,
            shape,
        })
    }

    /// Sends a stored response, in the coding that the request asks for.
    async fn send(
        &self,
        mut found: Found<'_, P::Body>,
        outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        let coding = found.shape.coding();
        let bodiless = matches!(found.shape, Shape::NotModified(_));
        if !bodiless && !found.stored.body.has(coding) && found.stored.head.status == 200 {
            found.stored.body = self.recoded(&found.stored, coding).await?;
        }
        Answer::stored(&found, outcome, self.request, self.request_id)
            .ok_or_else(|| Failure::new(Kind::Internal, "").because("a body lacks its coding"))
    }

    /// Makes the missing coding, and lets the memory layer keep it for the next request.
    async fn recoded(&self, stored: &Stored<P::Body>, coding: Coding) -> Result<P::Body, Failure> {
        let body = self.ports.recode(stored, coding).await.ok_or_else(|| {
            Failure::new(Kind::Internal, "").because("a stored body does not decompress")
        })?;
        let head = &stored.head;
        let weight = body.weight().saturating_add(admit::head_weight(stored));
        self.ports.with_memory(|memory| {
            let kept = memory
                .peek(&head.key)
                .is_some_and(|kept| Rc::ptr_eq(&kept.head, head));
            // Too heavy with both codings, it stays with the one.
            if kept && memory.takes(&head.key, weight) {
                memory.insert(
                    &head.key,
                    Stored {
                        body: body.clone(),
                        ..stored.clone()
                    },
                    weight,
                );
            }
        });
        Ok(body)
    }
}

fn known_terms(tier: &Tier, status: u16) -> Result<Terms, Failure> {
    terms_for(tier, status)
        .ok_or_else(|| Failure::new(Kind::Internal, "").because("an answer of no known status"))
}
