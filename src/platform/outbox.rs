//! The outbox of a database: rows that triggers wrote in the transactions of whoever wrote the data.

use super::connection::describe;
use super::guarded::Guarded;
use super::pool::{Lease, Usage};
use super::postgres::{Broken, blame_for};
use super::statement::Asks;
use super::timeout::within;
use crate::config::site::Database;
use crate::failure::{Failure, Kind};
use crate::ports::purge_log::OutboxRow;
use crate::source::pool::Settings;
use crate::source::query::Repeat;
use crate::source::refusal::Blame;
use std::rc::Rc;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};
use worker::Env;

/// The log's own connections to one database.
pub(super) type Connections = Rc<Guarded>;

/// The log asks one thing at a time.
const POOL_MAX: u16 = 1;

pub(super) fn connections(env: &Env, database: &Database) -> Connections {
    let own = Database {
        pool: Settings {
            min: 0,
            max: POOL_MAX,
            ..database.pool.clone()
        },
        ..database.clone()
    };
    Rc::new(Guarded::new(env.clone(), &own, None))
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

/// Both questions may be asked twice. The breaker is the log's own, as the connections are.
async fn ask(
    database: &Connections,
    sql: &str,
    values: &[(&(dyn ToSql + Sync), Type)],
) -> Result<Vec<Row>, Failure> {
    let once = async |lease, _| once(lease, sql, values).await;
    let asked = database.attempt(Asks::Server, Usage::Whole, Repeat::Allowed, &once);
    asked.await.map_err(|unanswered| unanswered.failure)
}

async fn once(
    lease: Lease,
    sql: &str,
    values: &[(&(dyn ToSql + Sync), Type)],
) -> Result<Vec<Row>, Broken> {
    let asked = lease.connection.client.query_typed(sql, values);
    match within(lease.query_timeout(), asked).await {
        Ok(Ok(rows)) => {
            lease.give_back();
            Ok(rows)
        }
        Ok(Err(error)) => Err(sort(&error, lease)),
        Err(_) => {
            let why = "the outbox gave no answer within the query timeout";
            Err(Broken::Source(Failure::new(Kind::Timeout, "").because(why)))
        }
    }
}

fn sort(error: &Error, lease: Lease) -> Broken {
    lease.discard();
    let failure = |kind| Failure::new(kind, "").because(format!("outbox: {}", describe(error)));
    let Some(db) = error.as_db_error() else {
        return Broken::Connection(failure(Kind::Unavailable));
    };
    match (db.code().code(), blame_for(db)) {
        // No such table, or no right to it.
        (code @ ("42P01" | "42501"), _) => {
            let why = format!(
                "forebay_outbox: SQLSTATE {code}; apply the migration of `forebay triggers`"
            );
            Broken::Query(Failure::new(Kind::Misconfigured, "").because(why))
        }
        (_, Blame::Connection) => Broken::Connection(failure(Kind::Unavailable)),
        (_, Blame::Source) => Broken::Source(failure(Kind::Unavailable)),
        (_, Blame::Query) => Broken::Query(failure(Kind::Unavailable)),
    }
}
