//! Performs the health checks, all at once.

use super::edge::Edge;
use super::timeout::within;
use super::{assets, clock, colo, cron, global, isolate, publishing, shield_client};
use crate::admin::health::{Check, Look, Recent, Status, of_origins, report};
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::jobs::runs::Pulse;
use crate::key::CacheKey;
use crate::metrics::message::MetricsAsk;
use crate::ports::metrics::MetricsPorts;
use crate::ports::{Ports, Read};
use crate::purge::message::{LogAsk, LogReply};
use crate::respond::ResponseHead;
use crate::shield::message::{Impaired, Reach};
use futures_util::future::join_all;
use futures_util::join;
use futures_util::stream::{self, StreamExt};
use std::cell::RefCell;
use std::future::Future;
use std::time::Duration;

type Report = (ResponseHead, String);

thread_local! {
    static RECENT: RefCell<Recent<Report>> = RefCell::default();
}

/// # Errors
/// `TooManyTries`: several are being made already, and there is none yet.
pub(super) async fn check(edge: &Edge, site: &Site) -> Result<Report, Failure> {
    let now = clock::now();
    match RECENT.with_borrow_mut(|recent| recent.look(now)) {
        Look::Told(report) => return Ok(report),
        Look::Make => {}
        Look::Wait => {
            let wait = "The parts are being asked: ask again in a second.";
            return Err(Failure::new(Kind::TooManyTries, wait).after(Duration::from_secs(1)));
        }
    }
    let report = checked(edge, site).await;
    RECENT.with_borrow_mut(|recent| recent.keep(now, report.clone()));
    Ok(report)
}

async fn checked(edge: &Edge, site: &Site) -> Report {
    let databases = site.databases.iter().map(|database| async move {
        let name = format!("database:{}", database.name);
        let reach = shield_client::ping(edge.env(), &site.shield, &database.name);
        // The primary stands in for a replica.
        let away = match database.replica {
            Some(_) => Status::Degraded,
            None => Status::Down,
        };
        timed(name, away, async {
            match reach.await {
                Ok(Reach::Answered) => Status::Ok,
                Ok(Reach::Busy) => Status::Degraded,
                Err(_) => away,
            }
        })
        .await
    });
    let (mut checks, shield, purges, global, colo, assets, numbers) = join!(
        join_all(databases),
        shield(edge, site),
        timed("purges".into(), Status::Degraded, async {
            degraded_unless(purges_are_heard(edge).await)
        }),
        timed("kv".into(), Status::Degraded, async {
            degraded_unless(global::answers(edge.env()).await)
        }),
        timed("cache".into(), Status::Degraded, async {
            degraded_unless(cache_answers(edge).await)
        }),
        timed("assets".into(), Status::Degraded, async {
            degraded_unless(assets::answers(edge.env()).await)
        }),
        measuring(edge, site),
    );
    checks.extend(shield);
    checks.extend([purges, global, colo, assets]);
    checks.extend(numbers);
    report(&site.name, &site.hash, &checks)
}

/// A shield's object that takes longer is told as silent.
const OBJECT_MAX: Duration = Duration::from_secs(1);

const OBJECTS_AT_ONCE: usize = 16;

/// Whether all the shield's objects answer, and how the origins are.
async fn shield(edge: &Edge, site: &Site) -> Vec<Check> {
    let began = clock::now();
    let asked = stream::iter(0..site.shield.shards)
        .map(|shard| async move {
            let asked = shield_client::impaired(edge.env(), &site.shield, shard);
            within(OBJECT_MAX, asked).await.ok()?.ok()
        })
        .buffer_unordered(OBJECTS_AT_ONCE)
        .collect();
    let mut seen: Vec<Option<Impaired>> = within(CHECK_MAX, asked).await.unwrap_or(vec![None]);
    // What goes straight is seen from here.
    seen.push(Some(isolate::origins().impaired()));
    let took_ms = clock::elapsed_ms(began);
    let origins = site.origins.iter().map(|origin| origin.name.as_str());
    let parts = of_origins(origins, &seen).into_iter();
    parts
        .map(|(name, status)| Check {
            name,
            status,
            took_ms,
        })
        .collect()
}

/// Whether the purge log answers, and has heard all the databases that it is to listen to.
async fn purges_are_heard(edge: &Edge) -> bool {
    match edge.ask_log(&LogAsk::Status).await {
        Ok(LogReply::Status(status)) => status.last_drain.failed.is_empty(),
        Ok(_) | Err(_) => false,
    }
}

/// What measures and what is done by time: without them requests are answered all the same.
async fn measuring(edge: &Edge, site: &Site) -> [Check; 3] {
    let metrics = timed("metrics".into(), Status::Degraded, async {
        degraded_unless(all_keep_numbers(edge, site).await)
    });
    // Where the runs cannot be read nothing is known of them; that is the other check's.
    let calls = timed("cron".into(), Status::Ok, async {
        degraded_unless(!matches!(cron::pulse(edge).await, Ok(Pulse::Silent)))
    });
    let kv = timed("kv:METRICS".into(), Status::Degraded, async {
        degraded_unless(publishing::answers(edge.env()).await)
    });
    join!(metrics, kv, calls).into()
}

/// Whether each of the metrics objects answers.
async fn all_keep_numbers(edge: &Edge, site: &Site) -> bool {
    let each =
        (0..site.metrics.objects).map(|object| edge.ask_metrics(object, &MetricsAsk::Version));
    join_all(each).await.iter().all(Result::is_ok)
}

fn degraded_unless(works: bool) -> Status {
    if works { Status::Ok } else { Status::Degraded }
}

/// A part that takes longer is as good as gone.
const CHECK_MAX: Duration = Duration::from_secs(5);

async fn timed(name: String, late: Status, status: impl Future<Output = Status>) -> Check {
    let began = clock::now();
    let status = within(CHECK_MAX, status).await.unwrap_or(late);
    Check {
        name,
        status,
        took_ms: clock::elapsed_ms(began),
    }
}

async fn cache_answers(edge: &Edge) -> bool {
    let key = CacheKey::new("health", "public", []);
    match colo::read(&edge.place(), &key).await {
        Read::Found(_) | Read::Absent | Read::Unusable(_) => true,
        Read::Failed => false,
    }
}
