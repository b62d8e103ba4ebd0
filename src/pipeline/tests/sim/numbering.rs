//! What must hold of the log's storage: numbers rise strictly, and every outbox row gets one, once.

use super::invariants::{Judge, Purge};
use super::world::Sim;
use crate::ports::purge_log::{Change, Kept};
use crate::purge::seq::PurgeSeq;
use crate::purge::target::{Mode, Target};
use std::collections::BTreeSet;

impl Judge {
    pub fn all_numbered(&self, told: &BTreeSet<i64>) -> bool {
        *self.numbered.borrow() == *told
    }

    /// The log's storage takes a change: numbers rise, and each outbox row gets one, once, in order.
    pub fn kept(&self, world: &Sim, before: Option<&Kept>, change: &Change) {
        let head = before.map_or(PurgeSeq::ZERO, |kept| kept.head);
        let highest = self
            .purges
            .borrow()
            .last()
            .map_or(head, |purge| purge.seq.max(head));
        if change.head < highest || (!change.marks.is_empty() && change.head == highest) {
            let told = format!("the log gives {} after {highest}", change.head);
            self.blame(world, told);
        }
        self.kept_rows(world, change);
        let mut new: Vec<Purge> = Vec::new();
        for (target, marks) in &change.marks {
            for (seq, mode) in [(marks.hard, Mode::Hard), (marks.soft, Mode::Soft)] {
                let target = target.clone();
                new.push(Purge {
                    seq,
                    target,
                    mode,
                    at: world.now(),
                });
            }
        }
        let everything = Purge {
            seq: change.hard_floor,
            target: Target::All,
            mode: Mode::Hard,
            at: world.now(),
        };
        new.push(everything);
        new.retain(|purge| purge.seq > highest);
        new.sort_by_key(|purge| purge.seq);
        for purge in &new {
            world.say(|| format!("log: {} {:?} {:?}", purge.seq, purge.mode, purge.target));
        }
        self.purges.borrow_mut().extend(new);
    }

    fn kept_rows(&self, world: &Sim, change: &Change) {
        let mut last = 0;
        for (_, id) in &change.taken {
            if !self.numbered.borrow_mut().insert(*id) {
                self.blame(world, format!("outbox row {id} is numbered twice"));
            }
            if *id < last {
                self.blame(world, format!("outbox row {id} is numbered after {last}"));
            }
            last = *id;
        }
    }
}
