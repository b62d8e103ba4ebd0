//! `forebay check --database` against a real Postgres, in a schema of its own.
//!
//! These need `DATABASE_URL` and a role that may create schemas:
//! `DATABASE_URL=… cargo test --test check_database -- --ignored`

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
[[route]]
match = "GET /events"
source = { query = "events" }
tier = "item"
[[route]]
match = "POST /items"
source = { query = "add_item" }
auth = "token"
"#;

const ITEM: &str = "\
-- One item, through a view, and its total.
-- returns: one
select v.id, v.title, t.total
from item_view v
cross join totals t
where v.id = :id::bigint
";

const EVENTS: &str = "-- returns: many\nselect id from events\n";

const ADD_ITEM: &str = "\
-- returns: one
insert into items (title) values (:title::text)
returning id
";

const SCHEMA: &str = "
create table items (id bigint generated always as identity primary key, title text not null);
create view item_view as select * from items;
create materialized view totals as select count(*) as total from items;
create table events (id bigint, region text) partition by list (region);
create table events_eu partition of events for values in ('eu');
create function tick() returns bigint language sql volatile as 'select 1::bigint';
";

/// A schema, dropped by hand at the end of a test, and a site whose queries are about it.
struct Ground {
    runtime: tokio::runtime::Runtime,
    client: Client,
    schema: String,
    url: String,
    directory: TempDir,
}

