//! Asks the origin: with which conditions, through whom, and what a failure leaves.

use super::candidate::Candidate;
use super::{Answered, Errand};
use crate::cache::http::Signpost;
use crate::failure::{Failure, Kind};
use crate::outcome::{CacheVerdict, Finding, ForwardWhy, LayerReport, ShieldReport};
use crate::policy::reuse::{OnFailure, StaleForbidden};
use crate::ports::Body;
use crate::ports::origin::{ArrivalOf, Content, OriginPorts};
use crate::purge::seq::PurgeSeq;
use crate::semantics::fields::Fields;
use crate::semantics::preconditions::{COMPARISONS, GUARDS, RANGES};
use crate::semantics::revalidation::{Asked, Held, complete, revalidate};
use crate::shield::message::{FetchAsk, Share};

/// What a request brings along to the origin.
#[derive(Clone, Debug)]
pub(super) struct Asking<B> {
    pub why: ForwardWhy,
    pub reports: Vec<LayerReport>,
    pub signpost: Option<Signpost>,
    /// What is to be validated, and may stand in.
    pub candidate: Option<Candidate<B>>,
    pub on_failure: Option<OnFailure>,
    /// What is to be completed.
    pub part: Option<Candidate<B>>,
}

impl<B> Default for Asking<B> {
    fn default() -> Self {
        Self {
            why: ForwardWhy::UriMiss,
            reports: Vec::new(),
            signpost: None,
            candidate: None,
            on_failure: None,
            part: None,
        }
    }
}

/// Whose conditions went to the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conditions {
    None,
    /// Those of the client, as they came.
    OfClient,
    /// Ours, to validate what is stored.
    Validation(Asked),
    /// Ours, to complete a part.
    Completion,
}

impl<P: OriginPorts> Errand<P> {
    pub(super) async fn ask(&self, asking: Asking<P::Body>) -> Answered<P> {
        let (fields, conditions) = self.conditioned(&asking);
        let arrival = self.contact(fields).await;
        let verdict = match asking.candidate {
            Some(_) => CacheVerdict::Expired,
            None => CacheVerdict::Miss,
        };
        let outcome = self.outcome(verdict, asking.reports.clone(), asking.why, None);
        match arrival {
            Ok(arrival) => {
                let answer = self.arrived(asking, conditions, arrival).await;
                answer.map_err(|failure| self.unanswered(failure, outcome))
            }
            Err(failure) => match self.stand_in(&asking, &failure) {
                Some(candidate) => {
                    let mut answer = self.send_stale(candidate, failure.kind, outcome)?;
                    answer.internal = Some(failure.internal);
                    Ok(answer)
                }
                None => {
                    let failure = self.without_answer(&asking, failure);
                    Err(self.unanswered(failure, outcome))
                }
            },
        }
    }

    /// What may answer in the place of an origin that cannot be reached.
    pub(super) fn stand_in(
        &self,
        asking: &Asking<P::Body>,
        failure: &Failure,
    ) -> Option<Candidate<P::Body>> {
        let allowed = match asking.on_failure? {
            OnFailure::StoredForErrors | OnFailure::StoredIfUnreachable => {
                failure.kind.is_source_failure()
            }
            OnFailure::Fail(_) => false,
        };
        asking.candidate.clone().filter(|_| allowed)
    }

    /// RFC 9111 §5.2.2.2: what must be validated and cannot be is a 504.
    fn without_answer(&self, asking: &Asking<P::Body>, failure: Failure) -> Failure {
        let must_revalidate = OnFailure::Fail(StaleForbidden::MustRevalidate);
        if asking.on_failure == Some(must_revalidate) && failure.kind.is_source_failure() {
            Failure::new(Kind::Timeout, "")
                .because(format!("must-revalidate: {}", failure.internal))
        } else {
            failure
        }
    }

