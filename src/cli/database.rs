//! `forebay check --database`: asks a real schema about every query, and runs none of them.
//!
//! Each query is prepared, which checks its text and tells its types, and explained, which tells the
//! tables that it reads. All of it happens in one read-only transaction that is rolled back.

mod connect;
mod examine;
mod functions;
mod plan;
mod position;
mod relations;
mod restrict;

pub use connect::{parse_url, place};

use crate::config::described::Described;
use crate::config::diagnostic::{Diagnostic, Severity};
use crate::config::queries::Statement;
use std::collections::BTreeMap;
use tokio_postgres::{Client, Config};

/// What the database said.
#[derive(Debug, Default)]
pub struct Findings {
    /// Whole only when there is no error among `found`.
    pub described: Described,
    /// For each query, the volatile functions that it seems to call.
    pub volatile: BTreeMap<String, Vec<String>>,
    pub found: Vec<Diagnostic>,
}

/// # Errors
/// When the database cannot be reached, or is lost on the way.
pub fn describe(config: &Config, statements: &[Statement]) -> Result<Findings, Diagnostic> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| unreachable_database(&format!("no runtime: {error}"), ""))?;
    runtime.block_on(async {
        let client = connect::connect(config).await?;
        ask_about_all(&client, statements).await.map_err(|error| {
            unreachable_database(&format!("the connection was lost: {error}"), &place(config))
        })
    })
}

async fn ask_about_all(
    client: &Client,
    statements: &[Statement],
) -> Result<Findings, tokio_postgres::Error> {
    client.batch_execute(OPEN).await?;
    let mut findings = Findings::default();
    for statement in statements {
        client.batch_execute("savepoint forebay").await?;
        let examined = examine::examine(client, statement).await;
        client
            .batch_execute("rollback to savepoint forebay")
            .await?;
        let name = statement.compiled.query.name.clone();
        match examined {
            Ok(examined) => {
                findings
                    .described
                    .queries
                    .insert(name.clone(), examined.record);
                findings.volatile.insert(name, examined.volatile);
                findings.found.extend(examined.warnings);
            }
            Err(problem) => findings.found.push(problem),
        }
    }
    client.batch_execute("rollback").await?;
    Ok(findings)
}

/// Plans must not depend on the values that stand in for parameters, and a lock that somebody holds
/// must not hold us.
const OPEN: &str = "set statement_timeout = '10s'; set lock_timeout = '5s'; \
                    set plan_cache_mode = force_generic_plan; begin read only";

/// To where each query begins.
const BACK: &str = "rollback to savepoint forebay";

fn unreachable_database(why: &str, place: &str) -> Diagnostic {
    let what = match place {
        "" => why.to_owned(),
        place => format!("the database at {place} cannot be used: {why}"),
    };
    let mend = "is the server running, and is the URL right? \
                postgres://user:password@host:5432/database";
    Diagnostic::new(Severity::Error, "--database", None, what, mend)
}
