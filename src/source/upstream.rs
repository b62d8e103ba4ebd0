//! The servers of one origin: which of them is asked next, by weight and by how they have answered.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One server of an origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// Scheme and authority, without a path.
    pub url: String,
    /// 1 to 1000: its part of the requests, against the sum of all.
    pub weight: u16,
}

/// When a server is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// So many failures in a row put it aside.
    pub failures: u16,
    /// For so long; then one request tries it.
    pub aside: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            failures: 3,
            aside: Duration::from_secs(10),
        }
    }
}
