//! Runs compiled queries: one typed, unnamed statement, every parameter as text, one round trip.

use super::connection::describe;
use super::pool::{Lease, Pool};
use super::timeout::within;
use crate::cache::seal::Draft;
use crate::failure::{Failure, Kind};
use crate::source::query::{Outcome, Query, Repeat, Returns};
use crate::source::refusal::classify;
use futures_util::stream::{self, Stream};
use futures_util::{StreamExt, TryStreamExt};
use std::pin::Pin;
use std::rc::Rc;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row, RowStream};

/// What a query answered; `None` in place of rows: no such thing.
pub(super) async fn run(
    pool: &Rc<Pool>,
    query: &Query,
    values: &[Option<String>],
    repeat: Repeat,
) -> Result<Draft, Failure> {
    let lease = pool.lease().await?;
    let reused = lease.reused;
    match once(pool, lease, query, values).await {
        // A connection that had grown old may have been closed by the other side unseen. What only
        // reads may be asked again, once, on the next connection.
        Err(Broken::Connection(_)) if reused && repeat == Repeat::Allowed => {
            let lease = pool.lease().await?;
            once(pool, lease, query, values)
                .await
                .map_err(Broken::failure)
        }
        outcome => outcome.map_err(Broken::failure),
    }
}

enum Broken {
    /// The connection ended under the query.
    Connection(Failure),
    Query(Failure),
}

impl Broken {
    fn failure(self) -> Failure {
        match self {
            Self::Connection(failure) | Self::Query(failure) => failure,
        }
    }
}

async fn once(
    pool: &Rc<Pool>,
    lease: Lease,
    query: &Query,
    values: &[Option<String>],
) -> Result<Draft, Broken> {
    let params = typed(values);
    let client = &lease.connection.client;
    let work = async {
        match query.returns {
            Returns::Exec => client
                .execute_typed(&query.text, &params)
                .await
                .map(Answered::Affected),
            Returns::One | Returns::Many | Returns::Stream => client
                .query_typed(&query.text, &params)
                .await
                .map(Answered::Rows),
        }
    };
    match within(pool.database.query_timeout, work).await {
        Ok(Ok(answered)) => {
            let draft = draft(query, answered).map_err(Broken::Query);
            lease.give_back();
            draft
        }
        Ok(Err(error)) => Err(sort(error, lease, query)),
        Err(_) => {
            let why = format!("query {}: no answer within the query timeout", query.name);
            Err(Broken::Query(Failure::new(Kind::Timeout, "").because(why)))
        }
    }
}

enum Answered {
    Affected(u64),
    Rows(Vec<Row>),
}

fn draft(query: &Query, answered: Answered) -> Result<Draft, Failure> {
    let (count, rows) = match answered {
        Answered::Affected(count) => (count, Vec::new()),
        Answered::Rows(rows) => (rows.len() as u64, rows),
    };
    match (query.outcome(count), rows.first()) {
        (Outcome::Found, Some(row)) => Ok(Draft::json(text(row)?.as_bytes().to_vec())),
        (Outcome::Found, None) | (Outcome::NotFound, _) => Ok(Draft::not_found()),
        (Outcome::Done, _) => Ok(Draft {
            status: 204,
            headers: Vec::new(),
            body: Vec::new(),
        }),
    }
}

fn text(row: &Row) -> Result<&str, Failure> {
    row.try_get::<_, &str>(0)
        .map_err(|why| Failure::new(Kind::Internal, "").because(describe(&why)))
}

fn typed(values: &[Option<String>]) -> Vec<(&(dyn ToSql + Sync), Type)> {
    values
        .iter()
        .map(|value| (value as &(dyn ToSql + Sync), Type::TEXT))
        .collect()
}

