//! The text around a statement that makes Postgres write its rows as JSON, so that the Worker passes
//! them on undecoded.

use super::effect::{Kind, Shape};
use super::statement::Statement;
use super::{Returns, SqlProblem};

/// What stands before and after the statement.
#[derive(Default)]
pub struct Wrapper {
    before: String,
    after: String,
}

impl Wrapper {
    pub fn around(&self, statement: &str) -> String {
        if self.before.is_empty() {
            return statement.to_owned();
        }
        // Lines of their own: a comment that ends the statement must not swallow the wrapper.
        format!("{}\n{statement}\n{}", self.before, self.after)
    }
}

/// The wrapper that gives what the header promises.
///
/// # Errors
/// When no wrapper can.
pub fn wrapper(
    statement: &Statement<'_>,
    returns: Returns,
    json: bool,
) -> Result<Wrapper, SqlProblem> {
    // A missing statement is a problem already told.
    if statement.tokens.is_empty() {
        return Ok(Wrapper::default());
    }
    let shape = Shape::of(statement);
    if shape.kind == Kind::Session {
        return Err(SqlProblem::new(
            statement.first_line(),
            "the statement changes the connection, which other requests share",
            "leave it out: each query runs in a transaction of its own",
        ));
    }
    if returns != Returns::Exec {
        check_rows(&shape)
            .map_err(|(what, mend)| SqlProblem::new(statement.first_line(), what, mend))?;
    }
    let row = if json {
        "q.json::text"
    } else {
        "row_to_json(q)::text"
    };
    let (select, limit) = match returns {
        Returns::Exec => return Ok(Wrapper::default()),
        Returns::One => (format!("select {row}"), " limit 1"),
        Returns::Many => (
            format!("select '[' || coalesce(string_agg({row}, ','), '') || ']'"),
            "",
        ),
        Returns::Stream => (format!("select {row}"), ""),
    };
    Ok(if shape.kind == Kind::Modify {
        Wrapper {
            before: "with q as (".to_owned(),
            after: format!(") {select} from q{limit}"),
        }
    } else {
        Wrapper {
            before: format!("{select} from ("),
            after: format!(") q{limit}"),
        }
    })
}

/// Whether rows can be had from such a statement.
fn check_rows(shape: &Shape) -> Result<(), (&'static str, &'static str)> {
    match shape.kind {
        Kind::Select | Kind::With if !shape.modifies => Ok(()),
        Kind::Select => Err((
            "`select … into` makes a table and returns no rows",
            "leave `into` out, or write `-- returns: exec`",
        )),
        Kind::With => Err((
            "a statement that writes and begins with `with` cannot return rows: Postgres allows it at \
             the top level alone, where the wrapper stands",
            "move what `with` names into the writing statement itself, or write `-- returns: exec`",
        )),
        Kind::Modify if shape.returning => Ok(()),
        Kind::Modify => Err((
            "the statement returns no rows",
            "add `returning …`, or write `-- returns: exec`",
        )),
        Kind::Session | Kind::Other => Err((
            "a statement of this kind returns no rows that could be wrapped",
            "write `-- returns: exec`, or a select",
        )),
    }
}
