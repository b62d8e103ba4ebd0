//! One query, asked about: its types, its columns, its tables, and what it calls.

use super::BACK;
use super::functions::called;
use super::plan::{self, Scan};
use super::position;
use super::relations::{self, Relations};
use super::restrict;
use crate::config::described::{Column, Record, Rows, sql_sha256};
use crate::config::diagnostic::{Diagnostic, Severity};
use crate::config::queries::Statement;
use crate::source::query::Returns;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{Oid, Type};
use tokio_postgres::{Client, Error, SimpleQueryMessage};

#[derive(Debug)]
pub struct Examined {
    pub record: Record,
    pub warnings: Vec<Diagnostic>,
    /// The volatile functions that it seems to call.
    pub volatile: Vec<String>,
}

/// # Errors
/// What Postgres, or we, cannot accept about the query.
pub async fn examine(client: &Client, statement: &Statement) -> Result<Examined, Diagnostic> {
    let text = &statement.compiled.prepare_text;
    let refused = |error: Error| position::refusal(statement, &error);
    let prepared = client.prepare(text).await.map_err(refused)?;
    let params = prepared.params().iter().map(Type::oid).collect();
    let columns = prepared
        .columns()
        .iter()
        .map(|column| column.type_().oid())
        .collect();
    let names = statement
        .compiled
        .query
        .params
        .iter()
        .map(|param| param.name.as_str());
    let params = with_types(client, names, params).await.map_err(refused)?;
    let names = prepared.columns().iter().map(tokio_postgres::Column::name);
    let columns = with_types(client, names, columns).await.map_err(refused)?;
    let warnings = check_columns(statement, &columns)?;
    check_wrapped(client, statement).await?;
    let plan = explain(client, statement).await.map_err(refused)?;
    let scans = plan::scans(&plan);
    let tables = plan::tables(&scans);
    let relations = relations::relations(client, &tables).await;
    let Relations { names, kinds } = relations.map_err(refused)?;
    let rows = rows(client, statement, &params, &plan, &scans).await;
    let rows = rows.map_err(refused)?;
    Ok(Examined {
        volatile: volatile(client, text).await.map_err(refused)?,
        record: Record {
            sql_sha256: sql_sha256(statement),
            params,
            columns,
            tables: names,
            rows,
            kinds,
        },
        warnings,
    })
}

/// Names and the types that Postgres spells for these oids.
async fn with_types<'a>(
    client: &Client,
    names: impl Iterator<Item = &'a str>,
    oids: Vec<Oid>,
) -> Result<Vec<Column>, Error> {
    const SQL: &str = "select format_type(oid, null) \
                       from unnest($1::oid[]) with ordinality as given (oid, place) order by place";
    let rows = client.query(SQL, &[&oids]).await?;
    let named = names.zip(rows).map(|(name, row)| {
        Ok(Column {
            name: name.to_owned(),
            kind: row.try_get(0)?,
        })
    });
    named.collect()
}

/// `-- json: yes` promises one column named json; JSON objects want a name for each column, once.
fn check_columns(statement: &Statement, columns: &[Column]) -> Result<Vec<Diagnostic>, Diagnostic> {
    let query = &statement.compiled.query;
    let name = &query.name;
    let at =
        |severity, what, mend| Diagnostic::new(severity, &statement.file.path, Some(1), what, mend);
    if columns.is_empty() && query.returns != Returns::Exec {
        let what = format!("query \"{name}\" gives no columns");
        return Err(at(
            Severity::Error,
            what,
            "select or return some, or write -- returns: exec",
        ));
    }
    if statement.is_json() && !matches!(columns, [only] if only.name == "json") {
        let what = format!(
            "query \"{name}\" says json: yes, but gives {}",
            list(columns)
        );
        return Err(at(
            Severity::Error,
            what,
            "give one column, `as json`, or remove json: yes",
        ));
    }
    let mut warnings = Vec::new();
    let mut seen = BTreeSet::new();
    for column in columns.iter().map(|column| &column.name) {
        if !seen.insert(column) {
            let what = format!("query \"{name}\" gives two columns named \"{column}\"");
            let mend = "give one of them another name with `as`: readers of JSON keep only one";
            warnings.push(at(Severity::Warning, what, mend));
        } else if column == "?column?" {
            let what = format!("query \"{name}\" gives a column without a name");
            warnings.push(at(Severity::Warning, what, "name it with `as`"));
        }
    }
    Ok(warnings)
}

