//! Routes to HTTP origins: a shared cache after RFC 9111. The order of the stages is here; what each of
//! them decides is in `semantics`, `policy` and `cache::receipt`.

mod arrive;
mod ask;
pub mod candidate;
pub mod look;
mod part;
pub mod quick;
mod refresh;
mod search;
mod send;
mod store;
mod unsafely;
pub mod wanted;

use super::answer::{AnswerOf, Unanswered};
use super::plan::Located;
use super::sight;
use crate::config::site::{Origin, Route, Site, Source};
use crate::failure::{Failure, Kind};
use crate::outcome::{
    CacheVerdict, Finding, ForwardWhy, Forwarded, LayerReport, Outcome, ShieldReport, in_turn,
};
use crate::policy::Tier;
use crate::ports::origin::{ArrivalOf, Content, OriginPorts};
use crate::ports::{Ports, Secrets};
use crate::semantics::fields::Fields;
use crate::semantics::request::RequestHead;
use crate::source::fetch::Fetch;
use look::{Choice, Looked, Use};
use std::cell::Cell;
use std::rc::Rc;
use wanted::{ShownKey, Wanted};

type Answered<P> = Result<AnswerOf<P>, Box<Unanswered>>;

/// A request on its way to an origin, free of the client's borrowings, so that work may go on behind its
/// answer.
#[derive(Clone, Debug)]
struct Errand<P> {
    ports: P,
    site: Rc<Site>,
    wanted: Rc<Wanted>,
    contacts: Rc<Contacts>,
}

/// What the questions of one request to its origin have taken so far, whatever came of them.
#[derive(Debug, Default)]
struct Contacts {
    source_ms: Cell<Option<u32>>,
    /// The shield's part in the last one.
    shield: Cell<Option<ShieldReport>>,
}

impl Contacts {
    fn note(&self, shield: Option<ShieldReport>, source_ms: Option<u32>) {
        self.shield.set(shield);
        self.source_ms.set(in_turn(self.source_ms.get(), source_ms));
    }
}

/// `fields`: all of the request's.
///
/// # Errors
/// Whatever keeps the origin, and what is stored, from answering.
pub async fn serve<P: OriginPorts>(
    ports: &P,
    site: &Rc<Site>,
    secrets: &Secrets,
    located: &Located<'_, '_>,
    request: &RequestHead<'_>,
    fields: Fields,
) -> Answered<P> {
    let mut wanted = Wanted::read(site, located, request, fields)?;
    wanted.shown_key = ShownKey::asked_for(&wanted.fields, secrets);
    if located.route.tier.is_some() {
        wanted.sight = sight::prepare(ports, site, request).await;
        key_by_known(ports, &mut wanted);
    }
    let errand = Errand {
        ports: ports.clone(),
        site: site.clone(),
        wanted: Rc::new(wanted),
        contacts: Rc::default(),
    };
    errand.answer().await
}

/// Puts the request under the key that it has as far as this isolate knows how much the query matters.
pub fn key_by_known<P: Ports>(ports: &P, wanted: &mut Wanted) {
    if let Some(variance) = search::known(ports, wanted) {
        wanted.key_by(variance);
    }
}

impl<P: OriginPorts> Errand<P> {
    async fn answer(&self) -> Answered<P> {
        let tier = self.route()?.tier.as_ref();
        if !self.wanted.is_read() && (tier.is_some() || self.is_stored_elsewhere()) {
            return self.unsafely().await;
        }
        let Some(tier) = tier.filter(|_| !self.wanted.asks_for_websocket()) else {
            return self.straight(ForwardWhy::Bypass).await;
        };
        let Looked {
            choice,
            reports,
            signpost,
        } = look::layers(&self.ports, self.route()?, tier, &self.wanted).await;
        let asking = ask::Asking {
            reports,
            signpost,
            ..ask::Asking::default()
        };
        match choice {
            Choice::Use(candidate, how) => {
                if how == Use::WhileRevalidating {
                    self.refresh_behind(&candidate, &asking);
                }
                let verdict = match how {
                    Use::Fresh => CacheVerdict::Hit,
                    Use::Stale | Use::WhileRevalidating => CacheVerdict::Stale,
                };
                self.promote(tier, &candidate, &asking);
                self.send_or_ask(candidate, verdict, asking).await
            }
            Choice::Validate {
                candidate,
                why,
                on_failure,
            } => {
                let asking = ask::Asking {
                    why,
                    candidate: Some(candidate),
                    on_failure: Some(on_failure),
                    ..asking
                };
                self.ask(asking).await
            }
            Choice::Complete(candidate) => {
                let asking = ask::Asking {
                    why: ForwardWhy::Partial,
                    part: Some(candidate),
                    ..asking
                };
                self.ask(asking).await
            }
            Choice::Absent(why) => self.ask(ask::Asking { why, ..asking }).await,
            Choice::NotStored => self.straight(ForwardWhy::Request).await,
            Choice::OnlyIfCached => Err(self.withheld(asking.reports)),
        }
    }

