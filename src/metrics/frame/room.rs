//! How much a frame holds. Keys come from outside (countries, data centres) and from the site (routes,
//! queries): past a bound, a new key gives up what tells it apart, part by part, down to [`OTHER`].
//!
//! INVARIANT: a map of a bounded frame holds at most as many keys as the widest room says, and beyond it only
//! keys of [`OTHER`], of which there is a fixed number for each kind. Which keys have their own room depends on
//! the order in which they came; what they add up to does not.
//!
//! The bounds are for a metrics object, which has 128 MB as every isolate and holds the sum of all the data
//! centres that tell it, for a day in one frame. A frame takes the room of the keys that it has: what a site
//! does not have costs nothing. A full one has 1,024 flows with two sketches each (about 110 routes, each with
//! every verdict, layer and status it meets) and 2,304 places with one. A sketch has a bin for each fiftieth
//! by which durations differ: 461 from a millisecond to ten seconds, 1,030 at most, of 16 bytes in memory and
//! about 3 in storage. If every sketch is as wide as that first one, a full frame takes 33 MB in memory and 8 in
//! storage, where it lies in parts of a megabyte (a row ends at two); frames of ten seconds are far smaller. An
//! object decodes one after the other, and holds no more than the sum, one part of it, and the points of a
//! chart ([`super::thin`]). What is written with each batch is the frame of ten seconds and the running total,
//! which has no bins and stays below 300 KB.

use super::{Flow, FlowKey, Frame, Gauge, Level, OTHER, Place, PlaceKey, StatementKey, Work};
use crate::failure::Kind;
use std::collections::BTreeMap;

/// Whether a frame has bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Bounded,
    /// Of who puts a few frames together that have bounds themselves.
    OfAll,
}

/// How a key was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyed {
    AsItIs,
    /// For want of room, under a key that tells less.
    Crowded,
}

/// A key of a bounded map.
pub(super) trait Bounded: Ord + Sized {
    /// It is taken in as it is while the map has fewer keys, whatever those tell.
    fn room(&self) -> usize;

    /// The same with a part given up. `None`: there is nothing left to give up, and it always has room.
    fn coarser(&self) -> Option<Self>;
}

/// Changes what the map holds under this key, or under the nearest that has room.
pub(super) fn place<K: Bounded, V: Default>(
    room: Room,
    map: &mut BTreeMap<K, V>,
    mut key: K,
    change: impl FnOnce(&mut V),
) -> Keyed {
    let mut keyed = Keyed::AsItIs;
    while room == Room::Bounded && map.len() >= key.room() && !map.contains_key(&key) {
        let Some(coarser) = key.coarser() else {
            break;
        };
        (key, keyed) = (coarser, Keyed::Crowded);
    }
    change(map.entry(key).or_default());
    keyed
}

fn other() -> String {
    OTHER.to_owned()
}

fn is_other(route: Option<&str>) -> bool {
    route == Some(OTHER)
}

impl Bounded for FlowKey {
    fn room(&self) -> usize {
        1024
    }

    /// The route goes. Of the rest there are few: verdicts, layers and classes of status.
    fn coarser(&self) -> Option<Self> {
        let classes = 1..=5;
        let status_class = if classes.contains(&self.status_class) {
            self.status_class
        } else {
            0
        };
        let coarser = Self {
            route: Some(other()),
            status_class,
            ..self.clone()
        };
        (*self != coarser).then_some(coarser)
    }
}

impl Bounded for PlaceKey {
    fn room(&self) -> usize {
        if !is_other(self.route.as_deref()) {
            1024
        } else if self.country != OTHER {
            2048
        } else {
            2304
        }
    }

    /// First the route goes: from where requests come is asked for all routes, and seldom for one. Then the
    /// country, then the data centre.
    fn coarser(&self) -> Option<Self> {
        let mut coarser = self.clone();
        if !is_other(self.route.as_deref()) {
            coarser.route = Some(other());
        } else if self.country != OTHER {
            coarser.country = other();
        } else if self.colo != OTHER {
            coarser.colo = other();
        } else {
            return None;
        }
        Some(coarser)
    }
}

