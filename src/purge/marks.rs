//! What the purges of one target come to, and what they say of a stored response.

use super::seq::PurgeSeq;
use super::target::Mode;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What the purges of one target come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// The latest hard purge.
    pub hard: PurgeSeq,
    /// The latest soft purge.
    pub soft: PurgeSeq,
    /// The soft purge before that.
    pub soft_before: PurgeSeq,
    /// The first soft purge that is known of: answers from before `soft_before` are stale since then,
    /// or since later, which is not known.
    pub soft_first: PurgeSeq,
}

/// What the purges say of a stored response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Valid,
    /// Stale since `since`. No purge that matters here has a number below `first`; the last is `latest`.
    Soft {
        since: Timestamp,
        first: PurgeSeq,
        latest: PurgeSeq,
    },
    /// Void. The last purge that matters here is `latest`.
    Hard {
        latest: PurgeSeq,
    },
}

impl Marks {
    /// The latest of them, of either mode.
    pub fn latest(&self) -> PurgeSeq {
        self.hard.max(self.soft)
    }

    pub(super) fn add(&mut self, mode: Mode, seq: PurgeSeq) {
        match mode {
            Mode::Hard => self.hard = seq,
            Mode::Soft => {
                self.soft_before = self.soft;
                self.soft = seq;
                if self.soft_first == PurgeSeq::ZERO {
                    self.soft_first = seq;
                }
            }
        }
    }

    /// What they say of an answer that was stored with `seq`.
    pub fn verdict(&self, seq: PurgeSeq) -> Verdict {
        if self.hard > seq {
            return Verdict::Hard {
                latest: self.latest(),
            };
        }
        if self.soft <= seq {
            return Verdict::Valid;
        }
        let known = seq >= self.soft_before;
        let (since, first) = if known {
            (self.soft, self.soft)
        } else {
            // Purges between the first and the one before the last are forgotten: any may matter.
            (self.soft_first, seq.successor())
        };
        Verdict::Soft {
            since: since.at(),
            first,
            latest: self.soft,
        }
    }
}

impl Verdict {
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Valid, verdict) | (verdict, Self::Valid) => verdict,
            (
                Self::Soft {
                    since,
                    first,
                    latest,
                },
                Self::Soft {
                    since: other_since,
                    first: other_first,
                    latest: other_latest,
                },
            ) => Self::Soft {
                since: since.min(other_since),
                first: first.min(other_first),
                latest: latest.max(other_latest),
            },
            (Self::Hard { latest }, other) | (other, Self::Hard { latest }) => Self::Hard {
                latest: latest.max(other.latest().unwrap_or_default()),
            },
        }
    }

    /// The last purge that matters; `None` when none does.
    pub fn latest(self) -> Option<PurgeSeq> {
        match self {
            Self::Valid => None,
            Self::Soft { latest, .. } | Self::Hard { latest } => Some(latest),
        }
    }
}
