//! Whose word sets the terms of an origin's answer: its own, or its tier's.

use crate::policy::lifetime::{self, Arrival, Basis, OriginTerms, Unvalidated};
use crate::policy::{HonorOrigin, Tier};
use crate::semantics::cache_control::ResponseDirectives;
use crate::semantics::fields::Fields;
use crate::semantics::targeted::{GovernedBy, Governing, governing};
use std::time::Duration;

/// A fixed TTL overrides what the origin says of time, and only that.
pub(super) fn governed(tier: &Tier, fields: &Fields) -> Governing {
    match &tier.honor_origin {
        Some(honor) => governing(fields, &honor.targets),
        None => {
            let said = governing(fields, &HonorOrigin::default().targets).directives;
            Governing {
                by: GovernedBy::Targeted,
                directives: ResponseDirectives {
                    no_store: said.no_store,
                    private: said.private,
                    ..ResponseDirectives::default()
                },
            }
        }
    }
}

/// `None`: answers of this status are not kept.
pub(super) fn terms(tier: &Tier, arrival: &Arrival<'_>) -> Option<OriginTerms> {
    match &tier.honor_origin {
        Some(honor) => Some(lifetime::terms(arrival, honor.heuristic_max)),
        None => fixed_terms(tier, arrival.status),
    }
}

/// What a tier with a TTL gives an origin's answer, whatever the origin says of time.
pub fn fixed_terms(tier: &Tier, status: u16) -> Option<OriginTerms> {
    let (fresh, swr, sie) = match status {
        200 | 203 | 204 | 206 | 300 | 301 | 308 => (tier.ttl, tier.swr, tier.sie),
        404 | 410 => (tier.negative_ttl, Duration::ZERO, Duration::ZERO),
        _ => return None,
    };
    Some(OriginTerms {
        lifetime: fresh,
        basis: Basis::MaxAge,
        unvalidated: Unvalidated::WhenStaleToo,
        stale_while_revalidate: swr,
        stale_if_error: Some(sie),
        immutable: false,
    })
}