impl Bounded for (Option<String>, Kind) {
    fn room(&self) -> usize {
        512
    }

    fn coarser(&self) -> Option<Self> {
        (!is_other(self.0.as_deref())).then(|| (Some(other()), self.1))
    }
}

impl Bounded for StatementKey {
    fn room(&self) -> usize {
        256
    }

    fn coarser(&self) -> Option<Self> {
        let of_nothing = Self {
            database: other(),
            query: other(),
        };
        (*self != of_nothing).then_some(of_nothing)
    }
}

impl Bounded for String {
    fn room(&self) -> usize {
        128
    }

    fn coarser(&self) -> Option<Self> {
        (self != OTHER).then(other)
    }
}

impl Bounded for Gauge {
    fn room(&self) -> usize {
        128
    }

    fn coarser(&self) -> Option<Self> {
        let coarser = match self {
            Self::MemoryBytes | Self::MemoryEntries | Self::HeapBytes | Self::Fills => None,
            Self::ConnectionsInUse(_) => Some(Self::ConnectionsInUse(other())),
            Self::ConnectionsIdle(_) => Some(Self::ConnectionsIdle(other())),
            Self::ConnectionsAwaited(_) => Some(Self::ConnectionsAwaited(other())),
            Self::BreakerOpen(_) => Some(Self::BreakerOpen(other())),
        };
        coarser.filter(|coarser| coarser != self)
    }
}

impl Frame {
    /// Takes all of another frame in, within the bounds.
    pub fn merge(&mut self, other: &Self) {
        self.take_in(Room::Bounded, other);
    }

    /// Takes all of another frame in, with all of its keys. What was counted under one of them stays there,
    /// whatever else comes: readers put the frames of several objects together so.
    pub fn gather(&mut self, other: &Self) {
        self.take_in(Room::OfAll, other);
    }

    fn take_in(&mut self, room: Room, other: &Self) {
        let mut crowded = (0_u64, 0_u64);
        for (key, flow) in &other.flows {
            if place(room, &mut self.flows, key.clone(), |sum| sum.add(flow)) == Keyed::Crowded {
                crowded.0 = crowded.0.saturating_add(flow.count);
            }
        }
        for (key, spot) in &other.places {
            if place(room, &mut self.places, key.clone(), |sum| sum.add(spot)) == Keyed::Crowded {
                crowded.1 = crowded.1.saturating_add(spot.count);
            }
        }
        for (key, count) in &other.failures {
            place(room, &mut self.failures, key.clone(), |sum| {
                *sum = sum.saturating_add(*count);
            });
        }
        for (key, work) in &other.statements {
            place(room, &mut self.statements, key.clone(), |sum| sum.add(work));
        }
        for (key, work) in &other.contacts {
            place(room, &mut self.contacts, key.clone(), |sum| sum.add(work));
        }
        for (key, level) in &other.gauges {
            place(room, &mut self.gauges, key.clone(), |sum: &mut Level| {
                sum.add(*level)
            });
        }
        self.losses.add(other.losses);
        // The same response may have lost its flow and its place.
        let crowded = crowded.0.max(crowded.1);
        self.losses.crowded = self.losses.crowded.saturating_add(crowded);
    }
}

impl Flow {
    pub fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.collapsed = self.collapsed.saturating_add(other.collapsed);
        self.duration.merge(&other.duration);
        self.source.merge(&other.source);
    }
}

impl Place {
    pub fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.hits = self.hits.saturating_add(other.hits);
        self.errors = self.errors.saturating_add(other.errors);
        self.duration.merge(&other.duration);
    }
}

impl Work {
    pub fn add(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.failures.add(other.failures);
        self.rows = self.rows.saturating_add(other.rows);
        self.keys = self.keys.saturating_add(other.keys);
        self.duration.merge(&other.duration);
    }
}
