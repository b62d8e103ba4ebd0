//! The purge protocol, checked in every interleaving at small sizes: writers and the outbox, the log that
//! drains it, views that lag, the shield's fills and what it keeps of them, a replica, both lanes of the
//! edge, bookmarks, and what can fail.
//!
//! The index of purges is the real one, in the log and in every view; the rest is modelled. What an answer
//! must not be older than is judged from the list of all purges, so that compaction is under check too.
//! Each test under `the_protocol_holds` walks all that can be reached in one setup, prints how many states
//! that were, and fails with the steps to the first state that breaks a property. Each test under
//! `is_found` breaks the protocol in one way and fails unless the checker finds the steps to the harm.
//! Liveness is a property of the states that nothing follows; that every path comes to one is itself
//! checked, by a rank that each step must raise.
//!
//! The sizes: one or two keys, of which one is read; one or two isolates, one far layer, one shield, one
//! log; one or two writes, up to two operators' purges, one or two requests; up to two faults; indexes of
//! one target or of more than there are. Some 400,000 states in all.
//!
//! What is left out. Time: a view may lag by any amount unless it must poll, so that lag is not bounded
//! here, and windows of staleness are within or past at will. Numbers count up from one, so that the rule
//! by which an impossible bookmark is told is not part of this. Also a log that is made anew, variants,
//! answers that may not be stored, validation, limits on fills and waiters, and bodies. The far layer may
//! answer with anything that was ever sent to it; a background refresh is a request of which nobody waits
//! for the answer, so that a plain request stands for it.

#![expect(
    clippy::indexing_slicing,
    reason = "places come from the setup; one out of bounds is a mistake in the model, and ends it"
)]

mod protocol {
    mod action;
    mod known;
    pub mod model;
    pub mod properties;
    mod rank;
    pub mod setup;
    mod state;
    mod step;
}

use forebay::purge::target::{Mode, Target};
use protocol::model::Protocol;
use protocol::setup::{
    By, Draining, Key, Mutation, Request, Setup, Source, Start, Tagging, Who, Write,
};
use stateright::{Checker, HasDiscoveries, Model};

const PLAIN: Request = Request {
    key: Key::A,
    who: Who::Plain,
};

/// Holds the bookmark of the write with this place.
fn writer(place: usize) -> Request {
    Request {
        key: Key::A,
        who: Who::Writer(place),
    }
}

/// Holds the bookmark of the operator's purge with this place.
fn operator(place: usize) -> Request {
    Request {
        key: Key::A,
        who: Who::Operator(place),
    }
}

fn write(key: Key, by: By) -> Write {
    Write { key, by }
}

fn tag(text: &str) -> Target {
    Target::Tag(text.into())
}

fn small() -> Setup {
    Setup {
        isolates: 1,
        writes: vec![],
        purges: vec![],
        requests: vec![],
        tagging: Tagging::ByKey,
        source: Source::Primary,
        draining: Draining::Stepwise,
        start: Start::Any,
        faults: 0,
        drain_rows_max: 10,
        index_targets_max: 10,
    }
}

/// A route writes; its client reads it back, and another client reads too, on any of two isolates.
fn write_then_read() -> Setup {
    Setup {
        isolates: 2,
        writes: vec![write(Key::A, By::RouteWithTemplates)],
        requests: vec![PLAIN, writer(0)],
        ..small()
    }
}

/// The same, on one isolate, and any one part fails at any moment.
fn write_then_read_in_trouble() -> Setup {
    Setup {
        writes: vec![write(Key::A, By::Route)],
        requests: vec![PLAIN, writer(0)],
        faults: 1,
        ..small()
    }
}

/// The log is out of reach, and the source as well.
fn two_faults() -> Setup {
    Setup {
        writes: vec![write(Key::A, By::Route)],
        requests: vec![writer(0)],
        start: Start::Warm,
        faults: 2,
        ..small()
    }
}

/// Two writers share the outbox; a drain takes one row at a time and may be cut off.
fn crowded_outbox() -> Setup {
    Setup {
        writes: vec![write(Key::B, By::Stranger), write(Key::A, By::Route)],
        requests: vec![writer(1)],
        start: Start::Warm,
        faults: 1,
        drain_rows_max: 1,
        ..small()
    }
}

/// A row that a route writes moves to another tag.
fn moving_row() -> Setup {
    Setup {
        writes: vec![write(Key::A, By::Route)],
        requests: vec![PLAIN, writer(0)],
        tagging: Tagging::FirstWriteMoves,
        ..small()
    }
}

/// A stranger writes, and an operator purges softly.
fn soft_purge() -> Setup {
    Setup {
        writes: vec![write(Key::A, By::Stranger)],
        purges: vec![(tag("row:a"), Mode::Soft)],
        requests: vec![PLAIN, operator(0)],
        ..small()
    }
}

/// A stranger writes, an operator purges hard by a prefix, and two clients meet in the shield.
fn hard_purge() -> Setup {
    Setup {
        writes: vec![write(Key::A, By::Stranger)],
        purges: vec![(Target::Prefix("row:".into()), Mode::Hard)],
        requests: vec![PLAIN, PLAIN],
        draining: Draining::AtOnce,
        ..small()
    }
}

/// The index has room for one target; two are purged.
fn full_index() -> Setup {
    Setup {
        writes: vec![write(Key::A, By::Stranger), write(Key::B, By::Stranger)],
        requests: vec![PLAIN],
        index_targets_max: 1,
        ..small()
    }
}

