//! The site: what `forebay.toml` and `queries/` say, validated.
//!
//! [`site`] is what the Worker loads; everything else here reads text and runs in the native CLI
//! only. [`compile`] is the entry: texts in, a [`site::Site`] or every problem out.

pub mod site;

#[cfg(not(target_arch = "wasm32"))]
mod alerts;
#[cfg(not(target_arch = "wasm32"))]
pub mod compile;
#[cfg(not(target_arch = "wasm32"))]
mod cors;
#[cfg(not(target_arch = "wasm32"))]
mod databases;
#[cfg(not(target_arch = "wasm32"))]
pub mod described;
#[cfg(not(target_arch = "wasm32"))]
pub mod diagnostic;
#[cfg(not(target_arch = "wasm32"))]
mod fields;
#[cfg(not(target_arch = "wasm32"))]
mod limits;
#[cfg(not(target_arch = "wasm32"))]
mod listings;
#[cfg(not(target_arch = "wasm32"))]
mod log;
#[cfg(not(target_arch = "wasm32"))]
mod metrics;
#[cfg(not(target_arch = "wasm32"))]
mod names;
#[cfg(not(target_arch = "wasm32"))]
mod origins;
#[cfg(not(target_arch = "wasm32"))]
mod protection;
#[cfg(not(target_arch = "wasm32"))]
mod purge;
#[cfg(not(target_arch = "wasm32"))]
pub mod queries;
#[cfg(not(target_arch = "wasm32"))]
mod reader;
#[cfg(not(target_arch = "wasm32"))]
mod routes;
#[cfg(not(target_arch = "wasm32"))]
mod shield;
#[cfg(not(target_arch = "wasm32"))]
mod tiers;
pub mod units;
#[cfg(not(target_arch = "wasm32"))]
mod warm;
