//! Routes to HTTP origins: a shared cache after RFC 9111. The order of the stages is here; what each of
//! them decides is in `semantics`, `policy` and `cache::receipt`.

mod arrive;
mod ask;
pub mod look;
mod part;
pub mod quick;
mod refresh;
mod search;
mod send;
mod store;
mod unsafely;
pub mod wanted;

use super::answer::AnswerOf;
use super::plan::Located;
use super::sight;
use crate::config::site::{Origin, Route, Site};
use crate::failure::{Failure, Kind};
use crate::outcome::{CacheVerdict, ForwardWhy, Forwarded, LayerReport, Outcome};
use crate::policy::Tier;
use crate::ports::origin::{Content, OriginPorts};
use crate::semantics::request::RequestHead;
use look::{Choice, Looked, Use};
use std::rc::Rc;
use wanted::Wanted;

/// A request on its way to an origin, free of the client's borrowings, so that work may go on behind its
/// answer.
#[derive(Clone, Debug)]
struct Errand<P> {
    ports: P,
    site: Rc<Site>,
    wanted: Rc<Wanted>,
}

/// # Errors
/// Whatever keeps the origin, and what is stored, from answering.
pub async fn serve<P: OriginPorts>(
    ports: &P,
    site: &Rc<Site>,
    located: &Located<'_, '_>,
    request: &RequestHead<'_>,
) -> Result<AnswerOf<P>, Failure> {
    let fields = ports.request_fields();
    let mut wanted = Wanted::read(site, located, request, fields)?;
    if located.route.tier.is_some() {
        wanted.sight = sight::prepare(ports, site, request).await;
        if let Some(variance) = search::known(ports, &wanted) {
            wanted.key = wanted.key_under(&variance);
        }
    }
    let errand = Errand {
        ports: ports.clone(),
        site: site.clone(),
        wanted: Rc::new(wanted),
    };
    errand.answer().await
}

impl<P: OriginPorts> Errand<P> {
    async fn answer(&self) -> Result<AnswerOf<P>, Failure> {
        let Some(tier) = &self.route()?.tier else {
            return self.straight(ForwardWhy::Bypass).await;
        };
        if self.wanted.asks_for_websocket() {
            return self.straight(ForwardWhy::Bypass).await;
        }
        if !self.wanted.is_read() {
            return self.unsafely().await;
        }
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
            Choice::OnlyIfCached => Err(Failure::new(Kind::OnlyIfCached, "")),
        }
    }

    /// Passes the request and its answer on, as streams; nothing is looked up or stored.
    async fn straight(&self, why: ForwardWhy) -> Result<AnswerOf<P>, Failure> {
        let fetch = self.wanted.fetch_as_it_came();
        let arrival = self
            .ports
            .forward(self.origin()?, &fetch, Content::OfClient)
            .await?;
        let outcome = self.outcome(
            CacheVerdict::Bypass,
            Vec::new(),
            why,
            Some(arrival.exchanged.status),
        );
        self.pass_on(arrival, outcome)
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
            forwarded: Some(Forwarded { why, status }),
            ..self.hit_outcome(verdict)
        }
    }

    /// Of an answer for which nobody was asked.
    fn hit_outcome(&self, verdict: CacheVerdict) -> Outcome {
        let route = self.route().ok().map(|route| route.pattern.clone());
        Outcome {
            verdict,
            key: self.wanted.shown_key(),
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

    fn origin(&self) -> Result<&Origin, Failure> {
        let origin = self.site.origin(self.wanted.origin);
        origin.ok_or_else(|| Failure::new(Kind::Internal, "").because("a route has no origin"))
    }
}
