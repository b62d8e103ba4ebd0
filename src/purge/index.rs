//! The purges that still matter, compacted: for each target, the latest. Bounded: when it is full, the
//! oldest are forgotten and everything from before them counts as purged, which invalidates too much
//! and never too little.

pub use super::marks::{Marks, Verdict};
use super::relief::Relief;
use super::seq::PurgeSeq;
use super::target::{Mode, Target, TargetKind};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    head: PurgeSeq,
    /// Everything with a lower number is void.
    hard_floor: PurgeSeq,
    /// Everything with a lower number is stale, nobody knows since when.
    soft_floor: PurgeSeq,
    marks: Tables,
    /// By their latest purge, to find the oldest and what is new.
    order: BTreeMap<PurgeSeq, Target>,
    /// How many prefixes there are of each length.
    prefix_lengths: BTreeMap<usize, usize>,
    targets_max: usize,
}

/// A table for each kind of target, so that a look needs no target of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tables {
    tags: HashMap<String, Marks>,
    keys: HashMap<String, Marks>,
    prefixes: HashMap<String, Marks>,
    /// Under the empty text.
    all: HashMap<String, Marks>,
}

impl Tables {
    fn of(&self, kind: TargetKind) -> &HashMap<String, Marks> {
        match kind {
            TargetKind::Tag => &self.tags,
            TargetKind::Key => &self.keys,
            TargetKind::Prefix => &self.prefixes,
            TargetKind::All => &self.all,
        }
    }

    fn of_mut(&mut self, kind: TargetKind) -> &mut HashMap<String, Marks> {
        match kind {
            TargetKind::Tag => &mut self.tags,
            TargetKind::Key => &mut self.keys,
            TargetKind::Prefix => &mut self.prefixes,
            TargetKind::All => &mut self.all,
        }
    }

    fn get(&self, target: &Target) -> Option<Marks> {
        self.of(target.kind()).get(target.text()).copied()
    }

    fn len(&self) -> usize {
        let kinds = TargetKind::EVERY.into_iter();
        kinds.map(|kind| self.of(kind).len()).sum()
    }
}

/// What an index knows that one that ends at `from` may not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Only a view that knows everything up to here may take it.
    pub from: PurgeSeq,
    pub head: PurgeSeq,
    pub hard_floor: PurgeSeq,
    pub soft_floor: PurgeSeq,
    pub marks: Vec<(Target, Marks)>,
    /// What the log has been told about sources that suffer.
    pub relief: Option<Relief>,
}

impl Index {
    /// `targets_max`: distinct targets that are kept apart, at least 1.
    pub fn new(targets_max: usize) -> Self {
        Self {
            head: PurgeSeq::ZERO,
            hard_floor: PurgeSeq::ZERO,
            soft_floor: PurgeSeq::ZERO,
            marks: Tables::default(),
            order: BTreeMap::new(),
            prefix_lengths: BTreeMap::new(),
            targets_max: targets_max.max(1),
        }
    }

    /// The number of the last purge.
    pub fn head(&self) -> PurgeSeq {
        self.head
    }

    /// How many targets are kept apart.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Everything with a lower number than these is void, or stale.
    pub fn floors(&self) -> (PurgeSeq, PurgeSeq) {
        (self.hard_floor, self.soft_floor)
    }

    /// Voids everything that was stored with a lower number: what a log that begins knows nothing of.
    pub fn void_before(&mut self, seq: PurgeSeq) {
        self.head = self.head.max(seq);
        self.hard_floor = self.hard_floor.max(seq);
        self.prune();
    }

    /// Adds a purge. INVARIANT: numbers rise; one that does not is known already and changes nothing.
    pub fn add(&mut self, seq: PurgeSeq, target: &Target, mode: Mode) {
        if seq <= self.head {
            return;
        }
        self.head = seq;
        if (target, mode) == (&Target::All, Mode::Hard) {
            self.hard_floor = seq;
            self.prune();
            return;
        }
        let mut marks = self.marks.get(target).unwrap_or_default();
        marks.add(mode, seq);
        self.put(target.clone(), marks);
        self.make_room();
    }

    /// What a purge of `target` comes to so far; for the log's storage.
    pub fn marks_of(&self, target: &Target) -> Option<Marks> {
        self.marks.get(target)
    }

    /// Takes marks as the log's storage or a delta gives them.
    pub fn put(&mut self, target: Target, marks: Marks) {
        self.head = self.head.max(marks.latest());
        let table = self.marks.of_mut(target.kind());
        match table.insert(target.text().to_owned(), marks) {
            Some(old) => {
                self.order.remove(&old.latest());
            }
            None => {
                if let Target::Prefix(prefix) = &target {
                    *self.prefix_lengths.entry(prefix.len()).or_default() += 1;
                }
            }
        }
        self.order.insert(marks.latest(), target);
    }

