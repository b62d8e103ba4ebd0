//! Asks a route's source for an answer that may be stored.

use super::plan::Target;
use super::sight::Sight;
use crate::cache::stored::Head;
use crate::cache::tags;
use crate::config::site::{Route, Site, Source};
use crate::failure::{Failure, Kind};
use crate::key::CacheKey;
use crate::outcome::{ShieldReport, in_turn};
use crate::ports::{Asked, Delivery, Ports};
use crate::purge::seq::PurgeSeq;
use crate::shield::message::Ask;

/// The source's answer and the shield's part in it. Queries go through the shield object that owns
/// the key; assets are at hand at the edge.
///
/// INVARIANT: the answer is not older than a purge that this isolate knows of. A fill that began before
/// one may answer those who asked before it; whoever asks after it asks again, and is then answered by
/// a fill that began later.
pub async fn fill<P: Ports>(
    ports: &P,
    site: &Site,
    route: &Route,
    target: &Target,
    key: &CacheKey,
    sight: &Sight,
) -> Asked<P> {
    match route.source {
        Source::Query(_) => {
            let ask = Ask {
                route: route.fingerprint.clone(),
                values: target.values.clone(),
                key: Some(key.as_str().to_owned()),
                after: sight.bookmark,
                trace: ports.trace().map(|trace| trace.own),
            };
            let shard = key.shard(site.shield.shards);
            let first = ports.ask(shard, ask.clone()).await;
            let (report, delivery) = match first {
                (report, Ok(delivery)) => (report, delivery),
                failed @ (_, Err(_)) => return failed,
            };
            let Some(by) = voided(ports, delivery.head()) else {
                return (report, Ok(delivery));
            };
            match delivery {
                Delivery::Whole(_) => {}
                Delivery::Passing(passing) => ports.discard(passing.stream),
            }
            let after = by.max(ask.after);
            let (again, delivery) = ports.ask(shard, Ask { after, ..ask }).await;
            (both(report, again), delivery)
        }
        Source::Assets => {
            let head = ports.with_watch(|watch| watch.view.head());
            let tags = tags::fill_at(&route.tags, &[], &target.path);
            let asset = ports.asset(&target.path, key, tags, head).await;
            (None, asset.map(Delivery::Whole))
        }
        Source::Origin(_) => (
            None,
            Err(Failure::new(Kind::Internal, "").because("an origin route has a tier")),
        ),
    }
}

/// The second report, with the time that both questions took.
fn both(first: Option<ShieldReport>, second: Option<ShieldReport>) -> Option<ShieldReport> {
    let waited = |report: Option<ShieldReport>| report.and_then(|report| report.source_ms);
    let source_ms = in_turn(waited(first), waited(second));
    second.or(first).map(|report| ShieldReport {
        source_ms,
        ..report
    })
}

/// If this isolate knows of a purge that the answer does not show: all that it knows of by now. Not the
/// number of that purge alone, for the next answer may carry other tags, which others have purged.
fn voided<P: Ports>(ports: &P, head: &Head) -> Option<PurgeSeq> {
    ports.with_watch(|watch| {
        let verdict = watch.view.verdict(head.seq, &head.key, &head.tags);
        verdict.latest().map(|_| watch.view.head())
    })
}
