//! gzip by the runtime's own streams: native code, off the WASM heap.

use futures_util::future::join;
use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

pub(super) async fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let out = through("CompressionStream", &Uint8Array::from(bytes))
        .await
        .ok()?;
    Some(out.to_vec())
}

/// `None` when the bytes are not whole gzip.
pub(super) async fn gunzip(bytes: &Uint8Array) -> Option<Uint8Array> {
    through("DecompressionStream", bytes).await.ok()
}

/// Writes `bytes` into a new transform stream and reads what comes out, at the same time: neither end
/// may wait for the other.
async fn through(class: &str, bytes: &Uint8Array) -> Result<Uint8Array, JsValue> {
    let class: Function = Reflect::get(&js_sys::global(), &class.into())?.dyn_into()?;
    let stream = Reflect::construct(&class, &js_sys::Array::of1(&"gzip".into()))?;
    let writer = call(
        &Reflect::get(&stream, &"writable".into())?,
        "getWriter",
        None,
    )?;
    let readable = Reflect::get(&stream, &"readable".into())?;
    let written = promise(call(&writer, "write", Some(bytes.as_ref()))?)?;
    let closed = promise(call(&writer, "close", None)?)?;
    let read = async {
        let response =
            web_sys::Response::new_with_opt_readable_stream(Some(readable.unchecked_ref()))?;
        JsFuture::from(response.array_buffer()?).await
    };
    let ((write, close), read) =
        join(join(JsFuture::from(written), JsFuture::from(closed)), read).await;
    write.and(close)?;
    Ok(Uint8Array::new(&read?))
}

fn call(target: &JsValue, method: &str, argument: Option<&JsValue>) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(target, &method.into())?.dyn_into()?;
    match argument {
        Some(argument) => function.call1(target, argument),
        None => function.call0(target),
    }
}

fn promise(value: JsValue) -> Result<Promise, JsValue> {
    value.dyn_into::<Promise>()
}
