//! All that can differ between two moments of the model, and what is true of it by itself.

use super::known::Known;
use super::setup::{KEYS, Key, Source};
use forebay::purge::seq::PurgeSeq;
use forebay::purge::target::{Mode, Target};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many writes of a key were committed.
pub type Version = u8;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub database: Database,
    pub log: Log,
    pub shield: Shield,
    pub isolates: Vec<Isolate>,
    /// Every answer that was ever sent to the far layer. A read finds any of them, or none: that is
    /// delay, reordering, loss and expiry at once.
    pub far: BTreeSet<(Key, Stored)>,
    pub writers: Vec<Writer>,
    /// What each operator's purge was answered with.
    pub operators: Vec<Option<Bookmark>>,
    pub clients: Vec<Stage>,
    pub faults_left: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Database {
    pub versions: [Version; KEYS],
    /// Every row that was ever in the outbox. Seen by the properties alone.
    pub committed: BTreeSet<Row>,
    pub outbox: BTreeSet<Row>,
}

/// A row of the outbox. Its id is given before its transaction commits, so that ids may appear out of
/// order: here the number of its writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row {
    pub id: usize,
    pub key: Key,
    pub version: Version,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Log {
    /// Every purge; the first has the number 1.
    pub purges: Arc<Vec<Purge>>,
    /// The index after each transaction of the log, from none on: what an answer to a poll may have been
    /// made of.
    pub history: Arc<Vec<Known>>,
    /// Rows that were taken and may still be in the outbox.
    pub noted: BTreeSet<Row>,
    pub drain: Option<Drain>,
    /// Purges up to here are older than the replica's lag: it has what they cover.
    pub settled: PurgeSeq,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Purge {
    pub target: Target,
    pub mode: Mode,
    /// The rows of the outbox that it tells of.
    pub rows: BTreeSet<Row>,
    /// What was committed when it got its number. Seen by the properties alone.
    pub covers: [Version; KEYS],
}

/// A drain that is under way, in the memory of the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Drain {
    pub rows: BTreeSet<Row>,
    /// How many steps are behind it.
    pub steps: usize,
    pub batch: Batch,
}

/// Whether a selection may have left something in the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Batch {
    Full,
    Last,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shield {
    pub view: Known,
    pub fills: Vec<Fill>,
    /// The last answer of each key, kept a moment for those who come just after its fill.
    pub settled: [Option<Stored>; KEYS],
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fill {
    /// Given again when the fill is over and nobody names it any more.
    pub id: usize,
    pub key: Key,
    pub noted: PurgeSeq,
    pub sharing: Sharing,
    pub reads: Source,
    /// What the source said, once it did.
    pub read: Option<Version>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sharing {
    Joinable,
    /// Another fill of its key began, or it was never to be shared.
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Isolate {
    /// `None`: it has heard nothing yet, and may not vouch for anything.
    pub view: Option<Known>,
    pub memory: [Option<Stored>; KEYS],
}

/// An answer as the layers hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stored {
    pub version: Version,
    pub seq: PurgeSeq,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Writer {
    Idle,
    Committed(Version),
    /// Asked the log to drain; no selection of rows has begun since.
    Asked(Version),
    /// A selection began after it asked.
    Selected(Version),
    /// Its rows are in the log.
    Drained(Version),
    Answered(Bookmark),
    /// It got no bookmark: the part that was to give it one is no more.
    Lost,
}

/// What a write or a purge is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bookmark {
    pub seq: PurgeSeq,
    /// What its holder wrote. Seen by the properties alone.
    pub wrote: Option<(Key, Version)>,
}

/// Where a request is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    Idle,
    /// The memory had nothing for it: the far layer is asked.
    Looking(Asker),
    /// On its way to the shield.
    Asking(Asker),
    /// Waits for the fill with this id.
    Waiting(Asker, usize),
    /// The shield's answer is on its way.
    Replied(Asker, Stored),
    Done(Outcome),
}

/// A request that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asker {
    /// The isolate that serves it.
    pub on: usize,
    /// What that isolate's view knew when the request began.
    pub sight: Known,
    /// The lowest number whose effects it must see.
    pub after: PurgeSeq,
    pub attempt: Attempt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attempt {
    First,
    Second,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Sound,
    /// An answer that was older than what the bookmark promised.
    OlderThanBookmark,
    /// An answer from before a hard purge that the view knew when the request began.
    OlderThanKnownPurge,
    /// A stored answer that the view knew to be void when it was served.
    Void,
    /// An error was told.
    Failed,
    /// The isolate is no more, and the connection with it.
    Gone,
}

impl Log {
    pub fn known(&self) -> &Known {
        &self.history[self.history.len() - 1]
    }

    pub fn head(&self) -> PurgeSeq {
        self.known().head()
    }

    /// The purges with the numbers up to `head`, each with its number.
    pub fn up_to(&self, head: PurgeSeq) -> impl Iterator<Item = (PurgeSeq, &Purge)> {
        let numbers = (1..).map(PurgeSeq);
        numbers
            .zip(self.purges.iter())
            .take_while(move |(seq, _)| *seq <= head)
    }
}

impl Stage {
    pub fn asker(&self) -> Option<&Asker> {
        match self {
            Self::Idle | Self::Done(_) => None,
            Self::Looking(asker)
            | Self::Asking(asker)
            | Self::Waiting(asker, _)
            | Self::Replied(asker, _) => Some(asker),
        }
    }
}

impl State {
    pub fn fill(&self, id: usize) -> Option<&Fill> {
        self.shield.fills.iter().find(|fill| fill.id == id)
    }

    /// The requests that wait for this fill.
    pub fn waiters(&self, id: usize) -> Vec<usize> {
        let waits =
            |client: &usize| matches!(self.clients[*client], Stage::Waiting(_, of) if of == id);
        (0..self.clients.len()).filter(waits).collect()
    }
}
