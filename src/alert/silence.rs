//! Silences: for how long nobody is told of an alert.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Unique on the board.
    pub id: String,
    /// The alert's name.
    pub alert: String,
    pub since: Timestamp,
    /// From then on it is over.
    pub until: Timestamp,
    pub reason: String,
}

impl Silence {
    pub fn is_active(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

/// Until when an alert is silenced, if it is.
pub fn silenced_until(silences: &[Silence], alert: &str, now: Timestamp) -> Option<Timestamp> {
    silences
        .iter()
        .filter(|silence| silence.alert == alert && silence.is_active(now))
        .map(|silence| silence.until)
        .max()
}
