//! Whether an origin's answer to one request may answer others that asked the same while it was on its
//! way (RFC 9111 §4, collapsed requests), and whether those that come just after it.
//!
//! What may be stored may be shared; so may what shows that the origin is failing, since to ask a dying
//! origin once for each who waits would finish it. What is for one client is for nobody else.

use super::lifetime::{self, OriginTerms, Unvalidated};
use super::{Tier, terms_for};
use crate::semantics::age::{Exchange, corrected_initial_age};
use crate::semantics::cache_control::{Flag, ResponseDirectives, Scope};
use crate::semantics::fields::Fields;
use crate::semantics::status;
use crate::semantics::targeted::{Governing, TargetList, governing};
use crate::semantics::vary::{Unmatchable, Vary};
use std::time::Duration;

/// An answer as it came.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    pub status: u16,
    pub response: &'a Fields,
    pub exchange: Exchange,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sharing {
    Share(Shared),
    Refuse(Refusal),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The request fields, in lower case, sorted, in which requests must be equal to share it.
    pub among: Vec<String>,
    /// How long after its receipt it is fresh; zero for what answers nobody who comes later.
    pub fresh: Duration,
}

/// Why an answer is for the one who asked, by the first of the conditions that it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No tier is for it.
    NoTier,
    SetCookie,
    Private,
    Vary(Unmatchable),
    /// It answers something that only this request had, or must not be stored by definition.
    Status,
    NoStore,
    /// `no-cache`: each use asks the origin first.
    NoCache,
}

/// `tier`: that of the answer.
pub fn decide(answer: &Answer<'_>, tier: Option<&Tier>) -> Sharing {
    let Some(tier) = tier else {
        return Sharing::Refuse(Refusal::NoTier);
    };
    let honored = tier.honor_origin.as_ref();
    let default_targets = TargetList::default();
    let targets = honored.map_or(&default_targets, |honored| &honored.targets);
    let governing = governing(answer.response, targets);
    if let Some(refusal) = refusal(answer, &governing.directives) {
        return Sharing::Refuse(refusal);
    }
    let mut among = match Vary::read(answer.response) {
        Vary::Nothing => Vec::new(),
        Vary::Names(names) => names,
        Vary::Never(why) => return Sharing::Refuse(Refusal::Vary(why)),
    };
    let terms = honored.map(|honored| {
        let arrival = lifetime::Arrival {
            status: answer.status,
            response: answer.response,
            governing: &governing,
            received: answer.exchange.received,
        };
        lifetime::terms(&arrival, honored.heuristic_max)
    });
    if terms.is_some_and(|terms| may_depend_on_cookies(answer.status, &terms, &governing)) {
        among.push("cookie".to_owned());
        among.sort_unstable();
        among.dedup();
    }
    Sharing::Share(Shared {
        among,
        fresh: fresh(answer, tier, terms.as_ref()),
    })
}

fn refusal(answer: &Answer<'_>, directives: &ResponseDirectives) -> Option<Refusal> {
    let concerns = |scope: &Option<Scope>| match scope {
        None => false,
        Some(Scope::Response) => true,
        // Nobody takes them out on the way to the others.
        Some(Scope::Fields(names)) => names.iter().any(|name| answer.response.contains(name)),
    };
    if answer.response.contains("Set-Cookie") {
        return Some(Refusal::SetCookie);
    }
    if concerns(&directives.private) {
        return Some(Refusal::Private);
    }
    // What an application says of its own failure may be for one user; what stands before it knows none.
    let may_be_private = answer.status == 500 && directives.no_store.is_some();
    if is_failing(answer.status) && !may_be_private {
        return None;
    }
    let must_understand = directives.must_understand.is_some();
    if must_understand && !status::is_understood(answer.status) {
        return Some(Refusal::Status);
    }
    if status::unstorable(answer.status).is_some_and(|why| why != status::Unstorable::Freshens) {
        return Some(Refusal::Status);
    }
    if directives.no_store.is_some() {
        return Some(Refusal::NoStore);
    }
    concerns(&directives.no_cache).then_some(Refusal::NoCache)
}

/// The origin, or what stands before it, is in no state to answer.
fn is_failing(status: u16) -> bool {
    matches!(status, 500 | 502 | 503 | 504)
}

/// Many origins know a client by its cookie and say nothing of it in `Vary`. Only one that says that its
/// answer is for a cache is believed to have thought of that; a tier with a lifetime of its own says it in
/// the origin's place.
fn may_depend_on_cookies(status: u16, terms: &OriginTerms, governing: &Governing) -> bool {
    let has_lifetime = terms.basis.is_explicit() && !terms.lifetime.is_zero();
    let is_meant_for_caches = has_lifetime || governing.directives.public == Some(Flag::Plain);
    status != 304 && !is_failing(status) && !is_meant_for_caches
}

/// Whether an answer may be what the request's cookie has made of it, and does not say that it varies by
/// that. It is not stored: the next client is another.
pub fn is_of_its_cookie(
    request: &Fields,
    status: u16,
    terms: &OriginTerms,
    governing: &Governing,
    vary: &Vary,
) -> bool {
    let selects = match vary {
        Vary::Names(names) => names.iter().any(|name| name == "cookie"),
        Vary::Nothing | Vary::Never(_) => false,
    };
    let has_one = request.contains("cookie");
    has_one && !selects && may_depend_on_cookies(status, terms, governing)
}

fn fresh(answer: &Answer<'_>, tier: &Tier, terms: Option<&OriginTerms>) -> Duration {
    // A part may not be as long as it says, which only who joins it looks at.
    if matches!(answer.status, 206 | 304) || is_failing(answer.status) {
        return Duration::ZERO;
    }
    let Some(terms) = terms else {
        return terms_for(tier, answer.status).map_or(Duration::ZERO, |terms| terms.fresh);
    };
    match terms.unvalidated {
        Unvalidated::Never => Duration::ZERO,
        Unvalidated::WhileFresh | Unvalidated::WhenStaleToo => {
            let age = corrected_initial_age(answer.response, answer.exchange);
            terms.lifetime.saturating_sub(age)
        }
    }
}

#[cfg(test)]
mod tests;
