//! Where a shield's room lives, and the source that it asks.

use super::clock::{Chance, Skewed};
use super::database::Row;
use super::edge::unpack;
use super::executor::Owner;
use super::faults::{Caller, Fate, Fault, Mutation, fate};
use super::joinable::Joinable;
use super::log_host;
use super::site::{Subject, TELLING, group_of};
use super::stats::Event;
use super::world::{Bytes, Link, Sim};
use crate::cache::seal::Draft;
use crate::cache::stored::Stored;
use crate::failure::{Failure, Kind};
use crate::outcome::ShieldReport;
use crate::pipeline::shield::{Filled, Parcel, Room, own_key};
use crate::ports::Read;
use crate::ports::shield::{Errand, Freshest, ShieldPorts};
use crate::purge::message::{LogAsk, LogReply};
use crate::shield::message::Ask;
use crate::time::Timestamp;
use futures_channel::oneshot;
use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

pub struct ShieldHost {
    clock: Skewed,
    room: RefCell<Option<Rc<Room<RoomPorts>>>>,
}

impl ShieldHost {
    pub fn new(chance: &Chance) -> Self {
        Self {
            clock: Skewed::new(chance),
            room: RefCell::default(),
        }
    }

    pub fn forget(&self, chance: &Chance) {
        self.clock.reset(chance);
        *self.room.borrow_mut() = None;
    }

    fn open(&self, world: &Sim, shard: usize) -> Rc<Room<RoomPorts>> {
        let anew = || {
            Rc::new(Room::new(RoomPorts {
                link: world.link(),
                shard,
            }))
        };
        if world.weather.lies(Mutation::NothingShared) {
            return anew();
        }
        self.room.borrow_mut().get_or_insert_with(anew).clone()
    }
}

/// Asks a shield over the network. Its work goes on when its asker leaves, or does not.
pub async fn ask(
    world: &Sim,
    shard: usize,
    ask: Ask,
) -> (Option<ShieldReport>, Result<Stored<Bytes>, Failure>) {
    world.pause(1, 30).await;
    let (tell, told) = oneshot::channel();
    let key = own_key(&ask);
    let work = answer(world.clone(), shard, ask);
    world.executor.spawn(Owner::Shield(shard), async move {
        let _ = tell.send(work.await);
    });
    let Ok((report, filled)) = told.await else {
        let failure = Failure::new(Kind::Unavailable, "").because("the shield crashed");
        return (None, Err(failure));
    };
    world.pause(1, 30).await;
    let stored = filled.and_then(|settled| match received(&settled.parcel, key.as_str()) {
        Read::Found(stored) => Ok(stored),
        Read::Absent | Read::Unusable(_) | Read::Failed => {
            Err(Failure::new(Kind::Internal, "").because("the shield's record cannot be used"))
        }
    });
    (Some(report), stored)
}

/// Nothing here is too large to be stored.
fn received(parcel: &Parcel, key: &str) -> Read<Bytes> {
    match parcel {
        Parcel::Whole(record) => unpack(record, key),
        Parcel::Apart(_) => Read::Unusable("apart"),
    }
}

async fn answer(world: Sim, shard: usize, ask: Ask) -> (ShieldReport, Filled) {
    let room = world.shields[shard].open(&world, shard);
    let (report, filled) = room.ask(&world.site, ask).await;
    if room.state().fills_superseded > 0 {
        world.count(Event::Superseded);
    }
    if report.collapsed {
        world.count(Event::Collapsed);
    }
    if report.settled {
        world.count(Event::Settled);
    }
    (report, filled)
}

/// A room's ports. What they do runs apart from the room's own futures; see [`super::executor`].
#[derive(Clone)]
pub struct RoomPorts {
    link: Link,
    shard: usize,
}

impl ShieldPorts for RoomPorts {
    fn now(&self) -> Timestamp {
        let world = self.link.world();
        world.shields[self.shard].clock.read(world.now())
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.link
            .world()
            .executor
            .spawn(Owner::Shield(self.shard), work);
    }

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let executor = self.link.world().executor.clone();
        executor.within(limit, work).await
    }

    async fn run(&self, errand: Errand<'_>) -> Result<Draft, Failure> {
        let world = self.link.world();
        let id: usize = errand.values[0].as_deref().unwrap().parse().unwrap();
        let owner = Owner::Shield(self.shard);
        let subject = Subject::of_query(&errand.query.name, id);
        let call = match subject {
            Some(subject) => world
                .executor
                .call(owner, read(world.clone(), subject, errand.freshest)),
            None => world
                .executor
                .call(owner, write(world.clone(), errand.query.name.clone(), id)),
        };
        let live = subject.and_then(|subject| match errand.freshest {
            // Who needs nothing in particular never asks alone.
            Freshest::ReplicaWillDo => Some(Joinable::begin(&world, self.shard, subject)),
            Freshest::Primary => {
                world.judge.may_be_superseded(self.shard, subject);
                None
            }
        });
        drop(world);
        let draft = call.await;
        drop(live);
        draft
    }

    async fn gzip(&self, _bytes: &[u8]) -> Option<Vec<u8>> {
        None
    }

    async fn ask_log(&self, ask: &LogAsk) -> Result<LogReply, Failure> {
        let world = self.link.world();
        let (link, ask) = (self.link.clone(), ask.clone());
        let work = async move { log_host::ask(&link.world(), Caller::Shield, &ask).await };
        let call = world.executor.call(Owner::Shield(self.shard), work);
        drop(world);
        call.await
    }
}

