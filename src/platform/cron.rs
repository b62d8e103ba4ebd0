//! What is done each minute, whether or not anybody asks: the databases' outboxes, and warming. A failure
//! here would look like a success to the platform, so it is logged.

use super::edge::Edge;
use super::{isolate, purge_client};
use crate::admin::warm::{Summary, line};
use crate::config::site::Site;
use crate::pipeline::metering::alerts;
use crate::pipeline::operate;
use crate::ports::Secrets;
use crate::ports::operator::{WarmOrder, WarmResult, WarmWhat};
use crate::purge::message::{LogAsk, LogReply};
use futures_util::StreamExt;
use std::pin::pin;
use std::rc::Rc;
use worker::{Env, ScheduleContext, ScheduledEvent, event};

#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, context: ScheduleContext) {
    let site = match isolate::site() {
        Ok(site) => site,
        Err(why) => {
            worker::console_error!("forebay: {why}");
            return;
        }
    };
    drain(&env, &site).await;
    let secrets = isolate::secrets(&env);
    let edge = match Edge::of_cron(env, context, site.clone()) {
        Ok(edge) => edge,
        Err(why) => {
            worker::console_error!("forebay: cron: {why}");
            return;
        }
    };
    if let Err(failure) = alerts::evaluate(&edge, &site).await {
        worker::console_error!("forebay: cron: alerts: {}", failure.internal);
    }
    let is_configured = site.routes.iter().any(|route| route.warm.is_some());
    if is_configured && is_due(&site, event.schedule()) {
        warm(edge, secrets, site).await;
    }
}

async fn drain(env: &Env, site: &Site) {
    let hint = site.shield.location_hint.as_deref();
    match purge_client::ask(env, hint, &LogAsk::Drain).await {
        Ok(LogReply::Drained(report)) => {
            for (database, why) in report.failed {
                worker::console_error!("forebay: cron: the outbox of {database}: {why}");
            }
        }
        Ok(other) => worker::console_error!("forebay: cron: the purge log answered {other:?}"),
        Err(failure) => worker::console_error!("forebay: cron: {}", failure.internal),
    }
}

/// By the minutes since 1970 of the time that cron was to come, which is never missed by coming late.
fn is_due(site: &Site, scheduled_ms: f64) -> bool {
    let minute = scheduled_ms as u64 / 60_000;
    minute.is_multiple_of((site.warm_every.as_secs() / 60).max(1))
}

/// Less at once than an operator's warming: nobody waits.
const AT_ONCE: usize = 4;

async fn warm(edge: Edge, secrets: Secrets, site: Rc<Site>) {
    let order = WarmOrder {
        what: WarmWhat::Configured,
        concurrency: AT_ONCE,
    };
    let planned = match operate::warm::plan(&edge, &site, &order).await {
        Ok(planned) => planned,
        Err(failure) => {
            worker::console_error!("forebay: cron: warming: {}", failure.internal);
            return;
        }
    };
    let mut warmed = pin!(operate::warm::run(edge, site, secrets, planned, AT_ONCE));
    let mut summary = Summary::default();
    while let Some(each) = warmed.next().await {
        summary = summary.with(&each);
        let failed = match &each.result {
            WarmResult::Answered(status, _) => *status >= 500,
            WarmResult::Covered(_) | WarmResult::Skipped(_) => true,
        };
        if failed {
            worker::console_error!("forebay: cron: warming: {}", line(&each).trim_end());
        }
    }
    let text = serde_json::to_string(&summary).unwrap_or_default();
    worker::console_log!("forebay: cron: warmed {text}");
}
