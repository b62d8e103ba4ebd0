//! A time limit on a future.

use futures_util::future::{Either, select};
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use worker::Delay;

/// The limit was reached first; the future was dropped.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimedOut;

pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = T>,
) -> Result<T, TimedOut> {
    match select(pin!(work), pin!(Delay::from(limit))).await {
        Either::Left((value, _)) => Ok(value),
        Either::Right(((), _)) => Err(TimedOut),
    }
}
