//! Work that is done by time: which job is due, what has been missed, and what became of each run.
//!
//! Nothing here reads a clock or does the work. A run that comes late, twice or not at all loses and
//! doubles nothing, as each job makes anew what it makes, and the next run makes up for the missed one.

pub mod due;
pub mod publication;
pub mod runs;
