//! What a request may take for valid: the isolate's view of the purges, and the client's bookmark.
//!
//! Both lanes ask here. The synchronous lane takes a request only where the view needs no renewal and
//! reaches the bookmark; the other one renews it first, or says that nothing can be verified.

use crate::cache::freshness::{Freshness, Standing, judge_relieved};
use crate::cache::stored::Stored;
use crate::config::site::{Route, Site};
use crate::policy::{Terms, eager_for, terms_for};
use crate::ports::Ports;
use crate::purge::ANSWER_MAX;
use crate::purge::bookmark::{self, Given};
use crate::purge::index::Verdict;
use crate::purge::message::{LogAsk, LogReply, Page};
use crate::purge::seq::PurgeSeq;
use crate::purge::view::{Currency, View};
use crate::purge::watch::Watch;
use crate::semantics::request::RequestHead;
use crate::time::Timestamp;
use std::time::Duration;

/// What one request may take for valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The client must see everything that was purged up to here; 0 without a bookmark.
    pub bookmark: PurgeSeq,
    pub trust: Trust,
    /// What became of the bookmark, if not what its holder hopes, for `Cache-Status`.
    pub note: Option<&'static str>,
}

/// Whether the isolate's view can tell that a stored response is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    View,
    /// It is too old, and the log cannot be reached. What is stored may stand in only if the source
    /// fails.
    Nothing,
    /// It does not reach the bookmark, and may not ask again so soon: only the shield may answer.
    Shield,
}

/// A stored response, as it may be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    Usable(Terms, Standing),
    /// Not at all, and why in a word.
    Void(&'static str),
}

impl Sight {
    /// For the synchronous lane: `None` sends the request to the other one.
    pub fn at_once(
        watch: &Watch,
        site: &Site,
        request: &RequestHead<'_>,
        now: Timestamp,
    ) -> Option<Self> {
        let bookmark = match bookmark::read(request.bookmark, request.cookie) {
            Given::Nothing => PurgeSeq::ZERO,
            Given::At(seq) if seq <= watch.view.head() => seq,
            Given::At(_) | Given::Malformed => return None,
        };
        let lag = site.purge.lag();
        watch.lets_through(lag, now).then_some(Self {
            bookmark,
            trust: Trust::View,
            note: None,
        })
    }

    /// How a stored response stands now, by the route's terms and the purges.
    pub fn stand<B>(
        &self,
        route: &Route,
        stored: &Stored<B>,
        view: &View,
        now: Timestamp,
    ) -> Stand {
        let head = &stored.head;
        let Some(tier) = &route.tier else {
            return Stand::Void("status");
        };
        let Some(terms) = terms_for(tier, head.status) else {
            return Stand::Void("status");
        };
        let mut relief = view.relief(now);
        let terms = match view.verdict(head.seq, &head.key, &head.tags) {
            Verdict::Valid => terms,
            Verdict::Hard { .. } => return Stand::Void("purged"),
            // Its holder has seen the purge: to be shown the old once more would be to go back.
            Verdict::Soft { first, .. } if first <= self.bookmark => return Stand::Void("purged"),
            // The log's clock may be ahead of ours; what it has purged is stale all the same.
            Verdict::Soft { since, .. } => {
                // Who purged it was told for how long it is served at the most.
                relief = None;
                terms.stale_since(since.min(now), head.created)
            }
        };
        let ahead = (eager_for(tier, head.status), stored.jitter);
        let mut standing = judge_relieved(head, terms, ahead, relief, now);
        match self.trust {
            Trust::View => {}
            Trust::Shield => return Stand::Void("bookmark"),
            Trust::Nothing if self.bookmark > PurgeSeq::ZERO => return Stand::Void("unverified"),
            Trust::Nothing => standing.freshness = standing.freshness.max(Freshness::StaleIfError),
        }
        Stand::Usable(terms, standing)
    }
}

