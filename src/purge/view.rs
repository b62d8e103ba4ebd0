//! What one isolate or shield object knows of the log, and how old that knowledge is.

use super::index::{Delta, Index, Merged, Verdict};
use super::relief::Relief;
use super::seq::PurgeSeq;
use crate::time::Timestamp;
use std::time::Duration;

/// See the module.
#[derive(Clone, Debug)]
pub struct View {
    index: Index,
    /// When the question whose answer is the latest one was asked; `None`: nothing is known yet.
    as_of: Option<Timestamp>,
    relief: Option<Relief>,
}

/// How old a view may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// Older than this it is renewed, behind the answers that it still gives.
    pub poll: Duration,
    /// Older than this it gives none.
    pub max: Duration,
}

/// Whether a view may tell that something is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Currency {
    Current,
    /// It may, but is to be renewed.
    Aging,
    /// It may not.
    Outdated,
}

impl View {
    pub fn new(targets_max: usize) -> Self {
        Self {
            index: Index::new(targets_max),
            as_of: None,
            relief: None,
        }
    }

    pub fn head(&self) -> PurgeSeq {
        self.index.head()
    }

    pub fn index(&self) -> &Index {
        &self.index
    }

    pub fn as_of(&self) -> Option<Timestamp> {
        self.as_of
    }

    pub fn currency(&self, lag: Lag, now: Timestamp) -> Currency {
        // A clock that was set back makes a view look younger than it is; the other way is harmless.
        let Some(age) = self.as_of.map(|as_of| now.since(as_of)) else {
            return Currency::Outdated;
        };
        if age <= lag.poll {
            Currency::Current
        } else if age <= lag.max {
            Currency::Aging
        } else {
            Currency::Outdated
        }
    }

    pub fn verdict(&self, seq: PurgeSeq, key: &str, tags: &[String]) -> Verdict {
        self.index.verdict(seq, key, tags)
    }

    /// The relief that is on, as far as this view has heard.
    pub fn relief(&self, now: Timestamp) -> Option<Relief> {
        self.relief.filter(|relief| relief.is_on(now))
    }

    /// Takes in what the log answered to a question asked at `asked`.
    pub fn take(&mut self, delta: &Delta, asked: Timestamp) -> Merged {
        let merged = self.index.merge(delta);
        if merged == Merged::Taken {
            if Some(asked) >= self.as_of {
                self.relief = delta.relief;
            }
            self.as_of = self.as_of.max(Some(asked));
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use super::super::target::{Mode, Target};
    use super::*;

    const LAG: Lag = Lag {
        poll: Duration::from_secs(1),
        max: Duration::from_secs(2),
    };

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn a_view_ages_from_the_moment_its_question_was_asked() {
        let mut view = View::new(10);
        assert_eq!(view.currency(LAG, at(5_000)), Currency::Outdated);
        assert_eq!(view.take(&Delta::default(), at(5_000)), Merged::Taken);
        for (now, expected) in [
            (5_000, Currency::Current),
            (6_000, Currency::Current),
            (6_001, Currency::Aging),
            (7_000, Currency::Aging),
            (7_001, Currency::Outdated),
        ] {
            assert_eq!(view.currency(LAG, at(now)), expected, "{now}");
        }
    }

    #[test]
    fn an_older_answer_that_comes_late_does_not_make_the_view_older_or_poorer() {
        let mut log = Index::new(10);
        log.add(PurgeSeq(1), &Target::Tag("a".into()), Mode::Hard);
        let late = log.since(PurgeSeq::ZERO);
        log.add(PurgeSeq(2), &Target::Tag("b".into()), Mode::Hard);
        let mut view = View::new(10);
        view.take(&log.since(PurgeSeq::ZERO), at(20));
        view.take(&late, at(10));
        assert_eq!((view.head(), view.as_of()), (PurgeSeq(2), Some(at(20))));
    }

    #[test]
    fn a_delta_with_a_gap_before_it_makes_nothing_current() {
        let mut view = View::new(10);
        let delta = Delta {
            from: PurgeSeq(5),
            head: PurgeSeq(9),
            ..Delta::default()
        };
        assert_eq!(view.take(&delta, at(1)), Merged::Gap);
        assert_eq!((view.head(), view.as_of()), (PurgeSeq::ZERO, None));
    }

    #[test]
    fn relief_is_what_the_latest_answer_said_and_ends_by_itself() {
        let relief = Relief {
            until: at(9_000),
            stretch_max: Duration::from_secs(3600),
        };
        let told = |relief| Delta {
            relief,
            ..Delta::default()
        };
        let mut view = View::new(10);
        view.take(&told(Some(relief)), at(2_000));
        assert_eq!(view.relief(at(8_999)), Some(relief));
        assert_eq!(view.relief(at(9_000)), None);
        view.take(&told(None), at(1_000));
        assert_eq!(
            view.relief(at(3_000)),
            Some(relief),
            "an older answer came late"
        );
        view.take(&told(None), at(3_000));
        assert_eq!(view.relief(at(3_000)), None);
    }
}
