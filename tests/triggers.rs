//! `forebay triggers` against a real Postgres, in a schema of its own: what the outbox holds after
//! which statement.
//!
//! These need `DATABASE_URL` and a role that may create schemas and roles:
//! `DATABASE_URL=… cargo test --test triggers -- --ignored`

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where a step of it fails"
)]

use std::process::{Command, Output};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

const CONFIG: &str = r#"[site]
name = "test"
[tier.item]
ttl = "5m"
[database.main]
binding = "DB"
[[route]]
match = "GET /items/{id}"
source = { query = "item" }
tier = "item"
tags = ["item:{id}"]
[[route]]
match = "GET /codes/{code}"
source = { query = "by_code" }
tier = "item"
tags = ["code:{code}!"]
[[route]]
match = "GET /odd/{key}"
source = { query = "odd" }
tier = "item"
tags = ["odd:{key}"]
[[route]]
match = "GET /events"
source = { query = "events" }
tier = "item"
[[route]]
match = "GET /idle"
source = { query = "idle" }
"#;

const QUERIES: [(&str, &str); 5] = [
    (
        "item",
        "-- returns: one\nselect i.title, o.name from items i join owners o on o.id = i.owner_id\n\
         where i.id = :id::bigint\n",
    ),
    (
        "by_code",
        "-- returns: one\nselect title from items where code = :code::text\n",
    ),
    (
        "odd",
        "-- returns: one\nselect * from \"Weird \"\"Table\" where \"The Key\" = :key::text\n",
    ),
    ("events", "-- returns: many\nselect id from events\n"),
    ("idle", "-- returns: many\nselect id from idle\n"),
];

const SCHEMA: &str = r#"
create table owners (id bigint primary key, name text not null);
create table items (
    id bigint primary key, owner_id bigint not null, code varchar(20), title text not null
);
create table "Weird ""Table" ("The Key" text, note text);
create table events (id bigint, region text) partition by list (region);
create table events_eu partition of events for values in ('eu');
create table idle (id bigint);
insert into owners values (1, 'Ann');
insert into items select id, 1, 'c' || id, 't' from generate_series(1, 500) as id;
"#;

struct Ground {
    runtime: tokio::runtime::Runtime,
    client: Client,
    schema: String,
    url: String,
    directory: TempDir,
}

impl Ground {
    fn new(schema: &str) -> Self {
        let url = std::env::var("DATABASE_URL").expect("DATABASE_URL names a database");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (client, connection) = runtime
            .block_on(tokio_postgres::connect(&url, NoTls))
            .unwrap();
        runtime.spawn(connection);
        let joint = if url.contains('?') { '&' } else { '?' };
        let ground = Self {
            runtime,
            client,
            schema: schema.to_owned(),
            url: format!("{url}{joint}options=-csearch_path%3D{schema}"),
            directory: tempfile::tempdir().unwrap(),
        };
        ground.run(&format!(
            "drop schema if exists {schema} cascade; create schema {schema}; \
             set search_path = {schema}; {SCHEMA}"
        ));
        std::fs::create_dir(ground.directory.path().join("queries")).unwrap();
        ground.write("forebay.toml", CONFIG);
        for (name, text) in QUERIES {
            ground.write(&format!("queries/{name}.sql"), text);
        }
        ground
    }

