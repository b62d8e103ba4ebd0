//! A shield object's room: one fill for all who may share it, and what it knows of purges.
//!
//! The platform gives it a Durable Object to live in, the simulator one in virtual time. All requests of
//! an object share one context, so that they may share futures.

mod fill;
mod knowledge;
pub mod origin;
pub mod state;
mod waited;

use super::turns::{Turn, Turns};
use crate::cache::freshness::{Freshness, judge};
use crate::cache::memory::Memory;
use crate::cache::stored::Stored;
use crate::config::site::{Route, Shield, Site, Source};
use crate::failure::{Failure, Kind};
use crate::key::CacheKey;
use crate::outcome::{Purged, ShieldReport};
use crate::policy::{eager_for, terms_for};
use crate::ports::shield::ShieldPorts;
use crate::purge::index::Verdict;
use crate::purge::seq::PurgeSeq;
use crate::purge::view::{Currency, View};
use crate::shield::fills::{Bounds, Count, FillId, Fills, Join};
use crate::shield::message::Ask;
use crate::source::query::Query;
use futures_util::FutureExt;
use knowledge::Reached;
use serde::Serialize;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;
use waited::Waited;

/// What the site says, and how long hit-for-pass is remembered, for how many keys.
fn bounds(shield: &Shield) -> Bounds {
    Bounds {
        fills_max: usize::from(shield.fills_max),
        waiters_max: usize::from(shield.waiters_max),
        lease: shield.lease,
        passes_max: 4096,
        pass: Duration::from_secs(60),
    }
}

/// Nobody joins anything before the first question tells the site's bounds.
const NO_BOUNDS: Bounds = Bounds {
    fills_max: 0,
    waiters_max: 0,
    lease: Duration::ZERO,
    passes_max: 0,
    pass: Duration::ZERO,
};

/// What ended fills are remembered in: enough for requests that missed everywhere just before the
/// fill ended, and come just after it.
const SETTLED_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// No more than any log keeps apart.
const TARGETS_MAX: usize = 65_536;

/// What a fill has come to.
pub type Filled = Result<Rc<Settled>, Failure>;

/// The same to those who have it in common, and how long its source was waited for.
#[derive(Clone, Debug)]
struct Ended {
    filled: Filled,
    source_ms: Option<u32>,
}

/// An answer that a fill has come to.
#[derive(Debug)]
pub struct Settled {
    pub stored: Stored<()>,
    pub parcel: Parcel,
    /// Of the body, uncompressed: what the limit on stored bodies is about. A stored answer may have to be
    /// held in either coding, so how well it compresses must not decide whether it is kept.
    pub plain_bytes: u64,
    pub purged: Purged,
}

/// An answer, packed for the way to the edge.
#[derive(Debug)]
pub enum Parcel {
    /// A whole record.
    Whole(Vec<u8>),
    /// Too large to be stored, so no edge shall hold it whole.
    Apart(Rc<Apart>),
}

/// The record without its body, and the body, plain.
#[derive(Debug)]
pub struct Apart {
    pub record: Vec<u8>,
    pub body: Vec<u8>,
}

/// See the module.
pub struct Room<P> {
    ports: P,
    fills: RefCell<Fills>,
    running: RefCell<HashMap<FillId, Turn<Ended>>>,
    settled: RefCell<Memory<Rc<Settled>>>,
    view: RefCell<View>,
    polls: Turns<Option<()>>,
}

impl<P> std::fmt::Debug for Room<P> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Room").finish_non_exhaustive()
    }
}

/// How a room is, for operators.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RoomState {
    pub fills_live: usize,
    pub fills_superseded: usize,
    pub waiters: usize,
    pub passes: usize,
    pub settled_bytes: u64,
    pub purge_seq: u64,
    /// `None`: the log has never answered.
    pub purge_view_age_ms: Option<u64>,
    pub purge_targets: usize,
}

impl<P: ShieldPorts> Room<P> {
    pub fn new(ports: P) -> Self {
        Self {
            ports,
            fills: RefCell::new(Fills::new(NO_BOUNDS)),
            running: RefCell::default(),
            settled: RefCell::new(Memory::new(SETTLED_BYTES_MAX)),
            view: RefCell::new(View::new(TARGETS_MAX)),
            polls: Turns::default(),
        }
    }

