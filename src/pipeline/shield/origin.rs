//! The part of a shield object that asks HTTP origins: one contact for all who may share it.
//!
//! Who leads a contact is handed the answer as it comes; those who wait for it are handed the whole of it,
//! once it is there. What may not be shared is known from its head, and then nobody waits any longer.

mod contact;
mod recent;

use super::knowledge::Reached;
use super::waited::elapsed_ms;
use super::{NO_BOUNDS, Room, bounds};
use crate::cache::memory::Memory;
use crate::config::site::{Origin, Route, Site, Source};
use crate::failure::{Failure, Kind};
use crate::outcome::ShieldReport;
use crate::policy::sharing::{self, Answer, Sharing};
use crate::ports::origin::{Landing, OriginShieldPorts};
use crate::purge::seq::PurgeSeq;
use crate::purge::view::Currency;
use crate::semantics::age::Exchange;
use crate::shield::alike;
use crate::shield::fills::{Count, FillId, Fills, Join};
use crate::shield::message::{FetchAsk, Share};
use crate::source::fetch::Exchanged;
use crate::time::Timestamp;
use contact::Job;
use recent::Recent;
use serde::Serialize;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// How often one request joins others, each time knowing more of what selects, before it asks alone.
const ROUNDS_MAX: usize = 3;

/// What is remembered of the fields that select, for some thousands of URIs.
const NAMES_BYTES_MAX: u64 = 1024 * 1024;

/// See the module.
pub struct OriginRoom<P: OriginShieldPorts> {
    room: Rc<Room<P>>,
    ports: P,
    fills: RefCell<Fills>,
    running: RefCell<HashMap<FillId, contact::Running>>,
    /// By the URI's key: the fields that selected its last answer.
    names: RefCell<Memory<Rc<[String]>>>,
    recent: RefCell<Recent>,
}

impl<P: OriginShieldPorts> std::fmt::Debug for OriginRoom<P> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("OriginRoom").finish_non_exhaustive()
    }
}

/// An origin's answer, for one asker.
#[derive(Debug)]
pub struct Handed<S> {
    pub exchanged: Exchanged,
    /// What was known of purges before the origin was asked.
    pub seq: PurgeSeq,
    pub body: HandedBody<S>,
}

#[derive(Debug)]
pub enum HandedBody<S> {
    None,
    Whole(Rc<Vec<u8>>),
    /// It may break off.
    Coming(S),
}

/// What has come of an asker's question, and what it took.
pub type Answered<S> = (ShieldReport, Result<Handed<S>, Failure>);

/// How the contacts of an object are, for operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "ContactsState"))]
pub struct OriginState {
    pub contacts_live: usize,
    pub contacts_superseded: usize,
    pub waiters: usize,
    pub passes: usize,
    pub recent_bytes: u64,
    pub names_bytes: u64,
}

/// What has come of one attempt to share.
enum Round<S> {
    Answered(Answered<S>),
    /// The answer is for other values of fields that are known to select now.
    Again,
    /// There is nothing to be shared.
    Alone,
}

impl<P: OriginShieldPorts> OriginRoom<P> {
    pub fn new(room: Rc<Room<P>>, ports: P) -> Self {
        Self {
            room,
            ports,
            fills: RefCell::new(Fills::new(NO_BOUNDS)),
            running: RefCell::default(),
            names: RefCell::new(Memory::new(NAMES_BYTES_MAX)),
            recent: RefCell::default(),
        }
    }

    pub fn state(&self) -> OriginState {
        let Count {
            live,
            superseded,
            waiters,
            passes,
        } = self.fills.borrow().count();
        OriginState {
            contacts_live: live,
            contacts_superseded: superseded,
            waiters,
            passes,
            recent_bytes: self.recent.borrow().bytes(),
            names_bytes: self.names.borrow().bytes(),
        }
    }

    /// Answers what an edge asks.
    pub async fn fetch(self: &Rc<Self>, site: &Rc<Site>, ask: FetchAsk) -> Answered<P::Stream> {
        let after = match self.room.reach(&site.purge, ask.after).await {
            Reached::Yes => ask.after,
            // No log has given this number, so nobody can have seen what it stands for.
            Reached::NotGiven => PurgeSeq::ZERO,
            Reached::Unknown => return self.alone(site, &ask).await,
        };
        match ask.share {
            Share::Alone => self.alone(site, &ask).await,
            Share::Join => self.join(site, Rc::new(ask), after).await,
        }
    }

    async fn join(
        self: &Rc<Self>,
        site: &Rc<Site>,
        ask: Rc<FetchAsk>,
        after: PurgeSeq,
    ) -> Answered<P::Stream> {
        for _ in 0..ROUNDS_MAX {
            match self.round(site, &ask, after).await {
                Round::Answered(answered) => return answered,
                Round::Again => {}
                Round::Alone => break,
            }
        }
        self.alone(site, &ask).await
    }

    async fn round(
        self: &Rc<Self>,
        site: &Rc<Site>,
        ask: &Rc<FetchAsk>,
        after: PurgeSeq,
    ) -> Round<P::Stream> {
        let name = self.name(ask);
        if let Some(handed) = self.kept(site, ask, &name, after) {
            let report = ShieldReport {
                settled: true,
                ..ShieldReport::default()
            };
            return Round::Answered((report, Ok(handed)));
        }
        let seq = self.seq();
        let join = {
            let mut fills = self.fills.borrow_mut();
            fills.set_bounds(bounds(&site.shield));
            fills.join(&name, after, seq, self.ports.now())
        };
        match join {
            Join::Lead(id) => {
                let job = Job {
                    site: site.clone(),
                    ask: ask.clone(),
                    name,
                    id,
                    seq,
                };
                Round::Answered(self.lead(job).await)
            }
            Join::Wait(id) => self.wait(ask, site, &name, id).await,
            Join::Pass => Round::Answered(self.pass(site, ask, &name).await),
            Join::Refuse(full) => {
                let failure = Failure::new(Kind::Unavailable, "").because(full.as_str());
                Round::Answered((ShieldReport::default(), Err(failure)))
            }
        }
    }

