//! What the pipeline needs to ask HTTP origins: at the edge, and in a shield object.

use super::Ports;
use super::shield::ShieldPorts;
use crate::config::site::{Origin, Site};
use crate::failure::Failure;
use crate::outcome::ShieldReport;
use crate::purge::seq::PurgeSeq;
use crate::semantics::fields::Fields;
use crate::shield::message::FetchAsk;
use crate::source::fetch::{Exchanged, Fetch};
use std::future::Future;
use std::rc::Rc;

/// A body on its way here.
#[derive(Clone, Debug)]
pub enum Incoming<B, S> {
    None,
    Whole(B),
    /// It may break off, which whoever reads it sees as an error.
    Coming(S),
}

/// An origin's answer at the edge.
#[derive(Clone, Debug)]
pub struct Arrival<B, S> {
    /// `None`: the edge has asked by itself.
    pub shield: Option<ShieldReport>,
    pub exchanged: Exchanged,
    /// What was known of purges before the origin was asked.
    pub seq: PurgeSeq,
    pub body: Incoming<B, S>,
}

/// No answer of an origin has come through the shield.
#[derive(Clone, Debug)]
pub struct NoArrival {
    /// `None`: the shield has not answered either.
    pub shield: Option<ShieldReport>,
    pub failure: Failure,
}

impl From<Failure> for Box<NoArrival> {
    fn from(failure: Failure) -> Self {
        let shield = None;
        Self::new(NoArrival { shield, failure })
    }
}

/// The arrival of a world.
pub type ArrivalOf<P> = Arrival<<P as Ports>::Body, <P as Ports>::Stream>;

/// What goes along with a request that the edge sends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    None,
    /// The client's own, as it comes in. It can be sent once.
    OfClient,
}

#[expect(
    async_fn_in_trait,
    reason = "one thread: no future here is ever sent to another"
)]
pub trait OriginPorts: Ports {
    /// All fields of the client's request, in order and number, as the runtime tells them. Its
    /// `Accept-Encoding` is the client's own.
    fn request_fields(&self) -> Fields;

    /// Asks an origin through a shield object.
    async fn fetch(&self, shard: u16, ask: FetchAsk) -> Result<ArrivalOf<Self>, Box<NoArrival>>;

    /// Asks an origin from here; `seq` of the arrival is zero.
    async fn forward(
        &self,
        origin: &Origin,
        fetch: &Fetch,
        content: Content,
    ) -> Result<ArrivalOf<Self>, Failure>;

    /// The same stream for the client, and all of its bytes once they are there: `None` when there are more
    /// than `bytes_max`, when it broke off, or when they are not as many as `declared`. The client's part
    /// goes on in any case, and its leaving does not end the other.
    fn keep(
        &self,
        stream: Self::Stream,
        declared: Option<u64>,
        bytes_max: u64,
    ) -> (
        Self::Stream,
        impl Future<Output = Option<Self::Body>> + 'static,
    );

    /// A body of these bytes.
    fn body_of(&self, bytes: Vec<u8>) -> Self::Body;
}

/// An origin's answer in a shield object.
#[derive(Debug)]
pub struct Landing<S> {
    pub exchanged: Exchanged,
    /// `None`: the answer has no body.
    pub body: Option<S>,
}

/// What has become of a body that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    Whole(Rc<Vec<u8>>),
    TooLarge,
    /// It broke off, paused for too long, or is not as long as declared.
    Broken,
}

#[expect(
    async_fn_in_trait,
    reason = "one thread: no future here is ever sent to another"
)]
pub trait OriginShieldPorts: ShieldPorts {
    type Stream: 'static;

    /// Asks an origin: breaker, choice of the server, retries, fallback, and the time limit of the head.
    async fn fetch(
        &self,
        site: &Rc<Site>,
        origin: &Origin,
        fetch: &Fetch,
    ) -> Result<Landing<Self::Stream>, Failure>;

    /// The same stream for an edge, and what becomes of the bytes. The edge's leaving ends nothing.
    fn keep(
        &self,
        stream: Self::Stream,
        declared: Option<u64>,
        bytes_max: u64,
    ) -> (Self::Stream, impl Future<Output = Kept> + 'static);

    /// All of the bytes; the stream ends with more than `bytes_max`.
    async fn read(&self, stream: Self::Stream, declared: Option<u64>, bytes_max: u64) -> Kept;
}
