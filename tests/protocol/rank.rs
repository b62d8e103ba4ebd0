//! Everything ends: each step raises the rank of the state, so no path runs in a circle, and a state from
//! which nothing follows is the end of every path. That is why liveness can be checked as a property of
//! the states that nothing follows.

use super::state::{Attempt, Database, Drain, Fill, Log, Stage, State, Writer};

/// More than anything else can lose in a fault.
const FAULT: i64 = 100_000;

pub fn rank(state: &State, faults_max: u8) -> i64 {
    let faults = i64::from(faults_max - state.faults_left) * FAULT;
    let clients: i64 = state.clients.iter().map(client).sum();
    let fills: i64 = state.shield.fills.iter().map(fill).sum();
    let writers: i64 = state.writers.iter().map(writer).sum();
    let operators = state.operators.iter().flatten().count() as i64;
    faults
        + 10 * clients
        + fills
        + 10 * writers
        + operators
        + outbox(state)
        + views(state)
        + state.log.settled.0 as i64
}

fn client(stage: &Stage) -> i64 {
    let second = |attempt| match attempt {
        Attempt::First => 0,
        Attempt::Second => 3,
    };
    match stage {
        Stage::Idle => 0,
        Stage::Looking(_) => 1,
        Stage::Asking(asker) => 2 + second(asker.attempt),
        Stage::Waiting(asker, _) => 3 + second(asker.attempt),
        Stage::Replied(asker, _) => 4 + second(asker.attempt),
        Stage::Done(_) => 8,
    }
}

/// A request that begins a fill gains more than the fill costs.
fn fill(fill: &Fill) -> i64 {
    match fill.read {
        None => -2,
        Some(_) => -1,
    }
}

fn writer(writer: &Writer) -> i64 {
    match writer {
        Writer::Idle => 0,
        Writer::Committed(_) => 1,
        Writer::Asked(_) => 2,
        Writer::Selected(_) => 3,
        Writer::Drained(_) => 4,
        Writer::Answered(_) | Writer::Lost => 5,
    }
}

/// A full batch sends its writers back to ask again, but takes a row with it.
fn outbox(state: &State) -> i64 {
    let Database {
        committed, outbox, ..
    } = &state.database;
    let Log { noted, drain, .. } = &state.log;
    let deleted = (committed.len() - outbox.len()) as i64;
    let forgotten = committed
        .iter()
        .filter(|row| !outbox.contains(row) && !noted.contains(row));
    let steps = drain
        .as_ref()
        .map_or(0, |Drain { steps, .. }| 1 + *steps as i64);
    100 * deleted + 100 * forgotten.count() as i64 + steps
}

fn views(state: &State) -> i64 {
    let isolates = state
        .isolates
        .iter()
        .filter_map(|isolate| isolate.view.as_ref());
    let known = isolates.map(|view| 1 + view.head().0 as i64).sum::<i64>();
    known + state.shield.view.head().0 as i64
}
