//! Where in a query's file Postgres found fault, and what may mend it.

use crate::config::diagnostic::{Diagnostic, Severity};
use crate::config::queries::{Statement, header_line};
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

/// What Postgres has against asking for many keys at once.
pub fn batch_refusal(statement: &Statement, error: &Error) -> Diagnostic {
    let why = error
        .as_db_error()
        .map_or_else(|| error.to_string(), sentence);
    let path = &statement.file.path;
    let what = format!("the query is right for one key, but not for a batch: {why}");
    let mend = "select the column that `-- batch:` names, of the type of the parameter's elements";
    let line = header_line(&statement.file.text, "batch");
    Diagnostic::new(Severity::Error, path, Some(line), what, mend)
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
/// prepared. That text is the statement without what stands around it, with `$1` for names.
fn line_of(statement: &Statement, position: u32) -> u32 {
    let prepared = &statement.compiled.prepare_text;
    let before_it = usize::try_from(position.saturating_sub(1)).unwrap_or(usize::MAX);
    let newlines = prepared
        .chars()
        .take(before_it)
        .filter(|c| *c == '\n')
        .count();
    u32::try_from(first_line(&statement.file.text, prepared) + newlines).unwrap_or(u32::MAX)
}

/// The line on which the statement begins: below the header, where its first words are.
fn first_line(file: &str, prepared: &str) -> usize {
    let header: usize = file
        .split_inclusive('\n')
        .take_while(|line| line.trim().is_empty() || line.trim().starts_with("--"))
        .map(str::len)
        .sum();
    let words = prepared.split('$').next().unwrap_or_default();
    let below = file.get(header..).unwrap_or_default();
    let start = header + below.find(words).unwrap_or(0);
    1 + file.get(..start).unwrap_or_default().matches('\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::queries::SourceFile;

    #[track_caller]
    fn check(text: &str, fault: &str, expected: u32) {
        let compiled = crate::source::sql::compile("q", text).unwrap();
        let byte = compiled.prepare_text.find(fault).unwrap();
        let position = compiled.prepare_text[..byte].chars().count() + 1;
        let file = SourceFile {
            path: "q.sql".into(),
            text: text.into(),
        };
        let statement = Statement { file, compiled };
        assert_eq!(
            line_of(&statement, u32::try_from(position).unwrap()),
            expected
        );
    }

    #[test]
    fn a_position_becomes_a_line_of_the_file() {
        check("-- returns: one\nselect wrong", "wrong", 2);
        check(
            "-- A.\n-- returns: one\n\n\nselect 'é',\n wrong\n",
            "wrong",
            6,
        );
        check(
            "-- returns: one\n/* wrong\n */ select id\nfrom t\nwhere id = :id::bigint\n  and wrong\n;\n-- end",
            "wrong",
            6,
        );
        check(
            "-- returns: one\nselect id\nfrom t where id = :a::int and :b::int = wrong",
            "wrong",
            3,
        );
    }
}
