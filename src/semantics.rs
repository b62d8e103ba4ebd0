//! What the HTTP RFCs say, as functions of values.

pub mod accept_encoding;
pub mod conditional;
pub mod connection;
pub mod entity_tag;
pub mod fields;
pub mod forwarding;
pub mod freshen;
pub mod preconditions;
pub mod range;
pub mod request;
pub mod revalidation;
pub mod validators;
pub mod vary;
