//! Where the purge log lives: a storage that survives, a log that does not, and the way to it.

use super::clock::{Chance, Skewed};
use super::executor::Owner;
use super::faults::{Caller, Fault, Mutation, Trouble};
use super::stats::Event;
use super::world::{Link, Sim};
use crate::failure::{Failure, Kind};
use crate::pipeline::purge_log::Log;
use crate::ports::purge_log::{Change, Kept, LogPorts, OutboxRow};
use crate::purge::message::{LogAsk, LogReply, Receipt};
use crate::purge::seq::PurgeSeq;
use crate::time::Timestamp;
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

pub struct LogHost {
    clock: Skewed,
    kept: RefCell<Option<Kept>>,
    log: RefCell<Option<Rc<Log<ObjectPorts>>>>,
    wakes: Cell<Option<u64>>,
}

impl LogHost {
    pub fn new(chance: &Chance) -> Self {
        Self {
            clock: Skewed::new(chance),
            kept: RefCell::default(),
            log: RefCell::default(),
            wakes: Cell::new(None),
        }
    }

    pub fn forget(&self, chance: &Chance) {
        self.clock.reset(chance);
        *self.log.borrow_mut() = None;
    }

    pub fn head(&self) -> PurgeSeq {
        self.kept
            .borrow()
            .as_ref()
            .map_or(PurgeSeq::ZERO, |kept| kept.head)
    }

    /// Outbox rows that the storage still notes as numbered.
    pub fn taken(&self) -> usize {
        self.kept
            .borrow()
            .as_ref()
            .map_or(0, |kept| kept.taken.len())
    }

    fn open(&self, world: &Sim) -> Result<Rc<Log<ObjectPorts>>, Failure> {
        if let Some(log) = &*self.log.borrow() {
            return Ok(log.clone());
        }
        let ports = ObjectPorts(world.link());
        let log = Log::open(ports, &world.site.purge)?;
        *self.log.borrow_mut() = Some(log.clone());
        Ok(log)
    }
}

fn down(why: &str) -> Failure {
    Failure::new(Kind::Unavailable, "").because(why)
}

/// Who polls waits for a second; a log that needs longer would be as good as down.
const POLL_MAX_MS: u64 = 900;

/// Asks the log over the network. What was asked is done even when its asker leaves.
pub async fn ask(world: &Sim, caller: Caller, ask: &LogAsk) -> Result<LogReply, Failure> {
    world.pause(1, 25).await;
    if world.weather.is_unreachable(caller, world.now()) {
        world.count(Event::LogUnreachable);
        // Some networks say so, others say nothing.
        world.pause(0, 4_000).await;
        return Err(down("the log cannot be reached"));
    }
    let lies = world.weather.lies(Mutation::AppendUndone) && world.chance.one_in(2);
    if lies && matches!(ask, LogAsk::Append { .. }) {
        let seq = world.log.head();
        return Ok(LogReply::Appended(Receipt { seq, drained: None }));
    }
    let (tell, told) = oneshot::channel();
    let (link, asked) = (world.link(), ask.clone());
    world.executor.spawn(Owner::Log, async move {
        let world = link.world();
        let reply = match world.log.open(&world) {
            Ok(log) => log.answer(asked).await,
            Err(failure) => LogReply::Refused(failure.internal),
        };
        let _ = tell.send(reply);
    });
    let sent = world.now();
    let reply = told.await.map_err(|_| down("the log crashed"))?;
    let waited = world.now() - sent;
    if matches!(ask, LogAsk::Since { .. }) && waited > POLL_MAX_MS {
        let why = format!("the log kept {caller:?} waiting for {waited} ms");
        world.judge.blame(world, why);
    }
    world.pause(1, 25).await;
    if world
        .weather
        .strikes(Fault::LogReplyLost, &world.chance, 15)
    {
        world.count(Event::ReplyLost);
        world
            .weather
            .note(world.now(), world.now() + 1_000, Trouble::Log);
        return Err(down("the log's answer was lost"));
    }
    Ok(distorted(world, caller, reply))
}

/// The reply, less what a mutation takes from it.
fn distorted(world: &Sim, caller: Caller, reply: LogReply) -> LogReply {
    match (reply, caller) {
        (LogReply::Delta(mut delta), Caller::Shield)
            if world.weather.lies(Mutation::ShieldSeesTooMuch) =>
        {
            delta.head = PurgeSeq(delta.head.0 + 5_000_000);
            LogReply::Delta(delta)
        }
        (reply, _) => reply,
    }
}

/// Each minute, whoever else asks.
pub async fn cron(world: Sim, end: u64) {
    while world.now() < end {
        world.executor.sleep(60_000).await;
        let _ = ask(&world, Caller::Operator, &LogAsk::Drain).await;
    }
}

#[derive(Clone)]
pub struct ObjectPorts(Link);

/// A question to the database, in the time that it takes.
async fn database(world: &Sim) -> Result<(), Failure> {
    world.pause(2, 40).await;
    let began = world.now();
    let strikes = |fault, one_in| world.weather.strikes(fault, &world.chance, one_in);
    if world.weather.outbox_is_down(began) || strikes(Fault::OutboxFails, 12) {
        let hangs = world.weather.has(Fault::OutboxHangs) && world.chance.one_in(2);
        let (wait, event) = match hangs {
            true => (10_000, Event::OutboxHung),
            false => (world.chance.below(800), Event::OutboxFailed),
        };
        world.count(event);
        world.weather.note(began, began + wait, Trouble::Drain);
        world.executor.sleep(wait).await;
        return Err(down("the database does not answer"));
    }
    if strikes(Fault::OutboxHangs, 20) {
        let wait = world.chance.below(9_000);
        world.weather.note(began, began + wait, Trouble::Drain);
        world.executor.sleep(wait).await;
    }
    Ok(())
}

