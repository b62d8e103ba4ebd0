//! The databases of one shield object: where each query runs, and which share a statement.

mod gauges;

pub(super) use gauges::gauges;

use super::examining;
use super::guarded::{Elsewhere, Guarded};
use super::object_meter::ObjectMeter;
use super::pool::{Lease, Usage};
use super::postgres::{self, Broken, Chunks};
use super::statement::{Asks, Statement};
use crate::cache::seal::Draft;
use crate::config::site::{Database, Route, Site};
use crate::failure::{Done, Failure, Kind};
use crate::pipeline::shield::state::{BatchesState, DatabasesState};
use crate::semantics::trace::TraceParent;
use crate::shield::message::Reach;
use crate::source::batch::{self, Added, Batch, Batches, Group, Many};
use crate::source::examination::Examination;
use crate::source::place::{Freshest, Place, place};
use crate::source::query::{Query, Repeat, traced};
use futures_util::StreamExt;
use futures_util::stream;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use tokio::sync::oneshot;
use wasm_bindgen_futures::spawn_local;
use worker::{Delay, Env};

/// Requests that may wait for batches of one object.
const WAITING_MAX: usize = 10_000;

/// When a batch fails for one of its keys, so many of them are asked singly at once.
const SINGLY_MAX: usize = 4;

type Waiter = oneshot::Sender<Result<Draft, Failure>>;

pub(super) struct Databases {
    env: Env,
    meter: Rc<ObjectMeter>,
    guarded: RefCell<HashMap<String, Rc<Guarded>>>,
    /// Connections besides, for questions about the servers themselves.
    examined: RefCell<HashMap<String, Rc<Guarded>>>,
    batches: RefCell<Batches<Waiter>>,
    /// Statements that answered batches, and the keys that they answered.
    statements: Cell<u64>,
    keys: Cell<u64>,
}

/// A query with its values, and what may be done with it.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub query: &'a Query,
    /// As the request gave them: one key, also where the query takes many.
    pub values: &'a [Option<String>],
    pub repeat: Repeat,
    pub freshest: Freshest,
    /// Whose the statement is said to be.
    pub trace: Option<TraceParent>,
}

/// What the keys of a batch have in common.
#[derive(Clone, Copy)]
struct Whose<'a> {
    group: &'a Group,
    trace: Option<TraceParent>,
}

impl Databases {
    pub(super) fn new(env: Env, meter: Rc<ObjectMeter>) -> Self {
        Self {
            env,
            meter,
            guarded: RefCell::default(),
            examined: RefCell::default(),
            batches: RefCell::new(Batches::new(WAITING_MAX)),
            statements: Cell::new(0),
            keys: Cell::new(0),
        }
    }

    /// What a query answered.
    pub(super) async fn run(
        self: &Rc<Self>,
        site: &Rc<Site>,
        route: &Route,
        asked: Asked<'_>,
    ) -> Result<Draft, Failure> {
        let Asked {
            query,
            values,
            repeat,
            freshest,
            trace,
        } = asked;
        let shared = route.batch.as_ref().and_then(|settings| {
            let (group, key) = batch::split(query, values, repeat, freshest)?;
            Some((settings, group, key))
        });
        let Some((settings, group, key)) = shared else {
            return self.single(site, asked).await;
        };
        let (waiter, answer) = oneshot::channel();
        let added = self.batches.borrow_mut().add(group, key, waiter, settings);
        match added {
            Added::Joined => {}
            Added::Opened(id) => {
                let (own, site, query) = (self.clone(), site.clone(), query.clone());
                let window = settings.window;
                spawn_local(async move {
                    Delay::from(window).await;
                    let batch = own.batches.borrow_mut().close(id);
                    if let Some(batch) = batch {
                        own.run_batch(&site, &query, batch, trace).await;
                    }
                });
            }
            Added::Full(batch) => {
                let (own, site, query) = (self.clone(), site.clone(), query.clone());
                spawn_local(async move { own.run_batch(&site, &query, batch, trace).await });
            }
            Added::Refused => {
                let failure = Failure::new(Kind::Unavailable, "").unasked();
                return Err(failure.because("too many requests wait for batches"));
            }
        }
        let lost = || Failure::new(Kind::Internal, "").because("a batch without an answer");
        answer.await.unwrap_or_else(|_| Err(lost()))
    }

