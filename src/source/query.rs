//! A named query, compiled: the text that Postgres gets and the parameters that it takes.

use super::batch::Many;
use super::param::ParamType;
use super::place::ReadFrom;
use crate::semantics::trace::TraceParent;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What a query's header says it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Returns {
    /// One JSON object; no row is 404.
    One,
    /// One JSON array, made by Postgres.
    Many,
    /// One JSON array, row by row, never whole in memory.
    Stream,
    /// No rows; 204, or 404 when an insert, update, delete or merge affected none.
    Exec,
}

impl Returns {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Many => "many",
            Self::Stream => "stream",
            Self::Exec => "exec",
        }
    }
}

/// What running the statement does to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Reads, and gives the same rows for the same parameters and data.
    Reads,
    /// Reads, but calls something volatile (`random()`, `clock_timestamp()`…).
    Volatile,
    /// Inserts, updates, deletes or merges; the number of rows it affects tells whether it found any.
    Writes,
    /// Does something else, such as `call` or `refresh`, of which no number tells.
    Acts,
}

impl Effect {
    pub fn is_write(self) -> bool {
        matches!(self, Self::Writes | Self::Acts)
    }
}

/// Whether a query may be sent again when its connection ended under it: then nobody knows whether it
/// ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Repeat {
    Allowed,
    Never,
}

/// A statement's text as it is sent: behind it, on a line of its own lest a comment that ends the text
/// swallows it, whose request it belongs to, in the form of sqlcommenter. Servers count statements without
/// their comments.
pub fn traced(text: &str, trace: Option<TraceParent>) -> Cow<'_, str> {
    match trace {
        Some(trace) => Cow::Owned(format!("{text}\n/*traceparent='{trace}'*/")),
        None => Cow::Borrowed(text),
    }
}

/// One named parameter, in the order of its `$n`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    pub name: String,
    pub kind: ParamType,
    /// Named by `-- require:`; a request without it gets 400 and no query is sent.
    pub required: bool,
}

/// Of `table`, a query looks only at rows whose `column` equals the parameter `param`, so another row
/// cannot change its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowKey {
    /// `schema.table`, one of [`Query::tables`].
    pub table: String,
    /// An integer, a uuid or a text, whose text in SQL is the parameter's canonical text.
    pub column: String,
    pub param: String,
}

/// A compiled query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The file's name without `.sql`.
    pub name: String,
    /// The wrapped text. Every parameter is sent as text and cast by Postgres
    /// (`$1::text::bigint`), so that one typed, unnamed statement takes one round trip and no type is
    /// looked up. It yields one text column (`one`, `many`: at most one row; `stream`: a row each),
    /// or none (`exec`).
    pub text: String,
    pub params: Vec<Param>,
    pub returns: Returns,
    pub effect: Effect,
    /// Name of the `[database.*]` table.
    pub database: String,
    /// The tables read, as `schema.table`, from `forebay check --database`; empty when never checked.
    pub tables: Vec<String>,
    /// What is known of the rows that it looks at; of a table without an entry, any row may count.
    pub rows: Vec<RowKey>,
    pub read_from: ReadFrom,
    /// How it is asked for many keys at once, if it can be.
    pub batch: Option<Many>,
}

impl Query {
    /// Running it twice must be the same as running it once. The words of a statement cannot tell what
    /// a function of the schema does, so an `exec` query, and one that a route runs for a method that
    /// is not safe, is taken to write whatever it looks like.
    pub fn repeat(&self, method: Method) -> Repeat {
        match (self.effect, self.returns, method) {
            (Effect::Reads, Returns::One | Returns::Many | Returns::Stream, Method::Safe) => {
                Repeat::Allowed
            }
            (Effect::Reads, Returns::Exec, _)
            | (Effect::Reads, _, Method::Unsafe)
            | (Effect::Volatile | Effect::Writes | Effect::Acts, _, _) => Repeat::Never,
        }
    }
}

