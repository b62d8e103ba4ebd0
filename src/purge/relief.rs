//! Relief for sources that suffer: while it lasts, stale answers are served longer and refreshed less. It
//! travels with the purge log's answers, since every isolate asks for those anyway, and ends by itself.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relief {
    /// It is over then, unless somebody renews it.
    pub until: Timestamp,
    /// How long past its freshness an answer may be served at once.
    pub stretch_max: Duration,
}

impl Relief {
    pub fn is_on(self, now: Timestamp) -> bool {
        now < self.until
    }
}
