//! A bounded pool of Postgres connections, kept by one shield object and reused by all its requests.

use super::clock;
use super::connection::{Connection, cancel, open};
use super::timeout::within;
use crate::config::site::Database;
use crate::failure::{Failure, Kind};
use crate::time::Timestamp;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio_postgres::CancelToken;
use worker::Env;

/// An idle connection older than this is closed rather than used: something on the way may have
/// forgotten it.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// Requests that may queue for one pool; the last of more would wait for nothing but their timeout.
const QUEUE_MAX: usize = 1000;

#[derive(Debug)]
pub(super) struct Pool {
    pub env: Env,
    pub database: Database,
    permits: std::sync::Arc<Semaphore>,
    /// What streams need besides: a client that reads slowly must leave connections to the fills.
    stream_permits: std::sync::Arc<Semaphore>,
    idle: RefCell<Vec<Idle>>,
    leased: Cell<usize>,
    /// Who queues holds a unit of this.
    queue: std::sync::Arc<Semaphore>,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    since: Timestamp,
}

/// A connection in use. Dropped, what it runs is cancelled and it is closed: whoever asked has gone
/// away, or has waited long enough. [`Lease::give_back`] keeps it for the next.
#[derive(Debug)]
pub(super) struct Lease {
    pub connection: Connection,
    /// Whether it had been used before: then a failure may be the connection's age, not the server.
    pub reused: bool,
    running: Running,
    _permit: OwnedSemaphorePermit,
    _stream_permit: Option<OwnedSemaphorePermit>,
}

/// What may be under way on a leased connection; dropped, it is cancelled.
struct Running {
    pool: Rc<Pool>,
    /// `None`: nothing is.
    token: Option<CancelToken>,
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
        let permits = |count: u16| std::sync::Arc::new(Semaphore::new(usize::from(count.max(1))));
        let stream_permits = permits(database.pool_max / 2);
        let permits = permits(database.pool_max);
        Self {
            env,
            database,
            permits,
            stream_permits,
            idle: RefCell::default(),
            leased: Cell::new(0),
            queue: std::sync::Arc::new(Semaphore::new(QUEUE_MAX)),
        }
    }

    /// A connection of this age; waits its turn when all are in use.
    ///
    /// # Errors
    /// `Unavailable`: the queue is full, no turn within the pool timeout, or no new connection.
    pub(super) async fn lease(self: &Rc<Self>, usage: Usage, age: Age) -> Result<Lease, Failure> {
        let Ok(place) = self.queue.try_acquire() else {
            let why = format!("database {}: the queue is full", self.database.name);
            return Err(Failure::new(Kind::Unavailable, "").because(why));
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
            return Err(Failure::new(Kind::Unavailable, "").because(why));
        };
        drop(place);
        if age == Age::Fresh {
            // One of them was dead; the others are no younger.
            self.idle.borrow_mut().clear();
        }
        let (connection, reused) = match self.take_idle() {
            Some(connection) => (connection, true),
            None => (open(&self.env, &self.database).await?, false),
        };
        self.leased.set(self.leased.get() + 1);
        let running = Running {
            pool: self.clone(),
            token: Some(connection.client.cancel_token()),
        };
        Ok(Lease {
            connection,
            reused,
            running,
            _permit: permit,
            _stream_permit: stream_permit,
        })
    }

    /// Whether every connection is in use; not whether all wait to be opened.
    pub(super) fn is_busy(&self) -> bool {
        self.permits.available_permits() == 0 && self.leased.get() > 0
    }

    /// The connection used last, so that the others may grow old and be closed.
    fn take_idle(&self) -> Option<Connection> {
        let now = clock::now();
        let mut idle = self.idle.borrow_mut();
        idle.retain(|idle| !idle.connection.client.is_closed() && now.since(idle.since) < IDLE_MAX);
        idle.pop().map(|idle| idle.connection)
    }
}

impl Lease {
    /// To be called only when nothing is under way on the connection.
    pub(super) fn give_back(mut self) {
        self.running.token = None;
        if !self.connection.client.is_closed() {
            let idle = Idle {
                connection: self.connection,
                since: clock::now(),
            };
            self.running.pool.idle.borrow_mut().push(idle);
        }
    }

    /// Closes a connection on which nothing can be under way any more.
    pub(super) fn discard(mut self) {
        self.running.token = None;
    }
}
