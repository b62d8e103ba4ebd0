//! How the databases of a shield object are, as levels that are measured.

use crate::metrics::frame::Gauge;
use crate::pipeline::shield::state::DatabasesState;
use crate::platform::meter::Gauges;

/// The levels of pools and breakers.
pub(in crate::platform) fn gauges(state: &DatabasesState) -> Gauges {
    let mut gauges = Gauges::new();
    for (name, state) in &state.databases {
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
