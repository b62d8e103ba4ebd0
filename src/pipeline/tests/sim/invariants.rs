//! What must hold at every answer, and at the end of a run.

use super::clock::{EPOCH_MS, SKEW_MAX_MS};
use super::database::Row;
use super::faults::Trouble;
use super::site::Subject;
use super::stats::Event;
use super::world::Sim;
use crate::purge::seq::PurgeSeq;
use crate::purge::target::{Mode, Target};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// What a read of the source saw, and when.
#[derive(Clone, Copy, Debug)]
struct Seen {
    version: u64,
    at: u64,
    /// When the source had said so: no answer was created earlier.
    said: u64,
}

/// A purge that has its number.
#[derive(Clone, Debug)]
pub(super) struct Purge {
    pub seq: PurgeSeq,
    pub target: Target,
    pub mode: Mode,
    pub at: u64,
}

/// What a run is judged by.
#[derive(Debug, Default)]
pub struct Judge {
    verdict: RefCell<Option<String>>,
    reads: RefCell<Vec<Seen>>,
    pub(super) purges: RefCell<Vec<Purge>>,
    pub(super) numbered: RefCell<BTreeSet<i64>>,
    pub(super) joinable: RefCell<BTreeMap<(usize, Subject), (u64, u64)>>,
    counted: Cell<u64>,
    open: RefCell<BTreeMap<u64, u64>>,
}

/// A bookmark that a request carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    Nothing,
    /// The log gave this number.
    Genuine(PurgeSeq),
    /// Somebody made it up; it happens to be a number that the log has passed, or not.
    MadeUp(PurgeSeq),
    Malformed,
}

/// How an answer was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// From a layer, fresh.
    Hit,
    /// Stale, while it is refreshed.
    Revalidating,
    /// Stale, because the source failed.
    IfError,
    /// Stale, because the source is slow.
    TooSlow,
    /// From the source.
    Source,
}

/// An answer that a client got.
#[derive(Clone, Debug)]
pub struct Answered {
    pub isolate: usize,
    pub subject: Subject,
    pub claim: Claim,
    /// What the client has written itself and holds the bookmark of.
    pub written: u64,
    pub began: u64,
    /// What the isolate knew when the request began.
    pub knew: PurgeSeq,
    /// How far the log was then.
    pub log_head: PurgeSeq,
    pub status: u16,
    pub came: Came,
    /// The header that tells what it shows.
    pub shown: Option<String>,
}

/// No request takes longer: two fills, each behind polls, and layers that are slow.
pub const ANSWER_MAX_MS: u64 = 60_000;

/// How old what everybody sees may be: a second between drains, two of the view, a second that clocks
/// differ, and the ways between the machines.
const STALENESS_MAX_MS: u64 = 1_000 + 2_000 + SKEW_MAX_MS + 500;

/// What nobody has heard of, a replica may lack as well.
const REPLICA_LAG_MAX_MS: u64 = 1_500;

/// After a trouble, drains rest and views come back.
const AFTERMATH_MS: u64 = 8_000;

impl Judge {
    pub fn verdict(&self) -> Option<String> {
        self.verdict.borrow().clone()
    }

    pub fn is_decided(&self) -> bool {
        self.verdict.borrow().is_some()
    }

    pub fn blame(&self, world: &Sim, why: String) {
        world.say(|| format!("VIOLATION: {why}"));
        let at = world.now() - EPOCH_MS;
        self.verdict
            .borrow_mut()
            .get_or_insert(format!("at {at} ms: {why}"));
    }

    /// A read of the source; gives its number.
    pub fn read(&self, version: u64, at: u64, said: u64) -> usize {
        let mut reads = self.reads.borrow_mut();
        reads.push(Seen { version, at, said });
        reads.len() - 1
    }

    /// Requests and fills are counted together.
    pub(super) fn next(&self) -> u64 {
        self.counted.set(self.counted.get() + 1);
        self.counted.get()
    }

    /// (6) From here on somebody waits.
    pub fn begins(&self, world: &Sim) -> u64 {
        let number = self.next();
        self.open.borrow_mut().insert(number, world.now());
        number
    }

    /// The request got its answer, or nobody waits for one any more.
    pub fn ends(&self, number: u64) {
        self.open.borrow_mut().remove(&number);
    }

