//! Asks a database server what it knows of how it is used.
//!
//! On a connection of its own: the pool's are for requests. One for each database and object, which is
//! closed once it has been idle for a while.

use super::connection::describe;
use super::guarded::Guarded;
use super::pool::{Lease, Usage};
use super::postgres::Broken;
use super::statement::{Asks, Statement};
use super::timeout::within;
use crate::config::site::Database;
use crate::failure::{Failure, Kind};
use crate::source::examination::{self, Examination, INDEXES, SCANS, SCHEMA, SINCE};
use crate::source::pool::Settings;
use crate::source::query::Repeat;
use serde::de::DeserializeOwned;
use std::rc::Rc;
use std::time::Duration;
use tokio_postgres::Error;
use worker::Env;

const POOL_MAX: u16 = 1;

/// For all questions together; a server that is slower has other worries.
pub(super) const EXAMINE_MAX: Duration = Duration::from_secs(5);

/// Who asks while another does waits no longer.
const TURN_MAX: Duration = Duration::from_secs(2);

pub(super) fn connections(env: &Env, database: &Database) -> Rc<Guarded> {
    let own = Database {
        pool: Settings {
            min: 0,
            max: POOL_MAX,
            idle: Duration::from_secs(10),
            ..database.pool.clone()
        },
        pool_timeout: TURN_MAX.min(database.pool_timeout),
        ..database.clone()
    };
    Rc::new(Guarded::new(env.clone(), &own, None))
}

pub(super) async fn examine(database: &Rc<Guarded>) -> Result<Examination, Failure> {
    let asked = database.attempt(Asks::Server, Usage::Whole, Repeat::Allowed, &once);
    asked.await.map_err(|unanswered| unanswered.failure)
}

async fn once(lease: Lease, _: Statement) -> Result<Examination, Broken> {
    let failure = |kind, why: String| Failure::new(kind, "").because(format!("examining: {why}"));
    match within(EXAMINE_MAX, questions(&lease)).await {
        Ok(Ok(found)) => {
            lease.give_back();
            Ok(found)
        }
        Ok(Err(why)) if why.as_db_error().is_some() => {
            lease.give_back();
            Err(Broken::Query(failure(Kind::Internal, describe(&why))))
        }
        Ok(Err(why)) => {
            lease.discard();
            let failure = failure(Kind::Unavailable, describe(&why));
            Err(Broken::Connection(failure))
        }
        // The lease is dropped, which cancels what it runs. The requests' breaker is another one.
        Err(_) => Err(Broken::Source(failure(
            Kind::Timeout,
            String::from("no answer in time"),
        ))),
    }
}

async fn questions(lease: &Lease) -> Result<Examination, Error> {
    let mut found = Examination {
        unused_indexes: list(lease, INDEXES).await?,
        sequential_scans: list(lease, SCANS).await?,
        ..Examination::default()
    };
    match text(lease, SCHEMA).await? {
        None => found.notes.push(
            "the extension pg_stat_statements is not there, which would count all statements: see CREATE EXTENSION".to_owned(),
        ),
        Some(schema) => match list(lease, &examination::statements(&schema)).await {
            Ok(statements) => found.statements = Some(statements),
            Err(why) if why.as_db_error().is_some() => found.notes.push(format!(
                "pg_stat_statements cannot be read ({}): the server must load it (shared_preload_libraries), and the user needs pg_read_all_stats",
                describe(&why).trim_end()
            )),
            Err(why) => return Err(why),
        },
    }
    let since = text(lease, SINCE).await?.unwrap_or_default();
    found.note_since(&since);
    Ok(found)
}

async fn text(lease: &Lease, sql: &str) -> Result<Option<String>, Error> {
    let rows = lease.connection.client.query_typed(sql, &[]).await?;
    rows.first().map(|row| row.try_get(0)).transpose()
}

/// What cannot be read as rows of this kind is as good as none: the questions are ours.
async fn list<T: DeserializeOwned>(lease: &Lease, sql: &str) -> Result<Vec<T>, Error> {
    let json = text(lease, sql).await?.unwrap_or_default();
    Ok(serde_json::from_str(&json).unwrap_or_default())
}
