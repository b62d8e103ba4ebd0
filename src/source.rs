//! The pure parts of each source. For Postgres: what a named query is, how its text is read, and how
//! a request's values become its parameters.

pub mod bind;
pub mod param;
pub mod purge_list;
pub mod query;
pub mod refusal;
#[cfg(not(target_arch = "wasm32"))]
pub mod sql;
