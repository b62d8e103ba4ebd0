//! Queries for single keys that arrive together, gathered into one statement, and the rows dealt back
//! to the keys.
//!
//! A batch is open for its window or until it is full. Requests share one only if they differ in
//! nothing but the key. Nothing here waits: whoever opens a batch sets the timer, and runs it.

use super::place::Freshest;
use super::query::{Query, Repeat};
use crate::failure::{Failure, Kind};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::time::Duration;

/// `batch = { window = "10ms", max = 100 }` of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How long the first request waits for others.
    pub window: Duration,
    /// Keys in one statement.
    pub max: u16,
}

/// `-- batch: id` of a query: how it is asked for many keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Many {
    /// The parameter's index in [`Query::params`]. Its type there is that of one key; what is sent is
    /// an array.
    pub param: u16,
    /// The wrapped text. It yields two text columns: the key's place among those asked for, from 1,
    /// and the row as JSON. Postgres compares the keys, so their text need not be the same.
    pub text: String,
}

/// What the requests of one batch have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    pub query: String,
    /// The parameters' values, the key's left out.
    pub others: Vec<Option<String>>,
    pub repeat: Repeat,
    pub freshest: Freshest,
}

/// Splits one request's values into what it shares and its key. `None`: it is asked by itself.
pub fn split(
    query: &Query,
    values: &[Option<String>],
    repeat: Repeat,
    freshest: Freshest,
) -> Option<(Group, String)> {
    let at = usize::from(query.batch.as_ref()?.param);
    let key = values.get(at)?.clone()?;
    let mut others = values.to_vec();
    *others.get_mut(at)? = None;
    let group = Group {
        query: query.name.clone(),
        others,
        repeat,
        freshest,
    };
    Some((group, key))
}

/// The values as Postgres gets them: in the place of the key an array, of one key or of many.
pub fn values_for(
    query: &Query,
    values: &[Option<String>],
    keys: &[String],
) -> Vec<Option<String>> {
    let mut values = values.to_vec();
    let place = query.batch.as_ref().map(|many| usize::from(many.param));
    if let Some(value) = place.and_then(|place| values.get_mut(place)) {
        *value = Some(array(keys));
    }
    values
}

/// One request's values, put together again from what it shared and its key.
pub fn with_key(query: &Query, others: &[Option<String>], key: String) -> Vec<Option<String>> {
    let mut values = others.to_vec();
    let place = query.batch.as_ref().map(|many| usize::from(many.param));
    if let Some(value) = place.and_then(|place| values.get_mut(place)) {
        *value = Some(key);
    }
    values
}

/// One request's values as Postgres gets them. A key that is NULL is an array without one, which
/// finds as much as `= NULL` does.
pub fn single(query: &Query, values: &[Option<String>]) -> Vec<Option<String>> {
    let place = query.batch.as_ref().map(|many| usize::from(many.param));
    let key = place.and_then(|place| values.get(place)).cloned().flatten();
    values_for(query, values, key.as_slice())
}

/// An array literal. Every element is quoted, so none is read as syntax or as NULL.
fn array(keys: &[String]) -> String {
    let mut out = String::from("{");
    for (index, key) in keys.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push('"');
        for character in key.chars() {
            if matches!(character, '"' | '\\') {
                out.push('\\');
            }
            out.push(character);
        }
        out.push('"');
    }
    out.push('}');
    out
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BatchId(u64);

/// A closed batch: its keys, each once, and who waits for each.
#[derive(Debug)]
pub struct Batch<W> {
    pub group: Group,
    pub keys: Vec<String>,
    /// In the order of the keys.
    pub waiters: Vec<Vec<W>>,
}

#[derive(Debug)]
pub enum Added<W> {
    /// The first of its batch: close it after the window.
    Opened(BatchId),
    Joined,
    /// The batch is full: run it now.
    Full(Batch<W>),
    /// Too many wait.
    Refused,
}

/// The batches of one object.
#[derive(Debug)]
pub struct Batches<W> {
    open: HashMap<Group, Open<W>>,
    next: u64,
    waiting: usize,
    waiting_max: usize,
}