/// A query that hangs is given up after so long.
const QUERY_TIMEOUT_MS: u64 = 8_000;

/// The header that tells what an answer shows.
pub const SHOWN: &str = "X-Shown";

/// Waits as long as the source takes to look; then as long as it takes to say what it saw.
async fn before(world: &Sim, fate: Fate) -> Result<(), Failure> {
    match fate {
        Fate::Quick => world.pause(1, 30).await,
        Fate::Slow => world.pause(100, 4_000).await,
        Fate::Fails => {
            world.pause(1, 300).await;
            let kind = world
                .chance
                .pick(&[Kind::Unavailable, Kind::Timeout, Kind::Internal]);
            return Err(Failure::new(kind, "").because("the source fails"));
        }
        Fate::Hangs => {
            world.executor.sleep(QUERY_TIMEOUT_MS).await;
            return Err(Failure::new(Kind::Timeout, "").because("the source hangs"));
        }
    }
    Ok(())
}

async fn after(world: &Sim, fate: Fate) {
    match fate {
        Fate::Quick | Fate::Fails | Fate::Hangs => world.pause(1, 30).await,
        Fate::Slow => world.pause(100, 4_000).await,
    }
}

async fn read(world: Sim, subject: Subject, freshest: Freshest) -> Result<Draft, Failure> {
    let (fate, asked) = (fate(&world), world.now());
    before(&world, fate).await?;
    let at = world.now() - lag(&world, freshest);
    let (version, row) = world.database.version_at(subject, at);
    if world.database.version_at(subject, asked).0 != version {
        world.count(Event::ChangedUnderWay);
    }
    after(&world, fate).await;
    let at = if world.weather.lies(Mutation::SourceLags) {
        asked
    } else {
        at
    };
    let number = world.judge.read(version, at, world.now());
    let of = if world.weather.lies(Mutation::WrongRow) {
        Subject::Private(subject.id())
    } else {
        subject
    };
    let shown = format!("{} {} {version} {number}", of.word(), of.id());
    Ok(draft(row, shown, "{}"))
}

/// How old what the source shows is.
fn lag(world: &Sim, freshest: Freshest) -> u64 {
    if world.weather.lies(Mutation::SourceLags) {
        return 3_000;
    }
    let mut databases = world.site.databases.iter();
    let replica = databases.find_map(|database| database.replica.as_ref());
    match (freshest, replica) {
        (Freshest::ReplicaWillDo, Some(replica)) => {
            world.count(Event::ReplicaRead);
            world
                .chance
                .below(u64::try_from(replica.lag_max.as_millis()).unwrap())
        }
        (Freshest::ReplicaWillDo, None) | (Freshest::Primary, _) => 0,
    }
}

fn draft(row: Row, shown: String, body: &str) -> Draft {
    let mut draft = match row {
        Row::Present => Draft::json(body.as_bytes().to_vec()),
        Row::Deleted => Draft::not_found(),
    };
    draft.headers.push((SHOWN.into(), shown));
    draft
}

async fn write(world: Sim, route: String, item: usize) -> Result<Draft, Failure> {
    let fate = fate(&world);
    let drawn = world.database.draw();
    before(&world, fate).await?;
    let version = world
        .database
        .commit(item, Row::Present, drawn, world.now());
    world.say(|| format!("{route} {item} commits version {version}"));
    if world
        .weather
        .strikes(Fault::BreaksAfterCommit, &world.chance, 6)
    {
        world.count(Event::BrokeAfterCommit);
        world.pause(1, 500).await;
        return Err(Failure::new(Kind::Unavailable, "").because("the connection broke"));
    }
    after(&world, fate).await;
    let name = if route == TELLING { "told" } else { "untold" };
    let group = group_of(item);
    let body = format!("{{\"id\":{item},\"group\":{group},\"by\":\"{name}\"}}");
    Ok(draft(
        Row::Present,
        format!("write {item} {version} 0"),
        &body,
    ))
}
