//! Sends one request to one server, and takes its answer as it comes: redirects unfollowed, the content
//! coding untouched, every field as the runtime tells it.
//!
//! The runtime adds nothing to the fields that we set but `Host`, what frames the body, and, on
//! Cloudflare, what its network adds for itself (`CF-*`, `CDN-Loop`; `Accept-Encoding` where there is
//! none). It leaves out what belongs to a connection, `TE` and `Upgrade` among it, but for WebSockets.

use super::clock;
use super::stream::{Flow, JsStream, Socket};
use super::timeout::within;
use crate::failure::{Failure, Kind};
use crate::ports::origin::Landing;
use crate::semantics::fields::Fields;
use crate::source::fetch::{Exchanged, Fetch};
use crate::source::image::{Format, Options};
use crate::time::Timestamp;
use js_sys::{Array, Object, Reflect};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, ReadableStream, Request, RequestInit, Response};

/// One request to one server.
#[derive(Debug)]
pub(super) struct Sending<'a> {
    /// Scheme and authority.
    pub server: &'a str,
    pub fetch: &'a Fetch,
    pub content: Option<ReadableStream>,
    /// How long the head of the answer is waited for.
    pub head_limit: Duration,
    /// How long the body may pause.
    pub pause_max: Duration,
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(super) enum Silence {
    /// No connection came about, or it ended before the head of an answer: the runtime does not tell
    /// the two apart.
    Lost(String),
    Late,
    /// What came is nothing that could be passed on.
    Unusable(String),
    /// It was never sent: the runtime does not take the request.
    Unsendable(String),
}

impl Silence {
    pub(super) fn failure(self, server: &str) -> Failure {
        let of = |kind, why: &str| Failure::new(kind, "").because(format!("{server}: {why}"));
        match self {
            Self::Lost(why) => of(Kind::Unavailable, &why),
            Self::Late => of(Kind::Timeout, "no answer within the origin's timeout"),
            Self::Unusable(why) => of(Kind::BadGateway, &why),
            Self::Unsendable(why) => of(Kind::BadGateway, &why).unasked(),
        }
    }
}

/// An exchange that is given up when it is dropped before the answer's head is there: the connection must
/// not live on when nobody waits any longer.
struct Exchange(Option<AbortController>);

impl Exchange {
    fn landed(mut self) -> Option<AbortController> {
        self.0.take()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

pub(super) async fn send(sending: Sending<'_>) -> Result<Landing<JsStream>, Silence> {
    let unsendable = |why: JsValue| Silence::Unsendable(describe(&why));
    let controller = AbortController::new().map_err(unsendable)?;
    let request = request(&sending, &controller).map_err(unsendable)?;
    let exchange = Exchange(Some(controller));
    let requested = clock::now();
    let response = within(sending.head_limit, fetch(&request))
        .await
        .map_err(|_| Silence::Late)?
        .map_err(|why| Silence::Lost(describe(&why)))?;
    let exchanged = exchanged(&response, requested);
    let body = match (exchanged.status, Socket::of(&response)) {
        (101, Some(socket)) => {
            exchange.landed();
            Some(JsStream::Socket(socket))
        }
        (200..=599, _) => {
            let flow = response.body().map(Flow::new);
            let flow = flow.map(|flow| flow.pausing(sending.pause_max));
            let controller = exchange.landed();
            flow.map(|flow| match controller {
                Some(controller) => JsStream::Bytes(flow.of(controller)),
                None => JsStream::Bytes(flow),
            })
        }
        (status, _) => return Err(Silence::Unusable(format!("it answered {status}"))),
    };
    Ok(Landing { exchanged, body })
}

fn request(sending: &Sending<'_>, controller: &AbortController) -> Result<Request, JsValue> {
    let Sending {
        server,
        fetch,
        content,
        ..
    } = sending;
    let headers = Headers::new()?;
    for (name, value) in fetch.fields.iter() {
        headers.append(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(&fetch.method);
    init.set_headers(&headers);
    init.set_signal(Some(&controller.signal()));
    // Redirects are the client's to follow.
    Reflect::set(&init, &"redirect".into(), &"manual".into())?;
    Reflect::set(&init, &"cf".into(), &features(fetch.image)?.into())?;
    if let Some(content) = content {
        init.set_body(content);
    }
    Request::new_with_str_and_init(&format!("{server}{}", fetch.target), &init)
}

/// What Cloudflare is to do with the request: images as asked, and nothing of its own caching, whose
/// answers would be older than they say. (`cache: "no-store"` would add fields to the request.)
fn features(image: Option<Options>) -> Result<Object, JsValue> {
    let features = Object::new();
    Reflect::set(&features, &"cacheTtl".into(), &(-1).into())?;
    if let Some(image) = image {
        Reflect::set(&features, &"image".into(), &image_features(image)?.into())?;
    }
    Ok(features)
}

fn image_features(image: Options) -> Result<Object, JsValue> {
    let options = Object::new();
    // Never larger than the original.
    Reflect::set(&options, &"fit".into(), &"scale-down".into())?;
    Reflect::set(&options, &"quality".into(), &image.quality.into())?;
    if let Some(width) = image.width {
        Reflect::set(&options, &"width".into(), &width.into())?;
    }
    let format = image.format.map(|format| match format {
        Format::Avif => "avif",
        Format::Webp => "webp",
    });
    if let Some(format) = format {
        Reflect::set(&options, &"format".into(), &format.into())?;
    }
    Ok(options)
}

async fn fetch(request: &Request) -> Result<Response, JsValue> {
    let fetch: js_sys::Function = Reflect::get(&js_sys::global(), &"fetch".into())?.dyn_into()?;
    // Not of the request: there the runtime takes no notice of it, and decodes the body.
    let init = Object::new();
    Reflect::set(&init, &"encodeResponseBody".into(), &"manual".into())?;
    let promise = fetch.call2(&JsValue::UNDEFINED, request, &init)?;
    let promise: js_sys::Promise = promise.dyn_into()?;
    JsFuture::from(promise).await?.dyn_into()
}

fn exchanged(response: &Response, requested: Timestamp) -> Exchanged {
    Exchanged {
        status: response.status(),
        fields: fields(&response.headers()),
        requested,
        received: clock::now(),
    }
}

/// Every field. The runtime tells names in lower case, those it knows first, and the lines of one name
/// as one value, joined by commas; but each `Set-Cookie` by itself.
pub(super) fn fields(headers: &Headers) -> Fields {
    let all = Array::from(headers.as_ref());
    let pairs = all.iter().map(|pair| Array::from(&pair));
    pairs
        .filter_map(|pair| Some((pair.get(0).as_string()?, pair.get(1).as_string()?)))
        .collect()
}

fn describe(value: &JsValue) -> String {
    match value.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => format!("{value:?}"),
    }
}
