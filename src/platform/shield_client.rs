//! The edge's side of the shield: asks an object, over the object's `fetch`.

use super::body::JsBody;
use super::colo::unpack;
use super::edge::Edge;
use super::object_call;
use crate::config::site::Shield;
use crate::failure::{Failure, Kind};
use crate::key::unhex;
use crate::outcome::ShieldReport;
use crate::pipeline::shield::own_key;
use crate::ports::origin::{Arrival, ArrivalOf, Incoming, NoArrival};
use crate::ports::{Asked, Delivery, Passing, Read};
use crate::shield::message::{
    APART_FIELD, Ask, Examined, FetchAsk, FetchReply, Fetched, FetchedBody, Impaired, Message,
    Ping, Reach, Reply, Sent, StreamReply,
};
use crate::source::examination::Examination;
use js_sys::Uint8Array;
use wasm_bindgen_futures::JsFuture;
use web_sys::ReadableStream;
use worker::{Env, Response, Stub};

const BINDING: &str = "SHIELD";

fn stub(env: &Env, shield: &Shield, shard: u16) -> Result<Stub, Failure> {
    let location = shield.location_hint.as_deref();
    object_call::stub(env, BINDING, &format!("shard-{shard}"), location)
}

async fn call(stub: &Stub, path: &str, body: &[u8]) -> Result<Response, Failure> {
    object_call::call(stub, "shield", path, body).await
}

fn garbled() -> Failure {
    // During a deploy, the two sides may run different versions for a moment.
    Failure::new(Kind::Unavailable, "").because("shield: the answer cannot be read")
}

pub(super) async fn ask(env: &Env, shield: &Shield, shard: u16, ask: &Ask) -> Asked<Edge> {
    let mut response = match raw(env, shield, shard, "/ask", ask).await {
        Ok(response) => response,
        Err(failure) => return (None, Err(failure)),
    };
    let field = response.headers().get(APART_FIELD).ok().flatten();
    let bytes = match &field {
        Some(field) => unhex(field).unwrap_or_default(),
        None => response.bytes().await.unwrap_or_default(),
    };
    let Ok((reply, record)) = Reply::decode(&bytes) else {
        return (None, Err(garbled()));
    };
    let delivery = reply.result.and_then(|sent| {
        let Read::Found(stored) = unpack(record, &own_key(ask)) else {
            return Err(garbled());
        };
        match sent {
            Sent::Whole => Ok(Delivery::Whole(stored)),
            Sent::Apart { bytes } => {
                let response: web_sys::Response = response.into();
                Ok(Delivery::Passing(Passing {
                    head: stored.head,
                    bytes,
                    stream: response.body().ok_or_else(garbled)?.into(),
                }))
            }
        }
    });
    (Some(reply.report), delivery)
}

/// Asks an origin. The body stays in the JavaScript heap.
pub(super) async fn fetch(
    env: &Env,
    shield: &Shield,
    shard: u16,
    ask: &FetchAsk,
) -> Result<ArrivalOf<Edge>, Box<NoArrival>> {
    let response = raw(env, shield, shard, "/fetch", ask).await?;
    let response: web_sys::Response = response.into();
    let FetchReply { report, result } = apart(&response)?;
    let arrived = match result {
        Ok(fetched) => arrived(report, fetched, &response).await,
        Err(failure) => Err(failure),
    };
    arrived.map_err(|failure| {
        let shield = Some(report);
        Box::new(NoArrival { shield, failure })
    })
}

async fn arrived(
    report: ShieldReport,
    fetched: Fetched,
    response: &web_sys::Response,
) -> Result<ArrivalOf<Edge>, Failure> {
    let body = match fetched.body {
        FetchedBody::None => Incoming::None,
        FetchedBody::Whole { bytes } => Incoming::Whole(whole(response, bytes).await?),
        FetchedBody::Coming => Incoming::Coming(response.body().ok_or_else(garbled)?.into()),
    };
    Ok(Arrival {
        shield: Some(report),
        exchanged: fetched.exchanged,
        seq: fetched.seq,
        body,
    })
}

/// The message that is a field of the response.
fn apart<T: Message>(response: &web_sys::Response) -> Result<T, Failure> {
    let field = response.headers().get(APART_FIELD).ok().flatten();
    let field = field.as_deref().and_then(unhex).ok_or_else(garbled)?;
    T::decode(&field).map_err(|_| garbled())
}

async fn whole(response: &web_sys::Response, bytes: u64) -> Result<JsBody, Failure> {
    let broken = |_| Failure::new(Kind::Unavailable, "").because("shield: the body broke off");
    let buffer = response.array_buffer().map_err(broken)?;
    let buffer = JsFuture::from(buffer).await.map_err(broken)?;
    let body = Uint8Array::new(&buffer);
    if u64::from(body.length()) != bytes {
        return Err(garbled());
    }
    Ok(JsBody::of(body))
}

pub(super) async fn ask_stream(
    env: &Env,
    shield: &Shield,
    shard: u16,
    ask: &Ask,
) -> (Option<ShieldReport>, Result<ReadableStream, Failure>) {
    let answered = raw(env, shield, shard, "/stream", ask).await;
    let answered = answered.and_then(|response| {
        let response: web_sys::Response = response.into();
        Ok((apart(&response)?, response))
    });
    match answered {
        Ok((StreamReply { report, result }, response)) => {
            let stream = result.and_then(|()| response.body().ok_or_else(garbled));
            (Some(report), stream)
        }
        Err(failure) => (None, Err(failure)),
    }
}

async fn raw(
    env: &Env,
    shield: &Shield,
    shard: u16,
    path: &str,
    ask: &impl Message,
) -> Result<Response, Failure> {
    let body = ask.encode().map_err(|_| Failure::new(Kind::Internal, ""))?;
    call(&stub(env, shield, shard)?, path, &body).await
}

/// Asks a shield whether it reaches the database of this name.
pub(super) async fn ping(env: &Env, shield: &Shield, database: &str) -> Result<Reach, Failure> {
    let mut response = call(&stub(env, shield, 0)?, "/ping", database.as_bytes()).await?;
    let bytes = response.bytes().await.map_err(|_| garbled())?;
    let ping = Ping::decode(&bytes).map_err(|_| garbled())?;
    ping.result
}

/// Asks a shield which origins fail it.
pub(super) async fn impaired(env: &Env, shield: &Shield, shard: u16) -> Result<Impaired, Failure> {
    let mut response = call(&stub(env, shield, shard)?, "/impaired", &[]).await?;
    let bytes = response.bytes().await.map_err(|_| garbled())?;
    Impaired::decode(&bytes).map_err(|_| garbled())
}

/// Asks a shield what the server of this database knows of how it is used.
pub(super) async fn examine(
    env: &Env,
    shield: &Shield,
    database: &str,
) -> Result<Examination, Failure> {
    let mut response = call(&stub(env, shield, 0)?, "/examine", database.as_bytes()).await?;
    let bytes = response.bytes().await.map_err(|_| garbled())?;
    Examined::decode(&bytes).map_err(|_| garbled())?.result
}

/// Has an object tell what it has measured.
pub(super) async fn flush(env: &Env, shield: &Shield, shard: u16) -> Result<(), Failure> {
    call(&stub(env, shield, shard)?, "/flush", &[])
        .await
        .map(|_| ())
}

/// What a shield says of itself, as JSON.
pub(super) async fn state(
    env: &Env,
    shield: &Shield,
    shard: u16,
) -> Result<serde_json::Value, Failure> {
    let mut response = call(&stub(env, shield, shard)?, "/state", &[]).await?;
    response.json().await.map_err(|_| garbled())
}
