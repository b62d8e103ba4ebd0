//! Warming by time: what the routes' `warm` says.

use crate::admin::warm::{Summary, line};
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::pipeline::operate;
use crate::platform::edge::Edge;
use crate::platform::isolate;
use crate::ports::operator::{WarmOrder, WarmResult, WarmWhat};
use futures_util::StreamExt;
use std::pin::pin;
use std::rc::Rc;

/// Less at once than an operator's warming: nobody waits.
const AT_ONCE: usize = 4;

pub(super) async fn warm(edge: &Edge, site: &Rc<Site>) -> Result<String, Failure> {
    let secrets = isolate::secrets(edge.env());
    let order = WarmOrder {
        what: WarmWhat::Configured,
        concurrency: AT_ONCE,
    };
    let planned = operate::warm::plan(edge, site, &order).await?;
    let (edge, site) = (edge.clone(), site.clone());
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
    let text = serde_json::to_string(&summary)
        .map_err(|why| Failure::new(Kind::Internal, "").because(why))?;
    worker::console_log!("forebay: cron: warmed {text}");
    Ok(format!("warmed {text}"))
}
