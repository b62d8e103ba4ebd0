//! The request path: the only place that knows the order of the stages.

pub mod admit;
pub mod answer;
pub mod fill;
pub mod lookup;
pub mod memory_lane;
pub mod metering;
pub mod operate;
pub mod origin;
pub mod plan;
pub mod purge_log;
pub mod refresh;
pub mod serve;
pub mod shield;
pub mod sight;
pub mod tell;
pub mod turns;
pub mod uncached;

#[cfg(test)]
mod tests;