impl Ground {
    /// Whether a check has written its record.
    fn recorded(&self) -> bool {
        let record = self.directory.path().join("queries/described.json");
        record.exists()
    }

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
        let prepare = format!(
            "drop schema if exists {schema} cascade; create schema {schema}; \
             set search_path = {schema}; {SCHEMA}"
        );
        runtime.block_on(client.batch_execute(&prepare)).unwrap();
        let joint = if url.contains('?') { '&' } else { '?' };
        let ground = Self {
            runtime,
            client,
            schema: schema.to_owned(),
            url: format!("{url}{joint}options=-csearch_path%3D{schema}"),
            directory: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(ground.directory.path().join("queries")).unwrap();
        ground.write("forebay.toml", CONFIG);
        ground.write("queries/item.sql", ITEM);
        ground.write("queries/events.sql", EVENTS);
        ground.write("queries/add_item.sql", ADD_ITEM);
        ground
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.directory.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name)).unwrap()
    }

    fn check(&self, more: &[&str]) -> (Option<i32>, String, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(env!("CARGO_BIN_EXE_forebay"))
            .current_dir(self.directory.path())
            .args(["check", "--database", &self.url])
            .args(more)
            .output()
            .unwrap();
        (
            status.code(),
            String::from_utf8(stdout).unwrap(),
            String::from_utf8(stderr).unwrap(),
        )
    }

    fn drop_schema(self) {
        let drop = format!("drop schema {} cascade", self.schema);
        self.runtime
            .block_on(self.client.batch_execute(&drop))
            .unwrap();
    }
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn types_columns_and_tables_are_recorded_and_nothing_is_run() {
    let ground = Ground::new("forebay_check_records");
    let (code, stdout, stderr) = ground.check(&[]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    assert!(
        stdout.ends_with("queries/described.json: written\n"),
        "{stdout}"
    );

    let text = ground.read("queries/described.json");
    let described: serde_json::Value = serde_json::from_str(&text).unwrap();
    let of = |query: &str, field: &str| described["queries"][query][field].clone();
    let schema = &ground.schema;
    let tables = |names: &[&str]| -> serde_json::Value {
        names
            .iter()
            .map(|name| format!("{schema}.{name}"))
            .collect()
    };
    assert_eq!(of("item", "tables"), tables(&["items", "totals"]));
    assert_eq!(of("events", "tables"), tables(&["events", "events_eu"]));
    assert_eq!(of("add_item", "tables"), tables(&["items"]));
    assert_eq!(
        of("item", "params"),
        serde_json::json!([{"name": "id", "type": "bigint"}])
    );
    assert_eq!(
        of("item", "columns"),
        serde_json::json!([
            {"name": "id", "type": "bigint"},
            {"name": "title", "type": "text"},
            {"name": "total", "type": "bigint"},
        ])
    );

    let count = ground
        .runtime
        .block_on(ground.client.query_one("select count(*) from items", &[]));
    assert_eq!(
        count.unwrap().get::<_, i64>(0),
        0,
        "the insert was only explained"
    );

    let (code, stdout, _) = ground.check(&[]);
    assert_eq!(code, Some(0));
    assert!(
        !stdout.contains("written"),
        "the same schema gives the same file: {stdout}"
    );
    assert_eq!(ground.read("queries/described.json"), text);
    ground.drop_schema();
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn mistakes_are_found_at_their_lines_and_nothing_is_recorded() {
    let ground = Ground::new("forebay_check_mistakes");
    ground.write(
        "queries/item.sql",
        &ITEM.replace("v.title, t.total", "v.titel,\n  t.total"),
    );
    ground.write(
        "queries/events.sql",
        "-- returns: many\n-- json: yes\nselect id from events\n",
    );
    ground.write(
        "queries/add_item.sql",
        &ADD_ITEM.replace("into items", "into itmes"),
    );
    let (code, stdout, stderr) = ground.check(&[]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    for expected in [
        "queries/item.sql:3: error: Postgres: column v.titel does not exist\n  \
         mend: Perhaps you meant to reference the column \"v.title\".\n",
        "queries/add_item.sql:2: error: Postgres: relation \"itmes\" does not exist\n",
        "queries/events.sql:1: error: query \"events\" says json: yes, but gives the columns id\n",
        "3 errors\n",
    ] {
        assert!(stderr.contains(expected), "{expected} is not in\n{stderr}");
    }
    assert!(!ground.recorded());
    ground.drop_schema();
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn a_query_that_can_be_batched_gives_its_key() {
    let ground = Ground::new("forebay_check_batches");
    let query = |columns: &str| {
        format!(
            "-- returns: one\n-- batch: id\n\
             select {columns} from items where id = any(:id::bigint[])\n"
        )
    };
    ground.write("queries/item.sql", &query("title"));
    let (code, _, stderr) = ground.check(&[]);
    let expected = "queries/item.sql:2: error: the query is right for one key, but not for a \
                    batch: Postgres: column q.id does not exist\n  \
                    mend: select the column that `-- batch:` names, of the type of the \
                    parameter's elements\n";
    assert!(stderr.contains(expected), "{stderr}");
    assert_eq!(code, Some(1));
    ground.write("queries/item.sql", &query("id, title"));
    let (code, _, stderr) = ground.check(&[]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    ground.drop_schema();
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn what_only_the_database_knows_is_warned_of() {
    let ground = Ground::new("forebay_check_warnings");
    ground.write(
        "queries/events.sql",
        "-- returns: many\nselect id, id, tick() from events\n",
    );
    let (code, _, stderr) = ground.check(&["--no-record"]);
    assert_eq!(code, Some(0), "{stderr}");
    for expected in [
        "queries/events.sql:1: warning: a cached route runs query \"events\", which calls tick, \
         volatile in this database\n",
        "queries/events.sql:1: warning: query \"events\" gives two columns named \"id\"\n",
        "queries/described.json: warning: the queries were never checked against a database\n",
    ] {
        assert!(stderr.contains(expected), "{expected} is not in\n{stderr}");
    }
    assert!(!ground.recorded());
    ground.drop_schema();
}

#[test]
#[ignore = "needs DATABASE_URL, which `npm test` gives"]
fn a_statement_without_a_plan_reads_no_tables() {
    let ground = Ground::new("forebay_check_refresh");
    ground.write(
        "queries/add_item.sql",
        "-- returns: exec\nrefresh materialized view totals\n",
    );
    let (code, stdout, stderr) = ground.check(&[]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    let described: serde_json::Value =
        serde_json::from_str(&ground.read("queries/described.json")).unwrap();
    assert_eq!(
        described["queries"]["add_item"]["tables"],
        serde_json::json!([])
    );
    ground.drop_schema();
}
