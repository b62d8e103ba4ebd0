//! A 206: kept by itself, or put together with what is here of the same representation (RFC 9111 §3.3,
//! §3.4).

use super::Errand;
use super::ask::{Asking, Conditions};
use super::candidate::Candidate;
use crate::cache::receipt::{self, Received};
use crate::cache::stored::{Coding, Head, Stored};
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::pipeline::answer::AnswerOf;
use crate::ports::Body;
use crate::ports::origin::{ArrivalOf, Incoming, OriginPorts};
use crate::semantics::fields::Fields;
use crate::semantics::range::partial::Side;
use crate::semantics::validators::Validators;

impl<P: OriginPorts> Errand<P> {
    pub(super) async fn partial(
        &self,
        asking: Asking<P::Body>,
        conditions: Conditions,
        arrival: ArrivalOf<P>,
        outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        match conditions {
            Conditions::Completion => self.completed(asking, arrival, outcome).await,
            Conditions::None | Conditions::OfClient | Conditions::Validation(_) => {
                self.part_of_client(&asking, arrival, outcome)
            }
        }
    }

    /// What was missing has come; if it does not fit, the whole is asked for after all.
    async fn completed(
        &self,
        asking: Asking<P::Body>,
        arrival: ArrivalOf<P>,
        mut outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        let whole = self
            .own_part(&arrival)?
            .zip(asking.part.as_ref())
            .and_then(|(own, kept)| self.join(kept, &own))
            .filter(|stored| receipt::response(&stored.head).is_some_and(|r| r.part.is_none()));
        match whole {
            Some(stored) => {
                self.store(&asking, &stored, arrival.shield, &mut outcome.layers);
                let candidate = self.just_now(stored)?;
                self.send_checked(&candidate, outcome)
            }
            None => {
                self.discard(arrival);
                let asking = Asking {
                    part: None,
                    ..asking
                };
                self.repeat(asking, outcome).await
            }
        }
    }

    /// The client has asked for it and gets it as it came.
    fn part_of_client(
        &self,
        asking: &Asking<P::Body>,
        mut arrival: ArrivalOf<P>,
        mut outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        let head = match self.judged_part(&arrival)? {
            Received::Store(head) => *head,
            Received::Refuse(why) => {
                outcome.detail = Some(why);
                return self.pass_on(arrival, outcome);
            }
        };
        match arrival.body {
            Incoming::None => {}
            Incoming::Whole(ref body) => {
                if let Some(own) = part_of(head, body.clone()) {
                    self.keep_part(asking, &own, &mut outcome);
                }
            }
            Incoming::Coming(stream) => {
                let declared = arrival.exchanged.declared_length();
                let max = self.site.limits.stored_body_bytes_max;
                let (stream, whole) = self.ports.keep(stream, declared, max);
                arrival.body = Incoming::Coming(stream);
                let (errand, asking) = (self.clone(), asking.clone());
                let mut aside = outcome.clone();
                aside.shield = arrival.shield;
                self.ports.background(async move {
                    let own = whole.await.and_then(|body| part_of(head, body));
                    if let Some(own) = own {
                        errand.keep_part(&asking, &own, &mut aside);
                    }
                });
            }
        }
        self.pass_on(arrival, outcome)
    }

    /// With what is here of the same representation, or alone.
    fn keep_part(&self, asking: &Asking<P::Body>, own: &Stored<P::Body>, outcome: &mut Outcome) {
        let kept = asking.part.as_ref().or(asking.candidate.as_ref());
        let joined = kept.and_then(|kept| self.join(kept, own));
        let stored = joined.as_ref().unwrap_or(own);
        self.store(asking, stored, outcome.shield, &mut outcome.layers);
    }

    /// A part that came whole, may be stored, and is as long as it says.
    fn own_part(&self, arrival: &ArrivalOf<P>) -> Result<Option<Stored<P::Body>>, Failure> {
        let Incoming::Whole(body) = &arrival.body else {
            return Ok(None);
        };
        Ok(match self.judged_part(arrival)? {
            Received::Store(head) => part_of(*head, body.clone()),
            Received::Refuse(_) => None,
        })
    }

    fn judged_part(&self, arrival: &ArrivalOf<P>) -> Result<Received, Failure> {
        let place = self.place(&arrival.exchanged, arrival.seq)?;
        let request = self.wanted.receipt();
        Ok(receipt::receive(request, place, &arrival.exchanged))
    }

    /// Two parts of one representation as one stored response; a whole one if nothing is missing.
    fn join(&self, kept: &Candidate<P::Body>, own: &Stored<P::Body>) -> Option<Stored<P::Body>> {
        let (old, new) = (kept.part()?, receipt::response(&own.head)?.part.as_ref()?);
        let (old_fields, new_fields) = (kept.fields(), fields_of(&own.head));
        let joined = old
            .join(
                &Validators::of(&old_fields, kept.stored.head.created),
                new,
                &Validators::of(&new_fields, own.head.created),
            )
            .ok()?;
        let mine = kept.stored.body.bytes(Coding::Identity)?;
        let its = own.body.bytes(Coding::Identity)?;
        let mut bytes = Vec::new();
        for stretch in &joined.stretches {
            let from = match stretch.side {
                Side::Stored => &mine,
                Side::Received => &its,
            };
            let start = usize::try_from(stretch.offsets.start).ok()?;
            let end = usize::try_from(stretch.offsets.end).ok()?;
            bytes.extend_from_slice(from.get(start..end)?);
        }
        if bytes.len() as u64 > self.site.limits.stored_body_bytes_max {
            return None;
        }
        let head = receipt::joined(&kept.stored.head, &own.head, joined.holding)?;
        let head = Head {
            seq: head.seq.min(kept.seen),
            ..head
        };
        Some(Stored::new(head, self.ports.body_of(bytes)))
    }
}

fn fields_of(head: &Head) -> Fields {
    head.headers.iter().cloned().collect()
}

/// `None` for a body that is not as long as the head says.
fn part_of<B: Body>(head: Head, body: B) -> Option<Stored<B>> {
    let part = receipt::response(&head)?.part.as_ref()?;
    let stated: u64 = part.ranges().iter().map(|range| range.len()).sum();
    (body.len(Coding::Identity) == Some(stated)).then(|| Stored::new(head, body))
}
