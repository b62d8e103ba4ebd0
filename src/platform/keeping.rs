//! Reads a body's bytes to keep them, chunk by chunk and never more than may be kept.

use super::stream::Flow;
use super::timeout::within;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

/// How reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Whole,
    TooLarge,
    /// It broke off, paused for too long, or is not as long as declared.
    Broken,
}

/// Bytes that may be kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub declared: Option<u64>,
    pub bytes_max: u64,
}

impl Bounds {
    /// Whether it is known before anything is read that it is too much.
    pub(super) fn are_exceeded(self) -> bool {
        self.declared.is_some_and(|bytes| bytes > self.bytes_max)
    }
}

/// A stream's only reader. Dropped before the end, it tells the stream that nobody reads on: unread, one
/// part of a forked stream would hold everything that the other has taken.
struct Reader {
    reader: ReadableStreamDefaultReader,
    ended: bool,
}

impl Reader {
    /// # Errors
    /// When the stream has one already.
    fn new(stream: &ReadableStream) -> Result<Self, JsValue> {
        // By name: the typed call traps there.
        let get: js_sys::Function = Reflect::get(stream, &"getReader".into())?.dyn_into()?;
        Ok(Self {
            reader: get.call0(stream)?.unchecked_into(),
            ended: false,
        })
    }

    /// `None` at the end.
    async fn next(&mut self) -> Result<Option<Uint8Array>, JsValue> {
        let read = JsFuture::from(self.reader.read()).await;
        let read = read.inspect_err(|_| self.ended = true)?;
        if Reflect::get(&read, &"done".into())?.is_truthy() {
            self.ended = true;
            return Ok(None);
        }
        Reflect::get(&read, &"value".into())?.dyn_into().map(Some)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if !self.ended {
            // Nobody is left to hear when it is done.
            let _ = self.reader.cancel();
        }
    }
}

/// Hands every chunk to `take`.
pub(super) async fn read(flow: Flow, bounds: Bounds, mut take: impl FnMut(&Uint8Array)) -> Ended {
    let Ok(mut reader) = Reader::new(&flow.readable) else {
        return Ended::Broken;
    };
    let mut bytes = 0_u64;
    loop {
        match within(flow.pause_max, reader.next()).await {
            Ok(Ok(Some(chunk))) => {
                bytes += u64::from(chunk.length());
                if bytes > bounds.bytes_max {
                    return Ended::TooLarge;
                }
                take(&chunk);
            }
            Ok(Ok(None)) => {
                // The runtime compares the two as well, for bodies that come from a server at once.
                let whole = bounds.declared.is_none_or(|declared| declared == bytes);
                return if whole { Ended::Whole } else { Ended::Broken };
            }
            Ok(Err(_)) => return Ended::Broken,
            Err(_) => {
                flow.break_off();
                return Ended::Broken;
            }
        }
    }
}
