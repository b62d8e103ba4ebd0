//! What is done with the numbers by time: rolled up, published, reported on, forgotten.

use crate::config::site::Site;
use crate::failure::Failure;
use crate::jobs::publication::{is_leftover, prefix};
use crate::metrics::message::{MetricsAsk, MetricsReply};
use crate::pipeline::metering::documents::{self, Document, unexpected};
use crate::pipeline::metering::events;
use crate::platform::edge::Edge;
use crate::platform::{clock, publishing};
use crate::ports::metrics::MetricsPorts;
use serde::{Deserialize, Serialize};

/// Every object makes coarser slots of its own.
pub(super) async fn roll_up(edge: &Edge, site: &Site) -> Result<String, Failure> {
    let written = at_each(edge, site, &MetricsAsk::RollUp, |reply| match reply {
        MetricsReply::RolledUp { slots } => Ok(*slots),
        other => Err(unexpected(other)),
    });
    Ok(format!("{} slots written", written.await?))
}

/// Sums what every object says. One that fails keeps none of the others from its work.
async fn at_each(
    edge: &Edge,
    site: &Site,
    ask: &MetricsAsk,
    said: impl Fn(&MetricsReply) -> Result<u64, Failure>,
) -> Result<u64, Failure> {
    let (mut sum, mut failed) = (0, None);
    for object in 0..site.metrics.objects {
        let reply = edge.ask_metrics(object, ask).await;
        match reply.and_then(|reply| said(&reply)) {
            Ok(own) => sum += own,
            Err(failure) => failed = Some(failure),
        }
    }
    failed.map_or(Ok(sum), Err)
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
    let slots = at_each(edge, site, &MetricsAsk::CleanUp, |reply| match reply {
        MetricsReply::Cleaned { rows } => Ok(*rows),
        other => Err(unexpected(other)),
    });
    let slots = slots.await?;
    let events = events::forget_old(edge).await?;
    let values = sweep_published(edge, site).await?;
    Ok(format!(
        "{slots} slots, {events} events and {values} published values forgotten"
    ))
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
        documents::update(edge, |cleaning: &mut Cleaning| cleaning.cursor.clone_from(&next)).await?;
    }
    Ok(leftovers.len())
}
