//! The way to the purge log, from edges and shields.

use crate::failure::{Failure, Kind};
use crate::purge::message::{LogAsk, LogReply, decode, encode};
use js_sys::Uint8Array;
use worker::{Env, Method, Request, RequestInit};

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
    let missing =
        |why| Failure::new(Kind::Misconfigured, "").because(format!("binding {BINDING}: {why}"));
    let failed = |why| Failure::new(Kind::Unavailable, "").because(format!("purge log: {why}"));
    let namespace = env.durable_object(BINDING).map_err(missing)?;
    let stub = match location {
        Some(hint) => namespace.get_by_name_with_location_hint(NAME, hint),
        None => namespace.get_by_name(NAME),
    };
    let stub = stub.map_err(missing)?;
    let bytes = encode(ask).map_err(|_| Failure::new(Kind::Internal, ""))?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_body(Some(Uint8Array::from(bytes.as_slice()).into()));
    let request =
        Request::new_with_init("https://purge-log.forebay.internal/", &init).map_err(failed)?;
    let mut response = stub.fetch_with_request(request).await.map_err(failed)?;
    let bytes = response.bytes().await.map_err(failed)?;
    // During a deploy, the two sides may run different versions for a moment.
    decode(&bytes).map_err(|garbled| Failure::new(Kind::Unavailable, "").because(garbled))
}
