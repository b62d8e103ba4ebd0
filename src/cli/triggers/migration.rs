//! The text of the migration. The same site gives the same bytes, so that a changed file means a changed
//! site.

use super::quote;
use super::watch::{Tag, Watched};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    pub watched: &'a Watched,
    /// A statement that changes more rows than this is told by table alone.
    pub rows_max: u32,
    /// Of the outbox and the function.
    pub schema: &'a str,
}

impl Plan<'_> {
    pub fn text(&self) -> String {
        let mut parts = vec![UP.to_owned(), self.outbox(), self.function(), self.stale()];
        let tables = self.watched.tables.iter();
        parts.extend(tables.map(|(table, tags)| self.triggers(table, tags)));
        let others = self.watched.others.iter();
        parts.extend(others.map(|(name, kind)| other(name, kind)));
        parts.push(self.down());
        parts.join("\n")
    }

    fn outbox(&self) -> String {
        OUTBOX.replace("OUTBOX", &self.own("forebay_outbox"))
    }

    fn function(&self) -> String {
        let outbox = self.own("forebay_outbox");
        let dollars = quote::dollars([outbox.as_str()].into_iter());
        FUNCTION
            .replace("FUNCTION", &self.own("forebay_changed"))
            .replace("ROWS_MAX", &self.rows_max.to_string())
            // The first is in a text that is itself SQL.
            .replace("'OUTBOX'", &quote::literal(&outbox))
            .replace("OUTBOX", &outbox)
            .replace("$forebay$", &dollars)
    }

    /// Drops the triggers of tables that no cached query reads any more.
    fn stale(&self) -> String {
        let tables = self.watched.tables.keys();
        let tables = tables.map(|table| quote::literal(&quote::table(table)));
        let tables: Vec<String> = tables
            .map(|table| format!("\n            {table}"))
            .collect();
        let function = quote::literal(&format!("{}()", self.own("forebay_changed")));
        let parts = tables.iter().map(String::as_str);
        let dollars = quote::dollars(parts.chain([function.as_str()]));
        STALE
            .replace("$forebay$", &dollars)
            .replace("FUNCTION", &function)
            .replace("TABLES", &tables.join(","))
    }

    fn triggers(&self, table: &str, tags: &BTreeSet<Tag>) -> String {
        let mut told = vec![format!("table:{table}")];
        let mut arguments = vec![quote::literal(table)];
        for Tag {
            before,
            column,
            after,
        } in tags
        {
            told.push(format!("{before}{{{column}}}{after}"));
            arguments.extend([before, column, after].map(|text| quote::literal(text)));
        }
        let (function, arguments) = (self.own("forebay_changed"), arguments.join(", "));
        let on = quote::table(table);
        let rows = if tags.is_empty() {
            Rows::Unnamed
        } else {
            Rows::Named
        };
        let made = events(rows).map(|(name, event, images)| {
            format!(
                "create or replace trigger {name} after {event} on {on}{images}\n    \
                 for each statement execute function {function}({arguments});\n"
            )
        });
        format!("-- {}\n{}", told.join(", "), made.concat())
    }

    fn down(&self) -> String {
        DOWN.replace("FUNCTION", &self.own("forebay_changed"))
            .replace("OUTBOX", &self.own("forebay_outbox"))
    }

    fn own(&self, name: &str) -> String {
        format!("{}.{name}", quote::name(self.schema))
    }
}

fn other(name: &str, kind: &str) -> String {
    let tag = quote::literal(&format!("table:{name}"));
    format!(
        "-- {name} is a {kind}, which has no triggers. Where it is changed:\n\
         -- insert into forebay_outbox (target) values ({tag});\n"
    )
}

/// Whether a table's rows are named one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    Named,
    Unnamed,
}

