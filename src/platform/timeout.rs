//! A time limit on a future.

use futures_util::future::{Either, select};
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use worker::Delay;

/// The limit was reached first; the future was dropped.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimedOut;

/// The timer's clock is a signed 32-bit number of milliseconds; a longer limit would wrap and fire at
/// once. No request lives for so long.
const LIMIT_MAX: Duration = Duration::from_secs(24 * 3600);

pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = T>,
) -> Result<T, TimedOut> {
    match select(pin!(work), pin!(Delay::from(limit.min(LIMIT_MAX)))).await {
        Either::Left((value, _)) => Ok(value),
        Either::Right(((), _)) => Err(TimedOut),
    }
}
