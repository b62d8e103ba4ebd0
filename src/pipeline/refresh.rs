//! Refreshes a stale answer behind the response that served it (RFC 5861 §3).

use super::admit::Fetched;
use super::lookup::{Verdict, layers};
use super::plan::Target;
use super::sight::Sight;
use super::{admit, fill};
use crate::config::site::Site;
use crate::key::CacheKey;
use crate::ports::Ports;
use std::rc::Rc;

/// Starts a refresh in the background, unless this isolate runs one for the key already.
pub fn start<P: Ports>(ports: &P, site: &Rc<Site>, target: &Target, key: &CacheKey, sight: &Sight) {
    if !ports.begin_refresh(key) {
        return;
    }
    let (ports_then, site, target, key) =
        (ports.clone(), site.clone(), target.clone(), key.clone());
    let sight = *sight;
    ports.background(async move {
        refresh(&ports_then, &site, &target, &key, &sight).await;
        ports_then.end_refresh(&key);
    });
}

/// Another isolate may have refreshed a farther layer by now; only if none has, the source is asked.
/// A failure leaves what is stored as it is: the next request tries again.
async fn refresh<P: Ports>(ports: &P, site: &Site, target: &Target, key: &CacheKey, sight: &Sight) {
    let Some(route) = site.route(target.id) else {
        return;
    };
    let Some(tier) = &route.tier else { return };
    let mut elsewhere = tier.clone();
    elsewhere.layers.memory = false;
    let mut reports = Vec::new();
    let found = layers(ports, route, &elsewhere, key, sight).await;
    if let Verdict::Fresh(candidate) = found.verdict {
        admit::promoted(ports, tier, &candidate, &mut reports);
        return;
    }
    if let (shield, Ok(stored)) = fill::fill(ports, site, route, target, key, sight).await {
        let fetched = Fetched::of(shield);
        admit::filled(ports, site, tier, &stored, fetched, &mut reports);
        admit::absence(ports, &found.reports, &stored, fetched);
    }
}