    /// A ground whose triggers are in place.
    fn watched(schema: &str) -> Self {
        let ground = Self::new(schema);
        ground.describe();
        ground.run(&ground.up(&[]));
        ground
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.directory.path().join(name), text).unwrap();
    }

    fn forebay(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(env!("CARGO_BIN_EXE_forebay"))
            .current_dir(self.directory.path())
            .args(arguments)
            .output()
            .unwrap();
        (
            status.code(),
            String::from_utf8(stdout).unwrap(),
            String::from_utf8(stderr).unwrap(),
        )
    }

    fn describe(&self) {
        let (code, _, stderr) = self.forebay(&["check", "--database", &self.url]);
        assert_eq!(code, Some(0), "{stderr}");
    }

    fn described(&self) -> serde_json::Value {
        let path = self.directory.path().join("queries/described.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    /// Both halves of the migration.
    fn migration(&self, more: &[&str]) -> (String, String) {
        let arguments = [&["triggers", "--schema", &self.schema], more].concat();
        let (code, text, stderr) = self.forebay(&arguments);
        assert_eq!(code, Some(0), "{stderr}");
        let (up, down) = text.split_once("-- migrate:down\n").unwrap();
        (up.to_owned(), down.to_owned())
    }

    fn up(&self, more: &[&str]) -> String {
        self.migration(more).0
    }

    fn run(&self, sql: &str) {
        let done = self.runtime.block_on(self.client.batch_execute(sql));
        done.expect(sql);
    }

    fn count(&self, sql: &str) -> i64 {
        let row = self.runtime.block_on(self.client.query_one(sql, &[]));
        row.unwrap().get(0)
    }

    /// The outbox, emptied; in the order of writing, the schema's name left out.
    fn drained(&self) -> Vec<String> {
        let sql = "with gone as (delete from forebay_outbox returning id, target) \
                   select target from gone order by id";
        let rows = self.runtime.block_on(self.client.query(sql, &[])).unwrap();
        let targets = rows.iter().map(|row| row.get::<_, String>(0));
        targets
            .map(|target| target.replace(&format!("{}.", self.schema), ""))
            .collect()
    }

    #[track_caller]
    fn check(&self, sql: &str, expected: &[&str]) {
        self.run(sql);
        assert_eq!(self.drained(), expected, "{sql}");
    }

    fn triggers(&self) -> i64 {
        self.count(&format!(
            "select count(*) from pg_trigger join pg_class on pg_class.oid = tgrelid \
             where relnamespace = '{}'::regnamespace and tgname like 'forebay\\_%'",
            self.schema
        ))
    }

    fn drop_schema(self) {
        self.run(&format!("drop schema {} cascade", self.schema));
    }
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn the_rows_that_a_query_looks_at_are_recorded() {
    let ground = Ground::new("forebay_triggers_rows");
    ground.describe();
    let described = ground.described();
    let rows = |query: &str| described["queries"][query]["rows"].clone();
    let (items, odd) = (
        format!("{}.items", ground.schema),
        format!("{}.Weird \"Table", ground.schema),
    );
    assert_eq!(
        rows("item"),
        serde_json::json!({items.clone(): [{"column": "id", "param": "id", "type": "bigint"}]})
    );
    assert_eq!(
        rows("by_code"),
        serde_json::json!({items: [{"column": "code", "param": "code", "type": "character varying"}]})
    );
    assert_eq!(
        rows("odd"),
        serde_json::json!({odd: [{"column": "The Key", "param": "key", "type": "text"}]})
    );
    assert_eq!(rows("events"), serde_json::Value::Null);
    ground.drop_schema();
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn a_batched_query_is_told_of_the_rows_that_each_request_asks_for() {
    let ground = Ground::new("forebay_triggers_batch");
    ground.write(
        "queries/item.sql",
        "-- returns: one\n-- batch: id\nselect id, title from items where id = any(:id::bigint[])\n",
    );
    ground.describe();
    let rows = &ground.described()["queries"]["item"]["rows"];
    let items = format!("{}.items", ground.schema);
    assert_eq!(
        *rows,
        serde_json::json!({items: [
            {"column": "id", "param": "id", "type": "bigint", "equal": "element"}
        ]})
    );
    ground.run(&ground.up(&[]));
    ground.check(
        "update items set title = 'x' where id = 7",
        &["table:items", "code:c7!", "item:7"],
    );
    ground.drop_schema();
}

/// What follows `select`, and whether the rows that it looks at can be told from its plan.
const SELECTS: &[(&str, bool)] = &[
    ("title from items where id = :id::bigint", true),
    (
        "title from items where id = :id::bigint and id = :id::bigint",
        true,
    ),
    ("title from items where id = any(array[:id::bigint])", false),
    (
        "title from items where id = :id::bigint or owner_id = :id::bigint",
        false,
    ),
    (
        "title from items where :id::bigint is null or id = :id::bigint",
        false,
    ),
    ("title from items where id = :id::bigint + 1", false),
    ("title from items where id = :id::text::bigint", false),
    ("title from items where code = left(:id::text, 2)", false),
    ("title from items where id >= :id::bigint", false),
    (
        "title, (select count(*) from items) as all_items from items where id = :id::bigint",
        false,
    ),
    (
        "title, (select title from items j where j.id = :id::bigint) as own \
          from items where id = :id::bigint",
        true,
    ),
    (
        "title, others() as n from items where id = :id::bigint",
        false,
    ),
    ("* from swapped where id = :id::bigint", false),
    (
        "* from items as i (owner_id, id, code, title) where id = :id::bigint",
        false,
    ),
    ("* from loose where name = :id::text", false),
    ("* from loose where id = :id::bigint", true),
    ("* from guarded where id = :id::bigint", false),
    ("* from base where id = :id::bigint", false),
    ("* from heir where id = :id::bigint", false),
    ("* from events where id = :id::bigint", false),
    (
        "a.title from items a join items b on b.id = a.owner_id where a.id = :id::bigint",
        false,
    ),
];

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn what_may_depend_on_other_rows_is_not_recorded() {
    let ground = Ground::new("forebay_triggers_doubts");
    ground.run(
        "create view swapped (owner_id, id) as select id, owner_id from items; \
         create function others() returns bigint language plpgsql stable \
         as 'begin return (select count(*) from items); end'; \
         create collation ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false); \
         create table loose (id bigint, name text collate ci, parent bigint); \
         create table guarded (id bigint); alter table guarded enable row level security; \
         create table base (id bigint); create table heir () inherits (base)",
    );
    for (select, is_recorded) in SELECTS {
        ground.write(
            "queries/item.sql",
            &format!("-- returns: one\nselect {select}\n"),
        );
        ground.describe();
        let found = !ground.described()["queries"]["item"]["rows"].is_null();
        assert_eq!(found, *is_recorded, "{select}");
    }
    ground.drop_schema();
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn one_row_is_told_by_its_tags_and_its_table_in_the_writers_transaction() {
    let ground = Ground::watched("forebay_triggers_row");
    let both = ["table:items", "code:c7!", "item:7"];
    ground.check("update items set title = 'x' where id = 7", &both);
    ground.check("delete from items where id = 7", &both);
    ground.check("insert into items values (7, 1, 'c7', 't')", &both);
    ground.check(
        "begin; update items set title = 'y' where id = 7; rollback",
        &[],
    );
    ground.run("begin; update items set title = 'y' where id = 7");
    assert_eq!(ground.count("select count(*) from forebay_outbox"), 3);
    ground.check("commit", &both);
    ground.drop_schema();
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn what_changes_is_told_and_nothing_else() {
    let ground = Ground::watched("forebay_triggers_what");
    // A key that changes concerns the answers of both values.
    ground.check(
        "update items set id = 1007 where id = 7",
        &["table:items", "code:c7!", "item:1007", "item:7"],
    );
    ground.check(
        "update items set title = 'x' where id in (1, 2)",
        &["table:items", "code:c1!", "code:c2!", "item:1", "item:2"],
    );
    ground.check("update items set title = 'x' where id = -1", &[]);
    ground.check("delete from items where false", &[]);
    ground.check("insert into items select * from items where false", &[]);
    // Null names no row.
    ground.check(
        "update items set code = null where id = 3",
        &["table:items", "code:c3!", "item:3"],
    );
    ground.check(
        "update items set title = 'x' where id = 3",
        &["table:items", "item:3"],
    );
    ground.check("update owners set name = 'x'", &["table:owners"]);
    ground.check("update owners set name = 'x' where id = -1", &[]);
    ground.check("insert into idle values (1)", &[]);
    ground.drop_schema();
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn an_upsert_tells_of_what_it_did() {
    let ground = Ground::watched("forebay_triggers_upsert");
    let upsert = |values: &str, on_conflict: &str| {
        format!("insert into items values {values} on conflict (id) do {on_conflict}")
    };
    let update = "update set title = 'x'";
    ground.check(
        &upsert("(5, 1, 'new', 't')", update),
        &["table:items", "code:c5!", "item:5"],
    );
    ground.check(
        &upsert("(900, 1, null, 't')", update),
        &["table:items", "item:900"],
    );
    ground.check(&upsert("(5, 1, 'new', 't')", "nothing"), &[]);
    let mut both = {
        ground.run(&upsert("(5, 1, null, 't'), (901, 1, null, 't')", update));
        ground.drained()
    };
    both.sort();
    assert_eq!(
        both,
        [
            "code:c5!",
            "item:5",
            "item:901",
            "table:items",
            "table:items"
        ]
    );
    ground.drop_schema();
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn many_rows_and_truncate_collapse() {
    let ground = Ground::watched("forebay_triggers_many");
    ground.run("update items set title = 'x', code = null where id <= 100");
    assert_eq!(
        ground.drained().len(),
        201,
        "one for each row's id and old code, and the table"
    );
    let collapsed = ["table:items", "rows:items"];
    ground.check("update items set title = 'x' where id <= 101", &collapsed);
    ground.check("delete from items where id > 300", &collapsed);
    ground.check("truncate items", &collapsed);
    ground.check(
        "insert into items select id, 1, null, 't' from generate_series(1, 101) id",
        &collapsed,
    );
    ground.check("truncate owners", &["table:owners"]);

    ground.run(&ground.up(&["--rows-max", "0"]));
    ground.check("update items set title = 'x' where id = 1", &collapsed);
    ground.check("update items set title = 'x' where id = -1", &[]);

    // However many they are, they are counted no further than that matters.
    ground.run("insert into items select id, 1, null, 't' from generate_series(102, 200000) id");
    ground.drained();
    ground.check("update items set title = 'y'", &collapsed);
    ground.drop_schema();
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn odd_names_renamed_tables_and_changed_columns_are_still_told() {
    let ground = Ground::watched("forebay_triggers_names");
    ground.check(
        "insert into \"Weird \"\"Table\" values ('it''s {1} %s \"x\"', 'n')",
        &["table:Weird \"Table", "odd:it's {1} %s \"x\""],
    );
    ground.check(
        "insert into \"Weird \"\"Table\" values (null, 'n')",
        &["table:Weird \"Table"],
    );

    ground.check(
        "alter table items rename to things; update things set title = 'x' where id = 1",
        &["table:items", "code:c1!", "item:1"],
    );
    // A column that can name rows no more: the write goes on, and all rows are purged.
    let collapsed = ["table:items", "rows:items"];
    ground.check(
        "alter table things rename id to number; update things set title = 'y' where number = 1",
        &collapsed,
    );
    ground.check(
        "alter table things rename number to id; alter table things alter id type numeric; \
         update things set title = 'x' where id = 1",
        &collapsed,
    );
    ground.drop_schema();
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn a_write_to_a_partition_is_told_by_whichever_name_it_was_made() {
    let ground = Ground::watched("forebay_triggers_partition");
    ground.check("insert into events values (1, 'eu')", &["table:events"]);
    ground.check(
        "insert into events_eu values (2, 'eu')",
        &["table:events_eu"],
    );
    let tables = &ground.described()["queries"]["events"]["tables"];
    let expected = ["events", "events_eu"].map(|name| format!("{}.{name}", ground.schema));
    assert_eq!(
        *tables,
        serde_json::json!(expected),
        "an answer has both tags"
    );
    ground.drop_schema();
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn a_writer_needs_no_rights_on_the_outbox_and_gets_none() {
    let ground = Ground::watched("forebay_triggers_writer");
    let schema = &ground.schema;
    ground.run(&format!(
        "drop role if exists forebay_test_writer; create role forebay_test_writer; \
         grant usage, create on schema {schema} to forebay_test_writer; \
         grant select, insert, update on items to forebay_test_writer; \
         set role forebay_test_writer"
    ));
    ground.run("update items set title = 'x' where id = 7");
    for refused in [
        "insert into forebay_outbox (target) values ('x')",
        "select * from forebay_outbox",
        "create table own (id bigint); create trigger t after truncate on own \
         for each statement execute function forebay_changed('x')",
    ] {
        let done = ground
            .runtime
            .block_on(ground.client.batch_execute(refused));
        let error = done.expect_err(refused);
        assert_eq!(
            error.code().map(|code| code.code()),
            Some("42501"),
            "{refused}"
        );
    }
    ground.check("reset role", &["table:items", "code:c7!", "item:7"]);
    ground.run("drop owned by forebay_test_writer; drop role forebay_test_writer");
    ground.drop_schema();
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn the_migration_can_be_applied_again_follows_the_site_and_can_be_taken_back() {
    let ground = Ground::watched("forebay_triggers_again");
    let (up, down) = ground.migration(&[]);
    assert_eq!(ground.triggers(), 20);
    ground.run("update items set title = 'x' where id = 7");
    ground.run(&up);
    assert_eq!(ground.triggers(), 20);
    assert_eq!(ground.drained().len(), 3, "what is in the outbox stays");
    ground.check(
        "update items set title = 'x' where id = 7",
        &["table:items", "code:c7!", "item:7"],
    );

    // Two routes less: one table less, and one kind of tag less.
    let (before, after) = CONFIG
        .split_once("[[route]]\nmatch = \"GET /codes")
        .unwrap();
    let (_, after) = after
        .split_once("[[route]]\nmatch = \"GET /events")
        .unwrap();
    ground.write(
        "forebay.toml",
        &format!("{before}[[route]]\nmatch = \"GET /events{after}"),
    );
    ground.run(&ground.up(&[]));
    assert_eq!(ground.triggers(), 16);
    ground.check("insert into \"Weird \"\"Table\" values ('a', 'n')", &[]);
    ground.check(
        "update items set title = 'x' where id = 7",
        &["table:items", "item:7"],
    );

    ground.run(&down);
    assert_eq!(ground.triggers(), 0);
    ground.run("update items set title = 'x' where id = 7");
    let left = format!(
        "select count(*) from pg_class where relname = 'forebay_outbox' \
         and relnamespace = '{}'::regnamespace",
        ground.schema
    );
    assert_eq!(ground.count(&left), 0);
    ground.run(&down);
    ground.run(&up);
    assert_eq!(ground.triggers(), 20);
    ground.drop_schema();
}
