//! The way to the metrics objects, from edges, shields and cron.

use super::object_call;
use super::timeout::within;
use crate::failure::{Failure, Kind};
use crate::metrics::message::{MetricsAsk, MetricsReply, decode, encode};
use std::time::Duration;
use worker::Env;

const BINDING: &str = "METRICS_LOG";

/// The objects do one message after another; whoever waits for longer would wait behind many.
const ANSWER_MAX: Duration = Duration::from_secs(10);

pub(super) async fn ask(env: &Env, object: u16, ask: &MetricsAsk) -> Result<MetricsReply, Failure> {
    let stub = object_call::stub(env, BINDING, &format!("metrics-{object}"), None)?;
    let bytes = encode(ask).map_err(|_| Failure::new(Kind::Internal, ""))?;
    let answered = within(ANSWER_MAX, object_call::ask(&stub, "metrics", &bytes)).await;
    let bytes = answered.map_err(|_| late())??;
    // During a deploy, the two sides may run different versions for a moment.
    decode(&bytes).map_err(|garbled| Failure::new(Kind::Unavailable, "").because(garbled))
}

fn late() -> Failure {
    Failure::new(Kind::Unavailable, "").because("metrics: no answer in time")
}
