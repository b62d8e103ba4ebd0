//! Under which terms a route's answers may be stored, and for how long each may be served.
//!
//! Two decisions, both values: [`store`] says whether an answer may be kept and on what terms;
//! [`terms_for`] gives the terms that apply to a stored answer *now*.

pub mod auth;
pub mod lifetime;
pub mod reuse;
pub mod sharing;
pub mod storable;

use crate::outcome::Layer;
use crate::purge::relief::Relief;
use crate::semantics::targeted::TargetList;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A cache tier of `forebay.toml`, resolved: every default is filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    pub name: String,
    /// How long an answer is fresh.
    pub ttl: Duration,
    /// How long after that it may be served while a refresh runs (RFC 5861 §3).
    pub swr: Duration,
    /// How long after `ttl` it may be served when the source fails (RFC 5861 §4).
    pub sie: Duration,
    /// How long a 404 is fresh; never longer than `ttl`.
    pub negative_ttl: Duration,
    pub layers: Layers,
    /// Outward `Cache-Control: private`.
    pub private: bool,
    /// From when on a fresh answer is refreshed behind the hits that it serves. `None`: once it is stale.
    pub eager: Option<Eager>,
    /// How long the source is waited for when a stale answer could stand in. `None`: to the fill's end.
    pub soft_timeout: Option<Duration>,
    /// The origin's own fields set the terms; `ttl`, `swr`, `sie` and `negative_ttl` are zero then.
    pub honor_origin: Option<HonorOrigin>,
}

/// How an HTTP origin's own fields are honoured (RFC 9111).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HonorOrigin {
    /// The targeted fields that are heard (RFC 9213 §2.2).
    pub targets: TargetList,
    /// The longest lifetime that is guessed (RFC 9111 §4.2.2).
    pub heuristic_max: Duration,
    /// How long after its lifetime an answer stands in for an origin that cannot be reached, where the
    /// origin said nothing about that (RFC 9111 §4.2.4).
    pub stale_max: Duration,
}

impl Default for HonorOrigin {
    fn default() -> Self {
        Self {
            targets: TargetList::default(),
            heuristic_max: Duration::from_secs(86_400),
            stale_max: Duration::from_secs(86_400),
        }
    }
}

/// A part of an answer's freshness, in thousandths; from there on it is refreshed ahead of its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eager(u16);

impl Eager {
    /// Sooner would be to cache for half the time; the whole would never come ahead of the end.
    const ALLOWED: std::ops::Range<u16> = 500..1000;

    /// `None` unless it is half of the whole at least, and less than the whole.
    pub fn from_thousandths(thousandths: u16) -> Option<Self> {
        Self::ALLOWED
            .contains(&thousandths)
            .then_some(Self(thousandths))
    }

    pub fn thousandths(self) -> u16 {
        self.0
    }
}

/// Which layers a tier uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layers {
    pub memory: bool,
    pub colo: bool,
    pub global: bool,
}

impl Layers {
    pub const ALL: Self = Self {
        memory: true,
        colo: true,
        global: true,
    };
    pub const NONE: Self = Self {
        memory: false,
        colo: false,
        global: false,
    };
    pub const MEMORY: Self = Self {
        memory: true,
        colo: false,
        global: false,
    };

    pub fn has(self, layer: Layer) -> bool {
        match layer {
            Layer::Memory => self.memory,
            Layer::Colo => self.colo,
            Layer::Global => self.global,
        }
    }
}

/// How long one stored answer may be served, counted from its creation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Freshness lifetime (RFC 9111 §4.2.1), as told to clients in `max-age`.
    pub fresh: Duration,
    pub swr: Duration,
    pub sie: Duration,
}

impl Terms {
    /// The terms of an answer that a soft purge made stale: fresh until then at the longest, and the stale
    /// windows count from there.
    #[must_use]
    pub fn stale_since(self, since: Timestamp, created: Timestamp) -> Self {
        Self {
            fresh: self.fresh.min(since.since(created)),
            ..self
        }
    }

    /// The same while sources suffer: what may stand in for one that fails is served at once, for so long.
    #[must_use]
    pub fn relieved(self, relief: Relief) -> Self {
        Self {
            swr: self.swr.max(self.sie.min(relief.stretch_max)),
            ..self
        }
    }

    /// How long the bytes are worth keeping at all.
    pub fn keep(self) -> Duration {
        self.fresh.saturating_add(self.swr.max(self.sie))
    }
}

/// KV refuses an expiration under 60 seconds, and its reads may be that old anyway.
pub const GLOBAL_TTL_MIN: Duration = Duration::from_secs(60);

/// Why an answer is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The route names no tier.
    NoTier,
    /// A status that we never store.
    Status,
    /// The body, uncompressed, is larger than `limits.stored_body_bytes_max`.
    TooLarge,
    /// The tier's TTL for this status is zero.
    ZeroTtl,
}

impl Refusal {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoTier => "no-tier",
            Self::Status => "status",
            Self::TooLarge => "too-large",
            Self::ZeroTtl => "zero-ttl",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreDecision {
    Store(Terms),
    Refuse(Refusal),
}

/// Decides whether an answer of `status` with `body_bytes` may be stored. Only 200, and 404 for the
/// tier's negative TTL: every other status of our own sources is a failure, and failures are never
/// remembered as answers.
pub fn store(
    tier: Option<&Tier>,
    status: u16,
    body_bytes: u64,
    body_bytes_max: u64,
) -> StoreDecision {
    let Some(tier) = tier else {
        return StoreDecision::Refuse(Refusal::NoTier);
    };
    let Some(terms) = terms_for(tier, status) else {
        return StoreDecision::Refuse(Refusal::Status);
    };
    if body_bytes > body_bytes_max {
        return StoreDecision::Refuse(Refusal::TooLarge);
    }
    if terms.fresh.is_zero() && terms.swr.is_zero() {
        return StoreDecision::Refuse(Refusal::ZeroTtl);
    }
    StoreDecision::Store(terms)
}

/// The terms that `tier` gives to an answer of `status`, or `None` if it may not be stored.
///
/// Lookups use these rather than the terms at store time, so that a changed TTL takes effect on what
/// is already stored, in both directions.
pub fn terms_for(tier: &Tier, status: u16) -> Option<Terms> {
    match status {
        200 => Some(Terms {
            fresh: tier.ttl,
            swr: tier.swr,
            sie: tier.sie,
        }),
        404 => Some(Terms {
            fresh: tier.negative_ttl.min(tier.ttl),
            swr: Duration::ZERO,
            sie: Duration::ZERO,
        }),
        _ => None,
    }
}

/// When an answer of `status` is to be refreshed ahead. An absence is not worth a question that nobody
/// asked.
pub fn eager_for(tier: &Tier, status: u16) -> Option<Eager> {
    tier.eager.filter(|_| status == 200)
}

/// Which of the tier's layers an answer on `terms` is written to.
pub fn write_layers(tier: &Tier, terms: Terms) -> Layers {
    Layers {
        global: tier.layers.global && terms.fresh >= GLOBAL_TTL_MIN,
        ..tier.layers
    }
}

#[cfg(test)]
mod tests;
