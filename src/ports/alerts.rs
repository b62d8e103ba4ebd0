//! What alerting needs of the world beside the measurements.

use super::metrics::MetricsPorts;
use crate::alert::board::Receiver;
use crate::failure::Failure;
use crate::purge::message::{LogAsk, LogReply};
use std::time::Duration;

/// A notification's body on its way to the webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'m> {
    /// The same each time that it is sent.
    pub id: &'m str,
    pub body: &'m str,
}

#[expect(
    async_fn_in_trait,
    reason = "one thread: no future here is ever sent to another"
)]
pub trait AlertPorts: MetricsPorts {
    /// Whether the site has a webhook.
    fn receiver(&self) -> Receiver;

    /// Sends a message to the site's own webhook, and gives the status of its answer.
    ///
    /// # Errors
    /// When there is no answer; the words are for operators, and do not name the URL, which is a secret.
    async fn post(&self, message: Message<'_>) -> Result<u16, String>;

    async fn pause(&self, duration: Duration);

    /// # Errors
    /// When the purge log cannot be reached.
    async fn ask_purge_log(&self, ask: &LogAsk) -> Result<LogReply, Failure>;

    /// Says what went wrong, to whoever reads the log.
    fn complain(&self, what: &str);
}
