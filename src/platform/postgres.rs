//! Runs compiled queries: one typed, unnamed statement, every parameter as text, one round trip.

use super::connection::describe;
use super::pool::Lease;
use super::timeout::within;
use crate::cache::seal::Draft;
use crate::failure::{Failure, Kind};
use crate::semantics::trace::TraceParent;
use crate::source::query::{Outcome, Query, Returns, traced};
use crate::source::refusal::{Blame, Severity, blame, classify};
use futures_util::stream::{self, Stream};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_postgres::error::{self, DbError};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row, RowStream};
use wasm_bindgen_futures::spawn_local;

/// Why a statement gave no answer.
pub(super) enum Broken {
    /// The connection ended under the query.
    Connection(Failure),
    /// The server lives, but cannot do its work, or not in time.
    Source(Failure),
    /// The query's own error, or ours.
    Query(Failure),
}

/// What a query answered, and how many rows it gave or changed.
#[derive(Clone, Debug)]
pub(super) struct Once {
    pub draft: Draft,
    pub rows: u64,
}

pub(super) async fn once(
    lease: Lease,
    query: &Query,
    values: &[Option<String>],
    trace: Option<TraceParent>,
) -> Result<Once, Broken> {
    let params = typed(values);
    let text = traced(&query.text, trace);
    let client = &lease.connection.client;
    let work = async {
        match query.returns {
            Returns::Exec => client
                .execute_typed(&text, &params)
                .await
                .map(Answered::Affected),
            Returns::One | Returns::Many | Returns::Stream => {
                client.query_typed(&text, &params).await.map(Answered::Rows)
            }
        }
    };
    match within(lease.query_timeout(), work).await {
        Ok(Ok(answered)) => {
            let draft = draft(query, answered).map_err(Broken::Query);
            lease.give_back();
            draft
        }
        Ok(Err(error)) => Err(sort(error, lease, query)),
        Err(_) => Err(late(query)),
    }
}

/// The rows of a statement that yields two text columns.
pub(super) async fn pairs(
    lease: Lease,
    query: &Query,
    text: &str,
    values: &[Option<String>],
) -> Result<Vec<(String, String)>, Broken> {
    let params = typed(values);
    let work = lease.connection.client.query_typed(text, &params);
    match within(lease.query_timeout(), work).await {
        Ok(Ok(rows)) => {
            let pairs: Result<_, Error> = rows
                .iter()
                .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                .collect();
            lease.give_back();
            pairs.map_err(|why| {
                Broken::Query(Failure::new(Kind::Internal, "").because(describe(&why)))
            })
        }
        Ok(Err(error)) => Err(sort(error, lease, query)),
        Err(_) => Err(late(query)),
    }
}

/// Nothing came within the query timeout. The lease is dropped, which cancels what it runs.
fn late(query: &Query) -> Broken {
    let why = format!("query {}: no answer within the query timeout", query.name);
    Broken::Source(Failure::new(Kind::Timeout, "").because(why))
}

enum Answered {
    Affected(u64),
    Rows(Vec<Row>),
}

fn draft(query: &Query, answered: Answered) -> Result<Once, Failure> {
    let (count, found) = match answered {
        Answered::Affected(count) => (count, Vec::new()),
        Answered::Rows(rows) => (rows.len() as u64, rows),
    };
    let draft = match (query.outcome(count), found.first()) {
        (Outcome::Found, Some(row)) => Draft::json(text(row)?.as_bytes().to_vec()),
        (Outcome::Found, None) | (Outcome::NotFound, _) => Draft::not_found(),
        (Outcome::Done, _) => Draft {
            status: 204,
            headers: Vec::new(),
            body: Vec::new(),
        },
    };
    Ok(Once { draft, rows: count })
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

/// Sorts an error, and gives the connection back if it outlived the error.
fn sort(error: Error, lease: Lease, query: &Query) -> Broken {
    let why = format!("query {}: {}", query.name, describe(&error));
    let Some(db) = error.as_db_error() else {
        lease.discard();
        return Broken::Connection(Failure::new(Kind::Unavailable, "").because(why));
    };
    let sqlstate = db.code().code();
    let failure = classify(sqlstate, db.column(), query).because(why);
    match blame_for(db) {
        Blame::Connection => {
            lease.discard();
            Broken::Connection(failure)
        }
        Blame::Source => {
            lease.give_back();
            Broken::Source(failure)
        }
        Blame::Query => {
            lease.give_back();
            Broken::Query(failure)
        }
    }
}

/// Whose error it is.
pub(super) fn blame_for(db: &DbError) -> Blame {
    blame(db.code().code(), severity(db))
}

/// Servers since 9.6 tell it in a form that no language setting changes.
fn severity(db: &DbError) -> Severity {
    let told = matches!(db.severity(), "FATAL" | "PANIC");
    match db.parsed_severity() {
        Some(error::Severity::Fatal | error::Severity::Panic) => Severity::Fatal,
        Some(_) | None if told => Severity::Fatal,
        Some(_) | None => Severity::Error,
    }
}

/// Chunks of a JSON array, about this many bytes each.
const CHUNK_BYTES: usize = 32 * 1024;

pub(super) type Chunks = Pin<Box<dyn Stream<Item = Result<Vec<u8>, worker::Error>>>>;

/// The rows of a `stream` query as the bytes of one JSON array. The first row has been read already,
/// so a refused query is still a failure and not a broken body.
///
/// Rows are read as the client takes them; a client that leaves ends the query with its connection, and
/// so does one that takes nothing for long.
pub(super) fn chunks(reading: Reading) -> Chunks {
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
    chunks.boxed_local()
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

/// Sends a `stream` query, and waits for its first row.
pub(super) async fn begin(
    lease: Lease,
    query: &Query,
    values: &[Option<String>],
    trace: Option<TraceParent>,
) -> Result<Reading, Broken> {
    let text = traced(&query.text, trace);
    let params = values.iter().map(|value| (value, Type::TEXT));
    let client = &lease.connection.client;
    let limit = lease.query_timeout();
    let first = async {
        let mut rows = Box::pin(client.query_typed_raw(&text, params).await?);
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
        Err(_) => Err(late(query)),
    }
}

/// A stream under way.
pub(super) struct Reading {
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
pub(super) async fn ping(lease: Lease) -> Result<(), Broken> {
    let asked = lease.connection.client.query_typed("select 1", &[]);
    match within(lease.query_timeout(), asked).await {
        Ok(Ok(_)) => {
            lease.give_back();
            Ok(())
        }
        Ok(Err(why)) => {
            lease.discard();
            let failure = Failure::new(Kind::Unavailable, "").because(describe(&why));
            Err(Broken::Connection(failure))
        }
        Err(_) => Err(Broken::Source(Failure::new(Kind::Timeout, ""))),
    }
}