async fn outbox(world: Sim, rows_max: u32) -> Result<Vec<OutboxRow>, Failure> {
    database(&world).await?;
    let rows = world.database.outbox(rows_max);
    world.pause(0, 30).await;
    if world.weather.lies(Mutation::LogLosesBatch) && world.chance.one_in(4) {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        world.database.clear_outbox(&ids);
        return Ok(Vec::new());
    }
    Ok(rows)
}

async fn clear_outbox(world: Sim, ids: Vec<i64>) -> Result<(), Failure> {
    if world.weather.strikes(Fault::LogCrash, &world.chance, 6) {
        world.count(Event::LogCrashedBeforeClearing);
        let (link, ids) = (world.link(), ids.clone());
        world.executor.spawn(Owner::World, async move {
            let world = link.world();
            world.crash(Owner::Log);
            // The question may have been on its way.
            world.pause(0, 50).await;
            if world.chance.one_in(2) {
                world.database.clear_outbox(&ids);
            }
        });
    }
    database(&world).await?;
    world.database.clear_outbox(&ids);
    world.pause(0, 20).await;
    Ok(())
}

impl ObjectPorts {
    /// The storage refuses now and then.
    fn storage(&self, world: &Sim) -> Result<(), Failure> {
        if world
            .weather
            .strikes(Fault::StorageRefuses, &world.chance, 12)
        {
            world.count(Event::StorageRefused);
            world
                .weather
                .note(world.now(), world.now() + 1_000, Trouble::Drain);
            return Err(down("the storage refuses"));
        }
        Ok(())
    }
}

impl LogPorts for ObjectPorts {
    fn now(&self) -> Timestamp {
        let world = self.0.world();
        world.log.clock.read(world.now())
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.0.world().executor.spawn(Owner::Log, work);
    }

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        self.0.world().executor.within(limit, work).await
    }

    fn load(&self) -> Result<Option<Kept>, Failure> {
        let world = self.0.world();
        self.storage(&world)?;
        let mut kept = world.log.kept.borrow().clone();
        if let Some(kept) = &mut kept {
            if world.weather.lies(Mutation::TakenForgotten) {
                kept.taken.clear();
            }
            if world.weather.lies(Mutation::HeadForgotten) {
                kept.head = PurgeSeq(kept.head.0 - 30_000_000);
                kept.marks.clear();
                kept.hard_floor = PurgeSeq::ZERO;
            }
        }
        Ok(kept)
    }

    fn keep(&self, change: &Change) -> Result<(), Failure> {
        let world = self.0.world();
        self.storage(&world)?;
        let mut kept = world.log.kept.borrow_mut();
        world.judge.kept(&world, kept.as_ref(), change);
        let mut now = kept.take().unwrap_or_default();
        now.head = change.head;
        now.hard_floor = change.hard_floor;
        now.soft_floor = change.soft_floor;
        now.marks.retain(|(target, marks)| {
            let replaced = change.marks.iter().any(|(other, _)| other == target);
            !replaced && marks.latest() >= change.oldest
        });
        now.marks.extend(change.marks.clone());
        now.taken.extend(change.taken.clone());
        *kept = Some(now);
        Ok(())
    }

    fn forget_taken(&self, database: &str, ids: &[i64]) -> Result<(), Failure> {
        let world = self.0.world();
        self.storage(&world)?;
        if let Some(kept) = &mut *world.log.kept.borrow_mut() {
            kept.taken
                .retain(|(name, id)| name != database || !ids.contains(id));
        }
        Ok(())
    }

    async fn outbox(&self, _database: &str, rows_max: u32) -> Result<Vec<OutboxRow>, Failure> {
        let world = self.0.world();
        let call = world
            .executor
            .call(Owner::Log, outbox(world.clone(), rows_max));
        drop(world);
        call.await
    }

    async fn clear_outbox(&self, _database: &str, ids: &[i64]) -> Result<(), Failure> {
        let world = self.0.world();
        let call = world
            .executor
            .call(Owner::Log, clear_outbox(world.clone(), ids.to_vec()));
        drop(world);
        call.await
    }

    fn wake_at(&self, at: Timestamp) {
        let world = self.0.world();
        let at = world.log.clock.when(at).max(world.now());
        if world.log.wakes.get().is_some_and(|known| known <= at) {
            return;
        }
        world.log.wakes.set(Some(at));
        let link = self.0.clone();
        let wait = world.executor.sleep(at - world.now());
        world.executor.spawn(Owner::World, async move {
            wait.await;
            let world = link.world();
            if world.log.wakes.get() != Some(at) {
                return;
            }
            world.log.wakes.set(None);
            let link = link.clone();
            world.executor.spawn(Owner::Log, async move {
                let world = link.world();
                if let Ok(log) = world.log.open(&world) {
                    log.wake().await;
                }
            });
        });
    }
}
