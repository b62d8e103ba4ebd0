//! How the databases of a shield object are: for operators, and as levels that are measured.

use crate::metrics::frame::Gauge;
use crate::platform::guarded::GuardedState;
use crate::platform::meter::Gauges;
use serde::Serialize;
use std::collections::BTreeMap;

/// What `/debug/shield` shows; counted since the object began.
#[derive(Clone, Debug, Serialize)]
pub(in crate::platform) struct DatabasesState {
    /// Those that were needed so far.
    pub databases: BTreeMap<String, GuardedState>,
    pub batches: BatchesState,
}

#[derive(Clone, Debug, Serialize)]
pub(in crate::platform) struct BatchesState {
    pub open: usize,
    pub keys_waiting: usize,
    pub statements: u64,
    pub keys_served: u64,
}

impl DatabasesState {
    /// The levels of pools and breakers.
    pub(in crate::platform) fn gauges(&self) -> Gauges {
        let mut gauges = Gauges::new();
        for (name, state) in &self.databases {
            let (pool, own) = (&state.pool, || name.clone());
            gauges.extend([
                (Gauge::ConnectionsInUse(own()), pool.leased as f64),
                (Gauge::ConnectionsIdle(own()), pool.idle as f64),
                (Gauge::ConnectionsAwaited(own()), pool.waiting as f64),
                (
                    Gauge::BreakerOpen(format!("database {name}")),
                    state.breaker.openness(),
                ),
            ]);
        }
        gauges
    }
}
