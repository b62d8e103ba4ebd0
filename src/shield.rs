//! One fill per key: the messages between the edge and a shield object, and which requests share a
//! fill.

pub mod alike;
pub mod fills;
pub mod message;
