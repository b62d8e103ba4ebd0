//! What the purge log needs of the world.

use crate::failure::Failure;
use crate::purge::index::Marks;
use crate::purge::seq::PurgeSeq;
use crate::purge::target::Target;
use crate::time::Timestamp;
use std::future::Future;
use std::time::Duration;

/// A row of a database's outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    pub id: i64,
    /// A surrogate key.
    pub tag: String,
}

/// What the log has in its storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub head: PurgeSeq,
    pub hard_floor: PurgeSeq,
    pub soft_floor: PurgeSeq,
    pub marks: Vec<(Target, Marks)>,
    /// Outbox rows, by database, that have their numbers but may not have left the outbox.
    pub taken: Vec<(String, i64)>,
}

/// A change of what is kept, made whole or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub head: PurgeSeq,
    pub hard_floor: PurgeSeq,
    pub soft_floor: PurgeSeq,
    pub marks: Vec<(Target, Marks)>,
    /// Marks whose latest purge has a lower number are forgotten.
    pub oldest: PurgeSeq,
    /// Outbox rows that have their numbers now.
    pub taken: Vec<(String, i64)>,
}

/// The world, as the purge log sees it.
#[expect(
    async_fn_in_trait,
    reason = "one thread: no future here is ever sent to another"
)]
pub trait LogPorts: Clone + 'static {
    fn now(&self) -> Timestamp;

    /// Runs on for the object, whoever leaves.
    fn spawn(&self, work: impl Future<Output = ()> + 'static);

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T>;

    /// `None`: nothing was ever kept.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn load(&self) -> Result<Option<Kept>, Failure>;

    /// # Errors
    /// When the storage refuses; then nothing of it is kept.
    fn keep(&self, change: &Change) -> Result<(), Failure>;

    /// Forgets rows that have left the outbox.
    ///
    /// # Errors
    /// When the storage refuses.
    fn forget_taken(&self, database: &str, ids: &[i64]) -> Result<(), Failure>;

    /// The first rows of a database's outbox, in their order, `rows_max` at the most.
    async fn outbox(&self, database: &str, rows_max: u32) -> Result<Vec<OutboxRow>, Failure>;

    /// Deletes rows of a database's outbox.
    async fn clear_outbox(&self, database: &str, ids: &[i64]) -> Result<(), Failure>;

    /// Wakes the log at this time, unless it is woken earlier.
    fn wake_at(&self, at: Timestamp);
}
