//! The way to the metrics objects, from edges, shields and cron.

use super::object_call;
use crate::failure::{Failure, Kind};
use crate::metrics::message::{MetricsAsk, MetricsReply, decode, encode};
use worker::Env;

const BINDING: &str = "METRICS_LOG";

pub(super) async fn ask(env: &Env, object: u16, ask: &MetricsAsk) -> Result<MetricsReply, Failure> {
    let stub = object_call::stub(env, BINDING, &format!("metrics-{object}"), None)?;
    let bytes = encode(ask).map_err(|_| Failure::new(Kind::Internal, ""))?;
    let bytes = object_call::ask(&stub, "metrics", &bytes).await?;
    // During a deploy, the two sides may run different versions for a moment.
    decode(&bytes).map_err(|garbled| Failure::new(Kind::Unavailable, "").because(garbled))
}
