//! From a request to its answer: the order of the stages, and nothing else.

use super::admit::Fetched;
use super::answer::{Answer, AnswerOf, Content, memory_hit};
use super::lookup::{Candidate, Lookup, Verdict, layers, served_stale};
use super::memory_lane::{Found, Seen, fresh};
use super::plan::{Located, Target, authorize, locate, target};
use super::sight::{self, Sight};
use super::{admit, fill, refresh, uncached};
use crate::cache::freshness::judge;
use crate::cache::stored::{Coding, Stored};
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::key::CacheKey;
use crate::outcome::{CacheVerdict, LayerReport, Outcome};
use crate::policy::{Tier, terms_for};
use crate::ports::{Body, Ports, Secrets};
use crate::respond::cors;
use crate::respond::stored::{Shape, shape};
use crate::semantics::request::RequestHead;
use std::rc::Rc;

/// One request on its way.
#[derive(Clone, Copy, Debug)]
struct Errand<'a, P> {
    ports: &'a P,
    site: &'a Rc<Site>,
    request: &'a RequestHead<'a>,
    request_id: &'a str,
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
pub async fn serve<P: Ports>(
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
        Err(failure) => errand.failed(&failure, Outcome::bypass(route)),
    }
}

impl<P: Ports> Errand<'_, P> {
    /// `OPTIONS` is answered here unless a route takes it; a preflight always, where CORS is set up.
    fn options(&self) -> Option<AnswerOf<P>> {
        if self.request.method != "OPTIONS" {
            return None;
        }
        let cors = self.site.cors.as_ref();
        let preflight = self.request.preflight_method.filter(|_| cors.is_some());
        let allow = match (locate(self.site, self.request), preflight) {
            (Ok(_), None) => return None,
            (Ok(_), Some(method)) => vec![method.to_owned()],
            (Err(failure), _) if failure.kind == Kind::MethodNotAllowed => failure.allow,
            (Err(_), _) => return None,
        };
        // `finish` adds the CORS fields themselves.
        let head = cors::options(cors, self.request.origin, preflight, &allow);
        let outcome = Outcome::bypass(None);
        Some(Answer {
            head,
            content: Content::Empty,
            outcome,
            internal: None,
        })
    }

    async fn answer(
        &self,
        located: &Located<'_, '_>,
        secrets: &Secrets,
    ) -> Result<AnswerOf<P>, Failure> {
        authorize(located.route, self.request, secrets)?;
        let Some(tier) = located
            .route
            .tier
            .as_ref()
            .filter(|_| self.request.is_read())
        else {
            return uncached::serve(self.ports, self.site, located, self.request).await;
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
            return self.send(found.clone(), memory_hit(&found)).await;
        }
        let Lookup {
            verdict,
            mut reports,
        } = layers(self.ports, located.route, tier, key, sight).await;
        let (candidate, verdict) = match verdict {
            Verdict::Fresh(candidate) => (candidate, CacheVerdict::Hit),
            Verdict::Stale(candidate) => {
                refresh::start(self.ports, self.site, target, key, sight);
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
            ..Outcome::bypass(Some(located.route.pattern.clone()))
        };
        self.send(self.found(located, candidate), outcome).await
    }

    /// Asks the source; a stale candidate stands in if that fails (RFC 5861 §4).
    async fn fetch(
        &self,
        wanted: Wanted<'_, '_, '_>,
        candidate: Option<Candidate<P::Body>>,
        mut reports: Vec<LayerReport>,
    ) -> Result<AnswerOf<P>, Failure> {
        let Wanted {
            located,
            tier,
            target,
            key,
            sight,
        } = wanted;
        let route = located.route;
        let (shield, filled) = fill::fill(self.ports, self.site, route, target, key, sight).await;
        let mut outcome = Outcome {
            shield,
            ..Outcome::bypass(Some(route.pattern.clone()))
        };
        let stored = match (filled, candidate) {
            (Ok(stored), candidate) => {
                admit::absence(self.ports, &reports, &stored, Fetched::of(shield));
                outcome.verdict = match candidate {
                    Some(_) => CacheVerdict::Expired,
                    None => CacheVerdict::Miss,
                };
                stored
            }
            (Err(failure), Some(candidate)) if failure.kind.is_source_failure() => {
                served_stale(&mut reports, &candidate);
                outcome.verdict = CacheVerdict::Stale;
                outcome.detail = Some("stale-if-error");
                outcome.layers = reports;
                let mut answer = self.send(self.found(located, candidate), outcome).await?;
                answer.internal = Some(failure.internal);
                return Ok(answer);
            }
            (Err(failure), _) => {
                outcome.verdict = CacheVerdict::Miss;
                outcome.layers = reports;
                return Ok(self.failed(&failure, outcome));
            }
        };
        let fetched = Fetched::of(shield);
        admit::filled(self.ports, self.site, tier, &stored, fetched, &mut reports);
        outcome.layers = reports;
        let found = self.found_anew(located, stored)?;
        self.send(found, outcome).await
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
        let terms = tier.and_then(|tier| terms_for(tier, stored.head.status));
        let terms = terms.ok_or_else(|| {
            Failure::new(Kind::Internal, "").because("an answer of no known status")
        })?;
        let standing = judge(&stored.head, terms, stored.jitter, self.ports.now());
        let shape = shape(&stored.head, self.request);
        Ok(Found {
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

    fn failed(&self, failure: &Failure, outcome: Outcome) -> AnswerOf<P> {
        Answer::failed(failure, outcome, self.request_id, self.request.method)
    }
}
