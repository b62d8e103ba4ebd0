//! What is passed on while it comes in: a body's bytes, or a WebSocket's messages. Neither is copied
//! through WASM's memory.

use js_sys::{Array, Reflect};
use std::future::Future;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStream};

#[derive(Clone, Debug)]
pub(super) enum JsStream {
    Bytes(Flow),
    Socket(Socket),
}

/// A body.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub readable: ReadableStream,
    /// How long it may pause while it is kept.
    pub pause_max: Duration,
    /// Ends the exchange that the bytes come from, for all who read them.
    exchange: Option<AbortController>,
}

/// The `webSocket` of a response, which the client's response takes over.
#[derive(Clone, Debug)]
pub(super) struct Socket(JsValue);

/// Where no origin says how long its bodies may pause.
const PAUSE_MAX: Duration = Duration::from_secs(60);

impl From<ReadableStream> for JsStream {
    fn from(readable: ReadableStream) -> Self {
        Self::Bytes(Flow::new(readable))
    }
}

impl JsStream {
    /// Ends what nobody is going to read; tells when that is done, where it takes time.
    pub(super) fn end(self) -> Option<impl Future<Output = Result<JsValue, JsValue>> + 'static> {
        match self {
            Self::Bytes(flow) => Some(JsFuture::from(flow.readable.cancel())),
            Self::Socket(socket) => {
                socket.close();
                None
            }
        }
    }
}

impl Flow {
    pub(super) fn new(readable: ReadableStream) -> Self {
        Self {
            readable,
            pause_max: PAUSE_MAX,
            exchange: None,
        }
    }

    #[must_use]
    pub(super) fn pausing(self, pause_max: Duration) -> Self {
        Self { pause_max, ..self }
    }

    #[must_use]
    pub(super) fn of(self, exchange: AbortController) -> Self {
        let exchange = Some(exchange);
        Self { exchange, ..self }
    }

    /// The same bytes twice; each part ends by itself.
    pub(super) fn tee(&self) -> Result<(Self, Self), JsValue> {
        // By name: the typed call traps where the stream has a reader already.
        let tee: js_sys::Function = Reflect::get(&self.readable, &"tee".into())?.dyn_into()?;
        let branches: Array = tee.call0(&self.readable)?.dyn_into()?;
        let branch = |index| {
            let readable = branches.get(index).dyn_into::<ReadableStream>()?;
            Ok::<_, JsValue>(Self {
                readable,
                ..self.clone()
            })
        };
        Ok((branch(0)?, branch(1)?))
    }

    /// Breaks it off, for all who read it.
    pub(super) fn break_off(&self) {
        if let Some(exchange) = &self.exchange {
            exchange.abort();
        }
    }
}

impl Socket {
    /// `None`: the response is of no upgrade.
    pub(super) fn of(response: &web_sys::Response) -> Option<Self> {
        let socket = Reflect::get(response, &"webSocket".into()).ok()?;
        socket.is_object().then_some(Self(socket))
    }

    pub(super) fn value(&self) -> &JsValue {
        &self.0
    }

    fn close(&self) {
        for method in ["accept", "close"] {
            let function = Reflect::get(&self.0, &method.into());
            if let Ok(Ok(function)) = function.map(JsCast::dyn_into::<js_sys::Function>) {
                // One that is closed already needs no closing.
                let _ = function.call0(&self.0);
            }
        }
    }
}
