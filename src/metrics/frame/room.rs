//! How much a frame holds. Keys come from outside (countries, data centres) and from the site (routes,
//! queries): past a bound, a new key gives up what tells it apart, part by part, down to [`OTHER`].
//!
//! INVARIANT: a map holds at most its bound of keys as they are, and beyond it only keys of [`OTHER`],
//! of which there is a fixed number for each kind. Which keys have their own room depends on the order in
//! which they came; what they add up to does not.

use super::{Flow, FlowKey, Frame, Gauge, Level, OTHER, Place, PlaceKey, StatementKey, Work};
use crate::failure::Kind;
use std::collections::BTreeMap;

/// How a key was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyed {
    AsItIs,
    /// For want of room, under a key that tells less.
    Crowded,
}

/// A key of a bounded map.
pub(super) trait Bounded: Ord + Sized {
    /// As many keys as have room as they are.
    const ROOM: usize;

    /// The same with a part given up; and up to how many keys that has room. `None`: there is nothing
    /// left to give up, and it always has room.
    fn coarser(&self) -> Option<(Self, usize)>;
}

/// Changes what the map holds under this key, or under the nearest that has room.
pub(super) fn place<K: Bounded, V: Default>(
    map: &mut BTreeMap<K, V>,
    key: K,
    change: impl FnOnce(&mut V),
) -> Keyed {
    let mut keyed = Keyed::AsItIs;
    let (mut key, mut room) = (key, K::ROOM);
    while map.len() >= room && !map.contains_key(&key) {
        let Some((coarser, more)) = key.coarser() else {
            break;
        };
        (key, room, keyed) = (coarser, more, Keyed::Crowded);
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
    const ROOM: usize = 256;

    /// The route goes. Of the rest there are few: verdicts, layers and classes of status.
    fn coarser(&self) -> Option<(Self, usize)> {
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
        (*self != coarser).then_some((coarser, Self::ROOM))
    }
}

impl Bounded for PlaceKey {
    const ROOM: usize = 512;

    /// First the country goes, then the data centre and the route.
    fn coarser(&self) -> Option<(Self, usize)> {
        let of_colo = Self {
            country: other(),
            ..self.clone()
        };
        let of_nothing = Self {
            route: Some(other()),
            colo: other(),
            country: other(),
        };
        if self.country != OTHER {
            Some((of_colo, Self::ROOM + 128))
        } else if *self != of_nothing {
            Some((of_nothing, Self::ROOM))
        } else {
            None
        }
    }
}

impl Bounded for (Option<String>, Kind) {
    const ROOM: usize = 256;

    fn coarser(&self) -> Option<(Self, usize)> {
        (!is_other(self.0.as_deref())).then(|| ((Some(other()), self.1), Self::ROOM))
    }
}

impl Bounded for StatementKey {
    const ROOM: usize = 256;

    fn coarser(&self) -> Option<(Self, usize)> {
        let of_nothing = Self {
            database: other(),
            query: other(),
        };
        (*self != of_nothing).then_some((of_nothing, Self::ROOM))
    }
}

impl Bounded for String {
    const ROOM: usize = 128;

    fn coarser(&self) -> Option<(Self, usize)> {
        (self != OTHER).then(|| (other(), Self::ROOM))
    }
}

impl Bounded for Gauge {
    const ROOM: usize = 128;

    fn coarser(&self) -> Option<(Self, usize)> {
        let coarser = match self {
            Self::MemoryBytes | Self::MemoryEntries | Self::HeapBytes | Self::Fills => None,
            Self::ConnectionsInUse(_) => Some(Self::ConnectionsInUse(other())),
            Self::ConnectionsIdle(_) => Some(Self::ConnectionsIdle(other())),
            Self::ConnectionsAwaited(_) => Some(Self::ConnectionsAwaited(other())),
            Self::BreakerOpen(_) => Some(Self::BreakerOpen(other())),
        };
        let coarser = coarser.filter(|coarser| coarser != self)?;
        Some((coarser, Self::ROOM))
    }
}

impl Frame {
    /// Takes all of another frame in, within the bounds.
    pub fn merge(&mut self, other: &Self) {
        let mut crowded = (0_u64, 0_u64);
        for (key, flow) in &other.flows {
            if place(&mut self.flows, key.clone(), |sum| sum.add(flow)) == Keyed::Crowded {
                crowded.0 = crowded.0.saturating_add(flow.count);
            }
        }
        for (key, spot) in &other.places {
            if place(&mut self.places, key.clone(), |sum| sum.add(spot)) == Keyed::Crowded {
                crowded.1 = crowded.1.saturating_add(spot.count);
            }
        }
        for (key, count) in &other.failures {
            place(&mut self.failures, key.clone(), |sum| {
                *sum = sum.saturating_add(*count);
            });
        }
        for (key, work) in &other.statements {
            place(&mut self.statements, key.clone(), |sum| sum.add(work));
        }
        for (key, work) in &other.contacts {
            place(&mut self.contacts, key.clone(), |sum| sum.add(work));
        }
        for (key, level) in &other.gauges {
            place(&mut self.gauges, key.clone(), |sum: &mut Level| {
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
