//! The runtime's clock. On Workers it stands still during computation and moves only across I/O.

use crate::time::Timestamp;

pub(super) fn now() -> Timestamp {
    // A JavaScript time value is at most 8.64e15, which both casts hold exactly.
    Timestamp::from_millis(js_sys::Date::now().max(0.0) as u64)
}

/// Whole milliseconds since `began`.
pub(super) fn elapsed_ms(began: Timestamp) -> u32 {
    u32::try_from(now().since(began).as_millis()).unwrap_or(u32::MAX)
}
