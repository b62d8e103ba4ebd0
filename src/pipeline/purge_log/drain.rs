//! Takes in what the databases' triggers have told.
//!
//! A row is numbered and noted in one step of the log's storage, then deleted from the outbox, then
//! forgotten. Whatever of these a crash leaves undone is done by the next drain, and no row is numbered
//! twice.

use super::Log;
use crate::failure::{Failure, Kind};
use crate::ports::purge_log::{LogPorts, OutboxRow};
use crate::purge::message::DrainReport;
use crate::purge::target::{Mode, Target};
use futures_util::FutureExt;
use futures_util::future::join_all;
use std::collections::HashSet;
use std::rc::Rc;

/// Rows that are taken at once.
const ROWS_MAX: u32 = 1000;

/// How often one drain goes on when there are more; the next one does the rest.
const ROUNDS_MAX: usize = 50;

impl<P: LogPorts> Log<P> {
    /// Drains every outbox: by the first run that begins from now on.
    pub(super) async fn drain(self: &Rc<Self>) -> DrainReport {
        if self.outboxes.is_empty() {
            return DrainReport::default();
        }
        let log = self.clone();
        let work = move || async move { log.drain_all().await }.boxed_local();
        let turn = self
            .drains
            .join(work, |turn| self.ports.spawn(turn.map(drop)));
        turn.await
    }

    async fn drain_all(&self) -> DrainReport {
        let began = self.ports.now();
        self.drain_began.set(Some(began));
        let mut report = DrainReport::default();
        // All at once: one that hangs must not keep what the others tell from being heard.
        let drains = self
            .outboxes
            .iter()
            .map(|database| self.drain_one(database));
        let drained = join_all(drains).await;
        for (database, drained) in self.outboxes.iter().zip(drained) {
            match drained {
                Ok(rows) => report.rows += rows,
                Err(failure) => report.failed.push((database.clone(), failure.internal)),
            }
        }
        if report.failed.is_empty() {
            self.drained_at.set(Some(began));
            self.drain_failed.set(None);
        } else {
            self.drain_failed.set(Some(self.ports.now()));
        }
        *self.last_drain.borrow_mut() = report.clone();
        report
    }

    async fn drain_one(&self, database: &str) -> Result<u64, Failure> {
        self.clear_taken(database).await?;
        let mut drained = 0;
        for _ in 0..ROUNDS_MAX {
            let rows = self.ports.outbox(database, ROWS_MAX).await?;
            drained += self.take(database, &rows)?;
            self.clear_taken(database).await?;
            if rows.len() < ROWS_MAX as usize {
                return Ok(drained);
            }
        }
        // Not to be taken for all that there is: whoever waits for it would be told too much.
        let why = format!("more than {drained} rows; the next drain goes on");
        Err(Failure::new(Kind::Unavailable, "").because(why))
    }

    /// Deletes what has its numbers from the outbox, also what a drain before left there, and forgets it.
    async fn clear_taken(&self, database: &str) -> Result<(), Failure> {
        let ids: Vec<i64> = {
            let taken = self.taken.borrow();
            let own = taken.iter().filter(|(of, _)| of == database);
            own.map(|(_, id)| *id).collect()
        };
        if ids.is_empty() {
            return Ok(());
        }
        self.ports.clear_outbox(database, &ids).await?;
        self.ports.forget_taken(database, &ids)?;
        let mut taken = self.taken.borrow_mut();
        for id in ids {
            taken.remove(&(database.to_owned(), id));
        }
        Ok(())
    }

    /// Numbers those rows that have no number yet. Rows that name the same thing get one number together:
    /// all of them were committed before it is given.
    fn take(&self, database: &str, rows: &[OutboxRow]) -> Result<u64, Failure> {
        let fresh: Vec<&OutboxRow> = {
            let taken = self.taken.borrow();
            let known = |row: &&OutboxRow| taken.contains(&(database.to_owned(), row.id));
            rows.iter().filter(|row| !known(row)).collect()
        };
        let mut seen = HashSet::new();
        let named = fresh.iter().filter(|row| seen.insert(row.tag.as_str()));
        let purges: Vec<(Target, Mode)> = named
            .map(|row| (Target::tagged(row.tag.clone()), Mode::Hard))
            .collect();
        let taken = fresh.iter().map(|row| (database.to_owned(), row.id));
        self.number(&purges, taken.collect())?;
        Ok(fresh.len() as u64)
    }
}
