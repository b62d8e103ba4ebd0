//! The real index of purges, as a part of a state: cheap to clone and hashed by all that it says.

use super::setup::Mutation;
use forebay::purge::index::{Delta, Index, Verdict};
use forebay::purge::seq::PurgeSeq;
use forebay::purge::target::{Mode, Target};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// What the log or one view knows.
#[derive(Clone)]
pub struct Known {
    index: Arc<Index>,
    /// Of everything that the index says: computed once, because states are hashed far more often than
    /// indexes change.
    fingerprint: u64,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (hard, soft) = self.index.floors();
        write!(out, "up to {} (floors {hard}, {soft})", self.head())
    }
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.index, &other.index) || self.index == other.index
    }
}

impl Eq for Known {}

impl Hash for Known {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.fingerprint.hash(hasher);
    }
}

impl Known {
    pub fn nothing(targets_max: usize) -> Self {
        Self::from(Index::new(targets_max))
    }

    pub fn head(&self) -> PurgeSeq {
        self.index.head()
    }

    pub fn verdict(&self, seq: PurgeSeq, key: &str, tags: &[String]) -> Verdict {
        self.index.verdict(seq, key, tags)
    }

    /// With one purge more, under the next number.
    pub fn and_purge(&self, target: &Target, mode: Mode) -> Self {
        let mut index = Index::clone(&self.index);
        index.add(self.head().successor(), target, mode);
        Self::from(index)
    }

    /// A view that takes in what the log knew when it was asked.
    pub fn and_all_of(&self, log: &Self, mutation: Option<Mutation>) -> Self {
        let mut delta = log.index.since(self.head());
        if mutation == Some(Mutation::CollapseWithoutFloor) {
            delta.hard_floor = PurgeSeq::ZERO;
            delta.soft_floor = PurgeSeq::ZERO;
        }
        let mut index = Index::clone(&self.index);
        index.merge(&delta);
        Self::from(index)
    }
}

impl From<Index> for Known {
    fn from(index: Index) -> Self {
        Self {
            fingerprint: fingerprint(&index.since(PurgeSeq::ZERO)),
            index: Arc::new(index),
        }
    }
}

/// The delta from the beginning is the whole index: its order and its prefixes follow from the marks.
fn fingerprint(all: &Delta) -> u64 {
    let mut hasher = DefaultHasher::new();
    (all.head, all.hard_floor, all.soft_floor).hash(&mut hasher);
    for (target, marks) in &all.marks {
        target.hash(&mut hasher);
        (marks.hard, marks.soft, marks.soft_before, marks.soft_first).hash(&mut hasher);
    }
    hasher.finish()
}