    /// The oldest request without an answer, and when it began.
    pub fn longest_waiting(&self) -> Option<(u64, u64)> {
        let open = self.open.borrow();
        open.iter().next().map(|(number, began)| (*number, *began))
    }

    pub fn nobody_waits(&self, world: &Sim) {
        if let Some((number, began)) = self.longest_waiting() {
            let since = began - EPOCH_MS;
            self.blame(
                world,
                format!("request {number} of {since} ms never got an answer"),
            );
        }
    }

    /// (8) Without the token, nobody is told anything.
    pub fn check_refused(&self, world: &Sim, answer: &Answered) {
        world.count(Event::Refused);
        if answer.status != 401 || answer.shown.is_some() {
            self.blame(
                world,
                format!("an answer for whoever has no token: {answer:?}"),
            );
        }
    }

    pub fn check(&self, world: &Sim, answer: &Answered) {
        let took = world.now() - answer.began;
        if took > ANSWER_MAX_MS {
            self.blame(world, format!("{answer:?} took {took} ms"));
        }
        let shown = answer
            .shown
            .as_deref()
            .map(|shown| self.shown(world, answer, shown));
        match (answer.status, shown) {
            (200 | 404, Some(Some(seen))) => {
                world.count(Event::Answered);
                self.check_bookmark(world, answer, seen);
                self.check_view(world, answer, seen);
                self.check_staleness(world, answer, seen);
                self.check_age(world, answer, seen);
            }
            (500.., None) => {
                world.count(Event::ServerError);
                if world.weather.is_fair() {
                    self.blame(world, format!("an error though nothing failed: {answer:?}"));
                }
            }
            _ => self.blame(world, format!("an answer that shows nothing: {answer:?}")),
        }
    }

    /// (8) Whose answer it is.
    fn shown(&self, world: &Sim, answer: &Answered, shown: &str) -> Option<Seen> {
        let words: Vec<&str> = shown.split(' ').collect();
        let [word, id, version, read] = words[..] else {
            return None;
        };
        let subject = Subject::of_query(word, id.parse().ok()?)?;
        let seen = *self.reads.borrow().get(read.parse::<usize>().ok()?)?;
        if subject != answer.subject || seen.version != version.parse::<u64>().ok()? {
            self.blame(world, format!("{shown} answers for another: {answer:?}"));
        }
        Some(seen)
    }

    fn matching(&self, world: &Sim, subject: Subject, up_to: PurgeSeq) -> Vec<Purge> {
        let key = subject.key(&world.site);
        let tags = [subject.tag(), subject.path()];
        let purges = self.purges.borrow();
        let known = purges.iter().filter(|purge| purge.seq <= up_to);
        let matching = known.filter(|purge| match &purge.target {
            Target::Tag(tag) => tags.contains(tag),
            Target::Key(text) => text == key.as_str(),
            Target::Prefix(prefix) => tags.iter().any(|tag| tag.starts_with(prefix.as_str())),
            Target::All => true,
        });
        matching.cloned().collect()
    }

    /// Whether an answer that shows this would be too old by now to be shown to anybody.
    pub fn is_outdated(&self, world: &Sim, subject: Subject, shown: &str) -> bool {
        let version = shown
            .split(' ')
            .nth(2)
            .and_then(|version| version.parse().ok());
        let outdated = world.database.outdated_at(subject, version.unwrap_or(0));
        outdated.is_some_and(|at| at + STALENESS_MAX_MS < world.now())
    }

    /// (1) A bookmark's holder sees what was purged and written up to there.
    fn check_bookmark(&self, world: &Sim, answer: &Answered, seen: Seen) {
        let (up_to, softly) = match answer.claim {
            Claim::Nothing | Claim::Malformed => return,
            Claim::Genuine(seq) => (seq, true),
            Claim::MadeUp(seq) if seq <= answer.log_head => (seq, false),
            Claim::MadeUp(_) => return,
        };
        if matches!(answer.claim, Claim::Genuine(_)) && seen.version < answer.written {
            let own = answer.written;
            self.blame(
                world,
                format!("older than its own write {own}: {seen:?} {answer:?}"),
            );
        }
        for purge in self.matching(world, answer.subject, up_to) {
            if seen.at < purge.at && (softly || purge.mode == Mode::Hard) {
                let told = format!("older than its bookmark, by {purge:?}: {seen:?} {answer:?}");
                self.blame(world, told);
            }
        }
    }

