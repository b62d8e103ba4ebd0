//! What the catalog knows of the tables in a plan: to whom they belong, what they are, and which of
//! their columns can name rows.

use super::functions::called;
use super::plan::{self, Scan, Table};
use super::restrict::{KeyColumn, Kind};
use crate::source::sql::names::{Then, names};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::{Client, Error};

/// The tables of a query.
#[derive(Debug, Default)]
pub struct Relations {
    /// `schema.table`, sorted; with a table also those that it inherits from, of which it may be a
    /// partition: triggers and people name those.
    pub names: Vec<String>,
    /// Those that are no tables, and what they are instead.
    pub kinds: BTreeMap<String, String>,
}

pub async fn relations(client: &Client, tables: &BTreeSet<Table>) -> Result<Relations, Error> {
    const SQL: &str = "with recursive line (oid) as (
            select own.oid
            from unnest($1::text[], $2::text[]) as given (schema, name)
            join pg_namespace as own_schema on own_schema.nspname = given.schema
            join pg_class as own on own.relnamespace = own_schema.oid and own.relname = given.name
            union
            select inhparent from line join pg_inherits on inhrelid = line.oid
        )
        select schema.nspname || '.' || class.relname,
               case class.relkind when 'm' then 'materialized view' when 'f' then 'foreign table' end
        from line
        join pg_class as class on class.oid = line.oid
        join pg_namespace as schema on schema.oid = class.relnamespace";
    let (schemas, names): (Vec<&str>, Vec<&str>) = tables
        .iter()
        .map(|(schema, name)| (schema.as_str(), name.as_str()))
        .unzip();
    let mut relations = Relations::default();
    for row in client.query(SQL, &[&schemas, &names]).await? {
        let name: String = row.try_get(0)?;
        let kind: Option<String> = row.try_get(1)?;
        relations
            .kinds
            .extend(kind.map(|kind| (name.clone(), kind)));
        relations.names.push(name);
    }
    // Here rather than in SQL, where the order would depend on the database's collation.
    relations.names.sort();
    Ok(relations)
}

/// The columns of a table by which its rows can be told apart in tags; none for what is no plain table,
/// for then its rows may change under another name, and none under row security, whose policies may
/// look at other rows and apply to the Worker's role alone.
pub async fn key_columns(client: &Client, table: &Table) -> Result<Vec<KeyColumn>, Error> {
    const SQL: &str = "select attname::text, quote_ident(attname), format_type(atttypid, null)
        from pg_namespace as schema
        join pg_class as class on class.relnamespace = schema.oid
        join pg_attribute as own on own.attrelid = class.oid
        left join pg_collation as sorting on sorting.oid = own.attcollation
        where schema.nspname = $1 and class.relname = $2 and class.relkind = 'r'
          and not class.relrowsecurity
          and own.attnum > 0 and not own.attisdropped
          and coalesce(sorting.collisdeterministic, true)
          and not exists (select from pg_inherits where class.oid in (inhrelid, inhparent))
        order by own.attnum";
    let rows = client.query(SQL, &[&table.0, &table.1]).await?;
    let mut columns = Vec::new();
    for row in rows {
        let type_name: String = row.try_get(2)?;
        if let Some(kind) = Kind::of(&type_name) {
            columns.push(KeyColumn {
                name: row.try_get(0)?,
                quoted: row.try_get(1)?,
                kind,
                type_name,
            });
        }
    }
    Ok(columns)
}

/// Whether conditions in the plan mean what they say, and the plan shows all that the query reads. A
/// view and a function have texts of their own, which we do not see; and before version 17, `$1` in a
/// plan may also be the value of a subplan.
pub async fn is_plain(client: &Client, text: &str, plan: &Value) -> Result<bool, Error> {
    const SQL: &str = "select not exists (
            select from pg_class as class join pg_namespace as schema on schema.oid = relnamespace
            where relkind = 'v' and relname = any($1::text[])
              and nspname not in ('pg_catalog', 'information_schema')
        ) and not exists (
            select from pg_proc join pg_namespace as schema on schema.oid = pronamespace
            where provolatile <> 'i' and proname = any($2::text[])
              and nspname not in ('pg_catalog', 'information_schema')
        ) and ($3 or current_setting('server_version_num')::int >= 170000)";
    // Such a name may be written with escapes, which are not read here.
    if text.to_ascii_lowercase().contains("u&\"") {
        return Ok(false);
    }
    let named: Vec<String> = names(text).into_iter().map(|name| name.text).collect();
    let mut functions = called(text);
    for expression in plan::texts(plan) {
        functions.extend(called(expression));
    }
    let functions: Vec<String> = functions.into_iter().collect();
    let no_subplans = !plan::has_subplans(plan);
    let row = client
        .query_one(SQL, &[&named, &functions, &no_subplans])
        .await?;
    row.try_get(0)
}

/// Whether `text` may give new names to the columns of `scan`, as `from pitches as p (a, b)` does: a
/// plan would show those.
pub fn may_rename(text: &str, scan: &Scan) -> bool {
    let alias = scan.alias.as_str();
    // `p_1` is how a plan tells a second `p` from the first.
    let base = alias
        .rsplit_once('_')
        .filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(alias, |(base, _)| base);
    names(text)
        .iter()
        .any(|name| name.then == Then::Parenthesis && (name.text == alias || name.text == base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_with_a_list_of_columns_may_rename_them() {
        let scan = |alias: &str| Scan {
            table: ("public".to_owned(), "pitches".to_owned()),
            alias: alias.to_owned(),
            conditions: vec![],
        };
        for (text, alias, expected) in [
            ("select from pitches as p (a, b) where a = 1", "p", true),
            ("select from pitches p(a, b)", "p", true),
            ("select from pitches p(a), pitches q", "p_1", true),
            ("select from pitches \"P q\" (a)", "P q", true),
            (
                "select from pitches p where p.id in (1) and f(p.a)",
                "p",
                false,
            ),
            ("select from pitches_2 where id = 1", "pitches_2", false),
        ] {
            assert_eq!(may_rename(text, &scan(alias)), expected, "{text}");
        }
    }
}
