//! Measurements: asked of the metrics objects, and kept there.

pub mod alerts;
pub mod documents;
pub mod events;
pub mod read;
