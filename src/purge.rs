//! Which stored responses are void: numbered purges, the bounded index of them that the log and every
//! view of it hold, and the messages between the two.
//!
//! INVARIANT: validity compares sequence numbers alone, and all of them come from one log. The time that
//! a number tells is only used for how long something stale may still be served.

pub mod bookmark;
pub mod index;
pub mod marks;
pub mod message;
pub mod relief;
pub mod seq;
pub mod target;
pub mod view;
pub mod watch;

use std::time::Duration;

/// How long an edge or a shield waits for the log's answer to a poll.
pub const ANSWER_MAX: Duration = Duration::from_secs(1);

/// How often the log looks into the databases' outboxes while there is traffic.
pub const DRAIN_EVERY: Duration = Duration::from_secs(1);
