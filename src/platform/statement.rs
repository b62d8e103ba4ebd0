//! A statement on its way to a database, told once however it ends: with an answer, without a connection, or
//! given up half-way, when its fill's time is over or whoever asked has left.

use super::clock;
use super::object_meter::ObjectMeter;
use super::postgres::Broken;
use crate::failure::{Failure, Kind};
use crate::metrics::frame::{Ended, Why, Worked};
use crate::time::Timestamp;
use std::rc::Rc;

/// What statements are begun for.
#[derive(Clone, Copy)]
pub(super) enum Asks<'a> {
    /// Nobody counts these: they are about the server itself.
    Server,
    Query {
        query: &'a str,
        /// As many as the batch asks for; 1 without one.
        keys: u64,
    },
}

pub(super) struct Statement(Option<Counted>);

struct Counted {
    meter: Rc<ObjectMeter>,
    database: String,
    query: String,
    keys: u64,
    began: Timestamp,
}

impl Statement {
    /// A try of it at this database; without a meter nobody counts it.
    pub(super) fn begin(asks: Asks<'_>, database: &str, meter: Option<&Rc<ObjectMeter>>) -> Self {
        Self(match (asks, meter) {
            (Asks::Server, _) | (_, None) => None,
            (Asks::Query { query, keys }, Some(meter)) => Some(Counted {
                meter: meter.clone(),
                database: database.to_owned(),
                query: query.to_owned(),
                keys,
                began: clock::now(),
            }),
        })
    }

    /// There is a connection: it is sent now.
    pub(super) fn sent(&mut self) {
        if let Some(counted) = &mut self.0 {
            counted.began = clock::now();
        }
    }

    pub(super) fn unreached(mut self) {
        self.end(Ended::Failed(Why::Unreached), 0);
    }

    /// `rows`: how many an answer has.
    pub(super) fn ended<T>(mut self, done: &Result<T, Broken>, rows: impl Fn(&T) -> u64) {
        let ended = done.as_ref().map_or_else(how, |_| Ended::Answered);
        self.end(ended, done.as_ref().map_or(0, rows));
    }

    fn end(&mut self, ended: Ended, rows: u64) {
        let Some(counted) = self.0.take() else {
            return;
        };
        let worked = Worked {
            millis: f64::from(clock::elapsed_ms(counted.began)),
            ended,
            rows,
            keys: counted.keys,
        };
        let (database, query) = (&counted.database, &counted.query);
        counted.meter.statement(database, query, worked);
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        self.end(Ended::Failed(Why::Dropped), 0);
    }
}

fn how(broken: &Broken) -> Ended {
    let of = |failure: &Failure| {
        if failure.kind == Kind::Timeout {
            Why::Late
        } else {
            Why::Unable
        }
    };
    match broken {
        Broken::Connection(failure) | Broken::Source(failure) => Ended::Failed(of(failure)),
        // What is wrong with the values is the caller's affair.
        Broken::Query(failure) if failure.kind.is_source_failure() => Ended::Failed(of(failure)),
        Broken::Query(_) => Ended::Answered,
    }
}