    pub fn state(&self) -> RoomState {
        let Count {
            live,
            superseded,
            waiters,
            passes,
        } = self.fills.borrow().count();
        let view = self.view.borrow();
        let age = view.as_of().map(|as_of| self.ports.now().since(as_of));
        RoomState {
            fills_live: live,
            fills_superseded: superseded,
            waiters,
            passes,
            settled_bytes: self.settled.borrow().bytes(),
            purge_seq: view.head().0,
            purge_view_age_ms: age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
            purge_targets: view.index().len(),
        }
    }

    /// Answers what an edge asks.
    pub async fn ask(self: &Rc<Self>, site: &Rc<Site>, ask: Ask) -> (ShieldReport, Filled) {
        let Some(key) = ask.key.clone() else {
            return self.unshared(site, ask).await.told();
        };
        let after = match self.reach(&site.purge, ask.after).await {
            Reached::Yes => ask.after,
            // No log has given this number, so nobody can have seen what it stands for.
            Reached::NotGiven => PurgeSeq::ZERO,
            Reached::Unknown => {
                return self.unshared(site, ask).await.told();
            }
        };
        if let Some(settled) = self.recent(site, &ask, &key) {
            let report = ShieldReport {
                settled: true,
                ..ShieldReport::default()
            };
            return (report, Ok(settled));
        }
        // Noted before the source is asked: a purge that comes from here on has a higher number.
        let seq = self.view.borrow().head();
        let now = self.ports.now();
        let join = {
            let mut fills = self.fills.borrow_mut();
            fills.set_bounds(bounds(&site.shield));
            fills.join(&key, after, seq, now)
        };
        match join {
            Join::Lead(id) => self.lead(site, ask, key, id, seq).await.told(),
            Join::Wait(id) => {
                let filled = self.wait(site, &key, id).await;
                let report = ShieldReport {
                    collapsed: true,
                    purged: purged(&filled),
                    ..ShieldReport::default()
                };
                (report, filled)
            }
            Join::Pass => {
                let ended = self.unshared(site, ask).await;
                if ended
                    .filled
                    .as_ref()
                    .is_ok_and(|settled| storable(site, settled))
                {
                    self.fills.borrow_mut().share(&key);
                }
                ended.told()
            }
            Join::Refuse(full) => {
                let failure = Failure::new(Kind::Unavailable, "").because(full.as_str());
                (ShieldReport::default(), Err(failure))
            }
        }
    }

    /// A fill that ended a moment ago, is still fresh, and was not purged since, as far as a view can tell
    /// that is not too old: who asks may have no better one.
    fn recent(&self, site: &Site, ask: &Ask, key: &str) -> Option<Rc<Settled>> {
        let now = self.ports.now();
        match self.view.borrow().currency(site.purge.lag(), now) {
            Currency::Current | Currency::Aging => {}
            Currency::Outdated => return None,
        }
        let mut memory = self.settled.borrow_mut();
        let settled = memory.get(key)?;
        let (route, _) = asked(site, ask).ok()?;
        let head = &settled.stored.head;
        let tier = route.tier.as_ref()?;
        let terms = terms_for(tier, head.status)?;
        let verdict = self.view.borrow().verdict(head.seq, key, &head.tags);
        // An answer that is aging was asked for in order to be replaced.
        let eager = eager_for(tier, head.status);
        let standing = judge(head, terms, eager, settled.stored.jitter, now);
        let usable = standing.freshness == Freshness::Fresh && verdict == Verdict::Valid;
        usable.then(|| settled.clone())
    }

    /// Starts the fill and waits for it like everyone else. The fill belongs to the object: a client
    /// that leaves, the first one too, cancels nobody.
    async fn lead(
        self: &Rc<Self>,
        site: &Rc<Site>,
        ask: Ask,
        key: String,
        id: FillId,
        seq: PurgeSeq,
    ) -> Ended {
        let (room, site) = (self.clone(), site.clone());
        let whole = async move {
            let (limit, waited) = (site.shield.fill_timeout, Waited::default());
            let work = fill::fill(&room, &site, &ask, seq, &waited);
            let filled = room.ports.within(limit, work).await;
            let source_ms = waited.millis(room.ports.now());
            let filled = filled.unwrap_or_else(|| {
                Err(Failure::new(Kind::Timeout, "").because("shield: the fill's time limit"))
            });
            room.settle(&site, &key, id, &filled);
            Ended { filled, source_ms }
        };
        let turn = whole.boxed_local().shared();
        self.running.borrow_mut().insert(id, turn.clone());
        self.ports.spawn(turn.clone().map(drop));
        turn.await
    }

