//! Measurements: what of an outcome is counted, asked of the metrics objects, and kept there.

pub mod alerts;
pub mod documents;
pub mod events;
pub mod measure;
pub mod read;
pub mod sources;
