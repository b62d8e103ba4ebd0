//! The pure parts of each source. For Postgres: what a named query is, how its text is read, how a
//! request's values become its parameters, and what protects the database: pool, breaker, retry,
//! batch, and the choice between primary and replica.

pub mod batch;
pub mod bind;
pub mod breaker;
pub mod examination;
pub mod fetch;
pub mod image;
pub mod param;
pub mod place;
pub mod pool;
pub mod purge_list;
pub mod query;
pub mod refusal;
pub mod retry;
#[cfg(not(target_arch = "wasm32"))]
pub mod sql;
pub mod upstream;
