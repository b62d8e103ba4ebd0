//! Responses of the runtime, made with few calls across the WASM border.

use super::body::JsBody;
use super::stream::JsStream;
use crate::cache::stored::Head;
use crate::pipeline::answer::Content;
use crate::respond::ResponseHead;
use crate::respond::stored::Shape;
use js_sys::{JsString, Object, Reflect, Uint8Array};
use std::ops::Range;
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Headers, Response, ResponseInit};

/// A response's head as JavaScript objects, ready for all requests that differ in nothing but their id.
#[derive(Debug)]
pub(super) struct Prepared {
    pub key: PreparedKey,
    headers: Headers,
    init: ResponseInit,
}

/// What a prepared head depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PreparedKey {
    /// Not the body alone: a validation gives the same bytes another head. Two that are one and the same
    /// are equal at a glance.
    pub head: Rc<Head>,
    pub shape: Shape,
    pub age_s: u64,
    pub ttl_s: i64,
    pub origin: Option<String>,
}

impl Prepared {
    pub(super) fn new(key: PreparedKey, head: &ResponseHead) -> Result<Self, JsValue> {
        let headers = headers(head)?;
        let init = init(head, &headers)?;
        Ok(Self { key, headers, init })
    }

    pub(super) fn respond(
        &self,
        body: &JsBody,
        request_id: &JsString,
    ) -> Result<Response, JsValue> {
        REQUEST_ID.with(|name| {
            let headers: &JsHeaders = self.headers.unchecked_ref();
            headers.set_field(name, request_id)
        })?;
        match self.key.shape {
            Shape::Full(coding) => {
                let bytes = body.get(coding).ok_or(JsValue::NULL)?;
                Response::new_with_opt_js_u8_array_and_init(Some(bytes), &self.init)
            }
            Shape::HeadOnly(_) | Shape::NotModified(_) => {
                Response::new_with_opt_str_and_init(None, &self.init)
            }
        }
    }
}

thread_local! {
    static REQUEST_ID: JsString = JsString::from("X-Request-ID");
}

#[wasm_bindgen]
extern "C" {
    /// `Headers`, with a `set` that takes what is in the JavaScript heap already.
    type JsHeaders;

    #[wasm_bindgen(method, catch, js_name = set)]
    fn set_field(this: &JsHeaders, name: &JsString, value: &JsString) -> Result<(), JsValue>;
}

fn headers(head: &ResponseHead) -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &head.fields {
        headers.append(name, value)?;
    }
    Ok(headers)
}

fn init(head: &ResponseHead, headers: &Headers) -> Result<ResponseInit, JsValue> {
    let init = ResponseInit::new();
    init.set_status(head.status);
    init.set_headers(headers);
    if head.get("Content-Encoding").is_some() {
        // The bytes are encoded already: the runtime must not do it again.
        Reflect::set(
            init.unchecked_ref::<Object>(),
            &"encodeBody".into(),
            &"manual".into(),
        )?;
    }
    Ok(init)
}

/// Any answer, on the asynchronous lane.
pub(super) fn make(
    head: &ResponseHead,
    content: &Content<JsBody, JsStream>,
    request_id: &str,
) -> Result<Response, JsValue> {
    let headers = headers(head)?;
    headers.set("X-Request-ID", request_id)?;
    let init = init(head, &headers)?;
    let bytes =
        |bytes: &Uint8Array| Response::new_with_opt_js_u8_array_and_init(Some(bytes), &init);
    match content {
        Content::Empty => Response::new_with_opt_str_and_init(None, &init),
        Content::Text(text) => Response::new_with_opt_str_and_init(Some(text), &init),
        Content::Bytes(own) => bytes(&Uint8Array::from(own.as_slice())),
        Content::Stored(body, coding) => bytes(body.get(*coding).ok_or(JsValue::NULL)?),
        Content::Slice(body, coding, range) => {
            let whole = body.get(*coding).ok_or(JsValue::NULL)?;
            bytes(&slice(whole, range).ok_or(JsValue::NULL)?)
        }
        Content::Stream(JsStream::Bytes(flow)) => {
            Response::new_with_opt_readable_stream_and_init(Some(&flow.readable), &init)
        }
        Content::Stream(JsStream::Socket(socket)) => {
            let object: &Object = init.unchecked_ref();
            Reflect::set(object, &"webSocket".into(), socket.value())?;
            Response::new_with_opt_str_and_init(None, &init)
        }
    }
}

/// A view of the same bytes. `None` when they do not reach so far.
fn slice(whole: &Uint8Array, range: &Range<u64>) -> Option<Uint8Array> {
    let begin = u32::try_from(range.start).ok()?;
    let end = u32::try_from(range.end).ok()?;
    (begin <= end && end <= whole.length()).then(|| whole.subarray(begin, end))
}
