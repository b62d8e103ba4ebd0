//! The memory layer of one isolate: a map bounded in bytes, whose eviction a scan cannot upset.
//!
//! S3-FIFO (Yang and others, "FIFO queues are all you need for cache eviction", SOSP 2023). What comes
//! in enters a *small* queue, a tenth of the room; what has been asked for again by the time it reaches
//! the end of that queue moves to the *main* one, and the rest leaves. A *ghost* queue remembers the
//! hashes of the keys that left lately: one that comes back goes to the main queue at once. So keys
//! that are asked for once pass through the small queue and never push anything out of the main one.

mod ghosts;
mod queue;

use ghosts::Ghosts;
use queue::{EntryId, Queue};
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::rc::Rc;

/// What an entry costs beside its key and value: its places in the maps and queues.
pub const ENTRY_OVERHEAD_BYTES: u64 = 256;
/// Touches are counted up to here: more would only keep what was hot long ago.
const TOUCHES_MAX: u8 = 3;
/// Touches that an entry needs on its way through the small queue to be kept.
const TOUCHES_TO_STAY: u8 = 2;

/// A bounded map from keys to values of kind `V`.
///
/// INVARIANT: after every call, the weights of all entries together are at most `bytes_max`. The weight
/// of an entry is what its caller said, plus its key, plus [`ENTRY_OVERHEAD_BYTES`].
#[derive(Debug)]
pub struct Memory<V> {
    entries: HashMap<Rc<str>, Entry<V>>,
    /// The keys of all entries. An id that is in a queue but not here was removed.
    keys: HashMap<EntryId, Rc<str>>,
    small: Queue,
    main: Queue,
    ghosts: Ghosts,
    next_id: u64,
    bytes_max: u64,
    evicted: u64,
    refused: u64,
}

#[derive(Debug)]
struct Entry<V> {
    id: EntryId,
    value: V,
    weight: u64,
    touches: u8,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Small,
    Main,
}

/// What became of an insertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    Stored,
    /// Stored in the place of an older value.
    Replaced,
    /// Heavier than an eighth of the whole. An older value under the key is gone all the same.
    TooLarge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryStats {
    pub entries: usize,
    /// The weights of all entries together.
    pub bytes: u64,
    pub bytes_max: u64,
    /// Entries that had to leave for others, since the beginning.
    pub evicted: u64,
    /// Insertions refused for their size, since the beginning.
    pub refused: u64,
}

impl<V> Memory<V> {
    pub fn new(bytes_max: u64) -> Self {
        Self {
            entries: HashMap::new(),
            keys: HashMap::new(),
            small: Queue::default(),
            main: Queue::default(),
            ghosts: Ghosts::default(),
            next_id: 0,
            // Half the numbers are room enough, and leave sums of weights no way to overflow.
            bytes_max: bytes_max.min(u64::MAX / 2),
            evicted: 0,
            refused: 0,
        }
    }

    /// The value under `key`. It counts as a use.
    pub fn get(&mut self, key: &str) -> Option<&V> {
        let entry = self.entries.get_mut(key)?;
        entry.touches = (entry.touches + 1).min(TOUCHES_MAX);
        Some(&entry.value)
    }

    /// The value under `key`, without its counting as a use.
    pub fn peek(&self, key: &str) -> Option<&V> {
        Some(&self.entries.get(key)?.value)
    }

    /// Whether a value of `bytes` under `key` is light enough to be stored.
    pub fn takes(&self, key: &str, bytes: u64) -> bool {
        weight(key, bytes) <= self.weight_max()
    }

    /// Puts a value of `bytes` under `key`. A refreshed value keeps its place and its uses.
    pub fn insert(&mut self, key: &str, value: V, bytes: u64) -> Admission {
        let weight = weight(key, bytes);
        if !self.takes(key, bytes) {
            self.remove(key);
            self.refused += 1;
            return Admission::TooLarge;
        }
        if let Some(entry) = self.entries.get_mut(key) {
            entry.value = value;
            self.set_weight(key, weight);
            return Admission::Replaced;
        }
        let place = self.place_for(key);
        self.make_room(weight, None);
        self.admit(key, value, weight, place);
        Admission::Stored
    }

    /// Says that the value under `key` has come to take `bytes`. One that has grown past an eighth of
    /// the whole is evicted.
    pub fn reweigh(&mut self, key: &str, bytes: u64) {
        let weight = weight(key, bytes);
        if weight <= self.weight_max() {
            self.set_weight(key, weight);
        } else if self.remove(key).is_some() {
            self.evicted += 1;
        }
    }

