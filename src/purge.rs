//! Which stored responses are void: numbered purges, the bounded index of them that the log and every
//! view of it hold, and the messages between the two.
//!
//! INVARIANT: validity compares sequence numbers alone, and all of them come from one log. The time that
//! a number tells is only used for how long something stale may still be served.

pub mod bookmark;
pub mod index;
pub mod marks;
pub mod message;
pub mod seq;
pub mod target;
pub mod view;
pub mod watch;
