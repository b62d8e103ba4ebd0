//! The purge log: gives numbers, keeps them, tells them, and takes in what the databases tell.
//!
//! One object for the whole site. The platform gives it a Durable Object's storage, the simulator one in
//! virtual time.

mod drain;

use super::turns::Turns;
use crate::config::site::Purge;
use crate::failure::Failure;
use crate::ports::purge_log::{Change, Kept, LogPorts};
use crate::purge::DRAIN_EVERY;
use crate::purge::index::{Delta, Index};
use crate::purge::message::{Drain, DrainReport, LogAsk, LogReply, LogStatus, Receipt};
use crate::purge::relief::Relief;
use crate::purge::seq::PurgeSeq;
use crate::purge::target::{Mode, Target};
use crate::time::Timestamp;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

/// Polls that many targets back can be answered by what another isolate of the colo was told.
const SHARED_TARGETS: usize = 256;

/// Purges in one question.
pub const PURGES_MAX: usize = 50_000;

/// A poll is held up so long at most for an outbox that was not looked into lately. Who polls waits for a
/// second, and takes a log that does not answer in it for unreachable: a database that hangs must not
/// look so.
const DRAIN_WAIT_MAX: Duration = Duration::from_millis(500);

/// A write waits so long for the outbox before its own purges are numbered: less than its shield waits
/// for the log.
const DRAIN_FIRST_MAX: Duration = Duration::from_millis(1500);

/// After a failure, an outbox is left alone for so long by polls.
const DRAIN_REST: Duration = Duration::from_secs(2);

/// Without a poll for so long there is no traffic; cron goes on.
const TRAFFIC_WITHIN: Duration = Duration::from_secs(60);

/// See the module.
pub struct Log<P> {
    ports: P,
    outboxes: Vec<String>,
    index: RefCell<Index>,
    /// Outbox rows that have their numbers, and may still lie in the outbox.
    taken: RefCell<HashSet<(String, i64)>>,
    drains: Turns<DrainReport>,
    drain_began: Cell<Option<Timestamp>>,
    drain_failed: Cell<Option<Timestamp>>,
    drained_at: Cell<Option<Timestamp>>,
    began_at: Timestamp,
    last_drain: RefCell<DrainReport>,
    polled_at: Cell<Option<Timestamp>>,
    /// Not kept: who wants it renews it each minute.
    relief: Cell<Option<Relief>>,
}

impl<P> std::fmt::Debug for Log<P> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Log").finish_non_exhaustive()
    }
}

impl<P: LogPorts> Log<P> {
    /// What was kept, or a log that begins now: everything that was stored before is void, since nobody
    /// knows what was purged.
    ///
    /// # Errors
    /// When the storage cannot be read or written.
    pub fn open(ports: P, purge: &Purge) -> Result<Rc<Self>, Failure> {
        let mut index = Index::new(usize::try_from(purge.index_max).unwrap_or(usize::MAX));
        let mut taken = HashSet::new();
        match ports.load()? {
            Some(kept) => {
                restore(&mut index, kept, &mut taken);
            }
            None => {
                index.void_before(PurgeSeq::ZERO.next(ports.now()));
                ports.keep(&change_of(&index, &[], Vec::new()))?;
            }
        }
        Ok(Rc::new(Self {
            began_at: ports.now(),
            ports,
            outboxes: purge.outbox.clone(),
            index: RefCell::new(index),
            taken: RefCell::new(taken),
            drains: Turns::default(),
            drain_began: Cell::new(None),
            drain_failed: Cell::new(None),
            drained_at: Cell::new(None),
            last_drain: RefCell::default(),
            polled_at: Cell::new(None),
            relief: Cell::new(None),
        }))
    }

    pub async fn answer(self: &Rc<Self>, ask: LogAsk) -> LogReply {
        match ask {
            LogAsk::Since { from } => self.since(from).await,
            LogAsk::Append { purges, before } => self.append(purges, before).await,
            LogAsk::Drain => LogReply::Drained(self.drain().await),
            LogAsk::Status => LogReply::Status(self.status()),
            LogAsk::Relieve(relief) => {
                self.relief.set(relief);
                LogReply::Relieved
            }
        }
    }

    /// What the object does when it wakes by itself: the outboxes, as long as there is traffic.
    pub async fn wake(self: &Rc<Self>) {
        if self.outboxes.is_empty() {
            return;
        }
        self.drain().await;
        let now = self.ports.now();
        let traffic = self.polled_at.get();
        if traffic.is_some_and(|polled| now.since(polled) < TRAFFIC_WITHIN) {
            self.ports.wake_at(now.plus(DRAIN_EVERY));
        }
    }

