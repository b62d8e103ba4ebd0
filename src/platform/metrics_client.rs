//! The way to the metrics objects, from edges, shields and cron.

use crate::failure::{Failure, Kind};
use crate::metrics::message::{MetricsAsk, MetricsReply, decode, encode};
use js_sys::Uint8Array;
use worker::{Env, Method, Request, RequestInit};

const BINDING: &str = "METRICS_LOG";

pub(super) async fn ask(env: &Env, object: u16, ask: &MetricsAsk) -> Result<MetricsReply, Failure> {
    let missing =
        |why| Failure::new(Kind::Misconfigured, "").because(format!("binding {BINDING}: {why}"));
    let failed = |why| Failure::new(Kind::Unavailable, "").because(format!("metrics: {why}"));
    let namespace = env.durable_object(BINDING).map_err(missing)?;
    let stub = namespace.get_by_name(&format!("metrics-{object}"));
    let stub = stub.map_err(missing)?;
    let bytes = encode(ask).map_err(|_| Failure::new(Kind::Internal, ""))?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_body(Some(Uint8Array::from(bytes.as_slice()).into()));
    let request =
        Request::new_with_init("https://metrics.forebay.internal/", &init).map_err(failed)?;
    let mut response = stub.fetch_with_request(request).await.map_err(failed)?;
    let bytes = response.bytes().await.map_err(failed)?;
    // During a deploy, the two sides may run different versions for a moment.
    decode(&bytes).map_err(|garbled| Failure::new(Kind::Unavailable, "").because(garbled))
}
