//! The routes of a site in the order of matching.

use super::pattern::MethodPattern;
use serde::{Deserialize, Serialize};

/// Patterns, most specific first: the first that matches wins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    pattern: MethodPattern,
    /// Index of the route in the order of the file.
    route: u16,
}
