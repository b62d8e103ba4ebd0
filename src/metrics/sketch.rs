//! Durations as a `DDSketch`: quantiles within 1 % of the value, and merging loses nothing.

use serde::{Deserialize, Serialize};
use sketches_ddsketch::{Config, DDSketch};

/// Relative error of a quantile.
pub const ERROR: f64 = 0.01;

/// With an error of 1 % so many bins span from 0.1 ms to days.
const BINS_MAX: u32 = 1024;

/// Nothing is told apart below this, in ms.
const LEAST_MS: f64 = 0.1;

/// Durations in milliseconds.
#[derive(Clone, Serialize, Deserialize)]
pub struct Sketch(DDSketch);

impl Default for Sketch {
    fn default() -> Self {
        Self(DDSketch::new(Config::new(ERROR, BINS_MAX, LEAST_MS)))
    }
}

impl std::fmt::Debug for Sketch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Sketch of {}", self.0.count())
    }
}
