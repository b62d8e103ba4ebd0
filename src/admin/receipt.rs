//! What `POST /admin/purge` answers: the purge's number, and for how long the old answers may still be
//! seen, and where.
//!
//! All times count from the receipt, for requests that come after them. Forebay cannot know how old the
//! answers are that it has stored, so each is reckoned for the worst: one that was stored a moment before
//! the last isolate heard of the purge.

use crate::config::site::Site;
use crate::policy::Tier;
use crate::ports::operator::{PurgeDone, PurgeOrder, Scope};
use crate::purge::DRAIN_EVERY;
use crate::purge::target::Mode;
use serde::Serialize;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Receipt {
    pub seq: u64,
    pub mode: Mode,
    pub matched: Matched,
    pub unmatched: Vec<Unmatched>,
    /// Until every isolate treats the answers as purged.
    pub visible_within_ms: u64,
    /// For comparison: until a change that the databases' triggers tell shows everywhere, from its commit.
    /// `None` when no database is listened to.
    pub database_changes_visible_within_ms: Option<u64>,
    /// Until they are served no more while they are refreshed.
    pub stale_until_ms: u64,
    /// Until they are served no more, also where the source fails.
    pub stale_if_source_fails_until_ms: u64,
    /// The same where an isolate reaches neither the source nor the purge log, so that it has never heard
    /// of the purge.
    pub stale_if_log_and_source_fail_until_ms: u64,
    /// Until the copies are stale that browsers and caches in front of Forebay have: they are not ours
    /// to purge.
    pub client_caches_until_ms: u64,
    /// Until nobody anywhere can be served the old answers by Forebay, whatever fails.
    pub longest_ms: u64,
}

/// How many targets there are of each kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Matched {
    pub tags: usize,
    pub keys: usize,
    pub prefixes: usize,
    pub everything: bool,
    /// Cached routes whose answers may be among what was purged.
    pub routes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Unmatched {
    pub key: String,
    pub why: String,
}

/// The longest times of the tiers that are concerned.
#[derive(Clone, Copy, Debug, Default)]
struct Longest {
    swr: Duration,
    /// For which a stale answer may be served in any way.
    stale: Duration,
    /// The same from its creation on.
    kept: Duration,
    /// For which a client may use it by itself.
    client: Duration,
}

impl Longest {
    fn with(self, tier: &Tier) -> Self {
        let stale = tier.swr.max(tier.sie);
        Self {
            swr: self.swr.max(tier.swr),
            stale: self.stale.max(stale),
            kept: self.kept.max(tier.ttl.saturating_add(stale)),
            client: self.client.max(tier.ttl.saturating_add(tier.swr)),
        }
    }
}

pub fn make(site: &Site, order: &PurgeOrder, done: &PurgeDone) -> Receipt {
    let routes = done.routes.iter().filter_map(|id| site.route(*id));
    let tiers = routes.clone().filter_map(|route| route.tier.as_ref());
    let longest = tiers.fold(Longest::default(), Longest::with);
    let lag = site.purge.max_lag;
    let after = |window: Duration| millis(lag.saturating_add(window));
    let (stale, if_source_fails) = match order.mode {
        Mode::Soft => (after(longest.swr), after(longest.stale)),
        Mode::Hard => (millis(lag), millis(lag)),
    };
    let unheard = after(longest.kept);
    Receipt {
        seq: done.seq.0,
        mode: order.mode,
        matched: Matched {
            tags: order.tags.len(),
            keys: order.keys.len() - done.unmatched.len(),
            prefixes: order.prefixes.len(),
            everything: order.scope == Scope::Everything,
            routes: routes.map(|route| route.pattern.clone()).collect(),
        },
        unmatched: done.unmatched.iter().map(unmatched).collect(),
        visible_within_ms: millis(lag),
        database_changes_visible_within_ms: (!site.purge.outbox.is_empty())
            .then(|| millis(lag.saturating_add(DRAIN_EVERY))),
        stale_until_ms: stale,
        stale_if_source_fails_until_ms: if_source_fails,
        stale_if_log_and_source_fail_until_ms: unheard,
        client_caches_until_ms: after(longest.client),
        longest_ms: unheard.max(if_source_fails),
    }
}

fn unmatched(found: &crate::ports::operator::Unmatched) -> Unmatched {
    Unmatched {
        key: found.url.clone(),
        why: found.why.clone(),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
