//! The numbers that operators ask for. What this isolate has not told yet is told first.

use super::edge::Edge;
use super::isolate::{self, EdgeFacts};
use super::{clock, publishing, shield_client};
use crate::admin::window;
use crate::config::site::{FlushWhen, Site};
use crate::failure::Failure;
use crate::jobs::publication;
use crate::metrics::report::Report;
use crate::metrics::slots::Window;
use crate::metrics::summary::Summary;
use crate::pipeline::metering::read::{self, Compared};
use crate::semantics::request::RequestHead;
use futures_util::future::join_all;

pub(super) async fn summary(
    edge: &Edge,
    site: &Site,
    facts: &EdgeFacts,
    request: &RequestHead<'_>,
) -> Result<Summary, Failure> {
    let now = clock::now();
    let asked = window::parse(request.search, site, now)?;
    let window = asked.span.window(now)?;
    tell(edge, site, facts).await;
    read::summary(edge, site, window, asked.route).await
}

/// Of all routes together.
pub(super) async fn summary_of_all(
    edge: &Edge,
    site: &Site,
    facts: &EdgeFacts,
    window: Window,
) -> Result<Summary, Failure> {
    tell(edge, site, facts).await;
    read::summary(edge, site, window, None).await
}

pub(super) async fn exposed(
    edge: &Edge,
    site: &Site,
    facts: &EdgeFacts,
) -> Result<String, Failure> {
    tell(edge, site, facts).await;
    read::exposed(edge, site.metrics.objects, clock::now()).await
}

pub(super) async fn report(
    edge: &Edge,
    site: &Site,
    facts: &EdgeFacts,
    request: &RequestHead<'_>,
) -> Result<Report, Failure> {
    let now = clock::now();
    let hour = window::parse_hour(request.search, now)?;
    tell(edge, site, facts).await;
    match read::report(edge, site, hour.window, hour.before).await {
        Ok(report) => Ok(report),
        Err(failure) => published(edge, site, hour.begins_s).await.ok_or(failure),
    }
}

/// What cron has made of the hour when it was over.
async fn published(edge: &Edge, site: &Site, begins: u64) -> Option<Report> {
    let name = publication::report_on(begins).name(&site.name);
    let text = match publishing::get(edge.env(), &name).await {
        Ok(text) => text?,
        Err(failure) => {
            worker::console_warn!("forebay: {}", failure.internal);
            return None;
        }
    };
    serde_json::from_str(&text).ok()
}

pub(super) async fn compared(
    edge: &Edge,
    site: &Site,
    facts: &EdgeFacts,
    request: &RequestHead<'_>,
) -> Result<Compared, Failure> {
    let now = clock::now();
    let periods = window::parse_periods(request.search, site)?;
    let baseline = window::window("baseline", &periods.baseline, now)?;
    let current = window::window("current", &periods.current, now)?;
    tell(edge, site, facts).await;
    read::compared(edge, site, baseline, current, periods.route).await
}

/// The shield's objects tell by themselves; only where nothing is told before somebody asks, they are had
/// to.
async fn tell(edge: &Edge, site: &Site, facts: &EdgeFacts) {
    let Some(meter) = &facts.meter else {
        return;
    };
    match meter.when {
        FlushWhen::Timed => {}
        FlushWhen::Held => {
            let shards = 0..site.shield.shards;
            let flushes = shards.map(|shard| shield_client::flush(edge.env(), &site.shield, shard));
            for failure in join_all(flushes).await.into_iter().filter_map(Result::err) {
                worker::console_warn!("forebay: metrics: {}", failure.internal);
            }
        }
    }
    meter.flush(edge.env(), isolate::gauges(site)).await;
}
