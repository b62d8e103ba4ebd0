//! What is done with the numbers by time: rolled up, published, reported on, forgotten.

use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::jobs::due::Due;
use crate::jobs::publication::{self, is_leftover, prefix};
use crate::metrics::message::{MetricsAsk, MetricsReply};
use crate::metrics::report::Report;
use crate::metrics::slots::{Length, Slot, Window};
use crate::metrics::summary::Summary;
use crate::pipeline::metering::documents::{self, Document, unexpected};
use crate::pipeline::metering::{events, read};
use crate::platform::edge::Edge;
use crate::platform::{clock, publishing};
use crate::ports::metrics::MetricsPorts;
use serde::{Deserialize, Serialize};

/// Every object makes coarser slots of its own.
pub(super) async fn roll_up(edge: &Edge, site: &Site) -> Result<String, Failure> {
    let written = at_each(edge, site, &MetricsAsk::RollUp, |reply| {
        if let MetricsReply::RolledUp { slots } = reply {
            return Ok(*slots);
        }
        Err(unexpected(reply))
    });
    Ok(format!("slots written: {}", written.await?))
}

/// Sums what every object says. One that fails keeps none of the others from its work.
async fn at_each(
    edge: &Edge,
    site: &Site,
    ask: &MetricsAsk,
    said: impl Fn(&MetricsReply) -> Result<u64, Failure>,
) -> Result<u64, Failure> {
    let (mut sum, mut failed) = (0, Vec::new());
    for object in 0..site.metrics.objects {
        let reply = edge.ask_metrics(object, ask).await;
        match reply.and_then(|reply| said(&reply)) {
            Ok(own) => sum += own,
            Err(failure) => failed.push(failure),
        }
    }
    if failed.is_empty() {
        return Ok(sum);
    }
    Err(together(failed.into_iter()))
}

/// Calls of the scheduler that were missed are made up for as far back as this.
const PUBLISHED_AT_ONCE: u64 = 12;
const REPORTED_AT_ONCE: u64 = 24;

/// The summary of a slot, as it is laid into KV.
#[derive(Serialize)]
struct Published {
    /// When it was made, in seconds since the Unix epoch.
    at: u64,
    summary: Summary,
}

pub(super) async fn publish(edge: &Edge, site: &Site, due: &Due) -> Result<String, Failure> {
    let planned = publication::plan(&due.slots(PUBLISHED_AT_ONCE));
    for publication in &planned {
        let published = Published {
            at: clock::now().as_millis() / 1000,
            summary: summary_of(edge, site, publication.slot).await?,
        };
        let name = publication.name(&site.name);
        publishing::put(edge.env(), &name, &published, publication.kept()).await?;
    }
    Ok(format!("summaries published: {}", planned.len()))
}

/// The reports of the hours that are over, each with the hour before it as what it is compared to.
pub(super) async fn report(edge: &Edge, site: &Site, due: &Due) -> Result<String, Failure> {
    let times = due.slots(REPORTED_AT_ONCE);
    for time in &times {
        let publication = publication::report(*time);
        let hour = summary_of(edge, site, publication.slot).await?;
        let before = Slot {
            start_s: publication
                .slot
                .start_s
                .saturating_sub(Length::Hour.seconds()),
            ..publication.slot
        };
        let before = summary_of(edge, site, before).await?.total;
        let report = Report::of(&hour, Some(&before), clock::now());
        let name = publication.name(&site.name);
        publishing::put(edge.env(), &name, &report, publication.kept()).await?;
    }
    Ok(format!("hours reported on: {}", times.len()))
}

async fn summary_of(edge: &Edge, site: &Site, slot: Slot) -> Result<Summary, Failure> {
    let window = Window {
        from_s: slot.start_s,
        to_s: slot.end_s(),
        length: slot.length,
        slots_per_point: 1,
    };
    read::summary(edge, site, window, None).await
}

/// Where the last step through the names of the KV namespace has ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Cleaning {
    cursor: Option<String>,
}

impl Document for Cleaning {
    const NAME: &'static str = "cleaning-1";
}

/// Values that are taken out of KV at once: each one is a subrequest, of which a call has so many.
const DELETES_MAX: usize = 100;

/// Slots past their retention, old events, and what is left in KV. Runs and states of alerts bound
/// themselves, stored answers expire by themselves, and the purge log forgets as it takes.
pub(super) async fn clean_up(edge: &Edge, site: &Site) -> Result<String, Failure> {
    let slots = at_each(edge, site, &MetricsAsk::CleanUp, |reply| {
        if let MetricsReply::Cleaned { rows } = reply {
            return Ok(*rows);
        }
        Err(unexpected(reply))
    });
    // What cannot be done keeps none of the others from being done.
    let slots = slots.await;
    let events = events::forget_old(edge).await;
    let values = sweep_published(edge, site).await;
    if let (Ok(slots), Ok(events), Ok(values)) = (&slots, &events, &values) {
        return Ok(format!(
            "{slots} slots, {events} events and {values} published values forgotten"
        ));
    }
    let failures = [slots.err(), events.err(), values.err()];
    Err(together(failures.into_iter().flatten()))
}

/// All that went wrong, as a failure of the first kind.
fn together(failures: impl Iterator<Item = Failure>) -> Failure {
    let failures: Vec<Failure> = failures.collect();
    let kind = failures.first().map_or(Kind::Internal, |first| first.kind);
    let each = failures.iter().map(|failure| failure.internal.as_str());
    Failure::new(kind, "").because(each.collect::<Vec<_>>().join("; "))
}

/// One step through the names; the next run goes on behind it.
async fn sweep_published(edge: &Edge, site: &Site) -> Result<usize, Failure> {
    let begin = documents::read::<Cleaning>(edge).await?.cursor;
    let listed = publishing::names(edge.env(), &prefix(&site.name), begin.clone()).await;
    let (names, next) = match (listed, &begin) {
        // A place in the list is forgotten after a while.
        (Err(_), Some(_)) => publishing::names(edge.env(), &prefix(&site.name), None).await?,
        (listed, _) => listed?,
    };
    let now_s = clock::now().as_millis() / 1000;
    let leftovers = names
        .iter()
        .filter(|name| is_leftover(name, &site.name, now_s));
    let leftovers: Vec<&String> = leftovers.take(DELETES_MAX).collect();
    for name in &leftovers {
        publishing::delete(edge.env(), name).await?;
    }
    // A page that holds more than may be deleted at once is gone through again.
    let next = if leftovers.len() == DELETES_MAX {
        begin.clone()
    } else {
        next
    };
    if next != begin {
        documents::update(edge, |cleaning: &mut Cleaning| {
            cleaning.cursor.clone_from(&next)
        })
        .await?;
    }
    Ok(leftovers.len())
}
