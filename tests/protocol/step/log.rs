//! Writers, the outbox and the log that drains it.

use super::super::model::Protocol;
use super::super::setup::{By, Draining, Mutation};
use super::super::state::{Batch, Bookmark, Drain, Purge, Row, State, Writer};
use forebay::purge::target::{Mode, Target};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A drain is its selection and then these, in this order; a crash may come between any two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DrainStep {
    /// New purges and the ids of their rows, in one transaction of the log's own storage.
    Append,
    Delete,
    Forget,
}

impl Protocol {
    fn drain_steps(&self) -> [DrainStep; 3] {
        use DrainStep::{Append, Delete, Forget};
        if self.has(Mutation::RowsDeletedBeforeAppend) {
            [Delete, Append, Forget]
        } else if self.has(Mutation::IdsForgottenBeforeDelete) {
            [Append, Forget, Delete]
        } else {
            [Append, Delete, Forget]
        }
    }

    pub(super) fn commit(&self, state: &mut State, writer: usize) {
        let key = self.setup.writes[writer].key;
        let version = state.database.versions[key.0] + 1;
        state.database.versions[key.0] = version;
        let row = Row {
            id: writer,
            key,
            version,
        };
        state.database.committed.insert(row);
        state.database.outbox.insert(row);
        state.writers[writer] = Writer::Committed(version);
        if self.setup.draining == Draining::OnCommit {
            self.select_rows(state);
        }
    }

    pub(super) fn ask_log(&self, state: &mut State, writer: usize) {
        let Writer::Committed(version) = state.writers[writer] else {
            return;
        };
        let joins = self.has(Mutation::DrainJoinedAfterSelect) && state.log.drain.is_some();
        state.writers[writer] = if joins {
            Writer::Selected(version)
        } else {
            Writer::Asked(version)
        };
    }

    /// Rows that were noted before a crash are deleted and forgotten with what is selected.
    pub(super) fn select_rows(&self, state: &mut State) {
        let outbox = &state.database.outbox;
        let rows_max = self.setup.drain_rows_max;
        let selected = outbox.iter().copied().take(rows_max);
        let rows = selected.chain(state.log.noted.iter().copied()).collect();
        let batch = if outbox.len() >= rows_max {
            Batch::Full
        } else {
            Batch::Last
        };
        for writer in &mut state.writers {
            if let Writer::Asked(version) = *writer {
                *writer = Writer::Selected(version);
            }
        }
        self.go_on(
            state,
            Drain {
                rows,
                batch,
                steps: 0,
            },
        );
    }

    /// A drain is over after its last step, or when there is nothing to do.
    fn go_on(&self, state: &mut State, drain: Drain) {
        if drain.rows.is_empty() || drain.steps == self.drain_steps().len() {
            self.release_writers(state, drain.batch);
        } else {
            state.log.drain = Some(drain);
            if self.setup.draining != Draining::Stepwise {
                self.continue_drain(state);
            }
        }
    }

    pub(super) fn continue_drain(&self, state: &mut State) {
        let Some(mut drain) = state.log.drain.take() else {
            return;
        };
        match self.drain_steps()[drain.steps] {
            DrainStep::Append => self.append_rows(state, &drain.rows),
            DrainStep::Delete => self.delete_rows(state, &drain.rows),
            DrainStep::Forget => state.log.noted.retain(|row| !drain.rows.contains(row)),
        }
        drain.steps += 1;
        self.go_on(state, drain);
    }

    /// Distinct targets, each once, for the rows that were not taken before.
    fn append_rows(&self, state: &mut State, rows: &BTreeSet<Row>) {
        let fresh = rows.iter().filter(|row| !state.log.noted.contains(row));
        let mut targets: BTreeMap<Target, BTreeSet<Row>> = BTreeMap::new();
        for row in fresh {
            for target in self.targets_of(row) {
                targets.entry(target).or_default().insert(*row);
            }
        }
        state.log.noted.extend(rows.iter().copied());
        let purges = targets.into_iter();
        append(
            state,
            purges.map(|(target, rows)| (target, Mode::Hard, rows)),
        );
    }

    /// A trigger names the tags of the row as it was and as it is.
    pub fn targets_of(&self, row: &Row) -> BTreeSet<Target> {
        let first = if self.has(Mutation::TriggerNamesNewTagsOnly) {
            row.version
        } else {
            row.version - 1
        };
        let tags = (first..=row.version).flat_map(|version| self.tags(row.key, version));
        tags.cloned().map(Target::Tag).collect()
    }

    fn delete_rows(&self, state: &mut State, rows: &BTreeSet<Row>) {
        let highest = rows.iter().map(|row| row.id).max();
        let by_range = self.has(Mutation::RowsDeletedByRange);
        state.database.outbox.retain(|row| {
            let in_range = by_range && Some(row.id) <= highest;
            !(in_range || rows.contains(row))
        });
    }

    /// A full batch may have left rows of theirs: they go on asking.
    fn release_writers(&self, state: &mut State, batch: Batch) {
        let stops = self.has(Mutation::DrainStopsAfterOneBatch);
        for writer in &mut state.writers {
            if let Writer::Selected(version) = *writer {
                *writer = match batch {
                    Batch::Full if !stops => Writer::Asked(version),
                    Batch::Full | Batch::Last => Writer::Drained(version),
                };
            }
        }
    }

    pub(super) fn answer_write(&self, state: &mut State, writer: usize) {
        let Writer::Drained(version) = state.writers[writer] else {
            return;
        };
        let write = self.setup.writes[writer];
        if write.by == By::RouteWithTemplates {
            let tags = self.tags(write.key, version).iter().cloned();
            append(
                state,
                tags.map(|tag| (Target::Tag(tag), Mode::Hard, BTreeSet::new())),
            );
        }
        let bookmark = Bookmark {
            seq: state.log.head(),
            wrote: Some((write.key, version)),
        };
        state.writers[writer] = Writer::Answered(bookmark);
    }

    pub(super) fn purge(&self, state: &mut State, operator: usize) {
        let (target, mode) = self.setup.purges[operator].clone();
        append(state, [(target, mode, BTreeSet::new())]);
        state.operators[operator] = Some(Bookmark {
            seq: state.log.head(),
            wrote: None,
        });
    }
}

/// One transaction of the log: a view knows all of it or nothing.
fn append(state: &mut State, purges: impl IntoIterator<Item = (Target, Mode, BTreeSet<Row>)>) {
    let mut known = state.log.known().clone();
    let covers = state.database.versions;
    for (target, mode, rows) in purges {
        known = known.and_purge(&target, mode);
        Arc::make_mut(&mut state.log.purges).push(Purge {
            target,
            mode,
            rows,
            covers,
        });
    }
    Arc::make_mut(&mut state.log.history).push(known);
}
