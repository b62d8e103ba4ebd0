//! What a shield object's room needs of the world.

use crate::cache::seal::Draft;
use crate::config::site::{Route, Site};
use crate::failure::Failure;
use crate::purge::message::{LogAsk, LogReply};
use crate::semantics::trace::TraceParent;
use crate::source::query::{Query, Repeat};
use crate::time::Timestamp;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

pub use crate::source::place::Freshest;

/// A query to be run.
#[derive(Clone, Copy, Debug)]
pub struct Errand<'a> {
    pub site: &'a Rc<Site>,
    pub route: &'a Route,
    pub query: &'a Query,
    /// Of the query's parameters, in their order.
    pub values: &'a [Option<String>],
    pub repeat: Repeat,
    pub freshest: Freshest,
    /// Of the first asker.
    pub trace: Option<TraceParent>,
}

/// The world, as a shield object sees it.
#[expect(
    async_fn_in_trait,
    reason = "one thread: no future here is ever sent to another"
)]
pub trait ShieldPorts: Clone + 'static {
    fn now(&self) -> Timestamp;

    /// Runs on for the object, whoever leaves.
    fn spawn(&self, work: impl Future<Output = ()> + 'static);

    /// The work's outcome; `None` when it took longer.
    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T>;

    /// Runs a query at its source.
    async fn run(&self, errand: Errand<'_>) -> Result<Draft, Failure>;

    /// The bytes compressed; `None` when that failed.
    async fn gzip(&self, bytes: &[u8]) -> Option<Vec<u8>>;

    /// # Errors
    /// When the log cannot be reached.
    async fn ask_log(&self, ask: &LogAsk) -> Result<LogReply, Failure>;
}
