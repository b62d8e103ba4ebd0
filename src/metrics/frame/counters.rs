//! The sum of all that was ever taken, as counters are read off it: what it keeps of a frame, and what it
//! forgets.
//!
//! INVARIANT: what is kept under a key never grows less, as long as the key is there; and what the site has, or
//! was heard of lately, is never forgotten. So no counter of it goes back.

use super::{Flow, Frame, OTHER, Place, StatementKey, Work};
use std::collections::{BTreeMap, BTreeSet};

/// What frames name that comes from the site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// `GET /api/pitches/{id}`.
    pub routes: BTreeSet<String>,
    pub statements: BTreeSet<StatementKey>,
    pub origins: BTreeSet<String>,
}

impl Frame {
    /// What counters are made of: counts and sums. Quantiles and levels are told of what lately was, and
    /// places of all routes together.
    #[must_use]
    pub fn counted(&self) -> Self {
        Self {
            flows: each(&self.flows, Flow::counted),
            places: each(&self.places, Place::counted),
            failures: self.failures.clone(),
            statements: each(&self.statements, Work::counted),
            contacts: each(&self.contacts, Work::counted),
            gauges: BTreeMap::new(),
            losses: self.losses,
        }
        .with_places_of_all_routes()
    }

    pub fn names(&self) -> Names {
        let of_flows = self.flows.keys().map(|key| &key.route);
        let of_failures = self.failures.keys().map(|(route, _)| route);
        Names {
            routes: of_flows.chain(of_failures).flatten().cloned().collect(),
            statements: self.statements.keys().cloned().collect(),
            origins: self.contacts.keys().cloned().collect(),
        }
    }

    /// Forgets what is of other routes, statements and origins than these. What no route has matched, and what
    /// there was no room for, is of none of them.
    pub fn keep_only(&mut self, names: &Names) {
        let is_kept = |route: &Option<String>| {
            let own = route.as_deref();
            own.is_none_or(|route| route == OTHER || names.routes.contains(route))
        };
        self.flows.retain(|key, _| is_kept(&key.route));
        self.failures.retain(|(route, _), _| is_kept(route));
        self.statements
            .retain(|key, _| key.query == OTHER || names.statements.contains(key));
        self.contacts
            .retain(|origin, _| origin == OTHER || names.origins.contains(origin));
    }
}

impl Names {
    pub fn add(&mut self, more: Self) {
        self.routes.extend(more.routes);
        self.statements.extend(more.statements);
        self.origins.extend(more.origins);
    }
}

fn each<K: Ord + Clone, V>(map: &BTreeMap<K, V>, counted: fn(&V) -> V) -> BTreeMap<K, V> {
    map.iter()
        .map(|(key, value)| (key.clone(), counted(value)))
        .collect()
}

impl Flow {
    fn counted(&self) -> Self {
        Self {
            duration: self.duration.counted(),
            source: self.source.counted(),
            ..*self
        }
    }
}

impl Place {
    fn counted(&self) -> Self {
        Self {
            duration: self.duration.counted(),
            ..*self
        }
    }
}

impl Work {
    fn counted(&self) -> Self {
        Self {
            duration: self.duration.counted(),
            ..*self
        }
    }
}
