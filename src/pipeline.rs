//! The request path: the only place that knows the order of the stages.

pub mod admit;
pub mod answer;
pub mod fill;
pub mod lookup;
pub mod memory_lane;
pub mod plan;
pub mod refresh;
pub mod serve;
pub mod uncached;

#[cfg(test)]
mod tests;
