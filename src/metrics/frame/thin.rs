//! What is asked of many frames at once, without what nobody asks there: they have to be held together.
//!
//! A span has 120 points, and the sketches are what takes room. Nobody asks a point for durations by verdict,
//! layer and status, so it has one sketch for each route and one for all sources; and routes without their own
//! are there with their counts alone, their durations only in those of all. So the points of the widest
//! sketches (461 bins of 16 bytes) have 120 times 64 of them, some 57 MB; of a usual site they have a tenth.

use super::{Flow, FlowKey, Frame, OTHER, Place, PlaceKey};
use crate::metrics::sketch::Sketch;
use crate::outcome::CacheVerdict;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The routes whose durations are told in points: the first that are met, of those in one frame the ones with
/// the most requests. A route is there for the whole span or not at all, so that no point tells a part.
#[derive(Clone, Debug, Default)]
pub struct Charted {
    routes: BTreeSet<Option<String>>,
}

/// Those of most sites. Of others, quantiles over time are missing for the routes that are asked least.
const ROUTES_MAX: usize = 64;

impl Charted {
    /// The same counts, with the durations of each route in its first flow, and the sources' in the first of
    /// all. Once thin, a frame stays as it is; merged with others, it has to be made thin again.
    #[must_use]
    pub fn thin(&mut self, mut frame: Frame) -> Frame {
        self.admit(&frame.flows);
        let mut source = Sketch::default();
        let mut durations: BTreeMap<Option<String>, Sketch> = BTreeMap::new();
        let mut of_others = Sketch::default();
        for (key, flow) in &mut frame.flows {
            source.merge(&std::mem::take(&mut flow.source));
            let duration = std::mem::take(&mut flow.duration);
            if self.routes.contains(&key.route) {
                let sum = durations.entry(key.route.clone()).or_default();
                sum.merge(&duration);
            } else {
                of_others.merge(&duration);
            }
        }
        for (key, flow) in &mut frame.flows {
            flow.source = std::mem::take(&mut source);
            flow.duration = durations.remove(&key.route).unwrap_or_default();
        }
        if !of_others.is_empty() {
            let flow = frame.flows.entry(of_no_route()).or_default();
            flow.duration.merge(&of_others);
        }
        frame
    }

    fn admit(&mut self, flows: &BTreeMap<FlowKey, Flow>) {
        if self.routes.len() >= ROUTES_MAX {
            return;
        }
        let mut counts: BTreeMap<&Option<String>, u64> = BTreeMap::new();
        for (key, flow) in flows.iter().filter(|(key, _)| **key != of_no_route()) {
            *counts.entry(&key.route).or_default() += flow.count;
        }
        let mut routes: Vec<_> = counts.into_iter().collect();
        routes.sort_by_key(|(_, count)| Reverse(*count));
        for (route, _) in routes {
            if self.routes.len() < ROUTES_MAX {
                self.routes.insert(route.clone());
            }
        }
    }
}

/// A flow without responses, for durations that are told of no route.
fn of_no_route() -> FlowKey {
    FlowKey {
        route: Some(OTHER.to_owned()),
        verdict: CacheVerdict::Bypass,
        layer: None,
        status_class: 0,
    }
}

impl Frame {
    /// The same with the places of all routes together.
    #[must_use]
    pub fn with_places_of_all_routes(self) -> Self {
        let mut places: BTreeMap<PlaceKey, Place> = BTreeMap::new();
        for (mut key, place) in self.places {
            key.route = Some(OTHER.to_owned());
            places.entry(key).or_default().add(&place);
        }
        Self { places, ..self }
    }
}
