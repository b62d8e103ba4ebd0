//! The origins as one shield object, or one isolate for what goes straight, uses them. What is decided is
//! decided by [`Upstreams`], [`Breaker`] and [`Retries`].
//!
//! The breaker judges an origin by its requests, the servers are judged by their tries: an origin that
//! has answered from its second server has answered.

mod errand;
mod exchange;

use super::clock;
use super::meter::Gauges;
use super::stream::JsStream;
use crate::config::site::{Origin, Site};
use crate::failure::Failure;
use crate::metrics::frame::{Gauge, Worked};
use crate::pipeline::shield::state::OriginState;
use crate::ports::origin::Landing;
use crate::shield::message::Impaired;
use crate::source::breaker::Breaker;
use crate::source::fetch::Fetch;
use crate::source::retry::Retries;
use crate::source::upstream::Upstreams;
use errand::{Errand, Outcome, Unserved};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use web_sys::ReadableStream;

/// As many as the configuration has.
pub(super) struct Origins {
    guards: RefCell<HashMap<String, Rc<Guard>>>,
    /// Hears of every exchange.
    tell: Box<Tell>,
}

/// Takes the name of an origin, and what an exchange with it was.
type Tell = dyn Fn(&str, Worked);

impl std::fmt::Debug for Origins {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Origins").finish_non_exhaustive()
    }
}

/// What is known of one origin.
#[derive(Debug)]
struct Guard {
    upstreams: RefCell<Upstreams>,
    breaker: RefCell<Breaker>,
    retries: RefCell<Retries>,
}

impl Origins {
    pub(super) fn new(tell: impl Fn(&str, Worked) + 'static) -> Self {
        Self {
            guards: RefCell::default(),
            tell: Box::new(tell),
        }
    }

    /// The answer of the origin, or of the one that stands in for it when it gives none. The client's
    /// content can be sent once, and then the request is not sent again.
    pub(super) async fn fetch(
        &self,
        site: &Site,
        origin: &Origin,
        fetch: &Fetch,
        content: Option<ReadableStream>,
    ) -> Result<Landing<JsStream>, Failure> {
        let guard = self.guard(origin);
        let outcome = Errand::new((&guard, origin), fetch, content, &self.tell)
            .run()
            .await;
        let fallback = origin.fallback.and_then(|id| site.origin(id));
        match (outcome, fallback) {
            (Outcome::Answered(landing), _) | (Outcome::Unreached(landing), None) => Ok(landing),
            (Outcome::Unreached(landing), Some(fallback)) => {
                match self.stand_in(fallback, fetch, None).await {
                    Ok(better) => {
                        discard(landing);
                        Ok(better)
                    }
                    Err(_) => Ok(landing),
                }
            }
            (Outcome::Unserved(unserved), None) => Err(unserved.failure()),
            (Outcome::Unserved(unserved), Some(fallback)) => {
                let (failure, content) = match unserved {
                    Unserved::Sendable(failure, content) => (failure, content),
                    Unserved::Spent(failure) => return Err(failure),
                };
                let stood_in = self.stand_in(fallback, fetch, content).await;
                stood_in.map_err(|other| both(failure, &other))
            }
        }
    }

    /// One hop: a fallback's own fallback is not asked.
    async fn stand_in(
        &self,
        fallback: &Origin,
        fetch: &Fetch,
        content: Option<ReadableStream>,
    ) -> Result<Landing<JsStream>, Failure> {
        let guard = self.guard(fallback);
        let errand = Errand::new((&guard, fallback), fetch, content, &self.tell);
        match errand.run().await {
            Outcome::Answered(landing) | Outcome::Unreached(landing) => Ok(landing),
            Outcome::Unserved(unserved) => Err(unserved.failure()),
        }
    }

    fn guard(&self, origin: &Origin) -> Rc<Guard> {
        let mut guards = self.guards.borrow_mut();
        let guard = guards.entry(origin.name.clone());
        guard.or_insert_with(|| Rc::new(Guard::new(origin))).clone()
    }

    /// Of those that were needed so far.
    pub(super) fn impaired(&self) -> Impaired {
        let guards = self.guards.borrow();
        let impaired = guards.iter().filter(|(_, guard)| !guard.is_sound());
        Impaired {
            origins: impaired.map(|(name, _)| name.clone()).collect(),
        }
    }

    /// Of those that were needed so far.
    pub(super) fn state(&self) -> BTreeMap<String, OriginState> {
        let now = clock::now();
        let guards = self.guards.borrow();
        let states = guards.iter().map(|(name, guard)| {
            let state = OriginState {
                servers: guard.upstreams.borrow().report(now),
                breaker: guard.breaker.borrow_mut().report(now),
                retry: guard.retries.borrow().report(),
            };
            (name.clone(), state)
        });
        states.collect()
    }
}

/// 1 for each breaker that is open.
pub(super) fn breakers(states: &BTreeMap<String, OriginState>) -> Gauges {
    let open = states.iter().map(|(name, state)| {
        let gauge = Gauge::BreakerOpen(format!("origin {name}"));
        (gauge, state.breaker.openness())
    });
    open.collect()
}

impl Guard {
    fn new(origin: &Origin) -> Self {
        Self {
            upstreams: RefCell::new(Upstreams::new(origin.health.clone(), &origin.upstreams)),
            breaker: RefCell::new(Breaker::new(origin.breaker.clone(), clock::now())),
            retries: RefCell::new(Retries::new(origin.retry.clone())),
        }
    }

    fn is_sound(&self) -> bool {
        self.breaker.borrow().is_closed() && self.upstreams.borrow().are_all_in_use()
    }
}

/// The origin's own failure is what is told; the other's is for the log.
fn both(mut failure: Failure, other: &Failure) -> Failure {
    failure.internal = format!("{}; its fallback: {}", failure.internal, other.internal);
    failure.done = failure.done.and(other.done);
    failure
}

/// Ends an answer that a better one has taken the place of.
fn discard(landing: Landing<JsStream>) {
    // Nobody is left to hear when it is done.
    let _ = landing.body.and_then(JsStream::end);
}
