use super::*;
use crate::config::compile::compile;
use crate::config::described::{Equal, Rows, sql_sha256};
use crate::config::queries::SourceFile;

const CONFIG: &str = r#"[site]
name = "test"
[tier.t]
ttl = "5m"
[database.main]
binding = "DB"
[database.other]
binding = "OTHER"
[[route]]
match = "GET /items/{id}"
source = { query = "item" }
tier = "t"
tags = ["items", "item:{id}"]
[[route]]
match = "GET /things/{id}"
source = { query = "item" }
tier = "t"
tags = ["thing:{id}"]
[[route]]
match = "GET /totals"
source = { query = "totals" }
tier = "t"
[[route]]
match = "GET /uncached/{id}"
source = { query = "uncached" }
[[route]]
match = "GET /elsewhere"
source = { query = "elsewhere" }
tier = "t"
"#;

const QUERIES: [(&str, &str); 4] = [
    (
        "item",
        "-- returns: one\nselect 1 as n from items where id = :id::bigint\n",
    ),
    ("totals", "-- returns: many\nselect n from totals\n"),
    (
        "uncached",
        "-- returns: one\nselect 1 as n from idle where id = :id::bigint\n",
    ),
    (
        "elsewhere",
        "-- returns: many\n-- database: other\nselect n from far\n",
    ),
];

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

/// All described but `uncached`, which reads what nobody stores.
fn sources(table: &str) -> Sources {
    let files: Vec<SourceFile> = QUERIES
        .iter()
        .map(|(name, text)| file(&format!("queries/{name}.sql"), text))
        .collect();
    let (statements, _) = queries::compile(&files);
    let records = statements.iter().filter_map(|statement| {
        let name = statement.compiled.query.name.as_str();
        let mut record = Record {
            sql_sha256: sql_sha256(statement),
            params: Vec::new(),
            columns: Vec::new(),
            tables: Vec::new(),
            rows: BTreeMap::new(),
            kinds: BTreeMap::new(),
        };
        match name {
            "item" => {
                record.tables = vec![table.to_owned(), "public.owners".to_owned()];
                let rows = Rows {
                    column: "id".to_owned(),
                    param: "id".to_owned(),
                    kind: "bigint".to_owned(),
                    equal: Equal::Value,
                };
                record.rows.insert(table.to_owned(), vec![rows]);
            }
            "totals" => {
                record.tables = vec!["public.totals".to_owned()];
                let kind = "materialized view".to_owned();
                record.kinds.insert("public.totals".to_owned(), kind);
            }
            "elsewhere" => record.tables = vec!["public.far".to_owned()],
            _ => return None,
        }
        Some((name.to_owned(), record))
    });
    let described = Described {
        queries: records.collect(),
    };
    Sources {
        config: file("forebay.toml", CONFIG),
        queries_dir: "queries".to_owned(),
        queries: Some(files),
        described: DescribedFile::Text(file(
            "queries/described.json",
            &described.to_json().unwrap(),
        )),
    }
}

fn watch(sources: &Sources, database: &str) -> Result<Watched, Vec<String>> {
    let site = compile(sources).unwrap().site;
    watched(&site, sources, database)
        .map_err(|found| found.iter().map(ToString::to_string).collect())
}

fn tag(before: &str) -> Tag {
    Tag {
        before: before.to_owned(),
        column: "id".to_owned(),
        after: String::new(),
    }
}

#[test]
fn tables_of_cached_queries_are_watched_with_every_tag_that_names_their_rows() {
    let watched = watch(&sources("public.items"), "main").unwrap();
    let expected = Watched {
        tables: [
            (
                "public.items".to_owned(),
                [tag("item:"), tag("thing:")].into(),
            ),
            ("public.owners".to_owned(), BTreeSet::new()),
        ]
        .into(),
        others: [("public.totals".to_owned(), "materialized view".to_owned())].into(),
    };
    assert_eq!(watched, expected);
}

#[test]
fn what_no_trigger_can_tell_of_is_warned_of() {
    let sources = sources("public.items");
    let watched = watch(&sources, "main").unwrap();
    let warnings = watched.warnings(&sources);
    assert_eq!(
        warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "queries/described.json: warning: public.totals is a materialized view, so no trigger \
             can tell of its changes\n  mend: where it is changed: insert into forebay_outbox \
             (target) values ('table:public.totals')"
        ]
    );
}

#[test]
fn each_database_has_its_own_tables() {
    let watched = watch(&sources("public.items"), "other").unwrap();
    let tables: Vec<&String> = watched.tables.keys().collect();
    assert_eq!(tables, ["public.far"]);
    assert_eq!(watched.others, BTreeMap::new());
}

#[test]
fn a_name_that_would_end_a_comment_is_refused() {
    let problems = watch(&sources("public.a\nb"), "main").unwrap_err();
    assert_eq!(
        problems,
        [
            "queries/described.json: error: the name of the table \"public.a\\nb\" holds a control \
             character\n  mend: rename the table"
        ]
    );
}
