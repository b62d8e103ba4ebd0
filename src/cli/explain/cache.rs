//! Under which key, on what terms and where an answer would be kept, or why it would not.

use super::Page;
use crate::config::site::Site;
use crate::config::units::show_duration;
use crate::key::CacheKey;
use crate::outcome::Layer;
use crate::pipeline::operate::described;
use crate::pipeline::plan::{Located, Target};
use crate::policy::{GLOBAL_TTL_MIN, Terms, Tier, terms_for, write_layers};
use crate::respond::cache_control;
use crate::semantics::request::RequestHead;

pub fn explain(
    site: &Site,
    located: &Located<'_, '_>,
    request: &RequestHead<'_>,
    target: &Target,
    page: &mut Page,
) {
    let route = located.route;
    let (Some(tier), Some(key)) = (&route.tier, &target.key) else {
        page.line(
            "cached",
            format!("no: {}", described::why_not_cached(site, route, request)),
        );
        page.line("sent", "Cache-Control: no-store");
        return;
    };
    let Some(terms) = terms_for(tier, 200) else {
        return;
    };
    if terms.fresh.is_zero() {
        page.line("cached", format!("no: tier {} has ttl 0s", tier.name));
        return;
    }
    page.line("cached", "yes");
    explain_terms(tier, terms, page);
    explain_layers(tier, terms, page);
    explain_key(site, key, page);
    for tag in described::tags(site, located, target) {
        page.line("tags", tag);
    }
    let sent = cache_control::stored(tier, terms, request.path);
    page.line("sent", format!("Cache-Control: {sent}"));
}

fn explain_terms(tier: &Tier, terms: Terms, page: &mut Page) {
    let (fresh, swr, sie) = (
        show_duration(terms.fresh),
        show_duration(terms.swr),
        show_duration(terms.sie),
    );
    page.line("tier", format!("{}: fresh for {fresh}", tier.name));
    if !terms.swr.is_zero() {
        page.line("tier", format!("then stale for {swr} while a refresh runs"));
    }
    if !terms.sie.is_zero() {
        page.line("tier", format!("or stale for {sie} if the source fails"));
    }
    let negative = show_duration(tier.negative_ttl);
    page.line("tier", format!("a 404 is fresh for {negative}"));
}

fn explain_layers(tier: &Tier, terms: Terms, page: &mut Page) {
    let written = write_layers(tier, terms);
    for layer in Layer::ALL {
        if written.has(layer) {
            page.line("layers", place(layer));
        } else if tier.layers.has(layer) {
            let least = show_duration(GLOBAL_TTL_MIN);
            page.line(
                "layers",
                format!("not {}: it takes a ttl of {least} or more", layer.as_str()),
            );
        } else {
            page.line(
                "layers",
                format!("not {}: the tier leaves it out", layer.as_str()),
            );
        }
    }
}

pub(super) fn place(layer: Layer) -> &'static str {
    match layer {
        Layer::Memory => "memory: of this isolate",
        Layer::Colo => "colo: the Cache API of this data centre",
        Layer::Global => "global: Workers KV, everywhere",
    }
}

/// Of a tier whose TTL holds whatever an origin says.
pub(super) fn explain_fixed(tier: &Tier, page: &mut Page) {
    if let Some(terms) = terms_for(tier, 200) {
        explain_terms(tier, terms, page);
    }
}

pub(super) fn explain_key(site: &Site, key: &CacheKey, page: &mut Page) {
    page.line("key", key.as_str());
    page.line("key", format!("sha256 {}", key.digest_hex()));
    let (shard, shards) = (key.shard(site.shield.shards), site.shield.shards);
    page.line(
        "shield",
        format!("shard {shard} (there are {shards}, from 0)"),
    );
}
