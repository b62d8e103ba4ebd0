//! Forebay: an edge cache and origin shield for Cloudflare Workers. ARCHITECTURE.md is the map.
//!
//! A pure core decides, the pipeline sequences, the platform performs. Modules are declared from
//! the bottom level up; `tests/levels.rs` fails on an import that points up.

// Level 0
pub mod failure;
pub mod time;

// Level 1
pub mod outcome;
pub mod purge;
pub mod route;
pub mod semantics;

// Level 2
pub mod key;
pub mod metrics;
pub mod policy;
pub mod source;

// Level 3
pub mod alert;
pub mod cache;
pub mod shield;

// Level 4
pub mod config;

// Level 5
pub mod respond;

// Level 6
pub mod ports;

// Level 7
pub mod admin;
pub mod jobs;
pub mod pipeline;

// Level 8
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
#[cfg(target_arch = "wasm32")]
mod platform;
#[cfg(test)]
mod typescript;
