//! Alerting on the runtime: the webhook, and what operators ask for.

use super::edge::Edge;
use super::timeout::within;
use crate::admin::alerts as documents;
use crate::alert::board::Receiver;
use crate::alert::webhook::{ID, SIGNATURE, sign};
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::pipeline::metering::alerts;
use crate::ports::Ports;
use crate::ports::alerts::{AlertPorts, Message};
use crate::ports::metrics::MetricsPorts;
use crate::purge::message::{LogAsk, LogReply};
use js_sys::Reflect;
use serde::Serialize;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestInit, Response};
use worker::Delay;

/// Where notifications go: whoever knows it can write there, so it is a secret.
const URL: &str = "ALERT_WEBHOOK_URL";

/// What they are signed with.
const KEY: &str = "ALERT_WEBHOOK_SECRET";

const ANSWER_MAX: Duration = Duration::from_secs(5);

impl AlertPorts for Edge {
    fn receiver(&self) -> Receiver {
        match secret(self, URL) {
            Some(_) => Receiver::Webhook,
            None => Receiver::Nobody,
        }
    }

    async fn post(&self, message: Message<'_>) -> Result<u16, String> {
        let url = secret(self, URL).ok_or_else(|| format!("the Worker has no secret {URL}"))?;
        let abort = AbortController::new().map_err(|_| String::from("it could not be asked"))?;
        let sent = sent(self, &url, message, &abort);
        match within(ANSWER_MAX, sent).await {
            Ok(Ok(status)) => Ok(status),
            // The runtime's words may hold the URL.
            Ok(Err(_)) => Err(String::from("it could not be reached")),
            Err(_) => {
                abort.abort();
                Err(format!(
                    "it gave no answer within {} s",
                    ANSWER_MAX.as_secs()
                ))
            }
        }
    }

    async fn pause(&self, duration: Duration) {
        Delay::from(duration).await;
    }

    async fn ask_purge_log(&self, ask: &LogAsk) -> Result<LogReply, Failure> {
        let answered = within(ANSWER_MAX, self.ask_log(ask)).await;
        answered.unwrap_or_else(|_| {
            let limit = ANSWER_MAX.as_secs();
            let why = format!("the purge log gave no answer within {limit} s");
            Err(Failure::new(Kind::Unavailable, "").because(why))
        })
    }

    fn complain(&self, what: &str) {
        worker::console_error!("forebay: {what}");
    }
}

fn secret(edge: &Edge, name: &str) -> Option<String> {
    let secret = edge.env().secret(name).ok()?.to_string();
    (!secret.is_empty()).then_some(secret)
}

async fn sent(
    edge: &Edge,
    url: &str,
    message: Message<'_>,
    abort: &AbortController,
) -> Result<u16, JsValue> {
    let headers = Headers::new()?;
    headers.set("Content-Type", "application/json")?;
    headers.set("User-Agent", "Forebay")?;
    headers.set(ID, message.id)?;
    if let Some(key) = secret(edge, KEY) {
        headers.set(SIGNATURE, &sign(&key, message.body, edge_now(edge)))?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&message.body.into());
    // A redirect would lead the signature to somebody else.
    Reflect::set(&init, &"redirect".into(), &"manual".into())?;
    Reflect::set(&init, &"signal".into(), &abort.signal())?;
    let fetch: js_sys::Function = Reflect::get(&js_sys::global(), &"fetch".into())?.dyn_into()?;
    let promise: js_sys::Promise = fetch
        .call2(&JsValue::UNDEFINED, &url.into(), &init)?
        .dyn_into()?;
    let response: Response = JsFuture::from(promise).await?.dyn_into()?;
    // Nobody reads the body, which would keep the connection.
    if let Some(body) = response.body() {
        let _ = body.cancel();
    }
    Ok(response.status())
}

fn edge_now(edge: &Edge) -> crate::time::Timestamp {
    MetricsPorts::now(edge)
}

/// `GET /monitoring/alerts`.
pub(super) async fn report(edge: &Edge, site: &Site) -> Result<impl Serialize, Failure> {
    let board = alerts::board(edge).await?;
    Ok(documents::report(&site.alerting, &board, edge_now(edge)))
}

/// `POST /admin/silence`.
pub(super) async fn silence(
    edge: &Edge,
    site: &Site,
    body: Option<&[u8]>,
) -> Result<impl Serialize, Failure> {
    let order = documents::parse_silence(body, &site.alerting)?;
    let silence = alerts::silence(edge, &order.alert, order.lasts, &order.reason).await?;
    Ok(documents::silence(&silence))
}

/// `POST /admin/unsilence`.
pub(super) async fn unsilence(edge: &Edge, body: Option<&[u8]>) -> Result<impl Serialize, Failure> {
    let id = documents::parse_unsilence(body)?;
    let ended = alerts::unsilence(edge, &id).await?;
    let ended = ended.ok_or_else(documents::no_such_silence)?;
    Ok(documents::silence(&ended))
}

/// `POST /admin/alert-test`.
pub(super) async fn test(
    edge: &Edge,
    site: &Site,
    body: Option<&[u8]>,
) -> Result<impl Serialize, Failure> {
    let alert = documents::parse_test(body, &site.alerting)?;
    let delivery = alerts::test(edge, site, &alert).await?;
    let delivery = delivery.ok_or_else(|| Failure::new(Kind::BadBody, ""))?;
    Ok(documents::delivery(&delivery))
}
