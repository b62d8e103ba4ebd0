//! Puts an answer into the layers that should have it: the near one at once, the far ones behind the
//! response.

use crate::cache::stored::Stored;
use crate::config::site::Site;
use crate::outcome::{Layer, LayerReport};
use crate::policy::{Layers, StoreDecision, Tier, store, write_layers};
use crate::ports::{Body, Ports};
use std::time::Duration;

/// Stores a source's answer in the tier's layers, if policy allows, and marks `reports`.
pub fn filled<P: Ports>(
    ports: &P,
    site: &Site,
    tier: &Tier,
    stored: &Stored<P::Body>,
    reports: &mut Vec<LayerReport>,
) {
    let bytes = stored.body.len(stored.head.coding).unwrap_or(0);
    let max = site.limits.stored_body_bytes_max;
    match store(Some(tier), stored.head.status, bytes, max) {
        StoreDecision::Store(terms) => {
            put(
                ports,
                stored,
                write_layers(tier, terms),
                terms.keep(),
                reports,
            );
        }
        StoreDecision::Refuse(_) => {}
    }
}

/// Copies an answer that was found in `from` to the nearer layers, for what is left of its time.
pub fn promoted<P: Ports>(
    ports: &P,
    tier: &Tier,
    stored: &Stored<P::Body>,
    from: Layer,
    reports: &mut Vec<LayerReport>,
) {
    let nearer = Layers {
        memory: tier.layers.memory && from > Layer::Memory,
        colo: tier.layers.colo && from > Layer::Colo,
        global: false,
    };
    let age = ports.now().since(stored.head.created);
    let left = stored.head.terms.keep().saturating_sub(age);
    put(ports, stored, nearer, left, reports);
}

fn put<P: Ports>(
    ports: &P,
    stored: &Stored<P::Body>,
    layers: Layers,
    keep: Duration,
    reports: &mut Vec<LayerReport>,
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
