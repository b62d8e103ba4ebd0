//! Which route a method and a path belong to.

pub mod pattern;
pub mod table;
