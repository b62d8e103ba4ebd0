//! The ports of one request at the edge.

use super::body::JsBody;
use super::random::seed;
use super::stream::JsStream;
use super::timeout::within;
use super::{
    assets, clock, colo, compression, global, isolate, metrics_client, purge_client, shield_client,
};
use crate::cache::memory::Memory;
use crate::cache::refreshing::Refreshing;
use crate::cache::stored::{Coding, Stored};
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::key::CacheKey;
use crate::metrics::message::{MetricsAsk, MetricsReply};
use crate::outcome::{Layer, ShieldReport};
use crate::ports::metrics::MetricsPorts;
use crate::ports::{Asked, Ports, Read};
use crate::purge::message::{LogAsk, LogReply, Page};
use crate::purge::seq::PurgeSeq;
use crate::purge::watch::Watch;
use crate::semantics::trace::{self, Trace, TraceParent};
use crate::shield::message::Ask;
use crate::time::Timestamp;
use futures_util::StreamExt;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;
use worker::{Context, Env, Method, Request, ScheduleContext};

mod origin;

/// Clones belong to the same request: its context, its body, its I/O.
#[derive(Clone, Debug)]
pub(super) struct Edge(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    env: Env,
    span: Span,
    site: Rc<Site>,
    request: Request,
    trace: Trace,
}

/// What the work of an edge belongs to.
enum Span {
    Request(Context),
    Cron(ScheduleContext),
}

impl std::fmt::Debug for Span {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Request(_) => "Request",
            Self::Cron(_) => "Cron",
        })
    }
}

impl Edge {
    pub(super) fn new(env: Env, context: Context, site: Rc<Site>, request: Request) -> Self {
        let headers = request.headers();
        let field = |name| headers.get(name).ok().flatten();
        let (parent, state) = (field(trace::PARENT), field(trace::STATE));
        let trace = Trace::continued(parent.as_deref(), state.as_deref(), seed());
        Self(Rc::new(Inner {
            env,
            span: Span::Request(context),
            site,
            request,
            trace,
        }))
    }

    /// Work without a client: its request asks for nothing and is never passed on.
    pub(super) fn of_cron(
        env: Env,
        context: ScheduleContext,
        site: Rc<Site>,
    ) -> worker::Result<Self> {
        let request = Request::new("https://cron.forebay.internal/", Method::Get)?;
        Ok(Self(Rc::new(Inner {
            env,
            span: Span::Cron(context),
            site,
            request,
            trace: Trace::continued(None, None, seed()),
        })))
    }

    /// Whether the client would rather read text than JSON.
    pub(super) fn accepts_text(&self) -> bool {
        let accept = self.0.request.headers().get("accept").ok().flatten();
        accept.is_some_and(|accept| accept.trim_start().starts_with("text/plain"))
    }

    /// A field of the request that no decision on answers depends on.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        self.0.request.headers().get(name).ok().flatten()
    }

    /// Our span of the request's trace.
    pub(super) fn span(&self) -> TraceParent {
        self.0.trace.own
    }

    pub(super) fn env(&self) -> &Env {
        &self.0.env
    }

    /// The name of this deployment's part of the colo's cache.
    pub(super) fn place(&self) -> Rc<str> {
        isolate::place(&self.0.env, &self.0.site)
    }
}

impl Ports for Edge {
    type Body = JsBody;
    type Stream = JsStream;

    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn trace(&self) -> Option<Trace> {
        Some(self.0.trace.clone())
    }

    fn with_memory<R>(&self, act: impl FnOnce(&mut Memory<Stored<JsBody>>) -> R) -> R {
        isolate::with_memory(&self.0.site, act)
    }

    fn with_watch<R>(&self, act: impl FnOnce(&mut Watch) -> R) -> R {
        isolate::with_watch(&self.0.site, act)
    }

    async fn shared_page(&self) -> Option<Page> {
        colo::read_page(&self.place()).await
    }

    async fn share_page(&self, page: &Page) {
        // A colo that forgets costs the log one question more.
        let _ = colo::write_page(&self.place(), page).await;
    }

