//! How a shield object is, as `/debug/shield` shows it; counted since the object began.

use super::RoomState;
use super::origin::OriginState as ContactsState;
use crate::source::{breaker, retry, upstream};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShieldState {
    pub room: RoomState,
    #[serde(flatten)]
    pub databases: DatabasesState,
    pub contacts: ContactsState,
    /// By name, those that were needed so far.
    pub origins: BTreeMap<String, OriginState>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DatabasesState {
    /// By name, those that were needed so far.
    pub databases: BTreeMap<String, DatabaseState>,
    pub batches: BatchesState,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DatabaseState {
    pub pool: PoolState,
    pub breaker: breaker::Report,
    pub retry: retry::Report,
}

/// Connections.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PoolState {
    pub open: usize,
    pub idle: usize,
    /// In use.
    pub leased: usize,
    /// Requests that wait for one.
    pub waiting: usize,
    pub max: u16,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BatchesState {
    /// Those that still take keys.
    pub open: usize,
    pub keys_waiting: usize,
    pub statements: u64,
    pub keys_served: u64,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OriginState {
    /// In the order of the configuration.
    pub servers: Vec<upstream::Report>,
    pub breaker: breaker::Report,
    pub retry: retry::Report,
}
