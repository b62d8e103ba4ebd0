//! What the pipeline needs from the world. The platform implements it over the Workers runtime, the
//! tests over virtual time. Here are the ports of a request at the edge.

pub mod alerts;
pub mod metrics;
pub mod operator;
pub mod origin;
pub mod purge_log;
pub mod shield;

use crate::cache::memory::Memory;
use crate::cache::refreshing::Refreshing;
use crate::cache::stored::{Coding, Head, Stored};
use crate::failure::Failure;
use crate::key::CacheKey;
use crate::outcome::{Layer, ShieldReport};
use crate::purge::message::{LogAsk, LogReply, Page};
use crate::purge::seq::PurgeSeq;
use crate::purge::watch::Watch;
use crate::semantics::trace::Trace;
use crate::shield::message::Ask;
use crate::time::Timestamp;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

/// A stored body, in one or both codings. Cloning shares the bytes.
pub trait Body: Clone {
    /// Whether this coding can be sent without further work.
    fn has(&self, coding: Coding) -> bool;

    /// The bytes of this coding, if it is there.
    fn len(&self, coding: Coding) -> Option<u64>;

    /// A copy of the bytes of this coding, if it is there.
    fn bytes(&self, coding: Coding) -> Option<Vec<u8>>;

    /// What it weighs in the memory layer, in bytes.
    fn weight(&self) -> u64;
}

/// What reading the colo or the global layer gave.
#[derive(Clone, Debug)]
pub enum Read<B> {
    Found(Stored<B>),
    Absent,
    /// There is something, but not of ours; the word says why.
    Unusable(&'static str),
    Failed,
}

/// A source's answer, as it comes to the edge.
#[derive(Clone, Debug)]
pub enum Delivery<B, S> {
    /// Whole: it may be stored.
    Whole(Stored<B>),
    /// Larger than anything that is stored: never whole in our memory.
    Passing(Passing<S>),
}

/// An answer that is passed on while it comes in.
#[derive(Clone, Debug)]
pub struct Passing<S> {
    pub head: Rc<Head>,
    /// Of the body, which is never compressed.
    pub bytes: u64,
    /// Who does not send it on discards it.
    pub stream: S,
}

impl<B, S> Delivery<B, S> {
    pub fn head(&self) -> &Head {
        match self {
            Self::Whole(stored) => &stored.head,
            Self::Passing(passing) => &passing.head,
        }
    }
}

/// What a world's shield answers: its own part, and the answer.
pub type Asked<P> = (
    Option<ShieldReport>,
    Result<Delivery<<P as Ports>::Body, <P as Ports>::Stream>, Failure>,
);

/// The secrets of a site.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    pub api_token: Option<String>,
    pub admin_token: Option<String>,
}

/// The world, as one request sees it. A clone belongs to the same request.
///
/// No method fails for a broken layer: that is `Read::Failed`, or a write that says it did nothing.
#[expect(
    async_fn_in_trait,
    reason = "one thread: no future here is ever sent to another"
)]
pub trait Ports: Clone + 'static {
    type Body: Body + 'static;
    type Stream: 'static;

    fn now(&self) -> Timestamp;

    /// The request's place in a trace; `None` where nobody traces.
    fn trace(&self) -> Option<Trace>;

    /// The isolate's memory layer.
    fn with_memory<R>(&self, act: impl FnOnce(&mut Memory<Stored<Self::Body>>) -> R) -> R;

    /// What the isolate knows of purges.
    fn with_watch<R>(&self, act: impl FnOnce(&mut Watch) -> R) -> R;

    /// What another isolate of the colo has heard of the log, if it lies in the colo's cache.
    async fn shared_page(&self) -> Option<Page>;

    /// Lays it there.
    async fn share_page(&self, page: &Page);

    /// # Errors
    /// When the log cannot be reached.
    async fn ask_log(&self, ask: &LogAsk) -> Result<LogReply, Failure>;

    /// Which keys this isolate refreshes behind its responses.
    fn with_refreshing<R>(&self, act: impl FnOnce(&mut Refreshing) -> R) -> R;

    /// Reads the colo or the global layer.
    async fn read(&self, layer: Layer, key: &CacheKey) -> Read<Self::Body>;

    /// Writes to the colo or the global layer, to be kept for `keep`.
    async fn write(&self, layer: Layer, stored: &Stored<Self::Body>, keep: Duration);

    /// Asks a shield object for an answer.
    async fn ask(&self, shard: u16, ask: Ask) -> Asked<Self>;

    /// Asks a shield object for a streamed answer.
    async fn ask_stream(
        &self,
        shard: u16,
        ask: Ask,
    ) -> (Option<ShieldReport>, Result<Self::Stream, Failure>);

    /// What a shield object says of itself, for operators.
    async fn shield_state(&self, shard: u16) -> Result<serde_json::Value, Failure>;

    /// Ends a stream that nobody is going to read.
    fn discard(&self, stream: Self::Stream);

    /// Fetches a static asset and seals it under `key`, with its tags and the purge number known by
    /// now.
    async fn asset(
        &self,
        path: &str,
        key: &CacheKey,
        tags: Vec<String>,
        seq: PurgeSeq,
    ) -> Result<Stored<Self::Body>, Failure>;

    /// This request's body, whole; `None` when it has none.
    async fn request_body(&self, bytes_max: u64) -> Result<Option<Vec<u8>>, Failure>;

    /// The same body with `coding` added. `None` when the stored bytes do not decompress.
    async fn recode(&self, stored: &Stored<Self::Body>, coding: Coding) -> Option<Self::Body>;

    /// The work's outcome; `None` when it took longer.
    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T>;

    /// Runs on after the response is sent.
    fn background(&self, work: impl Future<Output = ()> + 'static);
}
