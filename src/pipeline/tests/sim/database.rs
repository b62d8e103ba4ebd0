//! The database: rows with versions, commits that write their outbox rows atomically, and the outbox.

use super::site::{ITEMS, Subject, group_of, group_tag, item_tag};
use crate::ports::purge_log::OutboxRow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// What one commit made of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Of the whole database: the later commit has the higher one.
    pub number: u64,
    /// True time of the commit.
    pub at: u64,
    pub row: Row,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    Present,
    Deleted,
}

/// Numbers of outbox rows that a transaction has drawn and will commit with.
#[derive(Clone, Copy, Debug)]
pub struct Drawn([i64; 2]);

#[derive(Debug)]
pub struct Database {
    items: RefCell<Vec<Vec<Version>>>,
    commits: Cell<u64>,
    drawn: Cell<i64>,
    outbox: RefCell<BTreeMap<i64, String>>,
    /// Every row that ever was in the outbox.
    pub told: RefCell<BTreeSet<i64>>,
}

impl Database {
    pub fn new(now: u64) -> Self {
        let first = Version {
            number: 0,
            at: now,
            row: Row::Present,
        };
        Self {
            items: RefCell::new(vec![vec![first]; ITEMS]),
            commits: Cell::new(0),
            drawn: Cell::new(0),
            outbox: RefCell::default(),
            told: RefCell::default(),
        }
    }

    /// Sequences are not transactional: a lower number may be committed later.
    pub fn draw(&self) -> Drawn {
        let first = self.drawn.get() + 1;
        self.drawn.set(first + 1);
        Drawn([first, first + 1])
    }

    /// Changes an item, and tells so in the same transaction.
    pub fn commit(&self, item: usize, row: Row, drawn: Drawn, now: u64) -> u64 {
        let number = self.commits.get() + 1;
        self.commits.set(number);
        self.items.borrow_mut()[item].push(Version {
            number,
            at: now,
            row,
        });
        let tags = [item_tag(item), group_tag(group_of(item))];
        for (id, tag) in drawn.0.into_iter().zip(tags) {
            self.outbox.borrow_mut().insert(id, tag);
            self.told.borrow_mut().insert(id);
        }
        number
    }

    /// What was committed by then about a subject: the highest version, and whether there is anything.
    pub fn version_at(&self, subject: Subject, at: u64) -> (u64, Row) {
        let items = self.items.borrow();
        let versions = subject.items().into_iter().map(|item| {
            let mut known = items[item].iter().rev();
            *known
                .find(|version| version.at <= at)
                .unwrap_or(&items[item][0])
        });
        let last = versions.max_by_key(|version| version.number).unwrap();
        match subject {
            Subject::Item(_) | Subject::Brief(_) | Subject::Private(_) => (last.number, last.row),
            Subject::Group(_) => (last.number, Row::Present),
        }
    }

    /// When the first version after this one was committed.
    pub fn outdated_at(&self, subject: Subject, version: u64) -> Option<u64> {
        let items = self.items.borrow();
        let later = subject
            .items()
            .into_iter()
            .flat_map(|item| items[item].clone());
        later
            .filter(|known| known.number > version)
            .map(|known| known.at)
            .min()
    }

    pub fn outbox(&self, rows_max: u32) -> Vec<OutboxRow> {
        let outbox = self.outbox.borrow();
        let rows = outbox.iter().take(rows_max as usize);
        rows.map(|(id, tag)| OutboxRow {
            id: *id,
            tag: tag.clone(),
        })
        .collect()
    }

    pub fn clear_outbox(&self, ids: &[i64]) {
        let mut outbox = self.outbox.borrow_mut();
        for id in ids {
            outbox.remove(id);
        }
    }
}
