//! Runs compiled queries: one typed, unnamed statement, every parameter as text, one round trip.

use super::connection::describe;
use super::pool::{Age, Lease, Pool, Usage};
use super::timeout::within;
use crate::cache::seal::Draft;
use crate::failure::{Failure, Kind};
use crate::shield::message::Reach;
use crate::source::query::{Outcome, Query, Repeat, Returns};
use crate::source::refusal::classify;
use futures_util::stream::{self, Stream};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_postgres::error::Severity;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row, RowStream};
use wasm_bindgen_futures::spawn_local;

/// What a query answered; `None` in place of rows: no such thing.
pub(super) async fn run(
    pool: &Rc<Pool>,
    query: &Query,
    values: &[Option<String>],
    repeat: Repeat,
) -> Result<Draft, Failure> {
    attempt(pool, Usage::Whole, repeat, async |lease| {
        once(pool, lease, query, values).await
    })
    .await
}

/// A connection that had grown old may have been closed by the other side unseen. What may be repeated
/// is asked again then, once, on a new one.
async fn attempt<T>(
    pool: &Rc<Pool>,
    usage: Usage,
    repeat: Repeat,
    work: impl AsyncFn(Lease) -> Result<T, Broken>,
) -> Result<T, Failure> {
    let lease = pool.lease(usage, Age::Any).await?;
    let reused = lease.reused;
    match work(lease).await {
        Err(Broken::Connection(_)) if reused && repeat == Repeat::Allowed => {
            let lease = pool.lease(usage, Age::Fresh).await?;
            work(lease).await.map_err(Broken::failure)
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
            // The server ends the session with an error so severe; class 57P says so too.
            let fatal = matches!(db.severity(), "FATAL" | "PANIC")
                || matches!(
                    db.parsed_severity(),
                    Some(Severity::Fatal | Severity::Panic)
                );
            if fatal || db.code().code().starts_with("57P") {
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
/// Rows are read as the client takes them; a client that leaves ends the query with its connection, and
/// so does one that takes nothing for long.
pub(super) async fn stream(
    pool: &Rc<Pool>,
    query: &Query,
    values: &[Option<String>],
    repeat: Repeat,
) -> Result<Chunks, Failure> {
    let reading = attempt(pool, Usage::Stream, repeat, async |lease| {
        begin(pool, lease, query, values).await
    })
    .await?;
    let pulled = Rc::new(RefCell::new(Pulled {
        reading: Some(reading),
        count: 0,
    }));
    let (client, gone) = oneshot::channel();
    spawn_local(watch(Rc::downgrade(&pulled), gone));
    let state = Some((pulled, client));
    let chunks = stream::try_unfold(state, |state| async move {
        let Some((pulled, client)) = state else {
            return Ok(None);
        };
        let taken = pulled.borrow_mut().reading.take();
        let Some(reading) = taken else {
            let why = "the stream was given up: nobody took its rows";
            return Err(worker::Error::RustError(why.to_owned()));
        };
        let (bytes, rest) = chunk(reading).await?;
        let Some(rest) = rest else {
            return Ok(Some((bytes, None)));
        };
        let mut put = pulled.borrow_mut();
        put.reading = Some(rest);
        put.count += 1;
        drop(put);
        Ok(Some((bytes, Some((pulled, client)))))
    });
    Ok(chunks.boxed_local())
}

/// A stream between two pulls of its client.
struct Pulled {
    /// `None` while a pull is under way, and when the stream was given up.
    reading: Option<Reading>,
    count: u64,
}

/// A client that takes nothing for so long (at most twice as long) is given up: nobody polls the
/// stream meanwhile, and it holds a connection.
const STALL_MAX: Duration = Duration::from_secs(30);

/// Ends with the stream, whose end drops the sender of `gone`.
async fn watch(pulled: Weak<RefCell<Pulled>>, mut gone: oneshot::Receiver<()>) {
    let mut seen = None;
    while within(STALL_MAX, &mut gone).await.is_err() {
        let Some(pulled) = pulled.upgrade() else {
            return;
        };
        let mut pulled = pulled.borrow_mut();
        if pulled.reading.is_some() && seen == Some(pulled.count) {
            // Dropped, it cancels the query and closes the connection.
            pulled.reading = None;
            return;
        }
        seen = Some(pulled.count);
    }
}

async fn begin(
    pool: &Rc<Pool>,
    lease: Lease,
    query: &Query,
    values: &[Option<String>],
) -> Result<Reading, Broken> {
    let params = values.iter().map(|value| (value, Type::TEXT));
    let client = &lease.connection.client;
    let limit = pool.database.query_timeout;
    let first = async {
        let mut rows = Box::pin(client.query_typed_raw(&query.text, params).await?);
        let first = rows.try_next().await?;
        Ok::<_, Error>((rows, first))
    };
    match within(limit, first).await {
        Ok(Ok((rows, next))) => Ok(Reading {
            rows,
            next,
            limit,
            lease,
            opened: false,
        }),
        Ok(Err(error)) => Err(sort(error, lease, query)),
        Err(_) => {
            let why = format!("query {}: no row within the query timeout", query.name);
            Err(Broken::Query(Failure::new(Kind::Timeout, "").because(why)))
        }
    }
}

struct Reading {
    rows: Pin<Box<RowStream>>,
    next: Option<Row>,
    /// For each row.
    limit: Duration,
    lease: Lease,
    /// Whether the array's bracket has been written.
    opened: bool,
}

impl Reading {
    async fn next_row(&mut self) -> Result<Option<Row>, worker::Error> {
        // A row that is there already needs no timer.
        if let Some(row) = self.rows.try_next().now_or_never() {
            return row.map_err(|why| broken(&why));
        }
        match within(self.limit, self.rows.try_next()).await {
            Ok(row) => row.map_err(|why| broken(&why)),
            Err(_) => Err(worker::Error::RustError(
                "the stream broke off: no row within the query timeout".to_owned(),
            )),
        }
    }
}

/// The next chunk, and what is left to read.
async fn chunk(mut reading: Reading) -> Result<(Vec<u8>, Option<Reading>), worker::Error> {
    let mut bytes = Vec::with_capacity(CHUNK_BYTES + 4096);
    while let Some(row) = reading.next.take() {
        bytes.push(if reading.opened { b',' } else { b'[' });
        reading.opened = true;
        let json = text(&row).map_err(|why| worker::Error::RustError(why.internal))?;
        bytes.extend_from_slice(json.as_bytes());
        reading.next = reading.next_row().await?;
        if bytes.len() >= CHUNK_BYTES && reading.next.is_some() {
            return Ok((bytes, Some(reading)));
        }
    }
    bytes.extend_from_slice(if reading.opened { b"]" } else { b"[]" });
    reading.lease.give_back();
    Ok((bytes, None))
}

fn broken(why: &Error) -> worker::Error {
    worker::Error::RustError(format!("the stream broke off: {}", describe(why)))
}

/// One round trip that asks nothing of the data.
pub(super) async fn ping(pool: &Rc<Pool>) -> Result<Reach, Failure> {
    if pool.is_busy() {
        return Ok(Reach::Busy);
    }
    for age in [Age::Any, Age::Fresh] {
        let lease = pool.lease(Usage::Whole, age).await?;
        let reused = lease.reused;
        let asked = lease.connection.client.query_typed("select 1", &[]);
        match within(pool.database.query_timeout, asked).await {
            Ok(Ok(_)) => {
                lease.give_back();
                return Ok(Reach::Answered);
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