    async fn wait(self: &Rc<Self>, site: &Site, key: &str, id: FillId) -> Filled {
        let _seat = Seat {
            fills: &self.fills,
            key,
            id,
        };
        let running = self.running.borrow().get(&id).cloned();
        let filled = match running {
            // Its own limit as well: the fill may be near its end, or hang where no limit reaches.
            Some(running) => {
                let ended = self.ports.within(site.shield.wait_timeout, running).await;
                ended.map(|ended| ended.filled)
            }
            None => Some(Err(
                Failure::new(Kind::Internal, "").because("a fill without a future")
            )),
        };
        filled.unwrap_or_else(|| {
            Err(Failure::new(Kind::Timeout, "").because("shield: the waiter's time limit"))
        })
    }

    /// An answer for one asker. What writes goes on when its asker leaves.
    async fn unshared(self: &Rc<Self>, site: &Rc<Site>, ask: Ask) -> Ended {
        let seq = self.view.borrow().head();
        let (room, site) = (self.clone(), site.clone());
        let work = async move {
            let waited = Waited::default();
            let filled = fill::fill(&room, &site, &ask, seq, &waited).await;
            let source_ms = waited.millis(room.ports.now());
            Ended { filled, source_ms }
        };
        let turn = work.boxed_local().shared();
        self.ports.spawn(turn.clone().map(drop));
        turn.await
    }

    /// The fill has ended: the next request for the key asks anew, unless this answer is fresh.
    fn settle(&self, site: &Site, key: &str, id: FillId, filled: &Filled) {
        let mut fills = self.fills.borrow_mut();
        fills.end(key, id);
        self.running.borrow_mut().remove(&id);
        let Ok(settled) = filled else {
            return;
        };
        let record = match &settled.parcel {
            Parcel::Whole(record) if storable(site, settled) => record,
            Parcel::Whole(_) | Parcel::Apart(_) => {
                // Nobody may keep it, so waiting for another's would be waiting in vain for ever.
                fills.pass(key, self.ports.now());
                return;
            }
        };
        fills.share(key);
        let mut memory = self.settled.borrow_mut();
        let newer = memory
            .peek(key)
            .is_some_and(|kept| kept.stored.head.seq > settled.stored.head.seq);
        if !newer {
            memory.insert(key, settled.clone(), record.len() as u64);
        }
    }
}

/// A waiter's place behind a fill, given up however the waiting ends.
struct Seat<'r> {
    fills: &'r RefCell<Fills>,
    key: &'r str,
    id: FillId,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.fills.borrow_mut().leave(self.key, self.id);
    }
}

fn storable(site: &Site, settled: &Settled) -> bool {
    settled.plain_bytes <= site.limits.stored_body_bytes_max
}

/// The route that the edge means, and its query.
pub fn asked<'s>(site: &'s Site, ask: &Ask) -> Result<(&'s Route, &'s Query), Failure> {
    let unknown = || {
        let failure = Failure::new(Kind::Unavailable, "").unasked();
        failure.because("shield: no route of this name")
    };
    let mut routes = site.routes.iter().chain(&site.listings);
    let route = routes.find(|route| route.fingerprint == ask.route);
    let route = route.ok_or_else(unknown)?;
    let Source::Query(id) = route.source else {
        return Err(unknown());
    };
    let query = site.query(id).ok_or_else(unknown)?;
    if query.params.len() != ask.values.len() {
        return Err(unknown());
    }
    Ok((route, query))
}

/// Unshared answers are sealed under their own name.
pub fn own_key(ask: &Ask) -> CacheKey {
    match &ask.key {
        Some(key) => CacheKey::from_text(key.clone()),
        None => CacheKey::new(&ask.route, "unshared", []),
    }
}

impl Ended {
    /// To whoever had the source asked.
    fn told(self) -> (ShieldReport, Filled) {
        let report = ShieldReport {
            source_ms: self.source_ms,
            purged: purged(&self.filled),
            ..ShieldReport::default()
        };
        (report, self.filled)
    }
}

fn purged(filled: &Filled) -> Purged {
    filled
        .as_ref()
        .map_or(Purged::Nothing, |settled| settled.purged)
}

#[cfg(test)]
mod tests;
