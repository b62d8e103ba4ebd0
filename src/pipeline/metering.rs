//! Measurements: what of an outcome is counted, asked of the metrics objects, and kept there.

pub mod documents;
pub mod measure;
pub mod read;
