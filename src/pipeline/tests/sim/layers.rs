//! The layers outside an isolate: a colo's cache, and KV, which tells each colo late and out of order.

use super::clock::Chance;
use super::stats::Event;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// One data centre's Cache API.
#[derive(Debug, Default)]
pub struct Colo {
    records: RefCell<BTreeMap<String, (Vec<u8>, u64)>>,
    pub page: RefCell<Option<Vec<u8>>>,
}

impl Colo {
    pub fn get(&self, key: &str, now: u64) -> Option<Vec<u8>> {
        let records = self.records.borrow();
        let (bytes, until) = records.get(key)?;
        (*until > now).then(|| bytes.clone())
    }

    pub fn put(&self, key: String, bytes: Vec<u8>, until: u64) {
        self.records.borrow_mut().insert(key, (bytes, until));
    }

    /// It forgets when it likes.
    pub fn forget(&self, chance: &Chance) {
        let mut records = self.records.borrow_mut();
        records.retain(|_, _| !chance.one_in(2));
        if chance.one_in(2) {
            *self.page.borrow_mut() = None;
        }
    }
}

/// A value that was written to KV.
#[derive(Debug)]
struct Written {
    bytes: Vec<u8>,
    /// When each colo comes to see it.
    arrives: Vec<u64>,
    until: u64,
}

type Remembered = (Option<Vec<u8>>, u64);

/// Workers KV.
#[derive(Debug, Default)]
pub struct Kv {
    written: RefCell<BTreeMap<String, Vec<Written>>>,
    /// What a colo has read lately, absences too, and until when it gives that again.
    remembered: RefCell<BTreeMap<(usize, String), Remembered>>,
}

/// KV's `cacheTtl`, at least.
const REMEMBERED_MS: u64 = 30_000;
const LAG_MAX_MS: u64 = 90_000;

impl Kv {
    pub fn put(
        &self,
        key: String,
        bytes: Vec<u8>,
        from: usize,
        colos: usize,
        chance: &Chance,
        times: (u64, u64),
    ) {
        let (now, until) = times;
        let lag = |colo: usize| match chance.below(3) {
            _ if colo == from => 0,
            0 => chance.below(2_000),
            _ => chance.below(LAG_MAX_MS),
        };
        let arrives = (0..colos).map(|colo| now + lag(colo)).collect();
        let written = Written {
            bytes,
            arrives,
            until,
        };
        self.written
            .borrow_mut()
            .entry(key)
            .or_default()
            .push(written);
    }

    /// What a colo sees now, and what is remarkable about it.
    pub fn get(&self, key: &str, colo: usize, now: u64) -> (Option<Vec<u8>>, Option<Event>) {
        let name = (colo, key.to_owned());
        if let Some((value, until)) = self.remembered.borrow().get(&name)
            && *until > now
        {
            let event = value.is_none().then_some(Event::KvMissRemembered);
            return (value.clone(), event);
        }
        let (value, event) = self.arrived(key, colo, now);
        let mut remembered = self.remembered.borrow_mut();
        remembered.insert(name, (value.clone(), now + REMEMBERED_MS));
        (value, event)
    }

    fn arrived(&self, key: &str, colo: usize, now: u64) -> (Option<Vec<u8>>, Option<Event>) {
        let written = self.written.borrow();
        let Some(all) = written.get(key) else {
            return (None, None);
        };
        // The one that arrived last counts, whichever was written last.
        let arrived = all
            .iter()
            .enumerate()
            .filter(|(_, one)| one.arrives[colo] <= now);
        let Some((index, last)) = arrived.max_by_key(|(index, one)| (one.arrives[colo], *index))
        else {
            return (None, Some(Event::KvLagged));
        };
        let newer = &all[index + 1..];
        let event = match newer.iter().any(|one| one.arrives[colo] <= now) {
            true => Some(Event::KvReordered),
            false if newer.is_empty() => None,
            false => Some(Event::KvLagged),
        };
        ((last.until > now).then(|| last.bytes.clone()), event)
    }
}