/// Name, event, and what of the changed rows the function sees: no more than it looks at, for Postgres
/// keeps them until the statement ends.
fn events(rows: Rows) -> [(&'static str, &'static str, &'static str); 4] {
    const OLD: &str = "\n    referencing old table as old_rows";
    const NEW: &str = "\n    referencing new table as new_rows";
    const BOTH: &str = "\n    referencing old table as old_rows new table as new_rows";
    let updated = match rows {
        Rows::Named => BOTH,
        Rows::Unnamed => NEW,
    };
    [
        ("forebay_inserted", "insert", NEW),
        ("forebay_updated", "update", updated),
        ("forebay_deleted", "delete", OLD),
        ("forebay_truncated", "truncate", ""),
    ]
}

const UP: &str = "\
-- migrate:up

-- Made by `forebay triggers`, for the tables that cached queries read. Whoever changes one of them says
-- so in forebay_outbox, in the same transaction, and the answers that depend on it are purged.
--
-- Not to be edited: when `forebay triggers --check FILE` says that the site asks for other triggers,
-- make a new migration. Each is complete, and may be applied again and after any other.
";

const OUTBOX: &str = "\
create table if not exists OUTBOX (
    id     bigint generated always as identity primary key,
    at     timestamptz not null default now(),
    target text not null
);
";

/// It runs as its owner, so that whoever may write a table needs no rights on the outbox. Therefore it
/// takes nothing from the search path, and casts only what it knows.
const FUNCTION: &str = "\
-- Arguments: the table, as tags call it; then for each kind of tag that names its rows the text before
-- the value, the column, and the text after the value.
create or replace function FUNCTION() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $forebay$
declare
    rows_max constant bigint := ROWS_MAX;
    -- Counted to one more than matters; truncate tells no number.
    changed bigint := rows_max + 1;
    images text;
begin
    if tg_op = 'DELETE' then
        select count(*) into changed from (select from old_rows limit rows_max + 1) as counted;
    elsif tg_op <> 'TRUNCATE' then
        select count(*) into changed from (select from new_rows limit rows_max + 1) as counted;
    end if;
    if changed = 0 then
        return null;
    end if;
    insert into OUTBOX (target) values ('table:' || tg_argv[0]);
    if tg_nargs = 1 then
        return null;
    end if;

    -- A column that was renamed or is of another type by now can name no rows.
    if changed > rows_max or exists (
        select from generate_series(2, tg_nargs - 1, 3) as place
        where not exists (
            select from pg_attribute
            where attrelid = tg_relid and attname = tg_argv[place] and not attisdropped
              and atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype,
                               'uuid'::regtype, 'text'::regtype, 'varchar'::regtype)
        )
    ) then
        insert into OUTBOX (target) values ('rows:' || tg_argv[0]);
        return null;
    end if;

    images := case tg_op
        when 'INSERT' then 'select %1$I::text as value from new_rows'
        when 'DELETE' then 'select %1$I::text as value from old_rows'
        else 'select %1$I::text as value from old_rows union select %1$I::text from new_rows'
    end;
    for place in 1 .. tg_nargs - 1 by 3 loop
        execute format(
            'insert into %s (target)
             select distinct %L || value || %L from (%s) as image
             where value is not null order by 1',
            'OUTBOX', tg_argv[place], tg_argv[place + 2],
            format(images, tg_argv[place + 1]));
    end loop;
    return null;
end
$forebay$;

-- It is for triggers that this migration makes, not for those that others would.
revoke all on function FUNCTION() from public;
";

const STALE: &str = "\
-- Triggers of tables that no cached query reads any more.
do $forebay$
declare
    stale record;
begin
    for stale in
        select tgname as name, tgrelid::regclass as relation
        from pg_trigger
        where tgfoid = FUNCTION::regprocedure and tgrelid <> all (array[TABLES
        ]::regclass[])
    loop
        execute format('drop trigger %I on %s', stale.name, stale.relation);
    end loop;
end
$forebay$;
";

const DOWN: &str = "\
-- migrate:down
drop function if exists FUNCTION() cascade; -- and with it every trigger that calls it
drop table if exists OUTBOX;
";

#[cfg(test)]
mod tests;
