//! `GET /debug/db`: what the databases are asked, how long they take, and what might help.

use crate::failure::{Failure, Kind};
use crate::metrics::summary::{FailureReasons, StatementSummary};
use crate::source::examination::{Examination, SequentialScan, StatementSeen, UnusedIndex};
use crate::source::query::{Query, Returns};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "DatabaseReport"))]
pub struct Report {
    pub statements: Vec<Statement>,
    /// Set where nothing is known of the statements: an empty list would look like peace.
    pub statements_error: Option<&'static str>,
    pub databases: Vec<Database>,
}

/// A query of the site, by what Forebay itself has measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Statement {
    pub database: String,
    pub query: String,
    pub calls: u64,
    /// Of `calls`.
    pub failures: u64,
    /// `None`, as in `p95_ms`: nothing was measured.
    pub mean_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub rows: u64,
    pub total_ms: f64,
    pub suggestions: Vec<String>,
}

/// A database, by what its server knows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Database {
    pub name: String,
    /// `None`: the server does not count statements.
    pub pg_stat_statements: Option<Vec<StatementSeen>>,
    pub unused_indexes: Vec<UnusedIndex>,
    pub sequential_scans: Vec<Scan>,
    /// What one must know to read the rest.
    pub notes: Vec<String>,
    /// Why its server could not be asked; then the rest is empty.
    pub error: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Scan {
    #[serde(flatten)]
    pub scan: SequentialScan,
    pub suggestion: String,
}

/// `queries`: the site's; `span_s`: what the statements were measured in.
pub fn report(
    queries: &[Query],
    measured: Result<&[StatementSummary], &'static str>,
    span_s: u64,
    examined: Vec<(String, Result<Examination, Failure>)>,
) -> Report {
    let statements = measured.unwrap_or_default().iter();
    Report {
        statements: statements
            .map(|measured| statement(queries, measured, span_s))
            .collect(),
        statements_error: measured.err(),
        databases: examined.into_iter().map(database).collect(),
    }
}

fn statement(queries: &[Query], measured: &StatementSummary, span_s: u64) -> Statement {
    let work = &measured.work;
    Statement {
        database: measured.database.clone(),
        query: measured.query.clone(),
        calls: work.calls,
        failures: work.failures,
        mean_ms: work.duration.average,
        p95_ms: work.duration.p95,
        rows: work.rows,
        total_ms: work.total_ms,
        suggestions: suggestions(queries, measured, span_s),
    }
}

/// From here on a statement is slow, in milliseconds: the default alert's measure.
const SLOW_MS: f64 = 50.0;

/// A p95 that is so many times the mean is no matter of the statement alone.
const UNEVEN: f64 = 4.0;

/// Rows of one answer that are many.
const MANY_ROWS: u64 = 1000;

/// Statements for single keys in a second that are worth a batch.
const MANY_CALLS: u64 = 10;

/// In the words of who looks for the cause.
fn reasons(reasons: FailureReasons) -> String {
    let FailureReasons {
        unreached,
        late,
        unable,
        dropped,
    } = reasons;
    let words = [
        (unreached, "without a connection"),
        (late, "without an answer in time"),
        (unable, "broken off or refused by the server"),
        (dropped, "given up by who asked"),
    ];
    let told = words.into_iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    told.join(", ")
}

fn suggestions(queries: &[Query], measured: &StatementSummary, span_s: u64) -> Vec<String> {
    let work = &measured.work;
    let (mean, p95) = (
        work.duration.average.unwrap_or(0.0),
        work.duration.p95.unwrap_or(0.0),
    );
    let name = &measured.query;
    let mut found = Vec::new();
    if work.failures > 0 {
        let (failures, calls) = (work.failures, work.calls);
        found.push(format!(
            "{failures} of {calls} calls failed ({}): the log lines with `error` say more",
            reasons(work.reasons)
        ));
    }
    if mean >= SLOW_MS {
        found.push(format!(
            "it takes {mean:.0} ms on average: look at EXPLAIN (ANALYZE, BUFFERS) of queries/{name}.sql, and at the sequential scans below"
        ));
    }
    if p95 >= SLOW_MS && p95 >= UNEVEN * mean {
        found.push(format!(
            "its slowest calls take {:.0} times the average: look for locks, for values that select many rows, and for waits in /debug/shield",
            p95 / mean.max(1.0)
        ));
    }
    let Some(query) = queries.iter().find(|query| query.name == *name) else {
        return found;
    };
    let rows_each = work.rows / work.calls.max(1);
    if query.returns == Returns::Many && rows_each >= MANY_ROWS {
        found.push(format!(
            "it gives {rows_each} rows a call: page it with a limit, or declare `-- returns: stream`"
        ));
    }
    let is_single = query.returns == Returns::One && query.batch.is_none();
    if is_single && work.calls / span_s.max(1) >= MANY_CALLS {
        found.push(String::from(
            "it is asked for single rows many times a second: `-- batch:` and the route's `batch` answer many keys with one statement, a longer `ttl` asks less often",
        ));
    }
    found
}

fn database((name, examined): (String, Result<Examination, Failure>)) -> Database {
    let (found, error) = match examined {
        Ok(found) => (found, None),
        Err(failure) => (Examination::default(), Some(words(failure.kind).to_owned())),
    };
    let scans = found.sequential_scans.into_iter();
    Database {
        name,
        pg_stat_statements: found.statements,
        unused_indexes: found.unused_indexes,
        sequential_scans: scans
            .map(|scan| Scan {
                suggestion: scan.suggestion(),
                scan,
            })
            .collect(),
        notes: found.notes,
        error,
    }
}

/// What a driver says may hold addresses and names of users: that is for the log lines.
fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Timeout => "it gave no answer in time",
        Kind::Unavailable => "it cannot be reached; the log lines say why",
        Kind::Misconfigured => "it is not configured as it should be; the log lines say why",
        Kind::NoRoute
        | Kind::MethodNotAllowed
        | Kind::BadPath
        | Kind::BadParameters
        | Kind::BadBody
        | Kind::BodyTooLarge
        | Kind::UnsupportedMediaType
        | Kind::Unauthorized
        | Kind::NotFound
        | Kind::Conflict
        | Kind::Unprocessable
        | Kind::OnlyIfCached
        | Kind::BadGateway
        | Kind::Internal
        | Kind::TooManyTries => "it could not be examined; the log lines say why",
    }
}

#[cfg(test)]
mod tests;