    /// The fields that go to the origin.
    fn conditioned(&self, asking: &Asking<P::Body>) -> (Fields, Conditions) {
        let mut fields = self.wanted.forwarded.clone();
        if GUARDS.iter().any(|name| fields.contains(name)) {
            return (fields, Conditions::OfClient);
        }
        if let Some(candidate) = &asking.candidate {
            let stored = candidate.fields();
            let held = [Held::of(&stored, candidate.stored.head.created)];
            let client = self.wanted.fields.combined("if-none-match");
            if let Some(revalidation) = revalidate(&held, client.as_deref()) {
                revalidation.apply(&mut fields);
                // Ranges are cut from what has been validated.
                without(&mut fields, RANGES);
                return (fields, Conditions::Validation(revalidation.asked));
            }
        }
        if let Some(part) = &asking.part
            && let Some(holding) = part.part()
            && !self.wanted.fields.contains("range")
            && self.wanted.method == "GET"
        {
            let stored = part.fields();
            let held = Held::of(&stored, part.stored.head.created);
            if let Some(completion) = complete(&held, holding) {
                without(&mut fields, COMPARISONS);
                fields.set("Range", completion.range);
                fields.set("If-Range", completion.if_range);
                return (fields, Conditions::Completion);
            }
        }
        if fields.contains("range") {
            return (fields, Conditions::OfClient);
        }
        // The whole is asked for, so that it can be stored, and the client's conditions are judged on it.
        without(&mut fields, COMPARISONS);
        (fields, Conditions::None)
    }

    /// Through the shield whatever somebody else may wait for as well, and by ourselves what is for this
    /// client alone.
    pub(super) async fn contact(&self, fields: Fields) -> Result<ArrivalOf<P>, Failure> {
        let wanted = &self.wanted;
        if !wanted.may_share() {
            return self.contact_alone(fields).await;
        }
        let arrival = self.contact_shield(fields.clone(), wanted.sight.bookmark);
        let arrival = arrival.await?;
        if !self.is_voided(&arrival) {
            return Ok(arrival);
        }
        // It began before a purge that this isolate knows of: whoever asks after that asks again.
        self.discard(arrival);
        let head = self.ports.with_watch(|watch| watch.view.head());
        let after = head.max(wanted.sight.bookmark);
        self.contact_shield(fields, after).await
    }

    async fn contact_shield(
        &self,
        fields: Fields,
        after: PurgeSeq,
    ) -> Result<ArrivalOf<P>, Failure> {
        let wanted = &self.wanted;
        let ask = FetchAsk {
            route: self.route()?.fingerprint.clone(),
            key: wanted.key.as_str().to_owned(),
            share: Share::Join,
            after,
            fetch: wanted.fetch_with(self.traced(fields)?),
        };
        let shard = wanted.key.shard(self.site.shield.shards);
        match self.ports.fetch(shard, ask).await {
            Ok(arrival) => {
                self.heard(arrival.shield);
                Ok(arrival)
            }
            Err(none) => {
                self.heard(none.shield);
                Err(none.failure)
            }
        }
    }

    fn heard(&self, shield: Option<ShieldReport>) {
        let source_ms = shield.and_then(|report| report.source_ms);
        self.contacts.note(shield, source_ms);
    }

    async fn contact_alone(&self, fields: Fields) -> Result<ArrivalOf<P>, Failure> {
        // Noted before the origin is asked: a purge that comes from here on has a higher number.
        let seq = self.ports.with_watch(|watch| watch.view.head());
        let fetch = self.wanted.fetch_with(self.traced(fields)?);
        let arrival = self.forward(&fetch, Content::None).await?;
        Ok(ArrivalOf::<P> { seq, ..arrival })
    }

    fn is_voided(&self, arrival: &ArrivalOf<P>) -> bool {
        let is_anothers = arrival
            .shield
            .is_some_and(|report| report.collapsed || report.settled);
        is_anothers
            && self
                .ports
                .with_watch(|watch| watch.view.head() > arrival.seq)
    }
}

pub(super) fn without(fields: &mut Fields, names: [&str; 2]) {
    for name in names {
        fields.remove(name);
    }
}

/// Marks the layer whose stale answer was served after all.
pub(super) fn served_stale<B: Body>(reports: &mut [LayerReport], candidate: &Candidate<B>) {
    let ttl_s = candidate.ttl_s();
    mark(reports, candidate, Finding::ServedStale { ttl_s });
}

/// Marks the layer whose fresh answer does for the cache, and not for the request.
pub(super) fn to_validate<B: Body>(reports: &mut [LayerReport], candidate: &Candidate<B>) {
    let ttl_s = candidate.ttl_s();
    mark(reports, candidate, Finding::ToValidate { ttl_s });
}

fn mark<B>(reports: &mut [LayerReport], candidate: &Candidate<B>, finding: Finding) {
    let mut of_layer = reports.iter_mut();
    if let Some(report) = of_layer.find(|report| report.layer == candidate.layer) {
        report.finding = finding;
    }
}
