//! What has happened, counted: a simulator in which nothing happens proves nothing.

macro_rules! events {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {
        /// Something that a run must be able to show.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Event { $($(#[$meta])* $name),* }

        impl Event {
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

events! {
    Answered,
    SyncLaneHit,
    MemoryHit,
    ColoHit,
    GlobalHit,
    StaleServed,
    StaleIfError,
    /// Stale, because the source was slow.
    StaleOfSlow,
    Missed,
    Expired,
    NotFound,
    ServerError,
    Collapsed,
    Settled,
    Superseded,
    /// A layer held what a purge has voided, and it was not used.
    PurgeHonoured,
    /// The same, and what it held was no longer what the database says.
    PurgeSaved,
    BookmarkReached,
    BookmarkByShield,
    BookmarkAhead,
    BookmarkMalformed,
    Unverified,
    WriteBookmarked,
    WriteUntold,
    PlainSqlWrite,
    Deleted,
    HardPurge,
    SoftPurge,
    PurgeEverything,
    IsolateCrashed,
    ShieldCrashed,
    FillLost,
    LogCrashed,
    LogCrashedBeforeClearing,
    LogUnreachable,
    ReplyLost,
    OutboxFailed,
    OutboxHung,
    StorageRefused,
    SourceSlow,
    SourceFailed,
    SourceHung,
    BrokeAfterCommit,
    ChangedUnderWay,
    ReplicaRead,
    KvLagged,
    KvReordered,
    KvMissRemembered,
    Garbage,
    LayerFailed,
    PageUsed,
    Cancelled,
    Refused,
}

#[derive(Clone, Debug)]
pub struct Stats {
    counts: Vec<u64>,
    /// How long ago the newest change was that an answer of a calm time did not show, in milliseconds.
    pub staleness_max_ms: u64,
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            counts: vec![0; Event::ALL.len()],
            staleness_max_ms: 0,
        }
    }
}

impl Stats {
    pub fn count(&mut self, event: Event) {
        self.counts[event as usize] += 1;
    }

    pub fn of(&self, event: Event) -> u64 {
        self.counts[event as usize]
    }

    pub fn add(&mut self, other: &Self) {
        for (own, other) in self.counts.iter_mut().zip(&other.counts) {
            *own += other;
        }
        self.staleness_max_ms = self.staleness_max_ms.max(other.staleness_max_ms);
    }

    /// What never happened.
    pub fn missing(&self) -> Vec<Event> {
        let events = Event::ALL.iter().copied();
        events.filter(|event| self.of(*event) == 0).collect()
    }
}

impl std::fmt::Display for Stats {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for event in Event::ALL {
            writeln!(out, "{:>10} {event:?}", self.of(*event))?;
        }
        write!(
            out,
            "{:>10} ms of staleness at the most",
            self.staleness_max_ms
        )
    }
}