/// What a query that did not fail has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The first row's text is the answer.
    Found,
    /// There is nothing to say.
    Done,
    NotFound,
}

impl Query {
    /// `rows`: how many it returned or, for `exec`, affected.
    pub fn outcome(&self, rows: u64) -> Outcome {
        match (self.returns, self.effect, rows) {
            (Returns::Exec, Effect::Writes, 0) => Outcome::NotFound,
            (Returns::Exec, _, _) => Outcome::Done,
            (Returns::One | Returns::Many | Returns::Stream, _, 0) => Outcome::NotFound,
            (Returns::One | Returns::Many | Returns::Stream, _, _) => Outcome::Found,
        }
    }
}

/// Whether a query runs for a method that is safe (RFC 9110 §9.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Safe,
    Unsafe,
}

impl Method {
    /// For a route's pattern such as `GET /api/pitches/{id}`. Only a safe method has a cache key, so a
    /// request with one has shown itself to be safe, also behind `*`.
    pub fn of(pattern: &str, key: Option<&str>) -> Self {
        if key.is_some() || pattern.starts_with("GET ") {
            Self::Safe
        } else {
            Self::Unsafe
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(effect: Effect, returns: Returns) -> Query {
        Query {
            name: "q".into(),
            text: String::new(),
            params: vec![],
            returns,
            effect,
            database: "main".into(),
            tables: vec![],
            rows: vec![],
            read_from: ReadFrom::Either,
            batch: None,
        }
    }

    #[test]
    fn a_trace_stands_behind_a_comment_that_ends_the_text() {
        let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let trace = TraceParent::parse(value);
        for text in [
            "select 1",
            "select 1 -- all of it",
            "select 1;",
            "select /* a */ 1 /* b */",
        ] {
            assert_eq!(
                traced(text, trace),
                format!("{text}\n/*traceparent='{value}'*/")
            );
            assert_eq!(traced(text, None), text);
        }
    }

    #[test]
    fn only_what_surely_reads_may_be_sent_again() {
        use Effect::{Reads, Volatile, Writes};
        use Returns::{Exec, Many, One, Stream};
        for (effect, returns, method, expected) in [
            (Reads, One, Method::Safe, Repeat::Allowed),
            (Reads, Many, Method::Safe, Repeat::Allowed),
            (Reads, Stream, Method::Safe, Repeat::Allowed),
            (Reads, Exec, Method::Safe, Repeat::Never),
            (Reads, One, Method::Unsafe, Repeat::Never),
            (Volatile, One, Method::Safe, Repeat::Never),
            (Writes, One, Method::Safe, Repeat::Never),
        ] {
            let repeat = query(effect, returns).repeat(method);
            assert_eq!(repeat, expected, "{effect:?} {returns:?} {method:?}");
        }
    }

    #[test]
    fn no_row_is_not_found_only_where_rows_are_counted() {
        use Effect::{Acts, Reads, Writes};
        use Outcome::{Done, Found, NotFound};
        for (effect, returns, rows, expected) in [
            (Writes, Returns::Exec, 0, NotFound),
            (Writes, Returns::Exec, 2, Done),
            (Acts, Returns::Exec, 0, Done),
            (Reads, Returns::Exec, 0, Done),
            (Reads, Returns::Exec, 1, Done),
            (Reads, Returns::One, 0, NotFound),
            (Writes, Returns::One, 0, NotFound),
            (Reads, Returns::Many, 1, Found),
        ] {
            let outcome = query(effect, returns).outcome(rows);
            assert_eq!(outcome, expected, "{effect:?} {returns:?} {rows}");
        }
    }

    #[test]
    fn a_method_is_safe_when_it_is_get_or_has_a_key() {
        for (pattern, key, expected) in [
            ("GET /a", None, Method::Safe),
            ("* /a", Some("k"), Method::Safe),
            ("* /a", None, Method::Unsafe),
            ("POST /a", None, Method::Unsafe),
        ] {
            assert_eq!(Method::of(pattern, key), expected, "{pattern} {key:?}");
        }
    }
}
