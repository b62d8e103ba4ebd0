//! A request's head, out of one string or out of a `Request`.

use super::origin;
use crate::semantics::fields::Fields;
use crate::semantics::request::RequestHead;
use js_sys::Reflect;
use wasm_bindgen::JsValue;
use worker::Request;

/// The fields that `src/entry.js` joins for the memory lane, behind method and URL, in its order.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnedHead {
    method: String,
    url: String,
    fields: [Option<String>; FIELDS.len()],
}

/// Every field that a decision may depend on.
const FIELDS: [&str; 12] = [
    "authorization",
    "if-none-match",
    "if-modified-since",
    "accept-encoding",
    "x-no-compression",
    "origin",
    "x-request-id",
    "forebay-bookmark",
    "cookie",
    "cf-ipcountry",
    "content-type",
    "access-control-request-method",
];

impl OwnedHead {
    /// Reads a request. The method comes from the raw request: `worker::Method` takes unknown methods
    /// for `GET`.
    pub(super) fn read(request: &Request) -> Self {
        let raw = request.inner();
        let headers = raw.headers();
        let field = |name: &str| match name {
            "accept-encoding" => client_accept_encoding(raw).or_else(|| headers.get(name).ok()?),
            _ => headers.get(name).ok()?,
        };
        Self {
            method: raw.method(),
            url: raw.url(),
            // An empty field says as little as none, on both lanes.
            fields: FIELDS.map(|name| field(name).filter(|value| !value.is_empty())),
        }
    }

    pub(super) fn head(&self) -> RequestHead<'_> {
        let [
            auth,
            none_match,
            since,
            encoding,
            plain,
            origin,
            id,
            bookmark,
            cookie,
            country,
            content,
            preflight,
        ] = self.fields.each_ref().map(Option::as_deref);
        let (path, search) = RequestHead::split_url(&self.url);
        RequestHead {
            method: &self.method,
            base: RequestHead::base_of(&self.url),
            path,
            search,
            authorization: auth,
            if_none_match: none_match,
            if_modified_since: since,
            accept_encoding: encoding,
            no_compression: plain,
            origin,
            request_id: id,
            content_type: content,
            preflight_method: preflight,
            bookmark,
            cookie,
            country,
        }
    }
}

/// What the client itself accepts. Cloudflare writes an `Accept-Encoding` of its own for the Worker, and
/// sends a response that is encoded already on to clients that take none.
pub(super) fn client_accept_encoding(request: &web_sys::Request) -> Option<String> {
    let cf = Reflect::get(request, &"cf".into())
        .ok()
        .filter(JsValue::is_object)?;
    Reflect::get(&cf, &"clientAcceptEncoding".into())
        .ok()?
        .as_string()
}

/// All fields of a client's request, its `Accept-Encoding` being its own.
pub(super) fn request_fields(request: &web_sys::Request) -> Fields {
    let mut fields = origin::fields(&request.headers());
    match client_accept_encoding(request) {
        Some(own) if own.is_empty() => fields.remove("accept-encoding"),
        Some(own) => fields.set("accept-encoding", own),
        None => {}
    }
    fields
}

/// Reads what `src/entry.js` joins with line feeds, which no field value can hold: method, URL, and
/// the first ten of the fields above; an empty one is absent. `None` if the line is not of that form.
pub(super) fn parse_joined(joined: &str) -> Option<RequestHead<'_>> {
    let mut parts = joined.split('\n');
    let method = parts.next()?;
    let url = parts.next()?;
    let (path, search) = RequestHead::split_url(url);
    let mut field = || {
        parts
            .next()
            .map(|value| (!value.is_empty()).then_some(value))
    };
    let head = RequestHead {
        method,
        base: RequestHead::base_of(url),
        path,
        search,
        authorization: field()?,
        if_none_match: field()?,
        if_modified_since: field()?,
        accept_encoding: field()?,
        no_compression: field()?,
        origin: field()?,
        request_id: field()?,
        bookmark: field()?,
        cookie: field()?,
        country: field()?,
        content_type: None,
        preflight_method: None,
    };
    parts.next().is_none().then_some(head)
}
