//! A named query, compiled: the text that Postgres gets and the parameters that it takes.

use super::param::ParamType;
use serde::{Deserialize, Serialize};

/// What a query's header says it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Returns {
    /// One JSON object; no row is 404.
    One,
    /// One JSON array, made by Postgres.
    Many,
    /// One JSON array, row by row, never whole in memory.
    Stream,
    /// No rows; 204, or 404 when no row was affected.
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
    /// Inserts, updates, deletes or merges.
    Writes,
}

/// One named parameter, in the order of its `$n`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    pub name: String,
    pub kind: ParamType,
    /// Named by `-- require:`; a request without it gets 400 and no query is sent.
    pub required: bool,
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
}
