//! Documents of which there is one for the whole site: the states of alerts, silences, runs of cron,
//! events. The first metrics object keeps them; who changes one says which version it has seen, so that
//! no change is lost.

use crate::failure::{Failure, Kind};
use crate::metrics::message::{MetricsAsk, MetricsReply};
use crate::ports::metrics::MetricsPorts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The object that keeps the documents.
const KEEPER: u16 = 0;

/// Somebody else may have written meanwhile, so often; more is a fault.
const ATTEMPTS_MAX: usize = 8;

/// One kind of document.
pub trait Document: Default + Serialize + DeserializeOwned {
    /// Its name. It changes with the type, or an older document would be read as a newer one.
    const NAME: &'static str;
}

/// # Errors
/// When the object cannot be reached. A document that is not there, or of another version, is the default.
pub async fn read<D: Document>(ports: &impl MetricsPorts) -> Result<D, Failure> {
    versioned(ports).await.map(|(_, document)| document)
}

/// Changes a document; `change` may run several times, on what somebody else has made of it.
///
/// # Errors
/// When the object cannot be reached, or too many others write.
pub async fn update<D: Document, T>(
    ports: &impl MetricsPorts,
    mut change: impl FnMut(&mut D) -> T,
) -> Result<T, Failure> {
    for _ in 0..ATTEMPTS_MAX {
        let (known, mut document) = versioned::<D>(ports).await?;
        let done = change(&mut document);
        let ask = MetricsAsk::Replace {
            name: D::NAME.to_owned(),
            known,
            body: serde_json::to_vec(&document).map_err(unwritten)?,
        };
        let reply = ports.ask_metrics(KEEPER, &ask).await?;
        if let MetricsReply::Replaced(_) = reply {
            return Ok(done);
        }
        if !matches!(reply, MetricsReply::Overtaken) {
            return Err(unexpected(&reply));
        }
    }
    Err(Failure::new(Kind::Unavailable, "")
        .because(format!("metrics: {}: overtaken each time", D::NAME)))
}

async fn versioned<D: Document>(ports: &impl MetricsPorts) -> Result<(u64, D), Failure> {
    let ask = MetricsAsk::Document(D::NAME.to_owned());
    let reply = ports.ask_metrics(KEEPER, &ask).await?;
    let MetricsReply::Document { number, body } = &reply else {
        return Err(unexpected(&reply));
    };
    let document = serde_json::from_slice(body).unwrap_or_default();
    Ok((*number, document))
}

fn unwritten(why: serde_json::Error) -> Failure {
    Failure::new(Kind::Internal, "").because(why)
}

/// What an object says that was asked something else, for the log lines.
pub fn unexpected(reply: &MetricsReply) -> Failure {
    let why = if let MetricsReply::Refused(why) = reply {
        why
    } else {
        "an answer to another question"
    };
    Failure::new(Kind::Unavailable, "").because(format!("metrics: {why}"))
}

/// Something that happened, for the charts: a deployment, a purge, an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Happening"))]
pub struct Event {
    /// Seconds since the Unix epoch.
    pub at: u64,
    pub kind: EventKind,
    /// One line, for people.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "HappeningKind"))]
pub enum EventKind {
    Deploy,
    Purge,
    Alert,
    /// A protection was switched on or off.
    Protection,
}

impl EventKind {
    const ALL: [Self; 4] = [Self::Deploy, Self::Purge, Self::Alert, Self::Protection];
}

/// The last events, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Events {
    pub events: Vec<Event>,
    /// What was deployed last, as far as anybody has noticed.
    #[serde(default)]
    pub release: Option<String>,
}

impl Document for Events {
    const NAME: &'static str = "events-1";
}

/// More are forgotten: of the kind that there is most of, the oldest.
pub const EVENTS_MAX: usize = 500;

/// Notes an event.
///
/// # Errors
/// As [`update`].
pub async fn note(ports: &impl MetricsPorts, event: &Event) -> Result<(), Failure> {
    update(ports, |events: &mut Events| events.push(event.clone())).await
}

impl Events {
    pub(super) fn push(&mut self, event: Event) {
        self.events.push(event);
        while self.events.len() > EVENTS_MAX {
            let Some(commonest) = self.commonest() else {
                return;
            };
            let oldest = self.events.iter().position(|event| event.kind == commonest);
            oldest.map(|oldest| self.events.remove(oldest));
        }
    }

    /// So that many purges push out none of the few deployments.
    fn commonest(&self) -> Option<EventKind> {
        let count = |kind| {
            self.events
                .iter()
                .filter(|event| event.kind == kind)
                .count()
        };
        EventKind::ALL.into_iter().max_by_key(|kind| count(*kind))
    }
}