/// The same with soft purges, for the holder of a bookmark.
fn full_index_of_soft_purges() -> Setup {
    Setup {
        writes: vec![write(Key::A, By::Stranger)],
        purges: vec![(tag("row:a"), Mode::Soft), (tag("row:b"), Mode::Soft)],
        requests: vec![operator(0)],
        index_targets_max: 1,
        ..small()
    }
}

/// Two writes move a row and change it again, while cached reads go to a replica.
fn replica_of_a_moving_row() -> Setup {
    Setup {
        writes: vec![write(Key::A, By::Stranger), write(Key::A, By::Stranger)],
        requests: vec![PLAIN, PLAIN],
        tagging: Tagging::FirstWriteMoves,
        source: Source::Replica,
        draining: Draining::OnCommit,
        start: Start::Cold,
        ..small()
    }
}

/// A route writes and its client reads it back, while cached reads go to a replica.
fn write_then_read_with_a_replica() -> Setup {
    Setup {
        writes: vec![write(Key::A, By::Route)],
        requests: vec![PLAIN, writer(0)],
        source: Source::Replica,
        draining: Draining::AtOnce,
        ..small()
    }
}

fn holds(setup: Setup) {
    let model = Protocol::new(setup, None);
    let checker = model.checker().threads(2).spawn_bfs().join();
    println!(
        "{} states, the deepest after {} steps",
        checker.unique_state_count(),
        checker.max_depth()
    );
    let discoveries = checker.discoveries().into_iter();
    let broken: Vec<_> = discoveries
        .map(|(property, path)| (property, path.into_actions()))
        .collect();
    assert!(broken.is_empty(), "not so: {broken:#?}");
    assert!(checker.is_done());
}

/// The checker must find a way to break `property`.
fn is_found(mutation: Mutation, setup: Setup, property: &'static str) {
    let model = Protocol::new(setup, Some(mutation));
    let wanted = HasDiscoveries::AllOf([property].into());
    let checker = model.checker().finish_when(wanted).spawn_bfs().join();
    let steps = checker.discovery(property).map(|path| path.into_actions());
    let states = checker.unique_state_count();
    println!("{mutation:?}: {states} states: {steps:#?}");
    assert!(steps.is_some(), "{mutation:?} was not found");
}

macro_rules! holds {
    ($($setup:ident),+ $(,)?) => {
        mod the_protocol_holds {
            $(#[test] fn $setup() { super::holds(super::$setup()); })+
        }
    };
}

holds!(
    write_then_read,
    write_then_read_in_trouble,
    two_faults,
    crowded_outbox,
    moving_row,
    soft_purge,
    hard_purge,
    full_index,
    full_index_of_soft_purges,
    replica_of_a_moving_row,
    write_then_read_with_a_replica,
);

macro_rules! found {
    ($($name:ident: $mutation:ident, $setup:ident, $property:ident;)+) => {
        mod is_found {
            use super::protocol::properties;
            use super::protocol::setup::Mutation;
            $(#[test] fn $name() {
                super::is_found(Mutation::$mutation, super::$setup(), properties::$property);
            })+
        }
    };
}

found! {
    seq_read_after_the_source: SeqReadAfterSource, write_then_read, BOOKMARK;
    memory_lane_that_skips_the_view: MemoryLaneSkipsView, write_then_read, VOID;
    far_lane_that_skips_the_view: FarLaneSkipsView, write_then_read, VOID;
    settled_answer_that_skips_the_view: SettledAnswerSkipsView, write_then_read_in_trouble, BOOKMARK;
    fill_joined_regardless_of_after: FillJoinedRegardlessOfAfter, write_then_read_in_trouble, BOOKMARK;
    answer_of_a_fill_that_is_not_checked: AnswerOfFillNotChecked, hard_purge, KNOWN_PURGE;
    second_ask_only_past_the_voiding_purge: SecondAskOnlyPastVoidingPurge, replica_of_a_moving_row, KNOWN_PURGE;
    soft_purge_that_stays_soft_for_its_holder: SoftStaysSoftForHolder, soft_purge, BOOKMARK;
    rows_deleted_before_they_are_appended: RowsDeletedBeforeAppend, crowded_outbox, BOOKMARK;
    rows_deleted_by_range: RowsDeletedByRange, crowded_outbox, TOLD;
    ids_forgotten_before_their_rows_are_deleted: IdsForgottenBeforeDelete, crowded_outbox, ONCE;
    drain_joined_after_it_selected: DrainJoinedAfterSelect, crowded_outbox, BOOKMARK;
    drain_that_stops_after_one_batch: DrainStopsAfterOneBatch, crowded_outbox, BOOKMARK;
    trigger_that_names_new_tags_only: TriggerNamesNewTagsOnly, moving_row, BOOKMARK;
    bookmark_despite_a_failed_drain: BookmarkDespiteFailedDrain, crowded_outbox, BOOKMARK;
    stand_in_that_ignores_the_bookmark: StandInIgnoresBookmark, two_faults, BOOKMARK;
    index_that_collapses_without_a_floor: CollapseWithoutFloor, full_index, VOID;
    waiters_forgotten_in_a_crash: WaitersForgottenInCrash, write_then_read_in_trouble, ANSWERED;
}
