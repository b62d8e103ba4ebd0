//! What is measured, and what is made of it: every response, statement and contact with an origin adds
//! to a frame; frames of isolates, places and times merge into larger ones; summaries are read off them.
//!
//! Nothing is sampled: counts are exact, quantiles within a hundredth of the value.

pub mod buffer;
pub mod compare;
pub mod frame;
pub mod keeper;
pub mod message;
pub mod prometheus;
pub mod report;
pub mod scope;
pub mod sink;
pub mod sketch;
pub mod slots;
pub mod summary;
