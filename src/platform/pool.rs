//! A bounded pool of Postgres connections, kept by one shield object and reused by all its requests.
//! Which of them is used, kept or closed is decided by [`Shelf`].

use super::clock;
use super::connection::{Connection, Ending, cancel, open};
use super::timeout::within;
use crate::config::site::Database;
use crate::failure::{Failure, Kind};
use crate::pipeline::shield::state::PoolState;
use crate::source::pool::{Check, Record, Shelf};
use crate::source::query::Repeat;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio_postgres::CancelToken;
use wasm_bindgen_futures::spawn_local;
use worker::{Delay, Env};

/// Requests that may queue for one pool; the last of more would wait for nothing but their timeout.
const QUEUE_MAX: usize = 1000;

/// A connection that is asked whether it lives has so long to say so; then it is as good as dead.
const CHECK_MAX: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Pool {
    pub env: Env,
    pub database: Database,
    permits: Arc<Semaphore>,
    /// What streams need besides: a client that reads slowly must leave connections to the fills.
    stream_permits: Arc<Semaphore>,
    idle: RefCell<Shelf<Connection>>,
    leased: Cell<usize>,
    /// Who queues holds a unit of this.
    queue: Arc<Semaphore>,
    /// Whether a task waits to close what has been idle for too long.
    sweeping: Cell<bool>,
}

/// Leave to use one connection, which is still to be chosen or opened.
#[derive(Debug)]
pub(super) struct Turn {
    pool: Rc<Pool>,
    permit: OwnedSemaphorePermit,
    stream_permit: Option<OwnedSemaphorePermit>,
}

/// A connection in use. Dropped, what it runs is cancelled and it is closed: whoever asked has gone
/// away, or has waited long enough. [`Lease::give_back`] keeps it for the next.
#[derive(Debug)]
pub(super) struct Lease {
    /// Before the connection: what is under way decides how that is closed.
    running: Running,
    pub connection: Connection,
    /// Whether it had been used before: then a failure may be the connection's age, not the server.
    pub reused: bool,
    record: Record,
    _permit: OwnedSemaphorePermit,
    _stream_permit: Option<OwnedSemaphorePermit>,
}

/// What may be under way on a leased connection; dropped, it is cancelled.
struct Running {
    pool: Rc<Pool>,
    /// `None`: nothing is.
    token: Option<CancelToken>,
    ending: Rc<Cell<Ending>>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Running").finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let leased = &self.pool.leased;
        leased.set(leased.get().saturating_sub(1));
        if let Some(token) = self.token.take() {
            self.ending.set(Ending::AtOnce);
            cancel(&self.pool.env, &self.pool.database, token);
        }
    }
}

/// What a connection is leased for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// One answer, read at once.
    Whole,
    /// Rows at the client's pace.
    Stream,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// An idle one, else a new one.
    Any,
    /// A new one.
    Fresh,
}

impl Pool {
    pub(super) fn new(env: Env, database: Database) -> Self {
        let permits = |count: u16| Arc::new(Semaphore::new(usize::from(count.max(1))));
        Self {
            env,
            permits: permits(database.pool.max),
            stream_permits: permits(database.pool.max / 2),
            idle: RefCell::new(Shelf::new(database.pool.clone())),
            leased: Cell::new(0),
            queue: Arc::new(Semaphore::new(QUEUE_MAX)),
            sweeping: Cell::new(false),
            database,
        }
    }

    /// Waits its turn when all connections are in use.
    ///
    /// # Errors
    /// `Unavailable`: the queue is full, or no turn within the pool timeout.
    pub(super) async fn turn(self: &Rc<Self>, usage: Usage) -> Result<Turn, Failure> {
        let Ok(place) = self.queue.try_acquire() else {
            let why = format!("database {}: the queue is full", self.database.name);
            return Err(Failure::new(Kind::Unavailable, "").because(why).unasked());
        };
        let turn = async {
            // First: a stream that waits for its turn among the streams holds no connection.
            let stream_permit = match usage {
                Usage::Whole => None,
                Usage::Stream => Some(self.stream_permits.clone().acquire_owned().await?),
            };
            Ok::<_, AcquireError>((self.permits.clone().acquire_owned().await?, stream_permit))
        };
        let Ok(Ok((permit, stream_permit))) = within(self.database.pool_timeout, turn).await else {
            let why = format!(
                "database {}: no free connection in time",
                self.database.name
            );
            return Err(Failure::new(Kind::Unavailable, "").because(why).undone());
        };
        drop(place);
        Ok(Turn {
            pool: self.clone(),
            permit,
            stream_permit,
        })
    }

    /// Whether every connection is in use; not whether all wait to be opened.
    pub(super) fn is_busy(&self) -> bool {
        self.permits.available_permits() == 0 && self.leased.get() > 0
    }