fn list(columns: &[Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    format!("the columns {}", names.join(", "))
}

/// The text that the Worker sends, with what we put around the query.
async fn check_wrapped(client: &Client, statement: &Statement) -> Result<(), Diagnostic> {
    let wrapped = client
        .prepare(&statement.compiled.wrapped_prepare_text)
        .await;
    wrapped.map_err(|error| position::wrapped_refusal(statement, &error))?;
    if let Some(text) = &statement.compiled.batch_prepare_text {
        let batched = client.prepare(text).await;
        batched.map_err(|error| position::batch_refusal(statement, &error))?;
    }
    Ok(())
}

/// The generic plan. The query is not run: `explain` without `analyze` only plans, writes too.
async fn explain(client: &Client, statement: &Statement) -> Result<Value, Error> {
    // It was prepared before by a protocol message that takes one statement alone, so that nothing
    // can hide behind it here.
    let text = statement.compiled.prepare_text.trim_end();
    let nulls = vec!["null"; statement.compiled.query.params.len()].join(", ");
    let values = if nulls.is_empty() {
        nulls
    } else {
        format!("({nulls})")
    };
    match client
        .batch_execute(&format!("prepare forebay_check as\n{text}"))
        .await
    {
        Ok(()) => {}
        // `refresh` and its like can be prepared by the protocol, but not by this statement. They
        // have no plan.
        Err(error) if error.code() == Some(&SqlState::SYNTAX_ERROR) => {
            client.batch_execute(BACK).await?;
            return Ok(Value::Null);
        }
        Err(error) => return Err(error),
    }
    let explain = format!("explain (format json, verbose) execute forebay_check{values}");
    let messages = client.simple_query(&explain).await;
    // A prepared statement outlives a rollback, but can only be dropped after one.
    client.batch_execute(BACK).await?;
    client.batch_execute("deallocate forebay_check").await?;
    let messages = messages?;
    let rows = messages.iter().filter_map(|message| {
        if let SimpleQueryMessage::Row(row) = message {
            row.get(0)
        } else {
            None
        }
    });
    let plan = rows
        .into_iter()
        .next()
        .and_then(|text| serde_json::from_str(text).ok());
    Ok(plan.unwrap_or_default())
}

/// By table: which rows of it the query looks at, where the plan tells.
async fn rows(
    client: &Client,
    statement: &Statement,
    types: &[Column],
    plan: &Value,
    scans: &[Scan],
) -> Result<BTreeMap<String, Vec<Rows>>, Error> {
    let text = &statement.compiled.prepare_text;
    let params = restrict::key_params(&statement.compiled.query.params, types);
    let mut found = BTreeMap::new();
    if params.is_empty() || !relations::is_plain(client, text, plan).await? {
        return Ok(found);
    }
    for table in plan::tables(scans) {
        let own: Vec<&Scan> = scans.iter().filter(|scan| scan.table == table).collect();
        if own.iter().any(|scan| relations::may_rename(text, scan)) {
            continue;
        }
        let columns = relations::key_columns(client, &table).await?;
        let rows = restrict::rows(&own, &columns, &params);
        if !rows.is_empty() {
            found.insert(format!("{}.{}", table.0, table.1), rows);
        }
    }
    Ok(found)
}

/// The functions of those names that are volatile in all their forms.
async fn volatile(client: &Client, text: &str) -> Result<Vec<String>, Error> {
    const SQL: &str = "select proname::text from pg_proc
        where proname = any($1::text[]) and pg_function_is_visible(oid)
        group by proname having bool_and(provolatile = 'v')";
    let names: Vec<String> = called(text).into_iter().collect();
    let rows = client.query(SQL, &[&names]).await?;
    let mut names: Vec<String> = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    names.sort();
    Ok(names)
}
