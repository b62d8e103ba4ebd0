//! What operators ask about the running of the site: its databases, and what happened when.

use super::edge::Edge;
use super::timeout::within;
use super::{clock, examining, shield_client};
use crate::admin::{database, window};
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::metrics::slots::Window;
use crate::metrics::summary::StatementSummary;
use crate::pipeline::metering::events::{self, Listed};
use crate::pipeline::metering::{documents, read};
use crate::ports::Ports;
use crate::ports::operator::{PurgeDone, PurgeOrder};
use crate::semantics::request::RequestHead;
use crate::source::examination::Examination;
use futures_util::future::join_all;
use futures_util::join;
use std::ops::Range;
use std::time::Duration;

/// Events of the span that is asked for, its last second included: an event may be of this moment.
pub(super) async fn events(
    edge: &Edge,
    site: &Site,
    request: &RequestHead<'_>,
) -> Result<Listed, Failure> {
    let span = window::parse(request.search, site, clock::now())?.span;
    events::between(edge, span.start, span.end.saturating_add(1)).await
}

/// Notes a purge behind the answer: whoever purges does not wait for a note.
pub(super) fn note_purge(edge: &Edge, order: &PurgeOrder, done: &PurgeDone) {
    let event = events::purged(order, done, clock::now().as_millis() / 1000);
    let own = edge.clone();
    edge.background(async move {
        if let Err(why) = documents::note(&own, &event).await {
            worker::console_warn!("forebay: a purge is not among the events: {}", why.internal);
        }
    });
}

/// Beyond the object's own limit: its way, and its turn.
const WAY_MAX: Duration = Duration::from_secs(3);

/// `GET /debug/db`.
pub(super) async fn databases(
    edge: &Edge,
    site: &Site,
    request: &RequestHead<'_>,
) -> Result<database::Report, Failure> {
    let now = clock::now();
    let asked = window::parse(request.search, site, now)?;
    let span = asked.span.start..asked.span.end;
    let (measured, examined) = join!(measured(edge, site, &span), examined(edge, site));
    let length_s = span.end.saturating_sub(span.start);
    let measured = measured.as_deref().map_err(|()| UNREACHED);
    Ok(database::report(
        &site.queries,
        measured,
        length_s,
        examined,
    ))
}

/// Statements by what was measured of them. A metrics object that cannot be reached takes nothing from
/// what the servers say.
async fn measured(
    edge: &Edge,
    site: &Site,
    span: &Range<u64>,
) -> Result<Vec<StatementSummary>, ()> {
    let Some(window) = Window::between(span.start, span.end, clock::now()) else {
        return Ok(Vec::new());
    };
    let read = read::summary(edge, site.metrics.objects, window, None).await;
    let statements = read.map(|summary| summary.statements);
    statements.map_err(|why| worker::console_error!("forebay: no statements: {}", why.internal))
}

const UNREACHED: &str = "the measurements cannot be reached; the log lines say why";

/// What every database's server knows, all asked at once.
async fn examined(edge: &Edge, site: &Site) -> Vec<(String, Result<Examination, Failure>)> {
    let asked = site.databases.iter().map(|database| async move {
        let asked = shield_client::examine(edge.env(), &site.shield, &database.name);
        let limit = examining::EXAMINE_MAX + WAY_MAX;
        let found = within(limit, asked).await.unwrap_or_else(|_| {
            Err(Failure::new(Kind::Timeout, "").because("the shield gave no answer in time"))
        });
        if let Err(why) = &found {
            let name = &database.name;
            worker::console_error!("forebay: examining {name}: {}", why.internal);
        }
        (database.name.clone(), found)
    });
    join_all(asked).await
}
