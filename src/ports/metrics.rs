//! What reading and keeping measurements needs of the world.

use crate::failure::Failure;
use crate::metrics::message::{MetricsAsk, MetricsReply};
use crate::time::Timestamp;

/// The world, as somebody sees it who asks the metrics objects.
#[expect(
    async_fn_in_trait,
    reason = "one thread: no future here is ever sent to another"
)]
pub trait MetricsPorts {
    fn now(&self) -> Timestamp;

    /// Asks one of the metrics objects; the first one, 0, keeps the documents.
    ///
    /// # Errors
    /// When it cannot be reached, or its answer cannot be read.
    async fn ask_metrics(&self, object: u16, ask: &MetricsAsk) -> Result<MetricsReply, Failure>;
}
