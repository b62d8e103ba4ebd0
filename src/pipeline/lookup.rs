//! Asks the layers in turn, nearest first, until one has an answer that may be served.

use super::sight::{Sight, Stand};
use crate::cache::freshness::{Freshness, Standing, judge};
use crate::cache::stored::Stored;
use crate::config::site::Route;
use crate::key::CacheKey;
use crate::outcome::{Finding, Layer, LayerReport};
use crate::policy::{Terms, Tier};
use crate::ports::{Ports, Read};
use crate::time::Timestamp;

/// A stored response and how it stands.
#[derive(Clone, Debug)]
pub struct Candidate<B> {
    pub stored: Stored<B>,
    pub terms: Terms,
    pub standing: Standing,
    /// Where it was found.
    pub layer: Layer,
}

impl<B> Candidate<B> {
    /// What lets a stale answer be served that its tier would not.
    pub fn relief(&self, now: Timestamp) -> Option<&'static str> {
        let plain = judge(&self.stored.head, self.terms, None, self.stored.jitter, now);
        (plain.freshness > Freshness::StaleWhileRevalidate).then_some("stretch-ttl")
    }
}

/// What the layers said together.
#[derive(Clone, Debug)]
pub enum Verdict<B> {
    /// Serve it.
    Fresh(Candidate<B>),
    /// Serve it as fresh, and refresh it behind the response.
    Aging(Candidate<B>),
    /// Serve it, and refresh behind the response.
    Stale(Candidate<B>),
    /// Ask the source. The candidate may stand in if the source fails.
    Expired(Candidate<B>),
    /// Ask the source.
    Miss,
}

#[derive(Clone, Debug)]
pub struct Lookup<B> {
    pub verdict: Verdict<B>,
    /// One per layer asked, nearest first.
    pub reports: Vec<LayerReport>,
}

/// Looks in every layer of the route's tier until a fresh or stale-while-revalidate answer is found.
///
/// INVARIANT: an answer is never used when a newer one was seen, even one that may no longer be served:
/// a remembered 404 whose time is over still tells that the older 200 behind it is gone.
pub async fn layers<P: Ports>(
    ports: &P,
    route: &Route,
    tier: &Tier,
    key: &CacheKey,
    sight: &Sight,
) -> Lookup<P::Body> {
    let mut reports = Vec::with_capacity(Layer::ALL.len());
    let mut fallback: Option<Candidate<P::Body>> = None;
    let mut newest: Option<Timestamp> = None;
    for layer in Layer::ALL
        .into_iter()
        .filter(|layer| tier.layers.has(*layer))
    {
        let began = ports.now();
        let read = read(ports, layer, key).await;
        let took_ms = u32::try_from(ports.now().since(began).as_millis()).unwrap_or(u32::MAX);
        let (finding, candidate) = weigh(ports, route, layer, read, sight);
        reports.push(LayerReport {
            layer,
            finding,
            stored: false,
            took_ms,
        });
        let Some(candidate) = candidate else {
            continue;
        };
        let created = Some(candidate.stored.head.created);
        if created < newest {
            supersede(&mut reports);
            continue;
        }
        if created > newest {
            (newest, fallback) = (created, None);
        }
        match candidate.standing.freshness {
            Freshness::Fresh => {
                return Lookup {
                    verdict: Verdict::Fresh(candidate),
                    reports,
                };
            }
            Freshness::Aging => {
                return Lookup {
                    verdict: Verdict::Aging(candidate),
                    reports,
                };
            }
            Freshness::StaleWhileRevalidate => {
                served_stale(&mut reports, &candidate);
                return Lookup {
                    verdict: Verdict::Stale(candidate),
                    reports,
                };
            }
            Freshness::StaleIfError => fallback = Some(candidate),
            Freshness::Dead => {}
        }
    }
    let verdict = fallback.map_or(Verdict::Miss, Verdict::Expired);
    Lookup { verdict, reports }
}

/// What lies in a layer under a key.
pub async fn read<P: Ports>(ports: &P, layer: Layer, key: &CacheKey) -> Read<P::Body> {
    match layer {
        Layer::Memory => ports.with_memory(|memory| {
            memory
                .get(key.as_str())
                .cloned()
                .map_or(Read::Absent, Read::Found)
        }),
        Layer::Colo | Layer::Global => ports.read(layer, key).await,
    }
}

fn weigh<P: Ports>(
    ports: &P,
    route: &Route,
    layer: Layer,
    read: Read<P::Body>,
    sight: &Sight,
) -> (Finding, Option<Candidate<P::Body>>) {
    let stored = match read {
        Read::Found(stored) => stored,
        Read::Absent => return (Finding::Absent, None),
        Read::Unusable(why) => return (Finding::Unusable(why), None),
        Read::Failed => return (Finding::Failed, None),
    };
    let now = ports.now();
    let stand = ports.with_watch(|watch| sight.stand(route, &stored, &watch.view, now));
    let (terms, standing) = match stand {
        Stand::Usable(terms, standing) => (terms, standing),
        Stand::Void(why) => return (Finding::Unusable(why), None),
    };
    let ttl_s = standing.ttl_s;
    let finding = match standing.freshness {
        Freshness::Fresh | Freshness::Aging => Finding::Fresh { ttl_s },
        Freshness::StaleWhileRevalidate | Freshness::StaleIfError | Freshness::Dead => {
            Finding::Stale { ttl_s }
        }
    };
    (
        finding,
        Some(Candidate {
            stored,
            terms,
            standing,
            layer,
        }),
    )
}

/// Notes that the layer's stale answer was served after all.
pub fn served_stale<B>(reports: &mut [LayerReport], candidate: &Candidate<B>) {
    if let Some(report) = reports
        .iter_mut()
        .find(|report| report.layer == candidate.layer)
    {
        report.finding = Finding::ServedStale {
            ttl_s: candidate.standing.ttl_s,
        };
    }
}

/// The last layer's answer is older than one that was seen before.
fn supersede(reports: &mut [LayerReport]) {
    if let Some(report) = reports.last_mut() {
        report.finding = Finding::Unusable("superseded");
    }
}