    /// The rows of a `stream` query, as they come.
    pub(super) async fn stream(
        self: &Rc<Self>,
        site: &Site,
        asked: Asked<'_>,
    ) -> Result<Chunks, Failure> {
        let reading = self.at_its_place(site, asked, 1, Usage::Stream, async |lease, statement| {
            let begun = postgres::begin(lease, asked.query, asked.values, asked.trace).await;
            // Its rows are still to come.
            statement.ended(&begun, |_| 0);
            begun
        });
        Ok(postgres::chunks(reading.await?))
    }

    /// Whether the database of this name answers.
    pub(super) async fn ping(&self, site: &Site, name: &str) -> Result<Reach, Failure> {
        self.guarded(site.database(name).ok_or_else(|| unknown(name))?)
            .ping()
            .await
    }

    /// What the server of this name knows of how it is used.
    pub(super) async fn examine(&self, site: &Site, name: &str) -> Result<Examination, Failure> {
        let database = site.database(name).ok_or_else(|| unknown(name))?;
        let own = {
            let mut examined = self.examined.borrow_mut();
            let entry = examined.entry(name.to_owned());
            let made = || examining::connections(&self.env, database);
            entry.or_insert_with(made).clone()
        };
        examining::examine(&own).await
    }

    pub(super) fn state(&self) -> DatabasesState {
        let batches = self.batches.borrow();
        let guarded = self.guarded.borrow();
        let databases = guarded.iter();
        DatabasesState {
            databases: databases
                .map(|(name, guarded)| (name.clone(), guarded.state()))
                .collect(),
            batches: BatchesState {
                open: batches.len(),
                keys_waiting: batches.keys(),
                statements: self.statements.get(),
                keys_served: self.keys.get(),
            },
        }
    }

    async fn single(&self, site: &Site, asked: Asked<'_>) -> Result<Draft, Failure> {
        let values = batch::single(asked.query, asked.values);
        self.at_its_place(site, asked, 1, Usage::Whole, async |lease, statement| {
            let done = postgres::once(lease, asked.query, &values, asked.trace).await;
            statement.ended(&done, |once| once.rows);
            done
        })
        .await
        .map(|once| once.draft)
    }

    /// On the replica, if the query may run there and the replica can be reached; else on the
    /// primary.
    async fn at_its_place<T>(
        &self,
        site: &Site,
        asked: Asked<'_>,
        keys: u64,
        usage: Usage,
        work: impl AsyncFn(Lease, Statement) -> Result<T, Broken>,
    ) -> Result<T, Failure> {
        let (name, query) = (&asked.query.database, asked.query.name.as_str());
        let asks = Asks::Query { query, keys };
        let mut before = Done::Unasked;
        let replica = match place(asked.query, asked.repeat, asked.freshest) {
            Place::Primary => None,
            Place::Replica => site.replica_of(name),
        };
        if let Some(replica) = replica {
            let attempt = self.guarded(replica);
            match attempt.attempt(asks, usage, asked.repeat, &work).await {
                Ok(answer) => return Ok(answer),
                Err(unanswered) => match unanswered.elsewhere {
                    Elsewhere::MayAnswer => before = unanswered.failure.done,
                    Elsewhere::Wont => return Err(unanswered.failure),
                },
            }
        }
        let primary = self.guarded(site.database(name).ok_or_else(|| unknown(name))?);
        let answer = primary.attempt(asks, usage, asked.repeat, &work).await;
        answer.map_err(|unanswered| unanswered.after(before).failure)
    }