    async fn ask_log(&self, ask: &LogAsk) -> Result<LogReply, Failure> {
        let hint = self.0.site.shield.location_hint.as_deref();
        purge_client::ask(&self.0.env, hint, ask).await
    }

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        within(limit, work).await.ok()
    }

    fn with_refreshing<R>(&self, act: impl FnOnce(&mut Refreshing) -> R) -> R {
        isolate::with_refreshing(act)
    }

    async fn read(&self, layer: Layer, key: &CacheKey) -> Read<JsBody> {
        match layer {
            Layer::Memory => Read::Absent,
            Layer::Colo => colo::read(&self.place(), key).await,
            Layer::Global => global::read(&self.0.env, &self.0.site.name, key).await,
        }
    }

    async fn write(&self, layer: Layer, stored: &Stored<JsBody>, keep: Duration) {
        let written = match layer {
            Layer::Memory => Some(()),
            Layer::Colo => colo::write(&self.place(), stored, keep).await,
            Layer::Global => global::write(&self.0.env, &self.0.site.name, stored, keep).await,
        };
        if written.is_none() {
            worker::console_warn!("forebay: the {} layer refused a write", layer.as_str());
        }
    }

    async fn ask(&self, shard: u16, ask: Ask) -> Asked<Self> {
        shield_client::ask(&self.0.env, &self.0.site.shield, shard, &ask).await
    }

    async fn ask_stream(
        &self,
        shard: u16,
        ask: Ask,
    ) -> (Option<ShieldReport>, Result<JsStream, Failure>) {
        let shield = &self.0.site.shield;
        let (report, stream) = shield_client::ask_stream(&self.0.env, shield, shard, &ask).await;
        (report, stream.map(JsStream::from))
    }

    async fn shield_state(&self, shard: u16) -> Result<serde_json::Value, Failure> {
        shield_client::state(&self.0.env, &self.0.site.shield, shard).await
    }

    fn discard(&self, stream: JsStream) {
        // Whether the other side is still there to hear it makes no difference to us.
        if let Some(ended) = stream.end() {
            self.background(async move { drop(ended.await) });
        }
    }

    async fn asset(
        &self,
        path: &str,
        key: &CacheKey,
        tags: Vec<String>,
        seq: PurgeSeq,
    ) -> Result<Stored<JsBody>, Failure> {
        let max = self.0.site.limits.stored_body_bytes_max;
        assets::fetch(&self.0.env, path, key, tags, seq, max).await
    }

    async fn request_body(&self, bytes_max: u64) -> Result<Option<Vec<u8>>, Failure> {
        let too_large = || {
            let limit = format!("the limit is {bytes_max} bytes");
            Failure::new(Kind::BodyTooLarge, limit)
        };
        let unreadable =
            |why: worker::Error| Failure::new(Kind::BadBody, "the body broke off").because(why);
        let declared = self
            .0
            .request
            .headers()
            .get("content-length")
            .ok()
            .flatten();
        let declared = declared.and_then(|length| length.parse::<u64>().ok());
        if declared.is_some_and(|length| length > bytes_max) {
            return Err(too_large());
        }
        if self.0.request.inner().body().is_none() {
            return Ok(None);
        }
        let mut request = self.0.request.clone_mut().map_err(unreadable)?;
        let mut stream = request.stream().map_err(unreadable)?;
        let mut body = Vec::new();
        while let Some(chunk) = stream.next().await {
            body.extend_from_slice(&chunk.map_err(unreadable)?);
            if body.len() as u64 > bytes_max {
                return Err(too_large());
            }
        }
        // The runtime can end an aborted body as if it were whole.
        if declared.is_some_and(|length| length != body.len() as u64) {
            return Err(Failure::new(Kind::BadBody, "the body broke off"));
        }
        Ok(Some(body))
    }

    async fn recode(&self, stored: &Stored<JsBody>, coding: Coding) -> Option<JsBody> {
        match (stored.head.coding, coding) {
            (Coding::Gzip, Coding::Identity) => {
                let plain = compression::gunzip(stored.body.get(Coding::Gzip)?).await?;
                Some(stored.body.with(Coding::Identity, plain))
            }
            // Nothing else is ever asked for: gzip is chosen only where it is at rest.
            (Coding::Gzip, Coding::Gzip) | (Coding::Identity, Coding::Identity | Coding::Gzip) => {
                None
            }
        }
    }

    fn background(&self, work: impl Future<Output = ()> + 'static) {
        match &self.0.span {
            Span::Request(context) => context.wait_until(work),
            Span::Cron(context) => context.wait_until(work),
        }
    }
}

impl MetricsPorts for Edge {
    fn now(&self) -> Timestamp {
        clock::now()
    }

    async fn ask_metrics(&self, object: u16, ask: &MetricsAsk) -> Result<MetricsReply, Failure> {
        metrics_client::ask(&self.0.env, object, ask).await
    }
}