/// Sorts an error, and gives the connection back if the error is the query's own.
fn sort(error: Error, lease: Lease, query: &Query) -> Broken {
    let why = format!("query {}: {}", query.name, describe(&error));
    match error.as_db_error() {
        Some(db) => {
            let failure = classify(db.code().code(), db.column(), query).because(why);
            // Class 57 tells that the server ends the session.
            if db.code().code().starts_with("57P") {
                lease.discard();
                return Broken::Connection(failure);
            }
            lease.give_back();
            Broken::Query(failure)
        }
        None => {
            lease.discard();
            Broken::Connection(Failure::new(Kind::Unavailable, "").because(why))
        }
    }
}

/// Chunks of a JSON array, about this many bytes each.
const CHUNK_BYTES: usize = 32 * 1024;

pub(super) type Chunks = Pin<Box<dyn Stream<Item = Result<Vec<u8>, worker::Error>>>>;

/// The rows of a `stream` query as the bytes of one JSON array. The first row has been read when this
/// returns, so a refused query is still a failure and not a broken body.
///
/// Rows are read as the client takes them; a client that leaves ends the query with its connection.
pub(super) async fn stream(
    pool: &Rc<Pool>,
    query: &Query,
    values: Vec<Option<String>>,
) -> Result<Chunks, Failure> {
    let lease = pool.lease().await?;
    let params = values.into_iter().map(|value| (value, Type::TEXT));
    let client = &lease.connection.client;
    let first = async {
        let mut rows = Box::pin(client.query_typed_raw(&query.text, params).await?);
        let first = rows.try_next().await?;
        Ok::<_, Error>((rows, first))
    };
    let (rows, first) = match within(pool.database.query_timeout, first).await {
        Ok(Ok(begun)) => begun,
        Ok(Err(error)) => return Err(sort(error, lease, query).failure()),
        Err(_) => {
            let why = format!("query {}: no row within the query timeout", query.name);
            return Err(Failure::new(Kind::Timeout, "").because(why));
        }
    };
    let reading = Reading {
        rows,
        next: first,
        lease,
        opened: false,
    };
    Ok(stream::try_unfold(Some(reading), chunk).boxed_local())
}

struct Reading {
    rows: Pin<Box<RowStream>>,
    next: Option<Row>,
    lease: Lease,
    /// Whether the array's bracket has been written.
    opened: bool,
}

async fn chunk(
    reading: Option<Reading>,
) -> Result<Option<(Vec<u8>, Option<Reading>)>, worker::Error> {
    let Some(mut reading) = reading else {
        return Ok(None);
    };
    let mut bytes = Vec::with_capacity(CHUNK_BYTES + 4096);
    while let Some(row) = reading.next.take() {
        bytes.push(if reading.opened { b',' } else { b'[' });
        reading.opened = true;
        let json = text(&row).map_err(|why| worker::Error::RustError(why.internal))?;
        bytes.extend_from_slice(json.as_bytes());
        reading.next = reading.rows.try_next().await.map_err(|why| broken(&why))?;
        if bytes.len() >= CHUNK_BYTES && reading.next.is_some() {
            return Ok(Some((bytes, Some(reading))));
        }
    }
    bytes.extend_from_slice(if reading.opened { b"]" } else { b"[]" });
    reading.lease.give_back();
    Ok(Some((bytes, None)))
}

fn broken(why: &Error) -> worker::Error {
    worker::Error::RustError(format!("the stream broke off: {}", describe(why)))
}

/// One round trip that asks nothing of the data.
pub(super) async fn ping(pool: &Rc<Pool>) -> Result<(), Failure> {
    for _ in 0..2 {
        let lease = pool.lease().await?;
        let reused = lease.reused;
        let asked = lease.connection.client.query_typed("select 1", &[]);
        match within(pool.database.query_timeout, asked).await {
            Ok(Ok(_)) => {
                lease.give_back();
                return Ok(());
            }
            // As in `run`: an old connection says nothing of the server.
            Ok(Err(_)) if reused => lease.discard(),
            Ok(Err(why)) => {
                lease.discard();
                return Err(Failure::new(Kind::Unavailable, "").because(describe(&why)));
            }
            Err(_) => return Err(Failure::new(Kind::Timeout, "")),
        }
    }
    Err(Failure::new(Kind::Unavailable, "").because("the connections break"))
}