    fn guarded(&self, database: &Database) -> Rc<Guarded> {
        let mut guarded = self.guarded.borrow_mut();
        let entry = guarded.entry(database.name.clone());
        let meter = || Some(self.meter.clone());
        entry
            .or_insert_with(|| Rc::new(Guarded::new(self.env.clone(), database, meter())))
            .clone()
    }

    /// Answers everyone who waits for a batch. It belongs to the object: a client that leaves
    /// cancels nobody. The trace is that of whoever has opened or filled it.
    async fn run_batch(
        &self,
        site: &Site,
        query: &Query,
        batch: Batch<Waiter>,
        trace: Option<TraceParent>,
    ) {
        let Batch {
            group,
            keys,
            waiters,
        } = batch;
        let answers = match (&query.batch, keys.len()) {
            (Some(many), 2..) => {
                let whose = Whose {
                    group: &group,
                    trace,
                };
                self.many(site, query, many, whose, &keys).await
            }
            (Some(_) | None, _) => Err(None),
        };
        match answers {
            Ok(drafts) => {
                for (draft, waiters) in drafts.into_iter().zip(waiters) {
                    tell(waiters, &Ok(draft));
                }
            }
            Err(Some(failure)) if !batch::may_be_one_keys(&failure) => {
                let failed = Err(failure);
                for waiters in waiters {
                    tell(waiters, &failed);
                }
            }
            // One key alone, or one may be to blame for all: errors reach only their own keys.
            Err(_) => {
                let each = stream::iter(keys.into_iter().zip(waiters));
                each.for_each_concurrent(SINGLY_MAX, async |(key, waiters)| {
                    if waiters.iter().all(oneshot::Sender::is_closed) {
                        return;
                    }
                    self.count(1);
                    let whose = Whose {
                        group: &group,
                        trace,
                    };
                    let answer = self.alone(site, query, whose, key).await;
                    tell(waiters, &answer);
                })
                .await;
            }
        }
    }

    /// One statement for many keys.
    async fn many(
        &self,
        site: &Site,
        query: &Query,
        many: &Many,
        whose: Whose<'_>,
        keys: &[String],
    ) -> Result<Vec<Draft>, Option<Failure>> {
        self.count(keys.len());
        let values = batch::values_for(query, &whose.group.others, keys);
        let asked = Asked {
            query,
            values: &values,
            repeat: whose.group.repeat,
            freshest: whose.group.freshest,
            trace: whose.trace,
        };
        let text = traced(&many.text, whose.trace);
        let count = keys.len() as u64;
        let rows = self.at_its_place(
            site,
            asked,
            count,
            Usage::Whole,
            async |lease, statement| {
                let done = postgres::pairs(lease, query, &text, &values).await;
                statement.ended(&done, |rows| rows.len() as u64);
                done
            },
        );
        let rows = rows.await.map_err(Some)?;
        let dealt = batch::deal(keys.len(), rows.into_iter());
        let drafts = dealt.into_iter().map(|json| match json {
            Some(json) => Draft::json(json.into_bytes()),
            None => Draft::not_found(),
        });
        Ok(drafts.collect())
    }

    async fn alone(
        &self,
        site: &Site,
        query: &Query,
        whose: Whose<'_>,
        key: String,
    ) -> Result<Draft, Failure> {
        let values = batch::with_key(query, &whose.group.others, key);
        let asked = Asked {
            query,
            values: &values,
            repeat: whose.group.repeat,
            freshest: whose.group.freshest,
            trace: whose.trace,
        };
        self.single(site, asked).await
    }

    fn count(&self, keys: usize) {
        self.statements.set(self.statements.get() + 1);
        self.keys.set(self.keys.get() + keys as u64);
    }
}

fn tell(waiters: Vec<Waiter>, answer: &Result<Draft, Failure>) {
    for waiter in waiters {
        // Who has left needs no answer.
        let _ = waiter.send(answer.clone());
    }
}

fn unknown(name: &str) -> Failure {
    let failure = Failure::new(Kind::Misconfigured, "").unasked();
    failure.because(format!("no database {name}"))
}