    /// RFC 9111 §5.2.1.7: the farthest layer that was asked sends the request no further.
    fn withheld(&self, mut reports: Vec<LayerReport>) -> Box<Unanswered> {
        if let Some(last) = reports.last_mut() {
            last.finding = Finding::NotForwarded;
        }
        let outcome = Outcome {
            layers: reports,
            detail: Some("only-if-cached"),
            ..self.hit_outcome(CacheVerdict::Miss)
        };
        self.unanswered(Failure::new(Kind::OnlyIfCached, ""), outcome)
    }

    /// Whether the answers of another route, for other methods of the same URI, may be stored.
    fn is_stored_elsewhere(&self) -> bool {
        let mut routes = self.site.routes.iter();
        routes.any(|route| route.tier.is_some() && matches!(route.source, Source::Origin(_)))
    }

    /// Passes the request and its answer on, as streams; nothing is looked up or stored.
    async fn straight(&self, why: ForwardWhy) -> Answered<P> {
        let (arrival, outcome) = self.forwarded(why).await?;
        Ok(self.pass_on(arrival, outcome)?)
    }

    /// The origin's answer to the request as it came.
    async fn forwarded(&self, why: ForwardWhy) -> Result<(ArrivalOf<P>, Outcome), Box<Unanswered>> {
        let mut fetch = self.wanted.fetch_as_it_came();
        fetch.fields = self.traced(fetch.fields)?;
        let content = if self.wanted.is_read() {
            // RFC 9110 §9.3.1: it has no meaning, and the runtime sends none.
            Content::None
        } else {
            Content::OfClient
        };
        let arrival = self.forward(&fetch, content).await;
        let outcome = |status| self.outcome(CacheVerdict::Bypass, Vec::new(), why, status);
        match arrival {
            Ok(arrival) => {
                let outcome = outcome(Some(arrival.exchanged.status));
                Ok((arrival, outcome))
            }
            Err(failure) => Err(self.unanswered(failure, outcome(None))),
        }
    }

    /// Asks the origin from here.
    async fn forward(&self, fetch: &Fetch, content: Content) -> Result<ArrivalOf<P>, Failure> {
        let began = self.ports.now();
        let arrival = self.ports.forward(self.origin()?, fetch, content).await;
        let waited = self.ports.now().since(began).as_millis();
        let waited_ms = u32::try_from(waited).unwrap_or(u32::MAX);
        let source_ms = match &arrival {
            Ok(_) => Some(waited_ms),
            Err(failure) => failure.source_ms(waited_ms),
        };
        self.contacts.note(None, source_ms);
        arrival
    }

    fn unanswered(&self, failure: Failure, mut outcome: Outcome) -> Box<Unanswered> {
        outcome.shield = self.contacts.shield.get();
        outcome.source_ms = self.contacts.source_ms.get();
        outcome.detail = self.wanted.sight.note.or(outcome.detail);
        Box::new(Unanswered { failure, outcome })
    }

    fn outcome(
        &self,
        verdict: CacheVerdict,
        layers: Vec<LayerReport>,
        why: ForwardWhy,
        status: Option<u16>,
    ) -> Outcome {
        Outcome {
            verdict,
            layers,
            forwarded: Some(Forwarded {
                why,
                status,
                validated: None,
            }),
            ..self.hit_outcome(verdict)
        }
    }

    /// Of an answer for which nobody was asked.
    fn hit_outcome(&self, verdict: CacheVerdict) -> Outcome {
        let route = self.route().ok().map(|route| route.pattern.clone());
        Outcome {
            verdict,
            key: self.wanted.key_text(),
            ..Outcome::bypass(route)
        }
    }

    fn route(&self) -> Result<&Route, Failure> {
        let route = self.site.route(self.wanted.id);
        route.ok_or_else(|| Failure::new(Kind::Internal, "").because("a request without a route"))
    }

    fn tier(&self) -> Result<&Tier, Failure> {
        let tier = self.route()?.tier.as_ref();
        tier.ok_or_else(|| Failure::new(Kind::Internal, "").because("a stored route has no tier"))
    }

    /// What goes to the origin beside what the client has sent: the request's place in a trace. It selects
    /// nothing, so it is no part of what answers are kept by.
    fn traced(&self, fields: Fields) -> Result<Fields, Failure> {
        let reach = &self.origin()?.reach;
        Ok(match self.ports.trace() {
            Some(trace) => trace.told(fields, reach),
            None => fields,
        })
    }

    fn origin(&self) -> Result<&Origin, Failure> {
        let origin = self.site.origin(self.wanted.origin);
        origin.ok_or_else(|| Failure::new(Kind::Internal, "").because("a route has no origin"))
    }
}