    /// Forgets the oldest until the bound holds.
    fn make_room(&mut self) {
        while self.marks.len() > self.targets_max {
            let Some((_, target)) = self.order.pop_first() else {
                return;
            };
            if let Some(marks) = self.forget(&target) {
                self.hard_floor = self.hard_floor.max(marks.hard);
                self.soft_floor = self.soft_floor.max(marks.soft);
            }
        }
    }

    /// Drops the oldest targets that the floors say more of than they do.
    fn prune(&mut self) {
        while let Some((_, target)) = self.order.first_key_value() {
            let target = target.clone();
            let said = self.marks.get(&target).is_none_or(|marks| {
                let soft_floor = self.soft_floor.max(self.hard_floor);
                marks.hard <= self.hard_floor && marks.soft <= soft_floor
            });
            if !said {
                return;
            }
            self.order.pop_first();
            self.forget(&target);
        }
    }

    fn forget(&mut self, target: &Target) -> Option<Marks> {
        let marks = self.marks.of_mut(target.kind()).remove(target.text())?;
        if let Target::Prefix(prefix) = target
            && let Some(count) = self.prefix_lengths.get_mut(&prefix.len())
        {
            *count -= 1;
            if *count == 0 {
                self.prefix_lengths.remove(&prefix.len());
            }
        }
        Some(marks)
    }

    /// What the purges say of an answer that was stored with `seq` under `key` with `tags`.
    pub fn verdict(&self, seq: PurgeSeq, key: &str, tags: &[String]) -> Verdict {
        // The usual case on a hit: nothing at all was purged since.
        if seq >= self.head {
            return Verdict::Valid;
        }
        let mut verdict = self.floor_verdict(seq);
        self.each_match(key, tags, &mut |_, _, marks| {
            verdict = verdict.and(marks.verdict(seq));
        });
        verdict
    }

    fn each_match(
        &self,
        key: &str,
        tags: &[String],
        see: &mut impl FnMut(TargetKind, &str, &Marks),
    ) {
        let mut look = |kind: TargetKind, text: &str| {
            if let Some(marks) = self.marks.of(kind).get(text) {
                see(kind, text, marks);
            }
        };
        look(TargetKind::All, "");
        look(TargetKind::Key, key);
        for tag in tags {
            look(TargetKind::Tag, tag);
            for length in self.prefix_lengths.keys() {
                if let Some(prefix) = tag.get(..*length) {
                    look(TargetKind::Prefix, prefix);
                }
            }
        }
    }

    /// The purges that matter to an answer, each with what it comes to; for `explain`.
    pub fn matching(&self, seq: PurgeSeq, key: &str, tags: &[String]) -> Vec<(Target, Marks)> {
        let mut found: Vec<(Target, Marks)> = Vec::new();
        self.each_match(key, tags, &mut |kind, text, marks| {
            let target = kind.target(text.to_owned());
            if marks.latest() > seq && !found.iter().any(|(known, _)| *known == target) {
                found.push((target, *marks));
            }
        });
        found
    }

    fn floor_verdict(&self, seq: PurgeSeq) -> Verdict {
        if seq < self.hard_floor {
            return Verdict::Hard {
                latest: self.hard_floor.max(self.soft_floor),
            };
        }
        if seq < self.soft_floor {
            return Verdict::Soft {
                since: Timestamp::from_millis(0),
                first: seq.successor(),
                latest: self.soft_floor,
            };
        }
        Verdict::Valid
    }

    /// The lowest number that is a target's latest; the head, when no target is kept apart.
    pub fn oldest(&self) -> PurgeSeq {
        self.order.keys().next().copied().unwrap_or(self.head)
    }

    /// What was purged after `from`, for a view that ends there.
    pub fn since(&self, from: PurgeSeq) -> Delta {
        let newer = self.order.range(from.successor()..);
        let marks = newer.filter_map(|(_, target)| {
            let marks = self.marks.get(target)?;
            Some((target.clone(), marks))
        });
        Delta {
            from,
            head: self.head,
            hard_floor: self.hard_floor,
            soft_floor: self.soft_floor,
            marks: marks.collect(),
            relief: None,
        }
    }

    /// The number that at most `count` targets are newer than.
    pub fn tail(&self, count: usize) -> PurgeSeq {
        let before = self.order.keys().rev().nth(count);
        before.copied().unwrap_or(PurgeSeq::ZERO)
    }

    /// Takes in what another index knows. False: there is a gap between the two, so nothing was taken.
    pub fn merge(&mut self, delta: &Delta) -> Merged {
        if delta.from > self.head {
            return Merged::Gap;
        }
        if delta.head <= self.head {
            return Merged::Taken;
        }
        for (target, marks) in &delta.marks {
            self.put(target.clone(), *marks);
        }
        self.head = self.head.max(delta.head);
        self.hard_floor = self.hard_floor.max(delta.hard_floor);
        self.soft_floor = self.soft_floor.max(delta.soft_floor);
        self.prune();
        self.make_room();
        Merged::Taken
    }
}

/// What became of a delta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    Taken,
    /// It begins after the last purge that is known; what lies between may matter.
    Gap,
}

#[cfg(test)]
mod tests;
