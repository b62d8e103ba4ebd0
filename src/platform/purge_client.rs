//! The way to the purge log, from edges and shields.

use super::object_call;
use crate::failure::{Failure, Kind};
use crate::purge::message::{LogAsk, LogReply, decode, encode};
use worker::Env;

const BINDING: &str = "PURGE_LOG";

/// One log for the whole site: only so are its numbers in one order.
const NAME: &str = "log";

/// The log's id: another one in each deployment.
pub(super) fn id(env: &Env) -> Option<String> {
    let namespace = env.durable_object(BINDING).ok()?;
    namespace.id_from_name(NAME).ok().map(|id| id.to_string())
}

pub(super) async fn ask(
    env: &Env,
    location: Option<&str>,
    ask: &LogAsk,
) -> Result<LogReply, Failure> {
    let stub = object_call::stub(env, BINDING, NAME, location)?;
    let bytes = encode(ask).map_err(|_| Failure::new(Kind::Internal, ""))?;
    let bytes = object_call::ask(&stub, "purge log", &bytes).await?;
    // During a deploy, the two sides may run different versions for a moment.
    decode(&bytes).map_err(|garbled| Failure::new(Kind::Unavailable, "").because(garbled))
}
