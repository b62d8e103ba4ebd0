//! What becomes of an origin's answer: a validation, a part, a failure, or a response to be stored and
//! sent.

use super::Errand;
use super::ask::{Asking, Conditions, without};
use super::candidate::Candidate;
use crate::cache::receipt::{self, Freshened, Place, Received};
use crate::cache::stored::{Coding, Head, Stored};
use crate::failure::{Failure, Kind};
use crate::outcome::{CacheVerdict, ForwardWhy, Layer, Outcome};
use crate::pipeline::answer::{Answer, AnswerOf};
use crate::policy::reuse::{OnFailure, is_failure};
use crate::ports::Body;
use crate::ports::origin::{ArrivalOf, Incoming, OriginPorts};
use crate::purge::seq::PurgeSeq;
use crate::semantics::age::current_age;
use crate::semantics::freshen::{After304, HeadEffect, Stored as Kept, head_effect, judge_304};
use crate::semantics::preconditions::{COMPARISONS, RANGES};
use crate::semantics::validators::Validators;
use crate::source::fetch::Exchanged;

impl<P: OriginPorts> Errand<P> {
    pub(super) async fn arrived(
        &self,
        asking: Asking<P::Body>,
        conditions: Conditions,
        arrival: ArrivalOf<P>,
    ) -> Result<AnswerOf<P>, Failure> {
        let status = arrival.exchanged.status;
        let outcome = Outcome {
            shield: arrival.shield,
            ..self.outcome(
                verdict(&asking),
                asking.reports.clone(),
                asking.why,
                Some(status),
            )
        };
        match (status, conditions) {
            (304, Conditions::Validation(_)) => {
                return self.validated(asking, conditions, arrival, outcome).await;
            }
            (206, _) => return self.partial(asking, conditions, arrival, outcome).await,
            _ => {}
        }
        if is_failure(status)
            && asking.on_failure == Some(OnFailure::StoredForErrors)
            && let Some(candidate) = asking.candidate
        {
            self.discard(arrival);
            return self.send_stale(candidate, Kind::Unavailable, outcome);
        }
        if self.wanted.method == "HEAD" && status == 200 {
            self.head_tells(&asking, &arrival);
        }
        let errand = self.as_told_by(&arrival.exchanged);
        errand.received(&asking, arrival, outcome)
    }

    /// A response of its own: stored if it may be, and sent.
    fn received(
        &self,
        asking: &Asking<P::Body>,
        arrival: ArrivalOf<P>,
        mut outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        let place = self.place(&arrival.exchanged, arrival.seq)?;
        let head = match receipt::receive(self.wanted.receipt(), place, &arrival.exchanged) {
            Received::Store(head) => *head,
            Received::Refuse(why) => {
                outcome.detail = Some(why);
                if self.wanted.method == "GET" {
                    self.forget(asking);
                }
                return self.pass_compared(arrival, outcome);
            }
        };
        let declared = arrival.exchanged.declared_length();
        let max = self.site.limits.stored_body_bytes_max;
        if declared.is_some_and(|length| length > max) {
            outcome.detail = Some("too-large");
            return self.pass_compared(arrival, outcome);
        }
        match arrival.body {
            Incoming::None => {
                let body = self.ports.body_of(Vec::new());
                let stored = Stored::new(head, body);
                self.store_and_send(asking, stored, &arrival.exchanged, outcome)
            }
            Incoming::Whole(body) => {
                let stored = Stored::new(head, body);
                self.store_and_send(asking, stored, &arrival.exchanged, outcome)
            }
            Incoming::Coming(stream) => {
                self.send_coming(asking, head, (stream, &arrival.exchanged), outcome)
            }
        }
    }

    fn store_and_send(
        &self,
        asking: &Asking<P::Body>,
        stored: Stored<P::Body>,
        exchanged: &Exchanged,
        mut outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        self.store(asking, &stored, outcome.shield, &mut outcome.layers);
        let candidate = self.just_now(stored)?;
        self.send_fetched(&candidate, exchanged, outcome)
    }

    /// RFC 9111 §4.3.3 and §4.3.4: a 304.
    async fn validated(
        &self,
        asking: Asking<P::Body>,
        conditions: Conditions,
        arrival: ArrivalOf<P>,
        mut outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        let (Some(candidate), Conditions::Validation(asked)) = (&asking.candidate, conditions)
        else {
            return self.pass_on(arrival, outcome);
        };
        let fields = candidate.fields();
        let received = arrival.exchanged.received;
        let client = self.wanted.fields.combined("if-none-match");
        let after = judge_304(
            &Validators::of(&arrival.exchanged.fields, received),
            &[Kept {
                validators: Validators::of(&fields, candidate.stored.head.created),
                received: candidate.stored.head.created,
            }],
            asked,
            client.as_deref(),
        );
        match after {
            After304::Update(_) => {}
            After304::ForClient => return self.pass_on(arrival, outcome),
            After304::Repeat(why) => {
                outcome.detail = Some(why.as_str());
                return self.repeat(asking, outcome).await;
            }
        }
        outcome.verdict = CacheVerdict::Revalidated;
        if let Some(forwarded) = &mut outcome.forwarded {
            forwarded.validated = Some(candidate.layer);
        }
        let stored = self.freshen(&asking, candidate, &arrival, &mut outcome)?;
        let candidate = self.just_now(stored)?;
        let answer = self.send_checked(&candidate, outcome)?;
        Ok(with_cookies(answer, &arrival.exchanged))
    }

