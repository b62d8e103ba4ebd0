//! A bounded pool of Postgres connections, kept by one shield object and reused by all its requests.

use super::clock;
use super::connection::open;
use super::timeout::within;
use crate::config::site::Database;
use crate::failure::{Failure, Kind};
use crate::time::Timestamp;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::Client;
use worker::Env;

/// An idle connection older than this is closed rather than used: something on the way may have
/// forgotten it.
const IDLE_MAX: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Pool {
    pub env: Env,
    pub database: Database,
    permits: std::sync::Arc<Semaphore>,
    idle: RefCell<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    client: Client,
    since: Timestamp,
}

/// A connection in use. Dropped, it is closed; [`Lease::give_back`] keeps it for the next.
#[derive(Debug)]
pub(super) struct Lease {
    pub client: Client,
    pool: Rc<Pool>,
    /// Whether it had been used before: then a failure may be the connection's age, not the server.
    pub reused: bool,
    _permit: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(env: Env, database: Database) -> Self {
        let permits = std::sync::Arc::new(Semaphore::new(usize::from(database.pool_max.max(1))));
        Self {
            env,
            database,
            permits,
            idle: RefCell::default(),
        }
    }

    /// An idle connection, else a new one; waits its turn when all are in use.
    ///
    /// # Errors
    /// `Unavailable`: no turn within the pool timeout, or no new connection.
    pub(super) async fn lease(self: &Rc<Self>) -> Result<Lease, Failure> {
        let turn = self.permits.clone().acquire_owned();
        let Ok(Ok(permit)) = within(self.database.pool_timeout, turn).await else {
            let why = format!(
                "database {}: no free connection in time",
                self.database.name
            );
            return Err(Failure::new(Kind::Unavailable, "").because(why));
        };
        let (client, reused) = match self.take_idle() {
            Some(client) => (client, true),
            None => (open(&self.env, &self.database).await?, false),
        };
        Ok(Lease {
            client,
            pool: self.clone(),
            reused,
            _permit: permit,
        })
    }

    /// The connection used last, so that the others may grow old and be closed.
    fn take_idle(&self) -> Option<Client> {
        let now = clock::now();
        let mut idle = self.idle.borrow_mut();
        idle.retain(|idle| !idle.client.is_closed() && now.since(idle.since) < IDLE_MAX);
        idle.pop().map(|idle| idle.client)
    }
}

impl Lease {
    /// To be called only when nothing is under way on the connection.
    pub(super) fn give_back(self) {
        if !self.client.is_closed() {
            let idle = Idle {
                client: self.client,
                since: clock::now(),
            };
            self.pool.idle.borrow_mut().push(idle);
        }
    }
}
