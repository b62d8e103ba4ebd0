//! The Durable Object in which the purge log lives.

use super::purge_storage::Storage;
use super::timeout::within;
use super::{clock, isolate, outbox};
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::pipeline::purge_log::Log;
use crate::ports::purge_log::{Change, Kept, LogPorts, OutboxRow};
use crate::purge::message::{LogAsk, LogReply, decode, encode};
use crate::time::Timestamp;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;
use worker::{DurableObject, Env, Request, Response, ScheduledTime, State, durable_object};

#[durable_object(alarm)]
pub struct PurgeLog {
    object: Object,
    log: OnceCell<Rc<Log<Object>>>,
}

impl std::fmt::Debug for PurgeLog {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PurgeLog").finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Object(Rc<Inner>);

struct Inner {
    state: State,
    env: Env,
    storage: Storage,
    pools: RefCell<HashMap<String, outbox::Connections>>,
    /// When the object is woken next, as far as this instance has asked for it.
    wakes: Cell<Option<Timestamp>>,
}

impl DurableObject for PurgeLog {
    fn new(state: State, env: Env) -> Self {
        let storage = Storage::new(&state);
        Self {
            object: Object(Rc::new(Inner {
                state,
                env,
                storage,
                pools: RefCell::default(),
                wakes: Cell::new(None),
            })),
            log: OnceCell::new(),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let bytes = request.bytes().await?;
        let reply = match decode::<LogAsk>(&bytes) {
            Ok(ask) => match self.log() {
                Ok(log) => log.answer(ask).await,
                Err(failure) => LogReply::Refused(failure.internal),
            },
            Err(garbled) => LogReply::Refused(garbled.to_string()),
        };
        if let LogReply::Refused(why) = &reply {
            worker::console_error!("forebay: purge log: {why}");
        }
        Response::from_bytes(encode(&reply).map_err(|why| why.to_string())?)
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.object.0.wakes.set(None);
        match self.log() {
            Ok(log) => log.wake().await,
            Err(failure) => worker::console_error!("forebay: purge log: {}", failure.internal),
        }
        Response::empty()
    }
}

impl PurgeLog {
    fn log(&self) -> Result<Rc<Log<Object>>, Failure> {
        if let Some(log) = self.log.get() {
            return Ok(log.clone());
        }
        let log = Log::open(self.object.clone(), &site()?.purge)?;
        Ok(self.log.get_or_init(|| log).clone())
    }
}

fn site() -> Result<Rc<Site>, Failure> {
    isolate::site().map_err(|why| Failure::new(Kind::Misconfigured, "").because(why))
}

impl Object {
    fn connections(&self, name: &str) -> Result<outbox::Connections, Failure> {
        let site = site()?;
        let database = site.database(name).ok_or_else(|| {
            Failure::new(Kind::Misconfigured, "").because(format!("no database {name}"))
        })?;
        let mut pools = self.0.pools.borrow_mut();
        let known = pools
            .entry(name.to_owned())
            .or_insert_with(|| outbox::connections(&self.0.env, database));
        Ok(known.clone())
    }
}

impl LogPorts for Object {
    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        spawn_local(work);
    }

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        within(limit, work).await.ok()
    }

    fn load(&self) -> Result<Option<Kept>, Failure> {
        self.0.storage.load()
    }

    fn keep(&self, change: &Change) -> Result<(), Failure> {
        self.0.storage.keep(change)
    }

    fn forget_taken(&self, database: &str, ids: &[i64]) -> Result<(), Failure> {
        self.0.storage.forget_taken(database, ids)
    }

    async fn outbox(&self, database: &str, rows_max: u32) -> Result<Vec<OutboxRow>, Failure> {
        outbox::read(&self.connections(database)?, rows_max).await
    }

    async fn clear_outbox(&self, database: &str, ids: &[i64]) -> Result<(), Failure> {
        outbox::clear(&self.connections(database)?, ids).await
    }

    fn wake_at(&self, at: Timestamp) {
        let known = self.0.wakes.get();
        if known.is_some_and(|wakes| wakes > clock::now() && wakes <= at) {
            return;
        }
        self.0.wakes.set(Some(at));
        let object = self.clone();
        let date = js_sys::Date::new(&(at.as_millis() as f64).into());
        spawn_local(async move {
            let storage = object.0.state.storage();
            if let Err(why) = storage.set_alarm(ScheduledTime::new(date)).await {
                object.0.wakes.set(None);
                worker::console_warn!("forebay: purge log: no alarm: {why}");
            }
        });
    }
}
