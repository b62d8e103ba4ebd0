//! Who uses the site: clients that read and write, others that change the database behind Forebay's
//! back, and operators who purge.

use super::database::Row;
use super::faults::{Caller, Fault};
use super::invariants::Claim;
use super::log_host;
use super::requests::{Bearer, Got, Wish, Work, request};
use super::site::{ITEMS, SILENT, Subject, TELLING, group_of, group_tag, item_tag};
use super::stats::Event;
use super::world::Sim;
use crate::outcome::Purged;
use crate::purge::message::{Drain, LogAsk, LogReply};
use crate::purge::seq::PurgeSeq;
use crate::purge::target::{Mode, Target};
use std::collections::BTreeMap;

/// How busy a run is.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// True time at which faults and traffic end.
    pub end: u64,
    /// The longest pause of a client.
    pub pause_max_ms: u64,
    /// Of how many things that a client does one is a write.
    pub one_write_in: u64,
}

/// What a client remembers.
#[derive(Debug, Default)]
struct Client {
    bookmark: Option<PurgeSeq>,
    /// Its own latest version of each item, which the bookmark stands for.
    written: BTreeMap<usize, u64>,
}

impl Client {
    fn claim(&self, world: &Sim) -> Claim {
        match (world.chance.below(12), self.bookmark) {
            (0, _) => Claim::Malformed,
            (1, _) => Claim::MadeUp(PurgeSeq(made_up(world))),
            (_, Some(seq)) => Claim::Genuine(seq),
            (_, None) => Claim::Nothing,
        }
    }

    fn written(&self, subject: Subject) -> u64 {
        let own = subject
            .items()
            .into_iter()
            .filter_map(|item| self.written.get(&item));
        own.copied().max().unwrap_or(0)
    }

    fn learn(&mut self, got: &Got, item: usize) {
        if let Got::Written {
            version,
            bookmark: Some(bookmark),
        } = got
        {
            self.bookmark = self.bookmark.max(Some(*bookmark));
            self.written.insert(item, *version);
        }
    }
}

fn made_up(world: &Sim) -> u64 {
    let head = world.log.head().0;
    match world.chance.below(4) {
        0 => world.chance.below(1_000_000),
        1 => head + 1 + world.chance.below(3_000_000),
        2 => head + 60_000_000_000,
        _ => head.saturating_sub(world.chance.below(20_000_000)),
    }
}

/// Some are asked for far more often than others.
fn any_subject(world: &Sim) -> Subject {
    match world.chance.below(5) {
        0 | 1 => Subject::Item(0),
        2 => Subject::Group(0),
        _ => world.chance.pick(&Subject::all()),
    }
}

fn any_isolate(world: &Sim) -> usize {
    world.chance.index(world.isolates.len())
}

/// Reads and writes until the end, at whichever isolate it comes to.
pub async fn client(world: Sim, pace: Pace, keeps: Keeps) {
    let mut client = Client::default();
    let mut home = any_isolate(&world);
    loop {
        world.pause(20, pace.pause_max_ms).await;
        if world.now() >= pace.end {
            return;
        }
        if world.chance.one_in(3) {
            home = any_isolate(&world);
        }
        let item = world.chance.index(ITEMS);
        if world.chance.one_in(pace.one_write_in) {
            let route = world.chance.pick(&[TELLING, SILENT]);
            let got = request(&world, home, Wish::write(route, item)).await;
            if keeps == Keeps::Bookmarks {
                client.learn(&got, item);
            }
        } else {
            let subject = any_subject(&world);
            let wish = Wish {
                claim: client.claim(&world),
                bearer: if world.chance.one_in(8) {
                    Bearer::Wrong
                } else {
                    Bearer::Right
                },
                leaves_after: leaves(&world),
                ..Wish::read(subject, client.written(subject))
            };
            request(&world, home, wish).await;
        }
    }
}

/// Whether a client sends back what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    Bookmarks,
    Nothing,
}

fn leaves(world: &Sim) -> Option<u64> {
    let leaves = world
        .weather
        .strikes(Fault::ClientsLeave, &world.chance, 10);
    leaves.then(|| world.chance.below(400))
}

