//! What goes wrong, how often, and when it did: a seed has its own weather.

use super::clock::Chance;
use super::executor::Owner;
use super::stats::Event;
use super::world::{COLOS, Sim};
use std::cell::{Cell, RefCell};

/// A kind of fault that a seed may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    IsolateCrash,
    ShieldCrash,
    LogCrash,
    LogUnreachable,
    LogReplyLost,
    OutboxFails,
    OutboxHangs,
    StorageRefuses,
    SourceSlow,
    SourceFails,
    SourceHangs,
    BreaksAfterCommit,
    LayersFail,
    Garbage,
    ColoForgets,
    ClientsLeave,
}

impl Fault {
    const ALL: [Self; 16] = [
        Self::IsolateCrash,
        Self::ShieldCrash,
        Self::LogCrash,
        Self::LogUnreachable,
        Self::LogReplyLost,
        Self::OutboxFails,
        Self::OutboxHangs,
        Self::StorageRefuses,
        Self::SourceSlow,
        Self::SourceFails,
        Self::SourceHangs,
        Self::BreaksAfterCommit,
        Self::LayersFail,
        Self::Garbage,
        Self::ColoForgets,
        Self::ClientsLeave,
    ];
}

/// A lie of the simulated ports, to show that the invariants would notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// What the log tells a shield lacks the purges, and has the number.
    ShieldSeesTooMuch,
    /// The far layers raise the number of what they keep.
    FarRaisesSeq,
    /// Outbox rows are deleted and not told.
    LogLosesBatch,
    /// The colo's page says to be of now.
    PageOfNow,
    /// The source answers from some seconds ago.
    SourceLags,
    /// The log's storage forgets which rows have their numbers.
    TakenForgotten,
    /// The log's storage loses its head in a crash.
    HeadForgotten,
    /// The far layers say that what they keep was just made.
    FarRejuvenates,
    /// The source answers for another.
    WrongRow,
    /// A shield starts a fill for every question.
    NothingShared,
    /// The log says that it has appended, and has not.
    AppendUndone,
}

/// What troubles the way from a commit to the views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The log could not be asked.
    Log,
    /// The log could not learn or keep what was committed.
    Drain,
}

#[derive(Debug)]
pub struct Weather {
    faults: Vec<Fault>,
    pub mutation: Option<Mutation>,
    /// Nothing goes wrong any more.
    calm: Cell<bool>,
    troubles: RefCell<Vec<(u64, u64, Trouble)>>,
    /// Until when each colo's isolates, and then the shields, cannot reach the log.
    unreachable: RefCell<Vec<u64>>,
    outbox_down: Cell<u64>,
}

/// Who asks the log.
#[derive(Clone, Copy, Debug)]
pub enum Caller {
    Colo(usize),
    Shield,
    Operator,
}

impl Weather {
    pub fn new(chance: &Chance, mutation: Option<Mutation>) -> Self {
        // A fifth of all seeds have nothing but races; the others some of the faults.
        let share = chance.pick(&[0, 2, 3, 3, 6]);
        let faults = Fault::ALL.into_iter().filter(|_| chance.one_in(share));
        Self {
            faults: faults.collect(),
            mutation,
            calm: Cell::new(false),
            troubles: RefCell::default(),
            unreachable: RefCell::new(vec![0; COLOS + 1]),
            outbox_down: Cell::new(0),
        }
    }

    /// A seed without faults: then nothing may fail either.
    pub fn is_fair(&self) -> bool {
        self.faults.is_empty()
    }

    pub fn calm(&self) {
        self.calm.set(true);
        self.unreachable.borrow_mut().fill(0);
        self.outbox_down.set(0);
    }

    pub fn has(&self, fault: Fault) -> bool {
        !self.calm.get() && self.faults.contains(&fault)
    }

    pub fn lies(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// Whether this fault strikes now, being as rare as that.
    pub fn strikes(&self, fault: Fault, chance: &Chance, one_in: u64) -> bool {
        self.has(fault) && chance.one_in(one_in)
    }

    pub fn note(&self, from: u64, to: u64, trouble: Trouble) {
        self.troubles.borrow_mut().push((from, to, trouble));
    }

    /// Whether there was such a trouble between these moments.
    pub fn troubled(&self, from: u64, to: u64, trouble: Trouble) -> bool {
        let troubles = self.troubles.borrow();
        let mut troubles = troubles.iter().filter(|(_, _, kind)| *kind == trouble);
        troubles.any(|(began, ended, _)| *began <= to && *ended >= from)
    }

    pub fn is_unreachable(&self, caller: Caller, now: u64) -> bool {
        let unreachable = self.unreachable.borrow();
        match caller {
            Caller::Colo(colo) => unreachable[colo] > now,
            Caller::Shield => unreachable[COLOS] > now,
            Caller::Operator => false,
        }
    }

    pub fn outbox_is_down(&self, now: u64) -> bool {
        self.outbox_down.get() > now
    }
}

/// Crashes and outages, one after the other, until it becomes calm.
pub async fn strike(world: Sim, end: u64) {
    while world.now() < end {
        world.pause(300, 9_000).await;
        let fault = world.chance.pick(&Fault::ALL);
        if world.weather.has(fault) && world.now() < end {
            befall(&world, fault);
        }
    }
}

fn befall(world: &Sim, fault: Fault) {
    let now = world.now();
    match fault {
        Fault::IsolateCrash => {
            world.crash(Owner::Isolate(world.chance.index(world.isolates.len())))
        }
        Fault::ShieldCrash => world.crash(Owner::Shield(world.chance.index(world.shields.len()))),
        Fault::LogCrash => world.crash(Owner::Log),
        Fault::LogUnreachable => {
            let until = now + world.chance.between(200, 12_000);
            let mut unreachable = world.weather.unreachable.borrow_mut();
            // Somebody, or everybody.
            let whom = world.chance.index(COLOS + 2);
            for (index, known) in unreachable.iter_mut().enumerate() {
                if whom == index || whom > COLOS {
                    *known = until;
                }
            }
            world.weather.note(now, until, Trouble::Log);
            world.say(|| format!("the log cannot be reached by {whom} for {} ms", until - now));
        }
        Fault::OutboxFails | Fault::OutboxHangs => {
            let until = now + world.chance.between(200, 8_000);
            world.weather.outbox_down.set(until);
            world.weather.note(now, until, Trouble::Drain);
            world.say(|| format!("the outbox is down for {} ms", until - now));
        }
        Fault::ColoForgets => {
            let colo = world.chance.index(COLOS);
            world.colos[colo].forget(&world.chance);
            world.say(|| format!("colo {colo} forgets"));
        }
        // Of single calls; they strike there.
        Fault::LogReplyLost
        | Fault::StorageRefuses
        | Fault::SourceSlow
        | Fault::SourceFails
        | Fault::SourceHangs
        | Fault::BreaksAfterCommit
        | Fault::LayersFail
        | Fault::Garbage
        | Fault::ClientsLeave => {}
    }
}

/// What becomes of one question to the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Quick,
    Slow,
    Fails,
    Hangs,
}

pub fn fate(world: &Sim) -> Fate {
    let strikes = |fault, one_in| world.weather.strikes(fault, &world.chance, one_in);
    if strikes(Fault::SourceHangs, 12) {
        world.count(Event::SourceHung);
        Fate::Hangs
    } else if strikes(Fault::SourceFails, 5) {
        world.count(Event::SourceFailed);
        Fate::Fails
    } else if strikes(Fault::SourceSlow, 4) {
        world.count(Event::SourceSlow);
        Fate::Slow
    } else {
        Fate::Quick
    }
}
