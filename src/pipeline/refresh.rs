//! Refreshes a stored answer behind the response that it served: because it is stale (RFC 5861 §3),
//! because it is about to be, or because the source takes longer than a client is made to wait.

use super::admit::Fetched;
use super::lookup::{Verdict, layers};
use super::plan::Target;
use super::sight::Sight;
use super::{admit, fill};
use crate::cache::refreshing::Claim;
use crate::cache::stored::Head;
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::key::CacheKey;
use crate::outcome::LayerReport;
use crate::policy::Tier;
use crate::ports::{Asked, Delivery, Ports};
use crate::purge::index::Verdict as Purged;
use crate::purge::view::View;
use crate::time::Timestamp;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::rc::Rc;
use std::time::Duration;

/// What is refreshed, for work that outlives its request's borrowings.
#[derive(Clone, Debug)]
pub struct Errand<P> {
    pub ports: P,
    pub site: Rc<Site>,
    pub target: Target,
    pub key: CacheKey,
    pub sight: Sight,
}

/// What a source said within its time.
pub(super) enum Within<P: Ports> {
    Answered(Asked<P>),
    Late {
        /// How long it was waited for; `None`: another request waits for it, and counts that.
        source_ms: Option<u32>,
    },
}

impl<P: Ports> Errand<P> {
    /// Starts a refresh of what is stored in the background, unless this isolate runs one for the key already,
    /// or has run one a moment ago and sources suffer. What was purged waits for nothing.
    pub fn start(self, stored: &Head) {
        let now = self.ports.now();
        let key = self.key.as_str();
        let rests = || self.ports.with_refreshing(|had| had.rests(key, now));
        if self.is_relieved(now) && self.is_valid(stored) && rests() {
            return;
        }
        let claim = self
            .ports
            .with_refreshing(|refreshing| refreshing.begin(self.key.as_str(), now));
        let Some(claim) = claim else { return };
        let ports = self.ports.clone();
        ports.background(async move {
            self.refresh().await;
            if self.is_relieved(self.ports.now()) {
                let key = self.key.as_str();
                self.ports.with_refreshing(|had| had.rest(key, &claim));
            } else {
                self.end(&claim);
            }
        });
    }

    fn is_valid(&self, stored: &Head) -> bool {
        let of = |view: &View| view.verdict(stored.seq, &stored.key, &stored.tags);
        self.ports.with_watch(|watch| of(&watch.view)) == Purged::Valid
    }

    fn is_relieved(&self, now: Timestamp) -> bool {
        let relief = self.ports.with_watch(|watch| watch.view.relief(now));
        relief.is_some()
    }

    /// Another isolate may have refreshed a farther layer by now; only if none has, the source is asked.
    /// A failure leaves what is stored as it is: the next request tries again.
    async fn refresh(&self) {
        let Some(route) = self.site.route(self.target.id) else {
            return;
        };
        let Some(tier) = &route.tier else { return };
        let mut elsewhere = tier.clone();
        elsewhere.layers.memory = false;
        let found = layers(&self.ports, route, &elsewhere, &self.key, &self.sight).await;
        if let Verdict::Fresh(candidate) = found.verdict {
            admit::promoted(&self.ports, tier, &candidate, &mut Vec::new());
            return;
        }
        self.keep(tier, self.fill().await, &found.reports);
    }

    /// Asks the source, but no longer than for `soft`. A question that is late goes on behind the response, once
    /// in this isolate, and what comes of it is stored.
    ///
    /// INVARIANT: the future is never shared between requests. Each request asks for itself (the shield
    /// joins them), and of those that gave up waiting one goes on; who comes after that does not ask.
    pub(super) async fn within(self, soft: Duration, reports: &[LayerReport]) -> Within<P> {
        let began = self.ports.now();
        let under_way = self
            .ports
            .with_refreshing(|refreshing| refreshing.running_for(self.key.as_str(), began));
        if under_way.is_some_and(|so_far| so_far >= soft) {
            return Within::Late { source_ms: None };
        }
        let ports = self.ports.clone();
        let mut asking = self.clone().into_fill();
        if let Some(asked) = ports.within(soft, asking.as_mut()).await {
            return Within::Answered(asked);
        }
        let now = ports.now();
        let claim = ports.with_refreshing(|refreshing| refreshing.begin(self.key.as_str(), began));
        let Some(claim) = claim else {
            return Within::Late { source_ms: None };
        };
        let reports = reports.to_vec();
        ports.background(async move {
            let asked = asking.await;
            if let Some(tier) = self.tier() {
                self.keep(tier, asked, &reports);
            }
            self.end(&claim);
        });
        let source_ms = u32::try_from(now.since(began).as_millis()).ok();
        Within::Late { source_ms }
    }

    fn into_fill(self) -> LocalBoxFuture<'static, Asked<P>> {
        async move { self.fill().await }.boxed_local()
    }

    async fn fill(&self) -> Asked<P> {
        let Some(route) = self.site.route(self.target.id) else {
            let failure = Failure::new(Kind::Internal, "").because("a target without a route");
            return (None, Err(failure));
        };
        let (ports, site) = (&self.ports, &self.site);
        fill::fill(ports, site, route, &self.target, &self.key, &self.sight).await
    }

    /// Puts what the source gave where the next requests find it.
    fn keep(&self, tier: &Tier, asked: Asked<P>, found: &[LayerReport]) {
        match asked {
            (shield, Ok(Delivery::Whole(stored))) => {
                let fetched = Fetched::of(shield);
                let mut reports = found.to_vec();
                admit::absence(&self.ports, found, &stored, fetched);
                admit::filled(
                    &self.ports,
                    &self.site,
                    tier,
                    &stored,
                    fetched,
                    &mut reports,
                );
            }
            (_, Ok(Delivery::Passing(passing))) => self.ports.discard(passing.stream),
            (_, Err(_)) => {}
        }
    }

    fn tier(&self) -> Option<&Tier> {
        self.site.route(self.target.id)?.tier.as_ref()
    }

    fn end(&self, claim: &Claim) {
        self.ports
            .with_refreshing(|refreshing| refreshing.end(self.key.as_str(), claim));
    }
}
