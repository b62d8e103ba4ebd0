//! All machines of one run, and what they have between them.

use super::clock::{Chance, EPOCH_MS, Skewed};
use super::database::Database;
use super::executor::{Executor, Owner, Sleep};
use super::faults::{Mutation, Trouble, Weather};
use super::invariants::Judge;
use super::layers::{Colo, Kv};
use super::log_host::LogHost;
use super::shield_host::ShieldHost;
use super::site::{self, Choice};
use super::stats::{Event, Stats};
use crate::cache::memory::Memory;
use crate::cache::refreshing::Refreshing;
use crate::cache::stored::{Coding, Stored};
use crate::config::site::Site;
use crate::ports::Body;
use crate::purge::watch::Watch;
use crate::time::Timestamp;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

pub const COLOS: usize = 3;
pub const ISOLATES_PER_COLO: usize = 2;

/// A stored body: small, and so never compressed.
#[derive(Clone, Debug)]
pub struct Bytes(pub Rc<[u8]>);

impl Body for Bytes {
    fn has(&self, coding: Coding) -> bool {
        self.len(coding).is_some()
    }

    fn len(&self, coding: Coding) -> Option<u64> {
        match coding {
            Coding::Identity => Some(self.0.len() as u64),
            Coding::Gzip => None,
        }
    }

    fn bytes(&self, coding: Coding) -> Option<Vec<u8>> {
        self.has(coding).then(|| self.0.to_vec())
    }

    fn weight(&self) -> u64 {
        self.0.len() as u64
    }
}

/// What an isolate keeps between requests.
pub struct Isolate {
    pub colo: usize,
    pub clock: Skewed,
    pub memory: RefCell<Memory<Stored<Bytes>>>,
    pub watch: RefCell<Watch>,
    pub refreshing: RefCell<Refreshing>,
}

impl Isolate {
    fn new(colo: usize, site: &Site, chance: &Chance) -> Self {
        Self {
            colo,
            clock: Skewed::new(chance),
            memory: RefCell::new(Memory::new(site.limits.memory_bytes_max)),
            watch: RefCell::new(Watch::new(site.purge.index_max as usize)),
            refreshing: RefCell::default(),
        }
    }

    fn forget(&self, site: &Site, chance: &Chance) {
        let anew = Self::new(self.colo, site, chance);
        self.clock.reset(chance);
        *self.memory.borrow_mut() = anew.memory.into_inner();
        *self.watch.borrow_mut() = anew.watch.into_inner();
        *self.refreshing.borrow_mut() = anew.refreshing.into_inner();
    }
}

/// See the module.
pub struct World {
    pub executor: Executor,
    pub chance: Rc<Chance>,
    pub site: Rc<Site>,
    pub isolates: Vec<Isolate>,
    pub colos: Vec<Colo>,
    pub kv: Kv,
    pub shields: Vec<ShieldHost>,
    pub log: LogHost,
    pub database: Database,
    pub weather: Weather,
    pub judge: Judge,
    stats: RefCell<Stats>,
    trace: Option<RefCell<Vec<String>>>,
    own: Weak<World>,
}

pub type Sim = Rc<World>;

/// What parts hold of the world: they must not keep it alive.
#[derive(Clone)]
pub struct Link(Weak<World>);

impl Link {
    pub fn world(&self) -> Sim {
        self.0.upgrade().expect("the world outlives its parts")
    }

    /// `None` while the world ends.
    pub fn get(&self) -> Option<Sim> {
        self.0.upgrade()
    }
}

/// Whether a run writes down what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracing {
    On,
    Off,
}

impl World {
    pub fn new(seed: u64, mutation: Option<Mutation>, tracing: Tracing) -> Sim {
        let chance = Rc::new(Chance::new(seed));
        let choice = Choice {
            shards: chance.pick(&[1, 2]),
            fill_timeout_ms: chance.pick(&[3_000, 12_000]),
            index_max: chance.pick(&[4, 20, 100]),
            replica_lag_ms: chance.pick(&[None, None, Some(1_500)]),
        };
        let site = Rc::new(site::site(choice));
        let executor = Executor::new(chance.clone());
        let isolates = (0..COLOS * ISOLATES_PER_COLO)
            .map(|index| Isolate::new(index % COLOS, &site, &chance))
            .collect();
        let shields = (0..choice.shards)
            .map(|_| ShieldHost::new(&chance))
            .collect();
        Rc::new_cyclic(|own| Self {
            isolates,
            colos: (0..COLOS).map(|_| Colo::default()).collect(),
            kv: Kv::default(),
            shields,
            log: LogHost::new(&chance),
            database: Database::new(EPOCH_MS),
            weather: Weather::new(&chance, mutation),
            judge: Judge::default(),
            stats: RefCell::default(),
            trace: (tracing == Tracing::On).then(RefCell::default),
            own: own.clone(),
            executor,
            chance,
            site,
        })
    }

    pub fn link(&self) -> Link {
        Link(self.own.clone())
    }

    /// True time.
    pub fn now(&self) -> u64 {
        self.executor.now()
    }

    /// What an isolate's clock shows.
    pub fn isolate_time(&self, isolate: usize) -> Timestamp {
        self.isolates[isolate].clock.read(self.now())
    }

    /// A while that the seed chooses.
    pub fn pause(&self, low_ms: u64, high_ms: u64) -> Sleep {
        self.executor.sleep(self.chance.between(low_ms, high_ms))
    }

    pub fn count(&self, event: Event) {
        self.stats.borrow_mut().count(event);
    }

    pub fn stats(&self) -> Stats {
        self.stats.borrow().clone()
    }

    pub fn staleness(&self, ms: u64) {
        let mut stats = self.stats.borrow_mut();
        stats.staleness_max_ms = stats.staleness_max_ms.max(ms);
    }

    pub fn say(&self, what: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            let line = format!("{:>8} {}", self.now() - EPOCH_MS, what());
            trace.borrow_mut().push(line);
        }
    }

    pub fn trace(&self) -> Vec<String> {
        self.trace
            .as_ref()
            .map(|trace| trace.borrow().clone())
            .unwrap_or_default()
    }

    /// A machine loses its memory and everything that it was doing.
    pub fn crash(&self, owner: Owner) {
        let lost = self.executor.kill(owner);
        self.say(|| format!("{owner:?} crashes with {lost} tasks"));
        match owner {
            Owner::World => {}
            Owner::Isolate(index) => {
                self.isolates[index].forget(&self.site, &self.chance);
                self.count(Event::IsolateCrashed);
            }
            Owner::Shield(index) => {
                self.shields[index].forget(&self.chance);
                self.judge.forget_fills(index);
                self.count(Event::ShieldCrashed);
                if lost > 0 {
                    self.count(Event::FillLost);
                }
            }
            Owner::Log => {
                self.log.forget(&self.chance);
                self.weather
                    .note(self.now(), self.now() + 1_000, Trouble::Log);
                self.count(Event::LogCrashed);
            }
        }
    }
}