    pub fn remove(&mut self, key: &str) -> Option<V> {
        let entry = self.entries.remove(key)?;
        self.keys.remove(&entry.id);
        let queue = match entry.place {
            Place::Small => &mut self.small,
            Place::Main => &mut self.main,
        };
        queue.forget(entry.weight, |id| self.keys.contains_key(&id));
        Some(entry.value)
    }

    pub fn stats(&self) -> MemoryStats {
        MemoryStats {
            entries: self.entries.len(),
            bytes: self.bytes(),
            bytes_max: self.bytes_max,
            evicted: self.evicted,
            refused: self.refused,
        }
    }

    pub fn bytes(&self) -> u64 {
        self.small.bytes() + self.main.bytes()
    }

    /// So that one value cannot push out everything else.
    fn weight_max(&self) -> u64 {
        self.bytes_max / 8
    }

    /// Where a new entry begins.
    fn place_for(&mut self, key: &str) -> Place {
        let hash = self.hash(key);
        if self.ghosts.take(hash) {
            Place::Main
        } else {
            Place::Small
        }
    }

    fn admit(&mut self, key: &str, value: V, weight: u64, place: Place) {
        let id = EntryId(self.next_id);
        self.next_id += 1;
        self.queue(place).push(id, weight);
        let key: Rc<str> = Rc::from(key);
        self.keys.insert(id, Rc::clone(&key));
        let entry = Entry {
            id,
            value,
            weight,
            touches: 0,
            place,
        };
        self.entries.insert(key, entry);
    }

    fn queue(&mut self, place: Place) -> &mut Queue {
        match place {
            Place::Small => &mut self.small,
            Place::Main => &mut self.main,
        }
    }

    fn hash(&self, key: &str) -> u64 {
        self.entries.hasher().hash_one(key)
    }

    fn set_weight(&mut self, key: &str, weight: u64) {
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        let (id, place) = (entry.id, entry.place);
        let before = std::mem::replace(&mut entry.weight, weight);
        self.queue(place).reweigh(before, weight);
        self.make_room(0, Some(id));
    }

    /// Evicts until `weight` more fits. `spare` stays: it is being refreshed.
    fn make_room(&mut self, weight: u64, spare: Option<EntryId>) {
        while self.bytes() > self.bytes_max - weight.min(self.bytes_max) {
            if !self.evict_step(spare) {
                return;
            }
        }
    }

    /// Deals with the oldest entry of one queue: it leaves, moves on or goes round again. False when
    /// there is nothing left.
    ///
    /// It ends: each step on the small queue shortens it, each step on the main one takes a touch or
    /// an entry, and `spare`, an eighth at most, is never all that there is to choose from.
    fn evict_step(&mut self, spare: Option<EntryId>) -> bool {
        let from_small = self.small.bytes() >= self.bytes_max / 10 || self.main.is_empty();
        let place = if from_small {
            Place::Small
        } else {
            Place::Main
        };
        let Some(id) = self.queue(place).pop() else {
            return false;
        };
        if let Some(key) = self.keys.get(&id).map(Rc::clone) {
            self.decide(&key, place, spare == Some(id));
        }
        true
    }

    /// Decides about the entry that has come to the end of the queue `place`.
    fn decide(&mut self, key: &str, place: Place, spared: bool) {
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        let (id, weight) = (entry.id, entry.weight);
        let stays = match place {
            Place::Small => entry.touches >= TOUCHES_TO_STAY,
            Place::Main => entry.touches > 0,
        };
        if stays || spared {
            // The paper clears the touches of what moves to the main queue. We take those that it cost:
            // the first time around everything moves at once, and the hottest would leave first.
            entry.touches = entry.touches.saturating_sub(match place {
                Place::Small => TOUCHES_TO_STAY,
                Place::Main => 1,
            });
            entry.place = Place::Main;
            self.queue(place).leave(weight);
            self.main.push(id, weight);
        } else {
            self.queue(place).leave(weight);
            self.evict(key, id, place);
        }
    }

    fn evict(&mut self, key: &str, id: EntryId, place: Place) {
        self.entries.remove(key);
        self.keys.remove(&id);
        self.evicted += 1;
        if place == Place::Small {
            let hash = self.hash(key);
            self.ghosts.put(hash, self.entries.len());
        }
    }
}

fn weight(key: &str, bytes: u64) -> u64 {
    let key_bytes = u64::try_from(key.len()).unwrap_or(u64::MAX);
    bytes
        .saturating_add(key_bytes)
        .saturating_add(ENTRY_OVERHEAD_BYTES)
}

#[cfg(test)]
mod tests;