/// Many at once ask for the same.
pub async fn crowd(world: Sim, pace: Pace) {
    loop {
        world.pause(pace.pause_max_ms, pace.pause_max_ms * 12).await;
        if world.now() >= pace.end {
            return;
        }
        let subject = any_subject(&world);
        for _ in 0..world.chance.between(2, 6) {
            let (then, home) = (world.clone(), any_isolate(&world));
            let wait = world.pause(0, 60);
            world
                .executor
                .spawn(super::executor::Owner::World, async move {
                    wait.await;
                    request(&then, home, Wish::read(subject, 0)).await;
                });
        }
    }
}

/// Changes the database by plain SQL.
pub async fn sql_writer(world: Sim, pace: Pace) {
    loop {
        world.pause(pace.pause_max_ms, pace.pause_max_ms * 15).await;
        if world.now() >= pace.end {
            return;
        }
        let item = world.chance.index(ITEMS);
        let row = if world.chance.one_in(4) {
            Row::Deleted
        } else {
            Row::Present
        };
        let drawn = world.database.draw();
        // The transaction takes its time, and others may commit before it.
        world.pause(0, 600).await;
        let version = world.database.commit(item, row, drawn, world.now());
        world.say(|| format!("sql: item {item} is {row:?}, version {version}"));
        world.count(Event::PlainSqlWrite);
        if row == Row::Deleted {
            world.count(Event::Deleted);
        }
    }
}

/// Purges by hand, and then looks with the receipt as bookmark.
pub async fn operator(world: Sim, pace: Pace) {
    loop {
        world.pause(pace.pause_max_ms, pace.pause_max_ms * 25).await;
        if world.now() >= pace.end {
            return;
        }
        let subject = any_subject(&world);
        let mode = if world.chance.one_in(3) {
            Mode::Hard
        } else {
            Mode::Soft
        };
        let before = if world.chance.one_in(2) {
            Drain::First
        } else {
            Drain::Later
        };
        let purges = vec![(target(&world, subject), mode)];
        let ask = LogAsk::Append { purges, before };
        let reply = log_host::ask(&world, Caller::Operator, &ask).await;
        if let Ok(LogReply::Appended(receipt)) = reply {
            world.count(match mode {
                Mode::Hard => Event::HardPurge,
                Mode::Soft => Event::SoftPurge,
            });
            let claim = Claim::Genuine(receipt.seq);
            let wish = Wish {
                claim,
                ..Wish::read(subject, 0)
            };
            request(&world, any_isolate(&world), wish).await;
        }
    }
}

fn target(world: &Sim, subject: Subject) -> Target {
    match world.chance.below(8) {
        0 => {
            world.count(Event::PurgeEverything);
            Target::All
        }
        1 => Target::Prefix(format!("/{}/", subject.word())),
        2 => Target::Prefix("item:".into()),
        3 => Target::Key(subject.key(&world.site).as_str().to_owned()),
        4 => Target::Tag(subject.path()),
        5 => Target::Tag(group_tag(group_of(subject.id()))),
        6 => Target::Tag(item_tag(subject.id())),
        _ => Target::Tag(format!("other:{}", world.chance.below(8))),
    }
}

/// After everything: each isolate is asked for some of the keys, and all for each.
pub async fn inspect(world: &Sim) {
    for (index, subject) in Subject::all().into_iter().enumerate() {
        for isolate in (index % 3..world.isolates.len()).step_by(3) {
            let wish = Wish {
                work: Work::Inspect(subject),
                ..Wish::read(subject, 0)
            };
            request(world, isolate, wish).await;
        }
    }
    for (number, isolate) in world.isolates.iter().enumerate() {
        let (head, log) = (isolate.watch.borrow().view.head(), world.log.head());
        if head != log {
            world.judge.blame(
                world,
                format!("isolate {number} knows {head}, the log {log}"),
            );
        }
    }
    let told = world.database.told.borrow();
    let left = [
        (
            !world.judge.all_numbered(&told),
            "an outbox row never got a number",
        ),
        (
            !world.database.outbox(1).is_empty(),
            "a row never left the outbox",
        ),
        (
            world.log.taken() > 0,
            "a row that has left the outbox is noted for ever",
        ),
    ];
    for (_, why) in left.into_iter().filter(|(is_so, _)| *is_so) {
        world.judge.blame(world, why.into());
    }
}

/// What became of a write.
pub fn count_write(world: &Sim, purged: Purged) {
    match purged {
        Purged::At(_) => world.count(Event::WriteBookmarked),
        Purged::Untold => world.count(Event::WriteUntold),
        Purged::Nothing => {}
    }
}