    pub(super) fn state(&self) -> PoolState {
        let (idle, leased) = (self.idle.borrow().len(), self.leased.get());
        PoolState {
            open: idle + leased,
            idle,
            leased,
            waiting: QUEUE_MAX.saturating_sub(self.queue.available_permits()),
            max: self.database.pool.max,
        }
    }

    /// A turn to open a connection ahead. `None`: there are enough, or all turns are taken.
    pub(super) fn turn_to_warm(self: &Rc<Self>) -> Option<Turn> {
        if self.idle.borrow().wanting(self.taken()) == 0 {
            return None;
        }
        Some(Turn {
            pool: self.clone(),
            permit: self.permits.clone().try_acquire_owned().ok()?,
            stream_permit: None,
        })
    }

    /// Connections that are in use or being opened: each holds a permit.
    fn taken(&self) -> usize {
        usize::from(self.database.pool.max.max(1)).saturating_sub(self.permits.available_permits())
    }

    /// Closes, in a while, what nobody uses any more.
    fn sweep_later(self: &Rc<Self>) {
        let next = self.idle.borrow().next_sweep(self.taken(), clock::now());
        if let Some(wait) = next
            && !self.sweeping.replace(true)
        {
            spawn_local(sweep(Rc::downgrade(self), wait));
        }
    }
}

/// Ends with the pool, or when only those are left that are kept.
async fn sweep(pool: Weak<Pool>, mut wait: Duration) {
    loop {
        Delay::from(wait).await;
        let Some(pool) = pool.upgrade() else {
            return;
        };
        let (now, taken) = (clock::now(), pool.taken());
        let dead = |connection: &Connection| connection.client.is_closed();
        let closed = pool.idle.borrow_mut().sweep(taken, dead, now);
        drop(closed);
        match pool.idle.borrow().next_sweep(taken, now) {
            Some(next) => wait = next,
            None => {
                pool.sweeping.set(false);
                return;
            }
        }
    }
}

impl Turn {
    /// An idle connection, if one of this age will do; else a new one.
    ///
    /// # Errors
    /// `Unavailable`: no new connection; `Misconfigured`: no binding.
    pub(super) async fn lease(self, age: Age, repeat: Repeat) -> Result<Lease, Failure> {
        let pool = &self.pool;
        let now = clock::now();
        if age == Age::Fresh {
            drop(pool.idle.borrow_mut().clear());
        }
        let dead = |connection: &Connection| connection.client.is_closed();
        // This turn's own permit stands for no connection yet.
        let others = pool.taken().saturating_sub(1);
        let taken = pool.idle.borrow_mut().take(repeat, others, dead, now);
        drop(taken.close);
        if let Some((connection, record, check)) = taken.reuse {
            if check == Check::Unneeded || answers(&connection).await {
                return Ok(self.into_lease(connection, record, true));
            }
            // The others are no younger.
            drop(pool.idle.borrow_mut().clear());
        }
        let connection = open(&pool.env, &pool.database).await?;
        Ok(self.into_lease(connection, Record::new(now), false))
    }

    /// Opens a connection for whoever comes next.
    ///
    /// # Errors
    /// As [`Self::lease`].
    pub(super) async fn warm(self) -> Result<(), Failure> {
        let connection = open(&self.pool.env, &self.pool.database).await?;
        self.pool.idle.borrow_mut().add(connection, clock::now());
        self.pool.sweep_later();
        Ok(())
    }

    fn into_lease(self, connection: Connection, record: Record, reused: bool) -> Lease {
        self.pool.leased.set(self.pool.leased.get() + 1);
        let running = Running {
            pool: self.pool,
            token: Some(connection.client.cancel_token()),
            ending: connection.ending.clone(),
        };
        Lease {
            running,
            connection,
            reused,
            record,
            _permit: self.permit,
            _stream_permit: self.stream_permit,
        }
    }
}

async fn answers(connection: &Connection) -> bool {
    let asked = connection.client.query_typed("select 1", &[]);
    matches!(within(CHECK_MAX, asked).await, Ok(Ok(_)))
}

impl Lease {
    /// To be called only when nothing is under way on the connection.
    pub(super) fn give_back(mut self) {
        self.running.token = None;
        if self.connection.client.is_closed() {
            return;
        }
        let pool = self.running.pool.clone();
        let now = clock::now();
        let put = pool
            .idle
            .borrow_mut()
            .put(self.connection, self.record, now);
        // One that is worn is closed by being dropped.
        drop(put);
        pool.sweep_later();
    }

    /// Closes a connection on which nothing can be under way any more.
    pub(super) fn discard(mut self) {
        self.running.token = None;
    }

    pub(super) fn query_timeout(&self) -> Duration {
        self.running.pool.database.query_timeout
    }
}