/// Renews the isolate's view as far as this request needs it.
pub async fn prepare<P: Ports>(ports: &P, site: &Site, request: &RequestHead<'_>) -> Sight {
    let (lag, now) = (site.purge.lag(), ports.now());
    let mut trust = Trust::View;
    match ports.with_watch(|watch| watch.currency(lag, now)) {
        Currency::Current => {}
        Currency::Aging => renew_behind(ports),
        // One that has just given no answer would keep everybody waiting for none.
        Currency::Outdated if ports.with_watch(|watch| watch.is_silent(now)) => {
            renew_behind(ports);
            trust = Trust::Nothing;
        }
        Currency::Outdated => {
            if renew(ports, Source::Colo(lag.poll)).await.is_none() {
                trust = Trust::Nothing;
            }
        }
    }
    let given = match bookmark::read(request.bookmark, request.cookie) {
        Given::At(seq) => seq,
        Given::Nothing => {
            return Sight {
                bookmark: PurgeSeq::ZERO,
                trust,
                note: None,
            };
        }
        Given::Malformed => {
            return Sight {
                bookmark: PurgeSeq::ZERO,
                trust,
                note: Some("bookmark-malformed"),
            };
        }
    };
    reach(ports, given, trust).await
}

/// Brings the view to the bookmark, if there can be such a one.
async fn reach<P: Ports>(ports: &P, given: PurgeSeq, trust: Trust) -> Sight {
    let stand = || ports.with_watch(|watch| bookmark::stand(given, &watch.view, ports.now()));
    let honoured = |trust, note| Sight {
        bookmark: given,
        trust,
        note,
    };
    let ignored = Sight {
        bookmark: PurgeSeq::ZERO,
        trust,
        note: Some("bookmark-ahead"),
    };
    match stand() {
        bookmark::Standing::Reached => return honoured(trust, None),
        bookmark::Standing::Impossible => return ignored,
        bookmark::Standing::Ahead => {}
    }
    let allowed = ports.with_watch(|watch| watch.may_ask(ports.now()));
    if allowed && renew(ports, Source::Log).await.is_some() {
        return match stand() {
            bookmark::Standing::Reached => honoured(Trust::View, None),
            // The log itself has not come so far.
            bookmark::Standing::Impossible | bookmark::Standing::Ahead => Sight {
                trust: Trust::View,
                ..ignored
            },
        };
    }
    honoured(Trust::Shield, Some("bookmark-by-shield"))
}

/// Where a renewal may come from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// Another isolate of the colo may have asked so short a time ago.
    Colo(Duration),
    /// The log itself.
    Log,
}

/// Renews the view behind the response, unless somebody does already.
fn renew_behind<P: Ports>(ports: &P) {
    let now = ports.now();
    if !ports.with_watch(|watch| watch.begin_renewal(now)) {
        return;
    }
    let ports_then = ports.clone();
    ports.background(async move {
        // No older than this request: it has found the view too old.
        let _ = renew(&ports_then, Source::Colo(Duration::from_millis(500))).await;
        ports_then.with_watch(Watch::end_renewal);
    });
}

/// Renews the view. `None`: the log cannot be reached in time.
pub async fn renew<P: Ports>(ports: &P, source: Source) -> Option<()> {
    let asked = ports.now();
    if let Source::Colo(age_max) = source
        && let Some(page) = ports.shared_page().await
        && ports.now().since(page.asked) <= age_max
        && page.asked <= ports.now()
        && take(ports, &page)
    {
        return Some(());
    }
    let from = ports.with_watch(|watch| watch.view.head());
    let ask = LogAsk::Since { from };
    let delta = match ports.within(ANSWER_MAX, ports.ask_log(&ask)).await {
        Some(Ok(LogReply::Delta(delta))) => delta,
        Some(_) | None => {
            ports.with_watch(|watch| watch.note_silence(ports.now()));
            return None;
        }
    };
    ports.with_watch(Watch::note_answer);
    let page = Page { asked, delta };
    if !take(ports, &page) {
        return None;
    }
    if page.delta.marks.len() <= PAGE_MARKS_MAX {
        ports.share_page(&page).await;
    }
    Some(())
}

/// What is shared in a colo is read once a second by every isolate, so it is kept small.
const PAGE_MARKS_MAX: usize = 2048;

fn take<P: Ports>(ports: &P, page: &Page) -> bool {
    use crate::purge::index::Merged;
    let merged = ports.with_watch(|watch| watch.view.take(&page.delta, page.asked));
    merged == Merged::Taken
}
