//! How large one check is, and in which way the protocol is broken in it.

use forebay::purge::target::{Mode, Target};

/// Which answer: its row in the source, and its cache key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub usize);

pub const KEYS: usize = 2;

impl Key {
    pub const A: Self = Self(0);
    pub const B: Self = Self(1);

    /// The text that purges by key name.
    pub fn text(self) -> &'static str {
        ["a", "b"][self.0]
    }
}

/// What is in the model, and how much of it.
#[derive(Clone, Debug)]
pub struct Setup {
    pub isolates: usize,
    pub writes: Vec<Write>,
    pub purges: Vec<(Target, Mode)>,
    pub requests: Vec<Request>,
    pub tagging: Tagging,
    pub source: Source,
    pub draining: Draining,
    pub start: Start,
    /// How many things may go wrong, of every kind together.
    pub faults: u8,
    /// How many outbox rows one drain takes.
    pub drain_rows_max: usize,
    /// The bound of every index, the log's and the views'.
    pub index_targets_max: usize,
}

/// A transaction that changes one row and, by its trigger, leaves a row in the outbox.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    pub key: Key,
    pub by: By,
}

/// Who wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Any program: the outbox alone tells.
    Stranger,
    /// A route without templates: it asks the log to drain before it answers with a bookmark.
    Route,
    /// A route that also appends a purge of its own.
    RouteWithTemplates,
}

#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub key: Key,
    pub who: Who,
}

#[derive(Clone, Copy, Debug)]
pub enum Who {
    Plain,
    /// Has the bookmark that came with this write, and asks after it.
    Writer(usize),
    /// Has the bookmark that came with this operator's purge, and asks after it.
    Operator(usize),
}

/// Which tag an answer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tagging {
    /// One for each key.
    ByKey,
    /// The first write of a key moves it to another tag, as when a row gets another owner.
    FirstWriteMoves,
}

/// What cached reads go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    Primary,
    /// A replica, unless what is read was purged within its lag, or the asker must see some purge.
    Replica,
}

/// How finely a drain is cut into steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draining {
    Stepwise,
    /// All at once, where the outbox is not the question.
    AtOnce,
    /// At once, and in the moment of the commit.
    OnCommit,
}

/// What the caches hold before the first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Cold,
    /// The first version of everything, in every memory and in the far layer.
    Warm,
    /// Either.
    Any,
}

/// In which way the protocol is broken. The checker must see each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// The shield notes the number when the source has answered.
    SeqReadAfterSource,
    /// The synchronous lane serves what the memory holds, whatever the view says.
    MemoryLaneSkipsView,
    /// The asynchronous lane serves what the far layer holds, whatever the view says.
    FarLaneSkipsView,
    /// The shield gives an answer that it kept, whatever its view says.
    SettledAnswerSkipsView,
    /// A request joins a live fill that began before what the request must see.
    FillJoinedRegardlessOfAfter,
    /// The edge serves a fill's answer without a look at what it knew when the request began.
    AnswerOfFillNotChecked,
    /// The second ask is for the effects of the purge that voided the first answer, not for all that the
    /// request's view knew.
    SecondAskOnlyPastVoidingPurge,
    /// A soft purge that the bookmark covers leaves the answer servable to the bookmark's holder.
    SoftStaysSoftForHolder,
    /// The outbox is emptied before the log has its rows.
    RowsDeletedBeforeAppend,
    /// The outbox is emptied up to the highest id that was selected.
    RowsDeletedByRange,
    /// The log forgets which rows it took before they are deleted.
    IdsForgottenBeforeDelete,
    /// Who asks for a drain is content with one whose rows were selected before.
    DrainJoinedAfterSelect,
    /// Who asks for a drain is content with its first batch.
    DrainStopsAfterOneBatch,
    /// A trigger names the tags of the row as it is, not those that it had.
    TriggerNamesNewTagsOnly,
    /// A write is answered with a bookmark though the drain that it asked for failed.
    BookmarkDespiteFailedDrain,
    /// A stored answer stands in for one that the source did not give, whatever the bookmark says.
    StandInIgnoresBookmark,
    /// A full index forgets its oldest targets and nothing voids what they voided.
    CollapseWithoutFloor,
    /// A shield that starts anew does not tell those who waited for its fills.
    WaitersForgottenInCrash,
}
