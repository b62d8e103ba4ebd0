//! The Durable Object in which measurements and documents are kept.
//!
//! INVARIANT: nothing is awaited between a message's reading and its writing, so messages are done one
//! after another.

use super::metrics_storage::Storage;
use super::{clock, isolate};
use crate::config::site::Site;
use crate::failure::Failure;
use crate::metrics::frame::{Names, StatementKey};
use crate::metrics::keeper::{Keeper, Taken};
use crate::metrics::message::{MetricsAsk, MetricsReply, decode, encode};
use std::cell::{Cell, OnceCell};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

#[durable_object(fetch)]
pub struct Metrics {
    state: State,
    storage: OnceCell<Storage>,
    /// Told to who waits for something new. It begins with the clock, so that it is another one when the
    /// object was started anew.
    version: Cell<u64>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl DurableObject for Metrics {
    fn new(state: State, _env: Env) -> Self {
        Self {
            state,
            storage: OnceCell::new(),
            version: Cell::new(clock::now().as_millis()),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let bytes = request.bytes().await?;
        let reply = match decode::<MetricsAsk>(&bytes) {
            Ok(ask) => self
                .answer(ask)
                .unwrap_or_else(|failure| MetricsReply::Refused(failure.internal)),
            Err(garbled) => MetricsReply::Refused(garbled.to_string()),
        };
        if let MetricsReply::Refused(why) = &reply {
            worker::console_error!("forebay: metrics: {why}");
        }
        Response::from_bytes(encode(&reply).map_err(|why| why.to_string())?)
    }
}

impl Metrics {
    fn answer(&self, ask: MetricsAsk) -> Result<MetricsReply, Failure> {
        let storage = self.storage()?;
        let mut keeper = Keeper::new(storage.clone());
        let now = clock::now();
        match ask {
            MetricsAsk::Version => Ok(MetricsReply::Version(self.version.get())),
            MetricsAsk::Take(batch) => {
                let taken = storage.whole(|| keeper.take(&batch, now))?;
                match taken {
                    Taken::Now => self.note_change(),
                    Taken::Empty | Taken::Before => {}
                }
                Ok(MetricsReply::Taken)
            }
            MetricsAsk::Read(question) => {
                let frames = storage.whole(|| keeper.read(&question))?;
                Ok(MetricsReply::Frames(frames))
            }
            MetricsAsk::Running => Ok(MetricsReply::Running(keeper.running()?)),
            MetricsAsk::RollUp => {
                let slots = storage.whole(|| keeper.roll_up())?;
                Ok(MetricsReply::RolledUp { slots })
            }
            MetricsAsk::CleanUp => {
                let site = isolate::site().ok().map(|site| names(&site));
                let rows = storage.whole(|| keeper.clean_up(now, site.as_ref()))?;
                Ok(MetricsReply::Cleaned { rows })
            }
            MetricsAsk::Document(name) => {
                let (number, body) = storage.document(&name)?;
                Ok(MetricsReply::Document { number, body })
            }
            MetricsAsk::Replace { name, known, body } => {
                let reply = storage.replace(&name, known, &body)?;
                if let MetricsReply::Replaced(_) = reply {
                    self.note_change();
                }
                Ok(reply)
            }
        }
    }

    /// What is read from now on is other than it was.
    fn note_change(&self) {
        self.version.set(self.version.get().wrapping_add(1));
    }

    fn storage(&self) -> Result<&Storage, Failure> {
        if let Some(storage) = self.storage.get() {
            return Ok(storage);
        }
        let storage = Storage::open(&self.state)?;
        Ok(self.storage.get_or_init(|| storage))
    }
}

fn names(site: &Site) -> Names {
    // Who reads a replica is counted by the replica's name.
    let asked = site.queries.iter().flat_map(|query| {
        let replica = site.replica_of(&query.database);
        let databases =
            std::iter::once(&query.database).chain(replica.map(|replica| &replica.name));
        databases.map(|database| StatementKey {
            database: database.clone(),
            query: query.name.clone(),
        })
    });
    let routes = site.routes.iter().map(|route| route.pattern.clone());
    let origins = site.origins.iter().map(|origin| origin.name.clone());
    Names {
        routes: routes.collect(),
        statements: asked.collect(),
        origins: origins.collect(),
    }
}
