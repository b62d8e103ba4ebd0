//! What is done by time, whether or not anybody asks. `jobs` says what is due; here it is done, one job
//! after the other, each with its own time limit, and what became of it is recorded. A failure would look
//! like a success to the platform, so it is logged as well.

mod numbers;
mod warming;

use super::edge::Edge;
use super::timeout::within;
use super::{clock, isolate, purge_client, release};
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::jobs::due::{Call, Due, Job, Tick, Verdict, Warming, due};
use crate::jobs::runs::{Listed, Pulse, Run, RunResult, Runs, says, why};
use crate::pipeline::metering::alerts;
use crate::pipeline::metering::documents::{self, Document};
use crate::purge::message::{LogAsk, LogReply};
use crate::time::Timestamp;
use std::rc::Rc;
use std::time::Duration;
use worker::{Env, ScheduleContext, ScheduledEvent, event};

impl Document for Runs {
    const NAME: &'static str = "runs-1";
}

#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, context: ScheduleContext) {
    let edge = isolate::site()
        .map_err(|why| why.to_string())
        .and_then(|site| {
            let edge = Edge::of_cron(env, context, site.clone());
            Ok((edge.map_err(|why| why.to_string())?, site))
        });
    match edge {
        Ok((edge, site)) => run(&edge, &site, &event).await,
        Err(why) => worker::console_error!("forebay: cron: {why}"),
    }
}

async fn run(edge: &Edge, site: &Rc<Site>, event: &ScheduledEvent) {
    let noticed = within(RECORD_MAX, release::notice(edge, site)).await;
    told("the release is not among the events", noticed);
    let call = Call {
        tick: Tick::of(&event.cron()),
        scheduled: Timestamp::from_millis(event.schedule().max(0.0) as u64),
        now: clock::now(),
    };
    for due in planned(edge, site, call).await {
        let run = perform(edge, site, &due).await;
        // Each by itself: the next one may take minutes, in which other calls come.
        let recorded = documents::update(edge, |kept: &mut Runs| kept.record(run.clone()));
        told("a run is not recorded", within(RECORD_MAX, recorded).await);
    }
}

/// What this call is to do, noted as begun. Without the record nothing is known to have been done, and what
/// is called for is done.
async fn planned(edge: &Edge, site: &Site, call: Call) -> Vec<Due> {
    let is_warmed = site.routes.iter().any(|route| route.warm.is_some());
    let warming = Warming(is_warmed.then_some(site.warm_every));
    let planned = documents::update(edge, |kept: &mut Runs| {
        let planned = due(call, warming, kept);
        kept.begin(&planned, call.now);
        planned
    });
    told("the runs cannot be read", within(RECORD_MAX, planned).await)
        .unwrap_or_else(|| due(call, warming, &Runs::default()))
}

/// An object that is silent must not keep jobs from being done that do not need it.
const RECORD_MAX: Duration = Duration::from_secs(10);

fn told<T, E>(what: &str, done: Result<Result<T, Failure>, E>) -> Option<T> {
    let why = match done {
        Ok(Ok(done)) => return Some(done),
        Ok(Err(failure)) => failure.internal,
        Err(_) => String::from("no answer in time"),
    };
    worker::console_error!("forebay: cron: {what}: {why}");
    None
}

async fn perform(edge: &Edge, site: &Rc<Site>, due: &Due) -> Run {
    let began = clock::now();
    let (result, own) = match due.verdict {
        Verdict::AlreadyDone => (
            RunResult::Skipped,
            String::from("it has been done for this time"),
        ),
        Verdict::UnderWay => (RunResult::Skipped, String::from("another call is at it")),
        Verdict::Run => match within(due.job.limit(), done(edge, site, due)).await {
            Ok(Ok(own)) => (RunResult::Done, says(due, &own)),
            Ok(Err(failure)) => {
                worker::console_error!("forebay: cron: {}: {}", due.job.as_str(), failure.internal);
                (RunResult::Failed, why(&failure))
            }
            Err(_) => {
                worker::console_error!("forebay: cron: {}: it took too long", due.job.as_str());
                (RunResult::Failed, String::from("it took too long"))
            }
        },
    };
    Run {
        job: due.job,
        scheduled_at: due.slot_s,
        began_at: began.as_millis() / 1000,
        took_ms: u64::from(clock::elapsed_ms(began)),
        result,
        says: own,
    }
}

/// What it says in the end, in a sentence.
async fn done(edge: &Edge, site: &Rc<Site>, due: &Due) -> Result<String, Failure> {
    match due.job {
        Job::Drain => drain(edge, site).await,
        Job::RollUp => numbers::roll_up(edge, site).await,
        Job::Alerts => alerts::evaluate(edge, site).await,
        Job::Publish => numbers::publish(edge, site, due).await,
        Job::Report => numbers::report(edge, site, due).await,
        Job::CleanUp => numbers::clean_up(edge, site).await,
        Job::Warm => warming::warm(edge, site).await,
    }
}

async fn drain(edge: &Edge, site: &Site) -> Result<String, Failure> {
    let hint = site.shield.location_hint.as_deref();
    let failed = |public: String| Failure::new(Kind::Unavailable, public);
    let reply = purge_client::ask(edge.env(), hint, &LogAsk::Drain).await?;
    let LogReply::Drained(report) = &reply else {
        return Err(failed(String::new()).because(format!("the purge log answered {reply:?}")));
    };
    if report.failed.is_empty() {
        return Ok(format!("rows of outboxes: {}", report.rows));
    }
    let each = report.failed.iter();
    let each = each.map(|(database, why)| format!("the outbox of {database}: {why}"));
    let internal = each.collect::<Vec<_>>().join("; ");
    let databases = report.failed.iter().map(|(database, _)| database.as_str());
    let databases = databases.collect::<Vec<_>>().join(", ");
    Err(failed(format!("Outboxes could not be read: {databases}")).because(internal))
}

/// `GET /monitoring/runs`.
pub(super) async fn runs(edge: &Edge) -> Result<Listed, Failure> {
    Ok(documents::read::<Runs>(edge).await?.listed())
}

/// Whether the scheduler calls as it should.
pub(super) async fn pulse(edge: &Edge) -> Result<Pulse, Failure> {
    let runs = documents::read::<Runs>(edge).await?;
    Ok(runs.pulse(clock::now()))
}
