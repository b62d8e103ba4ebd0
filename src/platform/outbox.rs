//! The outbox of a database: rows that triggers wrote in the transactions of whoever wrote the data.

use super::connection::describe;
use super::pool::{Age, Lease, Pool, Usage};
use super::timeout::within;
use crate::config::site::Database;
use crate::failure::{Failure, Kind};
use crate::ports::purge_log::OutboxRow;
use std::rc::Rc;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};
use worker::Env;

/// The log's own connections to one database.
pub(super) type Connections = Rc<Pool>;

/// The log asks one thing at a time.
const POOL_MAX: u16 = 1;

pub(super) fn connections(env: &Env, database: &Database) -> Connections {
    let own = Database {
        pool_max: POOL_MAX,
        ..database.clone()
    };
    Rc::new(Pool::new(env.clone(), own))
}

const READ: &str = "select id, target from forebay_outbox order by id limit $1";
const CLEAR: &str = "delete from forebay_outbox where id = any($1::text::bigint[])";

/// The first rows, in their order.
///
/// # Errors
/// `Unavailable`, `Timeout`, or `Misconfigured`: the database has no outbox.
pub(super) async fn read(pool: &Connections, rows_max: u32) -> Result<Vec<OutboxRow>, Failure> {
    let limit = i64::from(rows_max);
    let rows = ask(pool, READ, &[(&limit, Type::INT8)]).await?;
    rows.iter().map(read_row).collect()
}

fn read_row(row: &Row) -> Result<OutboxRow, Failure> {
    let damaged = |why| Failure::new(Kind::Misconfigured, "").because(describe(&why));
    Ok(OutboxRow {
        id: row.try_get(0).map_err(damaged)?,
        tag: row.try_get(1).map_err(damaged)?,
    })
}

pub(super) async fn clear(pool: &Connections, ids: &[i64]) -> Result<(), Failure> {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    let list = format!("{{{}}}", ids.join(","));
    ask(pool, CLEAR, &[(&list, Type::TEXT)]).await.map(drop)
}

/// Both questions may be asked twice: an old connection may have been closed by the other side unseen.
async fn ask(
    pool: &Connections,
    sql: &str,
    values: &[(&(dyn ToSql + Sync), Type)],
) -> Result<Vec<Row>, Failure> {
    let lease = pool.lease(Usage::Whole, Age::Any).await?;
    let reused = lease.reused;
    match once(pool, lease, sql, values).await {
        Err(Broken::Connection(_)) if reused => {
            let lease = pool.lease(Usage::Whole, Age::Fresh).await?;
            once(pool, lease, sql, values)
                .await
                .map_err(Broken::failure)
        }
        outcome => outcome.map_err(Broken::failure),
    }
}

enum Broken {
    Connection(Failure),
    Question(Failure),
}

impl Broken {
    fn failure(self) -> Failure {
        match self {
            Self::Connection(failure) | Self::Question(failure) => failure,
        }
    }
}

async fn once(
    pool: &Connections,
    lease: Lease,
    sql: &str,
    values: &[(&(dyn ToSql + Sync), Type)],
) -> Result<Vec<Row>, Broken> {
    let asked = lease.connection.client.query_typed(sql, values);
    match within(pool.database.query_timeout, asked).await {
        Ok(Ok(rows)) => {
            lease.give_back();
            Ok(rows)
        }
        Ok(Err(error)) => Err(sort(&error, lease)),
        Err(_) => {
            let why = "the outbox gave no answer within the query timeout";
            Err(Broken::Question(
                Failure::new(Kind::Timeout, "").because(why),
            ))
        }
    }
}

fn sort(error: &Error, lease: Lease) -> Broken {
    let failure = |kind| Failure::new(kind, "").because(format!("outbox: {}", describe(error)));
    lease.discard();
    match error.as_db_error().map(|db| db.code().code()) {
        // No such table, or no right to it.
        Some(code @ ("42P01" | "42501")) => {
            let why = format!(
                "forebay_outbox: SQLSTATE {code}; apply the migration of `forebay triggers`"
            );
            Broken::Question(Failure::new(Kind::Misconfigured, "").because(why))
        }
        Some(code) if !code.starts_with("57P") => Broken::Question(failure(Kind::Unavailable)),
        Some(_) | None => Broken::Connection(failure(Kind::Unavailable)),
    }
}
