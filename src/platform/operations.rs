//! What operators ask about the running of the site: its databases, and what happened when.

use super::edge::Edge;
use super::isolate::EdgeFacts;
use super::timeout::within;
use super::{clock, examining, numbers, shield_client};
use crate::admin::{database, window};
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::pipeline::metering::documents;
use crate::pipeline::metering::events::{self, Listed};
use crate::ports::Ports;
use crate::ports::operator::{PurgeDone, PurgeOrder};
use crate::semantics::request::RequestHead;
use crate::source::examination::Examination;
use futures_util::future::join_all;
use futures_util::join;
use std::time::Duration;

/// Events of the span that is asked for; without a word of the last hour.
pub(super) async fn events(edge: &Edge, request: &RequestHead<'_>) -> Result<Listed, Failure> {
    let now = clock::now();
    let window = window::parse_span(request.search, now)?.window(now)?;
    events::between(edge, window.from_s, window.to_s).await
}

/// Notes a purge behind the answer: whoever purges does not wait for a note.
pub(super) fn note_purge(edge: &Edge, site: &Site, order: &PurgeOrder, done: &PurgeDone) {
    let routes = done.routes.iter().filter_map(|id| site.route(*id));
    let routes: Vec<&str> = routes.map(|route| route.pattern.as_str()).collect();
    let event = events::purged(order, done, &routes, clock::now().as_millis() / 1000);
    let own = edge.clone();
    edge.background(async move {
        if let Err(why) = documents::note(&own, &event).await {
            worker::console_warn!("forebay: a purge is not among the events: {}", why.internal);
        }
    });
}

/// Beyond the object's own limit: its way, and its turn.
const WAY_MAX: Duration = Duration::from_secs(3);

/// `GET /debug/db`. A metrics object that cannot be reached takes nothing from what the servers say.
pub(super) async fn databases(
    edge: &Edge,
    site: &Site,
    facts: &EdgeFacts,
    request: &RequestHead<'_>,
) -> Result<database::Report, Failure> {
    let now = clock::now();
    let window = window::parse_span(request.search, now)?.window(now)?;
    let numbers = numbers::summary_of_all(edge, site, facts, window);
    let (numbers, examined) = join!(numbers, examined(edge, site));
    let (statements, span_s) = match numbers {
        Ok(summary) => {
            let span_s = summary.span.to.saturating_sub(summary.span.from);
            (Ok(summary.statements), span_s)
        }
        Err(failure) => {
            worker::console_error!("forebay: no statements: {}", failure.internal);
            (Err(UNREACHED), 0)
        }
    };
    let statements = statements.as_deref().map_err(|why| *why);
    Ok(database::report(
        &site.queries,
        statements,
        span_s,
        examined,
    ))
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
