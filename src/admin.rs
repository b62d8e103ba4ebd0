//! The operator's side: health.

pub mod health;