    /// (2) Nothing is older than a purge that the isolate knew of.
    fn check_view(&self, world: &Sim, answer: &Answered, seen: Seen) {
        for purge in self.matching(world, answer.subject, answer.knew) {
            if seen.at >= purge.at {
                continue;
            }
            let tier = answer.subject.route(&world.site).tier.as_ref().unwrap();
            let window = match (purge.mode, answer.came) {
                (Mode::Soft, Came::Revalidating) => Some(tier.swr),
                (Mode::Soft, Came::IfError | Came::TooSlow) => Some(tier.sie),
                (Mode::Soft, Came::Hit | Came::Source) | (Mode::Hard, _) => None,
            };
            let allowed = window.map(|window| {
                let window = u64::try_from(window.as_millis()).unwrap();
                purge.at.max(seen.said) + window + SKEW_MAX_MS
            });
            if allowed.is_none_or(|until| answer.began > until) {
                let told = format!("older than a purge that its isolate knew, {purge:?}");
                self.blame(world, format!("{told}: {seen:?} {answer:?}"));
            }
        }
    }

    /// (3) What was committed some seconds ago is shown to everybody.
    fn check_staleness(&self, world: &Sim, answer: &Answered, seen: Seen) {
        let troubled = |trouble, ms| {
            let from = answer.began.saturating_sub(ms + AFTERMATH_MS);
            world.weather.troubled(from, world.now(), trouble)
        };
        let fill = u64::try_from(world.site.shield.fill_timeout.as_millis()).unwrap();
        let log_down = troubled(Trouble::Log, STALENESS_MAX_MS);
        let bound = match answer.came {
            Came::Hit | Came::Revalidating | Came::IfError | Came::TooSlow if log_down => return,
            // Unverifiable answers may come from a fill that others have begun.
            Came::Source if log_down => STALENESS_MAX_MS + fill + REPLICA_LAG_MAX_MS,
            Came::Hit | Came::Revalidating | Came::IfError | Came::TooSlow | Came::Source => {
                STALENESS_MAX_MS
            }
        };
        if troubled(Trouble::Drain, bound) {
            return;
        }
        let outdated = world.database.outdated_at(answer.subject, seen.version);
        let stale = outdated.map_or(0, |at| answer.began.saturating_sub(at));
        if stale > bound {
            self.blame(
                world,
                format!("{stale} ms older than the data: {seen:?} {answer:?}"),
            );
        }
        if !log_down {
            world.staleness(stale);
        }
    }

    /// (4) Nothing outlives its windows.
    fn check_age(&self, world: &Sim, answer: &Answered, seen: Seen) {
        let tier = answer.subject.route(&world.site).tier.as_ref().unwrap();
        let (ttl, swr, sie) = match answer.status {
            404 => (
                tier.negative_ttl.min(tier.ttl),
                Default::default(),
                Default::default(),
            ),
            _ => (tier.ttl, tier.swr, tier.sie),
        };
        let most = match answer.came {
            Came::Hit | Came::Source => ttl,
            Came::Revalidating => ttl + swr,
            Came::IfError | Came::TooSlow => ttl + sie,
        };
        let most = u64::try_from(most.as_millis()).unwrap() + SKEW_MAX_MS;
        let age = answer.began.saturating_sub(seen.said);
        if age > most {
            self.blame(
                world,
                format!("{age} ms old, of {most}: {seen:?} {answer:?}"),
            );
        }
    }

    /// (9) After all: everybody knows everything, and every key shows its latest version.
    pub fn check_end(&self, world: &Sim, answer: &Answered) {
        let Some(Some(seen)) = answer
            .shown
            .as_deref()
            .map(|shown| self.shown(world, answer, shown))
        else {
            self.blame(world, format!("no answer at the end: {answer:?}"));
            return;
        };
        let (version, row) = world.database.version_at(answer.subject, world.now());
        let status = match row {
            Row::Present => 200,
            Row::Deleted => 404,
        };
        if (seen.version, answer.status) != (version, status) {
            self.blame(
                world,
                format!("not the latest, {version}, at the end: {seen:?} {answer:?}"),
            );
        }
    }
}
