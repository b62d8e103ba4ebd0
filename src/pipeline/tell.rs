//! Telling the purge log what a write has voided, before its answer goes out: a few times over, each for so
//! long, since the write itself is done and cannot be taken back.

use crate::failure::Failure;
use crate::purge::message::{LogReply, Receipt};
use std::future::Future;
use std::time::Duration;

/// How often the log is asked.
const ATTEMPTS: usize = 3;

/// For how long each time.
pub const ATTEMPT_MAX: Duration = Duration::from_secs(2);

/// `attempt`: asks the log to append, within [`ATTEMPT_MAX`]. `None`: it never said that it has.
pub async fn appended<A>(attempt: impl Fn() -> A) -> Option<Receipt>
where
    A: Future<Output = Option<Result<LogReply, Failure>>>,
{
    for _ in 0..ATTEMPTS {
        if let Some(Ok(LogReply::Appended(receipt))) = attempt().await {
            return Some(receipt);
        }
    }
    None
}