    /// The stored response, made new by what was told of it, and stored so.
    fn freshen(
        &self,
        asking: &Asking<P::Body>,
        candidate: &Candidate<P::Body>,
        arrival: &ArrivalOf<P>,
        outcome: &mut Outcome,
    ) -> Result<Stored<P::Body>, Failure> {
        // The origin has spoken for the representation, and not for the bytes that are here: a purge that
        // the shield knew and this isolate does not know yet must find them.
        let seq = arrival.seq.min(candidate.seen);
        let place = self.place(&arrival.exchanged, seq)?;
        let head = &candidate.stored.head;
        let freshened = receipt::freshened(head, self.wanted.receipt(), place, &arrival.exchanged);
        let anew = |head: Box<Head>| Stored::new(*head, candidate.stored.body.clone());
        Ok(match freshened {
            Some(Freshened::Store(head)) => {
                let stored = anew(head);
                self.store(asking, &stored, arrival.shield, &mut outcome.layers);
                stored
            }
            Some(Freshened::UseOnce(head)) => {
                self.forget(asking);
                anew(head)
            }
            None => candidate.stored.clone(),
        })
    }

    /// Asks once more, without conditions: the 304 was about nothing that anybody here has.
    pub(super) async fn repeat(
        &self,
        asking: Asking<P::Body>,
        outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        let mut fields = self.wanted.forwarded.clone();
        without(&mut fields, COMPARISONS);
        without(&mut fields, RANGES);
        let arrival = self.contact(fields).await?;
        let outcome = Outcome {
            shield: arrival.shield,
            ..outcome
        };
        self.received(&asking, arrival, outcome)
    }

    /// RFC 9111 §4.3.5: what the answer to a `HEAD` says of the stored `GET`.
    fn head_tells(&self, asking: &Asking<P::Body>, arrival: &ArrivalOf<P>) {
        let Some(candidate) = &asking.candidate else {
            return;
        };
        let length = candidate.stored.body.len(Coding::Identity).unwrap_or(0);
        let effect = head_effect(&arrival.exchanged.fields, &candidate.fields(), length);
        match effect {
            HeadEffect::Update => {
                let mut aside = self.hit_outcome(CacheVerdict::Revalidated);
                aside.layers = asking.reports.clone();
                // What cannot be freshened stays as it is.
                let _ = self.freshen(asking, candidate, arrival, &mut aside);
            }
            HeadEffect::Stale(_) => self.forget(asking),
        }
    }

    pub(super) fn place(&self, exchanged: &Exchanged, seq: PurgeSeq) -> Result<Place<'_>, Failure> {
        let own = self
            .route()?
            .tier_of(exchanged.fields.first("content-type"));
        Ok(Place {
            key: &self.wanted.key,
            tier: own.unwrap_or(self.tier()?),
            tags: &self.wanted.tags,
            seq,
        })
    }

    /// A response that has just come, or was just found to be good.
    pub(super) fn just_now(&self, stored: Stored<P::Body>) -> Result<Candidate<P::Body>, Failure> {
        let response = receipt::response(&stored.head).ok_or_else(|| {
            Failure::new(Kind::Internal, "").because("an answer of an origin is none")
        })?;
        let (terms, created) = (response.terms, stored.head.created);
        let age = current_age(response.initial_age, created, self.ports.now());
        let seen = stored.head.seq;
        Ok(Candidate {
            stored,
            terms,
            age,
            layer: Layer::Memory,
            seen,
        })
    }
}

/// Cookies are never stored, so nobody else is sent those that a 304 sets: they are for whoever asked.
fn with_cookies<B, S>(mut answer: Answer<B, S>, exchanged: &Exchanged) -> Answer<B, S> {
    for cookie in exchanged.fields.lines("set-cookie") {
        answer.head.push("Set-Cookie", cookie);
    }
    answer
}

fn verdict<B>(asking: &Asking<B>) -> CacheVerdict {
    match (&asking.candidate, asking.why) {
        (Some(_), _) => CacheVerdict::Expired,
        (None, ForwardWhy::Bypass | ForwardWhy::Method) => CacheVerdict::Bypass,
        (
            None,
            ForwardWhy::UriMiss
            | ForwardWhy::VaryMiss
            | ForwardWhy::Request
            | ForwardWhy::Stale
            | ForwardWhy::Partial,
        ) => CacheVerdict::Miss,
    }
}