#[derive(Debug)]
struct Open<W> {
    id: BatchId,
    batch: Batch<W>,
    places: HashMap<String, usize>,
}

impl<W> Batches<W> {
    pub fn new(waiting_max: usize) -> Self {
        Self {
            open: HashMap::new(),
            next: 0,
            waiting: 0,
            waiting_max,
        }
    }

    /// How many batches are open.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Distinct keys in open batches.
    pub fn keys(&self) -> usize {
        self.open.values().map(|open| open.batch.keys.len()).sum()
    }

    pub fn add(&mut self, group: Group, key: String, waiter: W, settings: &Settings) -> Added<W> {
        if self.waiting >= self.waiting_max {
            return Added::Refused;
        }
        self.waiting += 1;
        let next = BatchId(self.next);
        let open = self
            .open
            .entry(group.clone())
            .or_insert_with(|| Open::new(next, group.clone()));
        open.add(key, waiter);
        let (id, keys) = (open.id, open.batch.keys.len());
        let is_first = id == next;
        if is_first {
            self.next += 1;
        }
        if keys >= usize::from(settings.max)
            && let Some(batch) = self.take(&group)
        {
            return Added::Full(batch);
        }
        if is_first {
            Added::Opened(id)
        } else {
            Added::Joined
        }
    }

    /// The window is over. `None`: the batch was full before.
    pub fn close(&mut self, id: BatchId) -> Option<Batch<W>> {
        let (group, _) = self.open.iter().find(|(_, open)| open.id == id)?;
        let group = group.clone();
        self.take(&group)
    }

    fn take(&mut self, group: &Group) -> Option<Batch<W>> {
        let batch = self.open.remove(group)?.batch;
        let waiters: usize = batch.waiters.iter().map(Vec::len).sum();
        self.waiting = self.waiting.saturating_sub(waiters);
        Some(batch)
    }
}

impl<W> Open<W> {
    fn new(id: BatchId, group: Group) -> Self {
        Self {
            id,
            batch: Batch {
                group,
                keys: Vec::new(),
                waiters: Vec::new(),
            },
            places: HashMap::new(),
        }
    }

    fn add(&mut self, key: String, waiter: W) {
        let place = *self.places.entry(key.clone()).or_insert_with(|| {
            self.batch.keys.push(key);
            self.batch.waiters.push(Vec::new());
            self.batch.keys.len() - 1
        });
        if let Some(waiters) = self.batch.waiters.get_mut(place) {
            waiters.push(waiter);
        }
    }
}

/// Rows of a place (from 1) and a JSON text, dealt to `count` keys: the first row of each, `None`
/// where there is none. A place that was not asked for is nobody's.
pub fn deal(count: usize, rows: impl Iterator<Item = (String, String)>) -> Vec<Option<String>> {
    let mut dealt = vec![None; count];
    for (place, json) in rows {
        let index = place.parse::<usize>().ok().and_then(|at| at.checked_sub(1));
        if let Some(slot @ None) = index.and_then(|index| dealt.get_mut(index)) {
            *slot = Some(json);
        }
    }
    dealt
}

/// Whether one key may be to blame for the whole statement's failure, so that each is asked by
/// itself. What the source failed at, it would fail at again.
pub fn may_be_one_keys(failure: &Failure) -> bool {
    match failure.kind {
        Kind::BadParameters
        | Kind::BadBody
        | Kind::NotFound
        | Kind::Conflict
        | Kind::Unprocessable
        | Kind::Internal => true,
        Kind::Unavailable
        | Kind::Timeout
        | Kind::BadGateway
        | Kind::TooManyTries
        | Kind::OnlyIfCached
        | Kind::Misconfigured
        | Kind::NoRoute
        | Kind::MethodNotAllowed
        | Kind::BadPath
        | Kind::BodyTooLarge
        | Kind::UnsupportedMediaType
        | Kind::Unauthorized => false,
    }
}

#[cfg(test)]
mod tests;
