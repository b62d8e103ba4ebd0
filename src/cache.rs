//! Stored responses: what is kept, its bytes, how fresh it is, and the memory layer.

pub mod freshness;
pub mod http;
pub mod memory;
pub mod receipt;
pub mod record;
pub mod refreshing;
pub mod seal;
pub mod stored;
pub mod tag_match;
pub mod tags;
