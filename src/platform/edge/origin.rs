//! What a request at the edge needs of HTTP origins.

use super::Edge;
use crate::cache::stored::Coding;
use crate::config::site::Origin;
use crate::failure::Failure;
use crate::platform::body::JsBody;
use crate::platform::keeping::{Bounds, Ended, read};
use crate::platform::request::request_fields;
use crate::platform::stream::{Flow, JsStream};
use crate::platform::{isolate, shield_client};
use crate::ports::origin::{Arrival, ArrivalOf, Content, Incoming, NoArrival, OriginPorts};
use crate::purge::seq::PurgeSeq;
use crate::semantics::fields::Fields;
use crate::shield::message::FetchAsk;
use crate::source::fetch::Fetch;
use js_sys::Uint8Array;
use std::future::Future;
use web_sys::ReadableStream;

impl OriginPorts for Edge {
    fn request_fields(&self) -> Fields {
        request_fields(self.0.request.inner())
    }

    async fn fetch(&self, shard: u16, ask: FetchAsk) -> Result<ArrivalOf<Self>, Box<NoArrival>> {
        let site = &self.0.site;
        let mut arrival = shield_client::fetch(&self.0.env, &site.shield, shard, &ask).await?;
        let routes = site.routes.iter();
        let mut routes = routes.filter(|route| route.fingerprint == ask.route);
        let pause_max = routes
            .find_map(|route| site.origin_of(route))
            .map(|origin| origin.body_timeout);
        if let (Incoming::Coming(JsStream::Bytes(flow)), Some(pause_max)) =
            (&mut arrival.body, pause_max)
        {
            flow.pause_max = pause_max;
        }
        Ok(arrival)
    }

    async fn forward(
        &self,
        origin: &Origin,
        fetch: &Fetch,
        content: Content,
    ) -> Result<ArrivalOf<Self>, Failure> {
        let content = match content {
            Content::None => None,
            Content::OfClient => self.client_content(),
        };
        let origins = isolate::origins();
        let landing = origins.fetch(&self.0.site, origin, fetch, content).await?;
        Ok(Arrival {
            shield: None,
            exchanged: landing.exchanged,
            seq: PurgeSeq::ZERO,
            body: landing.body.map_or(Incoming::None, Incoming::Coming),
        })
    }

    fn keep(
        &self,
        stream: JsStream,
        declared: Option<u64>,
        bytes_max: u64,
    ) -> (JsStream, impl Future<Output = Option<JsBody>> + 'static) {
        let bounds = Bounds {
            declared,
            bytes_max,
        };
        let (stream, kept) = fork(stream, bounds);
        (stream, async move { collect(kept?, bounds).await })
    }

    fn body_of(&self, bytes: Vec<u8>) -> JsBody {
        JsBody::new(Coding::Identity, &bytes)
    }
}

impl Edge {
    /// A length of nothing is no content: the runtime makes a stream of it all the same, and what has
    /// content is not sent again.
    fn client_content(&self) -> Option<ReadableStream> {
        let raw = self.0.request.inner();
        let length = raw.headers().get("content-length").ok().flatten();
        raw.body().filter(|_| length.as_deref() != Some("0"))
    }
}

/// The stream, and a second one of the same bytes where they may be kept.
fn fork(stream: JsStream, bounds: Bounds) -> (JsStream, Option<Flow>) {
    match stream {
        JsStream::Bytes(flow) if !bounds.are_exceeded() => match flow.tee() {
            Ok((client, kept)) => (JsStream::Bytes(client), Some(kept)),
            Err(_) => (JsStream::Bytes(flow), None),
        },
        JsStream::Bytes(_) | JsStream::Socket(_) => (stream, None),
    }
}

/// In the JavaScript heap, where the chunks are.
async fn collect(flow: Flow, bounds: Bounds) -> Option<JsBody> {
    let mut chunks: Vec<Uint8Array> = Vec::new();
    match read(flow, bounds, |chunk| chunks.push(chunk.clone())).await {
        Ended::Whole => {}
        Ended::TooLarge | Ended::Broken => return None,
    }
    let bytes = chunks.iter().map(Uint8Array::length).sum();
    let (whole, mut at) = (Uint8Array::new_with_length(bytes), 0);
    for chunk in &chunks {
        whole.set(chunk, at);
        at += chunk.length();
    }
    Some(JsBody::of(whole))
}
