//! Puts an answer into the layers that should have it: the near one at once, the far ones behind the
//! response.

use super::lookup::Candidate;
use crate::cache::stored::Stored;
use crate::config::site::Site;
use crate::outcome::{Finding, Layer, LayerReport, ShieldReport};
use crate::policy::{GLOBAL_TTL_MIN, Layers, StoreDecision, Tier, store, write_layers};
use crate::ports::{Body, Ports};
use std::time::Duration;

/// Whose question to the source an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetched {
    ByUs,
    /// Another request's fill answered this one too. That request writes the layers that all isolates
    /// share, once; KV takes one write a second for a key.
    ByAnother,
}

impl Fetched {
    pub fn of(shield: Option<ShieldReport>) -> Self {
        match shield {
            Some(report) if report.collapsed || report.settled => Self::ByAnother,
            Some(_) | None => Self::ByUs,
        }
    }
}

/// Stores a source's answer in the tier's layers, if policy allows, and marks `reports`.
pub fn filled<P: Ports>(
    ports: &P,
    site: &Site,
    tier: &Tier,
    stored: &Stored<P::Body>,
    fetched: Fetched,
    reports: &mut [LayerReport],
) {
    // What is too large when plain has not been compressed, so that this is the plain size where it matters.
    let bytes = stored.body.len(stored.head.coding).unwrap_or(0);
    let max = site.limits.stored_body_bytes_max;
    match store(Some(tier), stored.head.status, bytes, max) {
        StoreDecision::Store(terms) => {
            let wanted = write_layers(tier, terms);
            let layers = match fetched {
                Fetched::ByUs => wanted,
                Fetched::ByAnother if in_memory_already(ports, stored) => Layers::NONE,
                Fetched::ByAnother => Layers {
                    // What cannot be used would be found again by everyone.
                    global: wanted.global && holds_garbage(reports),
                    ..wanted
                },
            };
            put(ports, stored, layers, terms.keep(), reports);
        }
        StoreDecision::Refuse(_) => {}
    }
}

/// Tells the global layer that what it holds is gone. A 404's own time is too short for KV, but without
/// it the older answer would stand in everywhere when the source fails.
pub fn absence<P: Ports>(
    ports: &P,
    reports: &[LayerReport],
    stored: &Stored<P::Body>,
    fetched: Fetched,
) {
    let held = |report: &LayerReport| match report.finding {
        Finding::Fresh { .. } | Finding::Stale { .. } | Finding::ServedStale { .. } => true,
        Finding::Unusable(_) | Finding::ToValidate { .. } | Finding::Partial => true,
        Finding::OtherVariants => true,
        Finding::Absent | Finding::Failed | Finding::NotForwarded => false,
    };
    let mut global = reports
        .iter()
        .filter(|report| report.layer == Layer::Global);
    if stored.head.status == 404 && fetched == Fetched::ByUs && global.any(held) {
        let (ports_then, stored) = (ports.clone(), stored.clone());
        ports.background(async move {
            ports_then
                .write(Layer::Global, &stored, GLOBAL_TTL_MIN)
                .await;
        });
    }
}

fn holds_garbage(reports: &[LayerReport]) -> bool {
    let mut global = reports
        .iter()
        .filter(|report| report.layer == Layer::Global);
    global.any(|report| matches!(report.finding, Finding::Unusable(_)))
}

fn in_memory_already<P: Ports>(ports: &P, stored: &Stored<P::Body>) -> bool {
    ports.with_memory(|memory| {
        let kept = memory.peek(&stored.head.key);
        kept.is_some_and(|kept| kept.head.created >= stored.head.created)
    })
}

/// Copies an answer that was found farther away to the nearer layers, for what is left of its time. A
/// stale one stays out of the colo, and nothing takes the place of something newer: while the far layer
/// was read, a refresh may have ended.
pub fn promoted<P: Ports>(
    ports: &P,
    tier: &Tier,
    candidate: &Candidate<P::Body>,
    reports: &mut [LayerReport],
) {
    let (stored, from) = (&candidate.stored, candidate.layer);
    if from == Layer::Memory || in_memory_already(ports, stored) {
        return;
    }
    let fresh = candidate.standing.freshness.is_fresh();
    let nearer = Layers {
        memory: tier.layers.memory,
        colo: tier.layers.colo && from > Layer::Colo && fresh,
        global: false,
    };
    let age = ports.now().since(stored.head.created);
    let left = stored.head.terms.keep().saturating_sub(age);
    put(ports, stored, nearer, left, reports);
}

/// Puts a response into these layers, to be kept for `keep`, and marks `reports`.
pub(super) fn put<P: Ports>(
    ports: &P,
    stored: &Stored<P::Body>,
    layers: Layers,
    keep: Duration,
    reports: &mut [LayerReport],
) {
    for layer in Layer::ALL.into_iter().filter(|layer| layers.has(*layer)) {
        let done = match layer {
            Layer::Memory => in_memory(ports, stored),
            Layer::Colo | Layer::Global => {
                let (ports_then, stored) = (ports.clone(), stored.clone());
                ports.background(async move { ports_then.write(layer, &stored, keep).await });
                true
            }
        };
        if let Some(report) = reports.iter_mut().find(|report| report.layer == layer) {
            report.stored = done;
        }
    }
}

fn in_memory<P: Ports>(ports: &P, stored: &Stored<P::Body>) -> bool {
    use crate::cache::memory::Admission;
    let bytes = stored.body.weight().saturating_add(head_weight(stored));
    let admission =
        ports.with_memory(|memory| memory.insert(&stored.head.key, stored.clone(), bytes));
    match admission {
        Admission::Stored | Admission::Replaced => true,
        Admission::TooLarge => false,
    }
}

/// What a head weighs in memory, about.
pub fn head_weight<B>(stored: &Stored<B>) -> u64 {
    let head = &stored.head;
    let fields: usize = head
        .headers
        .iter()
        .map(|(n, v)| n.len() + v.len() + 48)
        .sum();
    let tags: usize = head.tags.iter().map(|tag| tag.len() + 24).sum();
    (head.key.len() + head.etag.len() + fields + tags + std::mem::size_of_val(&**head)) as u64
}
