//! Reads a query file: plain SQL with a header and named, cast parameters, compiled to what the Worker
//! sends. Nothing here knows a schema; `forebay check --database` asks Postgres for that.

use super::place::ReadFrom;
use super::query::{Effect, Query, Returns};

mod batch;
mod effect;
mod header;
mod lex;
pub mod names;
mod params;
mod statement;
mod wrap;

use statement::Statement;

/// A query file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    pub query: Query,
    /// The statement as written, with `$1::bigint` for `:id::bigint`: what Postgres prepares to tell
    /// parameter types and columns.
    pub prepare_text: String,
    /// [`Query::text`] with parameters of their own types; its plan is the one that runs.
    pub wrapped_prepare_text: String,
    /// The same of the text that asks for many keys at once, if there is one.
    pub batch_prepare_text: Option<String>,
    /// The header's prose, in one line.
    pub description: String,
    /// For each of [`Query::params`], the line of the file on which it first stands.
    pub param_lines: Vec<usize>,
}

/// Something that an operator must change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlProblem {
    /// Counted from 1.
    pub line: usize,
    pub what: String,
    pub mend: String,
}

impl SqlProblem {
    fn new(line: usize, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            line,
            what: what.into(),
            mend: mend.into(),
        }
    }
}

/// Compiles the file `name`.sql, whose content is `text`.
///
/// # Errors
/// Everything that is wrong with the file, by line.
pub fn compile(name: &str, text: &str) -> Result<Compiled, Vec<SqlProblem>> {
    let mut problems = Vec::new();
    let header = header::read(text, &mut problems);
    let statement = Statement::read(text, header.end, &mut problems);
    let mut params = params::read(&statement, &header.require, &mut problems);
    let effect = effect::of(&statement);
    let returns = header.returns.unwrap_or(Returns::Exec);
    let wrapper = wrap::wrapper(&statement, returns, header.json).unwrap_or_else(|problem| {
        problems.extend(header.returns.map(|_| problem));
        wrap::Wrapper::default()
    });
    let key = batch::key(&statement, &header, &params, effect, &mut problems);
    check_read_from(&header, effect, &mut problems);
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.line);
        return Err(problems);
    }
    let own_types = params.number(&statement, "");
    let batched = key.map(|key| key.batched(&statement, &mut params));
    let (batch, batch_prepare_text) = batched.unzip();
    Ok(Compiled {
        query: Query {
            name: name.to_owned(),
            text: wrapper.around(&params.number(&statement, "::text")),
            params: params.list,
            returns,
            effect,
            database: header.database,
            tables: Vec::new(),
            rows: Vec::new(),
            read_from: header.read_from.0,
            batch,
        },
        batch_prepare_text,
        wrapped_prepare_text: wrapper.around(&own_types),
        prepare_text: own_types,
        description: header.description,
        param_lines: params.lines,
    })
}

fn check_read_from(header: &header::Header, effect: Effect, problems: &mut Vec<SqlProblem>) {
    let (read_from, line) = header.read_from;
    if read_from == ReadFrom::Replica && effect.is_write() {
        problems.push(SqlProblem::new(
            line,
            "a statement that writes cannot be sent to a replica",
            "leave `read from` out",
        ));
    }
}

#[cfg(test)]
mod tests;