    /// What is known of purges. Noted before an origin is asked: a purge that comes from then on has a
    /// higher number.
    fn seq(&self) -> PurgeSeq {
        self.room.view.borrow().head()
    }

    /// The name of what this request may share, as far as it is known what selects.
    fn name(&self, ask: &FetchAsk) -> String {
        let mut names = self.names.borrow_mut();
        let known = names.get(&ask.key);
        alike::name(ask, known.map(|names| &**names).unwrap_or_default())
    }

    /// What has ended a moment ago and may answer this request too.
    fn kept(
        &self,
        site: &Site,
        ask: &FetchAsk,
        name: &str,
        after: PurgeSeq,
    ) -> Option<Handed<P::Stream>> {
        let now = self.ports.now();
        let seq = self.seq();
        match self.room.view.borrow().currency(site.purge.lag(), now) {
            Currency::Current | Currency::Aging if after <= seq => {}
            Currency::Current | Currency::Aging | Currency::Outdated => return None,
        }
        let mut recent = self.recent.borrow_mut();
        recent.get(name, &ask.fetch, seq, now)
    }

    /// An answer for one asker, as it comes in; when the asker leaves, so does the question.
    async fn alone(&self, site: &Rc<Site>, ask: &FetchAsk) -> Answered<P::Stream> {
        let seq = self.seq();
        let began = self.ports.now();
        let landed = self.land(site, ask).await;
        let report = self.report(began, &landed);
        (report, landed.map(|landing| own(landing, seq)))
    }

    /// As [`Self::alone`], for a name whose answers were not for sharing. One that is lets the next ones
    /// share again.
    async fn pass(&self, site: &Rc<Site>, ask: &FetchAsk, name: &str) -> Answered<P::Stream> {
        let answered = self.alone(site, ask).await;
        if let (_, Ok(handed)) = &answered
            && self.lifts_pass(site, ask, handed)
        {
            self.fills.borrow_mut().share(name);
        }
        answered
    }

    /// A body of unknown length may be too large to be shared once more, so it lifts nothing.
    fn lifts_pass(&self, site: &Site, ask: &FetchAsk, handed: &Handed<P::Stream>) -> bool {
        let bytes_max = site.limits.stored_body_bytes_max;
        let fits = match &handed.body {
            HandedBody::None => true,
            HandedBody::Whole(bytes) => bytes.len() as u64 <= bytes_max,
            HandedBody::Coming(_) => {
                let declared = handed.exchanged.declared_length();
                declared.is_some_and(|declared| declared <= bytes_max)
            }
        };
        fits && match judge(site, ask, &handed.exchanged) {
            Sharing::Share(_) => true,
            Sharing::Refuse(_) => false,
        }
    }

    /// Asks the origin and waits for the head of its answer.
    async fn land(&self, site: &Rc<Site>, ask: &FetchAsk) -> Result<Landing<P::Stream>, Failure> {
        let (_, origin) = asked(site, ask)?;
        let fetching = self.ports.fetch(site, origin, &ask.fetch);
        let landed = self.ports.within(site.shield.fill_timeout, fetching).await;
        landed.unwrap_or_else(|| {
            Err(Failure::new(Kind::Timeout, "").because("shield: the contact's time limit"))
        })
    }

    /// Of a contact that has begun then and come to this.
    fn report<T>(&self, began: Timestamp, landed: &Result<T, Failure>) -> ShieldReport {
        let waited_ms = elapsed_ms(began, self.ports.now());
        let source_ms = match landed {
            Ok(_) => Some(waited_ms),
            Err(failure) => failure.source_ms(waited_ms),
        };
        ShieldReport {
            source_ms,
            ..ShieldReport::default()
        }
    }
}

fn own<S>(landing: Landing<S>, seq: PurgeSeq) -> Handed<S> {
    Handed {
        exchanged: landing.exchanged,
        seq,
        body: landing.body.map_or(HandedBody::None, HandedBody::Coming),
    }
}

/// The route that the edge means, and its origin.
fn asked<'s>(site: &'s Site, ask: &FetchAsk) -> Result<(&'s Route, &'s Origin), Failure> {
    let unknown = || {
        let failure = Failure::new(Kind::Unavailable, "").unasked();
        failure.because("shield: no route of this name")
    };
    let mut routes = site.routes.iter();
    let route = routes.find(|route| route.fingerprint == ask.route);
    let route = route.ok_or_else(unknown)?;
    match route.source {
        Source::Origin(id) => Ok((route, site.origin(id).ok_or_else(unknown)?)),
        Source::Query(_) | Source::Assets => Err(unknown()),
    }
}

/// Whether an answer may be shared, by the tier that is for it.
fn judge(site: &Site, ask: &FetchAsk, exchanged: &Exchanged) -> Sharing {
    let route = asked(site, ask).ok().map(|(route, _)| route);
    let content_type = exchanged.fields.first("content-type");
    let tier = route.and_then(|route| route.tier_of(content_type));
    let answer = Answer {
        status: exchanged.status,
        response: &exchanged.fields,
        exchange: Exchange {
            requested: exchanged.requested,
            received: exchanged.received,
        },
    };
    sharing::decide(&answer, tier)
}

#[cfg(test)]
pub(super) mod tests;
