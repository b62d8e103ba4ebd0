//! `queries/described.json`: what `forebay check --database` learnt from the real schema. It is
//! committed with the queries, so that a compile needs no database.

use super::queries::Statement;
use super::reader::Reader;
use crate::key::hex;
use crate::source::param::ParamType;
use crate::source::query::{Query, RowKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Sorted by name, so that the same schema and queries always give the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    pub queries: BTreeMap<String, Record>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Of the text that was prepared: comments may change without making a record stale.
    pub sql_sha256: String,
    pub params: Vec<Column>,
    pub columns: Vec<Column>,
    /// `schema.table`, sorted.
    pub tables: Vec<String>,
    /// By table: which rows of it the query looks at, where that is known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rows: BTreeMap<String, Vec<Rows>>,
    /// Those of `tables` that are no tables: a `materialized view`, a `foreign table`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, String>,
}

/// Every row that the query looks at has `column` equal to `param`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    pub column: String,
    pub param: String,
    /// Of the column, as Postgres spells it.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "Equal::is_value")]
    pub equal: Equal,
}

/// To what a column is equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Equal {
    /// The parameter.
    #[default]
    Value,
    /// One of the elements of the parameter, an array in SQL: the query can be asked for many keys at
    /// once, and each request gives one.
    Element,
}

impl Equal {
    fn is_value(&self) -> bool {
        *self == Self::Value
    }
}

/// A name and the type that Postgres gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
}

impl Described {
    /// # Errors
    /// When the text is not what [`Self::to_json`] writes.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Pretty, with a last newline: it is read in diffs.
    ///
    /// # Errors
    /// None that these types can bring about.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The record of `statement`, and whether it was made from the text as it is now.
    pub fn find(&self, statement: &Statement) -> Found<'_> {
        match self.queries.get(&statement.compiled.query.name) {
            None => Found::Missing,
            Some(record) if record.sql_sha256 == sql_sha256(statement) => Found::Current(record),
            Some(record) => Found::Stale(record),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    Current(&'a Record),
    Stale(&'a Record),
    Missing,
}

pub fn sql_sha256(statement: &Statement) -> String {
    hex(&Sha256::digest(statement.compiled.prepare_text.as_bytes()))
}

const MEND: &str = "run `forebay check --database URL` and commit queries/described.json";

/// Which rows `query` looks at, as tags can name them: a tag is filled with the value of a parameter,
/// and the whole of an array names no row.
fn row_keys(record: &Record, query: &Query) -> Vec<RowKey> {
    let is_one = |name: &str| {
        let param = query.params.iter().find(|param| param.name == name);
        param.is_some_and(|param| !matches!(param.kind, ParamType::Array(_)))
    };
    let rows = record.rows.iter().flat_map(|(table, rows)| {
        let rows = rows.iter().filter(|rows| is_one(&rows.param));
        rows.map(|rows| RowKey {
            table: table.clone(),
            column: rows.column.clone(),
            param: rows.param.clone(),
        })
    });
    rows.collect()
}

/// Copies the tables that each query reads, and warns where they are not known.
pub fn apply(described: &Described, statements: &mut [Statement], reader: &mut Reader<'_>) {
    for statement in statements {
        let name = statement.compiled.query.name.clone();
        match described.find(statement) {
            Found::Current(record) => {
                statement.compiled.query.tables.clone_from(&record.tables);
                let rows = row_keys(record, &statement.compiled.query);
                statement.compiled.query.rows = rows;
            }
            Found::Stale(record) => {
                // Better the tables of yesterday's text than none; but any row of them may count.
                statement.compiled.query.tables.clone_from(&record.tables);
                let what = format!("query \"{name}\" has changed since it was last described");
                reader.warning_in(&statement.file.path, 1, what, MEND);
            }
            Found::Missing => {
                let what = format!("query \"{name}\" was never described from the database");
                reader.warning_in(&statement.file.path, 1, what, MEND);
            }
        }
    }
}
