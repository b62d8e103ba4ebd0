//! The site: what `forebay.toml` and `queries/` say, validated.
//!
//! [`site`] is what the Worker loads; everything else here reads text and runs in the native CLI only.

pub mod site;

#[cfg(not(target_arch = "wasm32"))]
pub mod compile;
#[cfg(not(target_arch = "wasm32"))]
pub mod diagnostic;
