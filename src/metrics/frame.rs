//! What was measured in one span of time, somewhere: the unit that is buffered, sent, kept and merged.
//!
//! INVARIANT: merging is associative and commutative, and an empty frame changes nothing.

use super::sketch::Sketch;
use crate::failure::Kind;
use crate::outcome::{CacheVerdict, Layer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Responses by [`FlowKey`] and by [`PlaceKey`], and what lies behind them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Frame {
    pub flows: BTreeMap<FlowKey, Flow>,
    pub places: BTreeMap<PlaceKey, Place>,
    /// Requests that failed, by route and kind; also those that something stale stood in for.
    pub failures: BTreeMap<(Option<String>, Kind), u64>,
    pub statements: BTreeMap<StatementKey, Work>,
    /// Exchanges with HTTP origins, by origin.
    pub contacts: BTreeMap<String, Work>,
    pub gauges: BTreeMap<Gauge, Level>,
    pub losses: Losses,
}

/// What responses are told apart by. An unmatched request has no route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FlowKey {
    /// `GET /api/pitches/{id}`; [`OTHER`] when there were too many.
    pub route: Option<String>,
    pub verdict: CacheVerdict,
    /// The layer that answered.
    pub layer: Option<Layer>,
    /// 2 for 200 to 299, and so on.
    pub status_class: u8,
}

/// What stands for keys that a bounded frame has no room for.
pub const OTHER: &str = "other";

/// Responses of one kind.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Flow {
    pub count: u64,
    /// From the request's arrival to the response's head. Time stands still on Workers but for I/O, so an
    /// answer from memory takes 0.
    pub duration: Sketch,
    /// How long the source took, of those that asked it.
    pub source: Sketch,
    /// Of `count`, those that another request's fill answered.
    pub collapsed: u64,
}

/// Where requests come from and arrive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlaceKey {
    pub route: Option<String>,
    /// The data centre's code.
    pub colo: String,
    /// ISO 3166-1 alpha-2 in upper case; `XX`: not known.
    pub country: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Place {
    pub count: u64,
    /// Of `count`, those that a stored response answered.
    pub hits: u64,
    /// Of `count`, those with a status of 500 and more.
    pub errors: u64,
    pub duration: Sketch,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StatementKey {
    pub database: String,
    /// The name of the query: `queries/NAME.sql`.
    pub query: String,
}

/// What a source did: statements of one query, or exchanges with one origin.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Work {
    pub calls: u64,
    pub failures: u64,
    /// Rows that statements gave; 0 for origins.
    pub rows: u64,
    /// Keys that batches asked for, over all `calls`; as many as `calls` without batches.
    pub keys: u64,
    pub duration: Sketch,
}

/// A quantity that has a level rather than a count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Gauge {
    /// Bytes in an isolate's memory layer.
    MemoryBytes,
    /// Entries in it.
    MemoryEntries,
    /// Bytes of the WASM instance's memory.
    HeapBytes,
    /// Fills under way in a shield object.
    Fills,
    /// Connections in use, by database.
    ConnectionsInUse(String),
    /// Connections idle, by database.
    ConnectionsIdle(String),
    /// Requests waiting for a connection, by database.
    ConnectionsAwaited(String),
    /// 1 where the breaker of this source (`database main`, `origin app`) is open, 0 where it is not.
    BreakerOpen(String),
}

/// Observations of a gauge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Level {
    pub observations: u64,
    pub sum: f64,
    pub max: f64,
}

/// What became of the measuring itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// Flushes that arrived.
    pub flushes: u64,
    /// Of those, how many came later than they should have.
    pub late: u64,
    /// Flushes that were given up, as far as it was told of them.
    pub dropped: u64,
    /// Responses in those.
    pub responses_dropped: u64,
    /// Responses that were counted under [`OTHER`], for want of room.
    pub crowded: u64,
}
