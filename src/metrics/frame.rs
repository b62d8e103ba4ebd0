//! What was measured in one span of time, somewhere: the unit that is buffered, sent, kept and merged.
//!
//! INVARIANT: an empty frame changes nothing, and merging loses nothing: in whatever order frames are
//! merged, sums over all keys are the same. As long as there is room, so are the keys; see [`room`].

mod counters;
mod record;
mod room;
#[cfg(test)]
pub(crate) mod tests;
pub mod thin;

pub use counters::Names;
pub use record::{Country, Ended, Measured, Why, Worked};

use super::scope::RouteScope;
use super::sketch::{Sketch, float};
use crate::failure::Kind;
use crate::outcome::{CacheVerdict, Layer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Responses by [`FlowKey`] and by [`PlaceKey`], and what lies behind them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    pub count: u64,
    /// From the request's arrival to the response's head. Time stands still on Workers but for I/O, so an
    /// answer from memory takes 0.
    pub duration: Sketch,
    /// How long the source was waited for, of those that had it asked, with or without success.
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
    /// ISO 3166-1 alpha-2 in upper case, as the network tells it; `XX`: not known.
    pub country: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Work {
    pub calls: u64,
    /// Of `calls`.
    pub failures: Failures,
    /// Rows that statements gave; 0 for origins.
    pub rows: u64,
    /// Keys that batches asked for, over all `calls`; as many as `calls` without batches.
    pub keys: u64,
    pub duration: Sketch,
}

/// Calls without an answer, by [`Why`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    pub unreached: u64,
    pub late: u64,
    pub unable: u64,
    pub dropped: u64,
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

impl Gauge {
    /// The source whose breaker it tells of.
    pub fn breaker_of(&self) -> Option<&str> {
        match self {
            Self::BreakerOpen(source) => Some(source),
            Self::MemoryBytes
            | Self::MemoryEntries
            | Self::HeapBytes
            | Self::Fills
            | Self::ConnectionsInUse(_)
            | Self::ConnectionsIdle(_)
            | Self::ConnectionsAwaited(_) => None,
        }
    }
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
    /// Responses that were counted under [`OTHER`], for want of room; at least so many.
    pub crowded: u64,
}

impl Frame {
    pub fn is_empty(&self) -> bool {
        self.flows.is_empty()
            && self.places.is_empty()
            && self.failures.is_empty()
            && self.statements.is_empty()
            && self.contacts.is_empty()
            && self.gauges.is_empty()
            && self.losses == Losses::default()
    }

    /// Responses in all.
    pub fn responses(&self) -> u64 {
        self.flows.values().map(|flow| flow.count).sum()
    }

    /// What is told apart by route, of this route alone, and what its source did: for all routes that ask
    /// the same source, as that is not told apart. Losses concern every route.
    #[must_use]
    pub fn of_route(&self, scope: &RouteScope) -> Self {
        let wanted = |of: &Option<String>| of.as_deref() == Some(scope.route.as_str());
        Self {
            flows: kept(&self.flows, |key| wanted(&key.route)),
            places: kept(&self.places, |key| wanted(&key.route)),
            failures: kept(&self.failures, |key| wanted(&key.0)),
            statements: kept(&self.statements, |key| scope.has_statement(key)),
            contacts: kept(&self.contacts, |key| scope.has_contact(key)),
            gauges: kept(&self.gauges, |key| scope.has_gauge(key)),
            losses: self.losses,
        }
    }

    /// What one point of a chart shows: places, failures and losses are told of a whole span alone.
    #[must_use]
    pub fn for_a_point(self) -> Self {
        Self {
            flows: self.flows,
            statements: self.statements,
            contacts: self.contacts,
            gauges: self.gauges,
            ..Self::default()
        }
    }
}

fn kept<K: Ord + Clone, V: Clone>(
    map: &BTreeMap<K, V>,
    wanted: impl Fn(&K) -> bool,
) -> BTreeMap<K, V> {
    map.iter()
        .filter(|(key, _)| wanted(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

impl Losses {
    pub fn add(&mut self, other: Self) {
        for (sum, more) in [
            (&mut self.flushes, other.flushes),
            (&mut self.late, other.late),
            (&mut self.dropped, other.dropped),
            (&mut self.responses_dropped, other.responses_dropped),
            (&mut self.crowded, other.crowded),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

impl Level {
    pub fn observe(&mut self, value: f64) {
        self.add(Self {
            observations: 1,
            sum: value,
            max: value,
        });
    }

    pub fn add(&mut self, other: Self) {
        if other.observations == 0 {
            return;
        }
        self.max = if self.observations == 0 {
            other.max
        } else {
            self.max.max(other.max)
        };
        self.observations = self.observations.saturating_add(other.observations);
        self.sum += other.sum;
    }

    pub fn average(&self) -> Option<f64> {
        (self.observations > 0).then(|| self.sum / float(self.observations))
    }
}