    async fn since(self: &Rc<Self>, from: PurgeSeq) -> LogReply {
        let now = self.ports.now();
        self.polled_at.set(Some(now));
        if self.is_drain_due(now) {
            // Whoever is answered sees what was committed a second ago, also after a time without traffic.
            let drain = self.drain();
            let _ = self.ports.within(DRAIN_WAIT_MAX, drain).await;
        }
        if !self.outboxes.is_empty() {
            self.ports.wake_at(now.plus(DRAIN_EVERY));
        }
        let index = self.index.borrow();
        LogReply::Delta(Delta {
            relief: self.relief.get().filter(|relief| relief.is_on(now)),
            ..index.since(from.min(index.tail(SHARED_TARGETS)))
        })
    }

    fn is_drain_due(&self, now: Timestamp) -> bool {
        let recent =
            |at: Option<Timestamp>, within: Duration| at.is_some_and(|at| now.since(at) < within);
        !self.outboxes.is_empty()
            && !recent(self.drain_began.get(), DRAIN_EVERY)
            && !recent(self.drain_failed.get(), DRAIN_REST)
    }

    async fn append(self: &Rc<Self>, purges: Vec<(Target, Mode)>, before: Drain) -> LogReply {
        if purges.len() > PURGES_MAX {
            return LogReply::Refused(format!("more than {PURGES_MAX} purges at once"));
        }
        let drained = match before {
            Drain::First if !self.outboxes.is_empty() => Some(self.drain_first().await),
            Drain::First | Drain::Later => None,
        };
        if let Err(failure) = self.number(&purges, Vec::new()) {
            return LogReply::Refused(failure.internal);
        }
        let seq = self.index.borrow().head();
        LogReply::Appended(Receipt { seq, drained })
    }

    /// An outbox that hangs must not keep what its asker knows himself from being purged.
    async fn drain_first(self: &Rc<Self>) -> DrainReport {
        let drained = self.ports.within(DRAIN_FIRST_MAX, self.drain()).await;
        drained.unwrap_or_else(|| {
            let late = |database: &String| (database.clone(), "no answer in time".to_owned());
            DrainReport {
                rows: 0,
                failed: self.outboxes.iter().map(late).collect(),
            }
        })
    }

    /// Numbers the purges and keeps them, with the outbox rows that they come from. All or nothing: what
    /// the storage refuses is not told to anybody either.
    fn number(&self, purges: &[(Target, Mode)], taken: Vec<(String, i64)>) -> Result<(), Failure> {
        if purges.is_empty() && taken.is_empty() {
            return Ok(());
        }
        let now = self.ports.now();
        let mut index = self.index.borrow().clone();
        for (target, mode) in purges {
            let seq = index.head().next(now);
            index.add(seq, target, *mode);
        }
        self.ports.keep(&change_of(&index, purges, taken.clone()))?;
        *self.index.borrow_mut() = index;
        self.taken.borrow_mut().extend(taken);
        Ok(())
    }

    fn status(&self) -> LogStatus {
        let index = self.index.borrow();
        let (hard_floor, soft_floor) = index.floors();
        LogStatus {
            head: index.head(),
            hard_floor,
            soft_floor,
            targets: index.len() as u64,
            began_at: self.began_at,
            drained_at: self.drained_at.get(),
            last_drain: self.last_drain.borrow().clone(),
        }
    }
}

fn restore(index: &mut Index, kept: Kept, taken: &mut HashSet<(String, i64)>) {
    let delta = Delta {
        from: PurgeSeq::ZERO,
        head: kept.head,
        hard_floor: kept.hard_floor,
        soft_floor: kept.soft_floor,
        marks: kept.marks,
        relief: None,
    };
    index.merge(&delta);
    taken.extend(kept.taken);
}

fn change_of(index: &Index, purges: &[(Target, Mode)], taken: Vec<(String, i64)>) -> Change {
    let (hard_floor, soft_floor) = index.floors();
    let targets: HashSet<&Target> = purges.iter().map(|(target, _)| target).collect();
    let marks = targets.into_iter();
    let marks = marks.filter_map(|target| Some((target.clone(), index.marks_of(target)?)));
    Change {
        head: index.head(),
        hard_floor,
        soft_floor,
        marks: marks.collect(),
        oldest: index.oldest(),
        taken,
    }
}
