//! Passes a request on to a configured HTTP origin, and its answer back, as streams.

use super::timeout::within;
use crate::config::site::{Auth, Origin};
use crate::failure::{Failure, Kind};
use crate::respond::ResponseHead;
use crate::semantics::forwarding::{passes_to_client, passes_to_origin};
use crate::semantics::request::RequestHead;
use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, ReadableStream, Request, RequestInit, Response};

/// The answer has no body where the origin's has none (204, 304, `HEAD`).
///
/// The origin's host comes from the configuration alone; the request gives path, search, method,
/// body and end-to-end fields.
pub(super) async fn pass(
    request: &Request,
    origin: &Origin,
    auth: Auth,
) -> Result<(ResponseHead, Option<ReadableStream>), Failure> {
    let failed = |why: JsValue| Failure::new(Kind::BadGateway, "").because(describe(&why));
    let outgoing = rewrite(request, origin, auth).map_err(failed)?;
    let answer = within(origin.timeout, fetch(&outgoing))
        .await
        .map_err(|_| Failure::new(Kind::Timeout, "").because("the origin's timeout"))?
        .map_err(failed)?;
    let mut head = ResponseHead::new(answer.status());
    let connection = answer.headers().get("connection").ok().flatten();
    for (name, value) in entries(&answer.headers()) {
        if passes_to_client(&name, connection.as_deref()) {
            head.push(name, value);
        }
    }
    Ok((head, answer.body()))
}

fn rewrite(request: &Request, origin: &Origin, auth: Auth) -> Result<Request, JsValue> {
    let url = request.url();
    let (path, search) = RequestHead::split_url(&url);
    let mark = if search.is_empty() { "" } else { "?" };
    let headers = Headers::new()?;
    let connection = request.headers().get("connection")?;
    for (name, value) in entries(&request.headers()) {
        if passes_to_origin(&name, connection.as_deref()) && !is_ours(&name, auth) {
            headers.append(&name, &value)?;
        }
    }
    let init = RequestInit::new();
    init.set_method(&request.method());
    init.set_headers(&headers);
    // Redirects are the client's to follow.
    Reflect::set(&init, &"redirect".into(), &"manual".into())?;
    if let Some(body) = Reflect::get(request, &"body".into())?.dyn_ref::<ReadableStream>() {
        init.set_body(body);
    }
    Request::new_with_str_and_init(&format!("{}{path}{mark}{search}", server(origin)), &init)
}

fn server(origin: &Origin) -> &str {
    origin
        .upstreams
        .first()
        .map_or("", |first| first.url.as_str())
}

/// The token that opened the route is this site's secret, not the origin's.
fn is_ours(name: &str, auth: Auth) -> bool {
    auth == Auth::Token && name.eq_ignore_ascii_case("authorization")
}

async fn fetch(request: &Request) -> Result<Response, JsValue> {
    let fetch: js_sys::Function = Reflect::get(&js_sys::global(), &"fetch".into())?.dyn_into()?;
    let promise: js_sys::Promise = fetch.call1(&JsValue::UNDEFINED, request)?.dyn_into()?;
    JsFuture::from(promise).await?.dyn_into()
}

/// Every field, in order, repeated ones as often as the runtime tells.
fn entries(headers: &Headers) -> Vec<(String, String)> {
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
