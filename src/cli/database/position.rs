//! Where in a query's file Postgres found fault, and what may mend it.

use crate::config::diagnostic::{Diagnostic, Severity};
use crate::config::queries::Statement;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

/// What Postgres has against the query's own text.
pub fn refusal(statement: &Statement, error: &Error) -> Diagnostic {
    let path = &statement.file.path;
    let Some(error) = error.as_db_error() else {
        let what = format!("the database could not be asked about the query: {error}");
        return Diagnostic::new(
            Severity::Error,
            path,
            Some(1),
            what,
            "see to the connection",
        );
    };
    let line = match error.position() {
        Some(ErrorPosition::Original(position)) => line_of(statement, *position),
        Some(ErrorPosition::Internal { .. }) | None => 1,
    };
    Diagnostic::new(
        Severity::Error,
        path,
        Some(line),
        sentence(error),
        mend(error),
    )
}

/// What Postgres has against what we put around the query.
pub fn wrapped_refusal(statement: &Statement, error: &Error) -> Diagnostic {
    let why = error
        .as_db_error()
        .map_or_else(|| error.to_string(), sentence);
    let what = format!("the query is right by itself, but not as a part of another: {why}");
    let mend = "write it so that it can stand in `with q as (…)`, or make the JSON itself and say \
                -- json: yes";
    Diagnostic::new(Severity::Error, &statement.file.path, Some(1), what, mend)
}

fn sentence(error: &DbError) -> String {
    let detail = error
        .detail()
        .map(|detail| format!(" ({})", detail.trim_end_matches('.')));
    format!(
        "Postgres: {}{}",
        error.message(),
        detail.unwrap_or_default()
    )
}

fn mend(error: &DbError) -> String {
    if let Some(hint) = error.hint() {
        return hint.to_owned();
    }
    let code = error.code();
    if *code == SqlState::UNDEFINED_TABLE || *code == SqlState::UNDEFINED_COLUMN {
        "correct the name, or bring the schema up to date: is this the right database, migrated?"
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        "grant it to the role of the URL, which should be the role that the Worker uses"
    } else if *code == SqlState::INDETERMINATE_DATATYPE {
        "cast it, as in :name::bigint"
    } else {
        "correct the SQL"
    }
    .to_owned()
}

/// The line of the file that holds the character at `position`, counted from 1, of the text that was
/// prepared. The header may be gone from that text, but it ends as the file does.
fn line_of(statement: &Statement, position: u32) -> u32 {
    let prepared = statement.compiled.prepare_text.trim_end();
    let before = prepared
        .chars()
        .take(usize::try_from(position).unwrap_or(usize::MAX));
    let line = 1 + before.filter(|c| *c == '\n').count();
    let missing = lines(statement.file.text.trim_end()).saturating_sub(lines(prepared));
    u32::try_from(line + missing).unwrap_or(u32::MAX)
}

fn lines(text: &str) -> usize {
    1 + text.bytes().filter(|byte| *byte == b'\n').count()
}
