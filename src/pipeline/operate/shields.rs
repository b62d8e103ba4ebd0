//! How every shield object and the purge log are.

use crate::config::site::Site;
#[cfg(test)]
use crate::pipeline::shield::state::ShieldState;
use crate::ports::Ports;
use crate::purge::message::{LogAsk, LogReply};
use futures_util::StreamExt;
use futures_util::stream;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// One that takes longer is told as such.
const ANSWER_MAX: Duration = Duration::from_secs(1);

const AT_ONCE: usize = 16;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Shields"))]
pub struct Report {
    pub shards: Vec<Shard>,
    pub log: Log,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Shard {
    pub shard: u16,
    /// What the object says of itself, passed on as it is: during a deployment it may be of another
    /// release.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional, as = "Option<ShieldState>"))]
    pub state: Option<serde_json::Value>,
    /// Why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub error: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "PurgeLog"))]
pub struct Log {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub status: Option<LogView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub error: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "PurgeLogStatus"))]
pub struct LogView {
    pub seq: u64,
    pub hard_floor: u64,
    pub soft_floor: u64,
    /// Distinct targets that are kept apart, and how many there may be.
    pub targets: u64,
    pub targets_max: u32,
    /// When all outboxes were last drained without a failure, as milliseconds since 1970.
    pub drained_at_ms: Option<u64>,
    pub last_drain_rows: u64,
    /// Why, by database, at the last attempt.
    pub last_drain_failed: BTreeMap<String, String>,
}

pub async fn states<P: Ports>(ports: &P, site: &Site) -> Report {
    let shards = stream::iter(0..site.shield.shards)
        .map(|shard| shard_state(ports, shard))
        .buffered(AT_ONCE)
        .collect();
    let (shards, log) = futures_util::join!(shards, log_state(ports, site));
    Report { shards, log }
}

async fn shard_state<P: Ports>(ports: &P, shard: u16) -> Shard {
    let (state, error) = match ports.within(ANSWER_MAX, ports.shield_state(shard)).await {
        Some(Ok(state)) => (Some(state), None),
        Some(Err(failure)) => (None, Some(failure.internal)),
        None => (None, Some(late())),
    };
    Shard {
        shard,
        state,
        error,
    }
}

async fn log_state<P: Ports>(ports: &P, site: &Site) -> Log {
    let asked = ports
        .within(ANSWER_MAX, ports.ask_log(&LogAsk::Status))
        .await;
    let status = match asked {
        Some(Ok(LogReply::Status(status))) => status,
        Some(Ok(other)) => return Log::failed(format!("it answered {other:?}")),
        Some(Err(failure)) => return Log::failed(failure.internal),
        None => return Log::failed(late()),
    };
    let view = LogView {
        seq: status.head.0,
        hard_floor: status.hard_floor.0,
        soft_floor: status.soft_floor.0,
        targets: status.targets,
        targets_max: site.purge.index_max,
        drained_at_ms: status.drained_at.map(|at| at.as_millis()),
        last_drain_rows: status.last_drain.rows,
        last_drain_failed: status.last_drain.failed.into_iter().collect(),
    };
    Log {
        status: Some(view),
        error: None,
    }
}

fn late() -> String {
    format!("no answer within {} ms", ANSWER_MAX.as_millis())
}

impl Log {
    fn failed(error: String) -> Self {
        Self {
            status: None,
            error: Some(error),
        }
    }
}
