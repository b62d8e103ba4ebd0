//! The `forebay` command as an operator runs it: exit codes, both outputs, and the files it writes.

#![expect(clippy::unwrap_used, reason = "a test ends where a step of it fails")]

use forebay::config::described::{Described, Equal, Record, Rows, sql_sha256};
use forebay::config::queries::{self, SourceFile};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const CONFIG: &str = r#"[site]
name = "test"
[tier]
item = { ttl = "5m", swr = "30s" }
live = { ttl = "30s" }
[database.main]
binding = "DB"
[[route]]
match = "GET /items/{id}"
source = { query = "item" }
tier = "item"
tags = ["item:{id}"]
[[route]]
match = "GET /live/{id}"
source = { query = "item" }
tier = "live"
[[route]]
match = "POST /items"
source = { query = "add_item" }
auth = "token"
"#;

const ITEM: &str =
    "-- One item.\n-- returns: one\nselect title from items where id = :id::bigint\n";

const ADD_ITEM: &str = "-- A new item.\n-- returns: one\n-- require: title\n\
                        insert into items (title) values (:title::text) returning id\n";

/// A directory that holds a site.
fn site(config: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("queries")).unwrap();
    write(&directory, "forebay.toml", config);
    write(&directory, "queries/item.sql", ITEM);
    write(&directory, "queries/add_item.sql", ADD_ITEM);
    directory
}

fn write(directory: &TempDir, name: &str, text: &str) {
    std::fs::write(directory.path().join(name), text).unwrap();
}

fn forebay(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_forebay"))
        .current_dir(directory)
        .args(arguments)
        .output()
        .unwrap()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn check_says_ok_on_standard_output_and_warns_on_standard_error() {
    let directory = site(CONFIG);
    let output = forebay(directory.path(), &["check"]);
    assert_eq!(code(&output), Some(0), "{output:?}");
    assert!(stdout(&output).starts_with("forebay.toml: ok, 3 routes, 2 queries, hash "));
    let expected = "queries/described.json: warning: the queries were never checked against a \
                    database\n  mend: run `forebay check --database URL` and commit the file that \
                    it writes\n1 warning\n";
    assert_eq!(stderr(&output), expected);
}

#[test]
fn check_reports_all_files_at_once_with_their_lines_and_no_colour() {
    let directory = site(
        &CONFIG
            .replace("tier = \"item\"", "tier = \"itme\"")
            .replace("30s\" }", "soon\" }"),
    );
    write(
        &directory,
        "queries/item.sql",
        "-- returns: oen\nselect 1 as n where 1 = :id::bigint\n",
    );
    let output = forebay(directory.path(), &["check"]);
    assert_eq!(code(&output), Some(1));
    assert_eq!(stdout(&output), "");
    let problems = stderr(&output);
    for place in [
        "forebay.toml:4: error: bad duration \"soon\"",
        "forebay.toml:5: error: bad duration \"soon\"",
        "forebay.toml:11: error: unknown tier \"itme\"",
        "queries/item.sql:1: error: ",
    ] {
        assert!(problems.contains(place), "{place} is not in\n{problems}");
    }
    assert!(
        problems.contains("  mend: did you mean \"item\"?\n"),
        "{problems}"
    );
    assert!(!problems.contains('\x1b'), "{problems}");
}

#[test]
fn a_site_file_elsewhere_is_named_as_the_operator_named_it() {
    let directory = site(&CONFIG.replace("POST", "post"));
    let path = directory.path().join("forebay.toml");
    let output = forebay(
        Path::new("/"),
        &["check", "--config", path.to_str().unwrap()],
    );
    let expected = format!("{}:18: error: bad match \"post /items\"", path.display());
    assert!(stderr(&output).contains(&expected), "{output:?}");
}

#[test]
fn files_that_cannot_be_read_are_problems_with_a_mend() {
    let empty = tempfile::tempdir().unwrap();
    let output = forebay(empty.path(), &["check"]);
    assert_eq!(code(&output), Some(1));
    let expected = "forebay.toml: error: there is no such file\n  mend: run this where the site \
                    file is, or name it with --config FILE\n1 error\n";
    assert_eq!(stderr(&output), expected);

    let directory = site(CONFIG);
    std::fs::write(
        directory.path().join("queries/item.sql"),
        b"-- returns: one\nselect '\xff'",
    )
    .unwrap();
    let output = forebay(directory.path(), &["check"]);
    assert_eq!(code(&output), Some(1));
    let expected = "queries/item.sql:2: error: this is not UTF-8 text";
    assert!(stderr(&output).starts_with(expected), "{output:?}");
}

#[test]
fn what_is_not_understood_is_exit_code_2() {
    let directory = site(CONFIG);
    for arguments in [
        &[][..],
        &["cheque"],
        &["check", "--no-record"],
        &["explain", "GET"],
        &["explain", "GET", "items"],
        &["check", "--database", "mysql://u:secret@h/d"],
        &[
            "check",
            "--database",
            "postgres://u:secret@h/d?sslmode=require",
        ],
    ] {
        let output = forebay(directory.path(), arguments);
        assert_eq!(code(&output), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "");
        assert!(
            !stderr(&output).is_empty() && !stderr(&output).contains("secret"),
            "{output:?}"
        );
    }
}

#[test]
fn a_database_that_is_not_there_is_one_problem_among_others() {
    let directory = site(&CONFIG.replace("tier = \"item\"", "tier = \"itme\""));
    // Nobody listens on a port that was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("postgres://u:secret@127.0.0.1:{port}/d");
    let output = forebay(directory.path(), &["check", "--database", &url]);
    assert_eq!(code(&output), Some(1));
    let problems = stderr(&output);
    assert!(
        problems.contains(&format!(
            "--database: error: the database at 127.0.0.1:{port} cannot be used"
        )),
        "{problems}"
    );
    assert!(
        problems.contains("forebay.toml:11: error: unknown tier"),
        "{problems}"
    );
    assert!(!problems.contains("secret"), "{problems}");
    assert!(!directory.path().join("queries/described.json").exists());
}

#[test]
fn compile_makes_the_directory_and_leaves_nothing_else_behind() {
    let directory = site(CONFIG);
    let output = forebay(directory.path(), &["compile"]);
    assert_eq!(code(&output), Some(0), "{output:?}");
    assert!(stdout(&output).starts_with("build/site.bin: 3 routes, 2 queries, hash "));
    let bytes = std::fs::read(directory.path().join("build/site.bin")).unwrap();
    let site = forebay::config::site::Site::decode(&bytes).unwrap();
    assert_eq!(site.name, "test");
    assert_eq!(site.routes.len(), 3);
    let names: Vec<_> = std::fs::read_dir(directory.path().join("build"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["site.bin"]);
}

#[test]
fn compile_leaves_the_last_good_site_when_there_are_errors() {
    let directory = site(CONFIG);
    let out = directory.path().join("deep/er/site.bin");
    let compile = || forebay(directory.path(), &["compile", "--out", "deep/er/site.bin"]);
    assert_eq!(code(&compile()), Some(0));
    let good = std::fs::read(&out).unwrap();

    write(
        &directory,
        "forebay.toml",
        &CONFIG.replace("5m", "5 minutes"),
    );
    let output = compile();
    assert_eq!(code(&output), Some(1));
    assert!(
        stderr(&output).contains("forebay.toml:4: error: bad duration"),
        "{output:?}"
    );
    assert_eq!(std::fs::read(&out).unwrap(), good);

    write(&directory, "forebay.toml", &CONFIG.replace("5m", "6m"));
    assert_eq!(code(&compile()), Some(0));
    assert_ne!(std::fs::read(&out).unwrap(), good);
}

#[test]
fn compile_replaces_rather_than_writes_into_the_file() {
    let directory = site(CONFIG);
    let compile = || forebay(directory.path(), &["compile"]);
    compile();
    // A second name for the first file: it keeps the old bytes only if the new ones are elsewhere.
    let (out, old) = (
        directory.path().join("build/site.bin"),
        directory.path().join("old"),
    );
    std::fs::hard_link(&out, &old).unwrap();
    let before = std::fs::read(&old).unwrap();
    write(&directory, "forebay.toml", &CONFIG.replace("5m", "6m"));
    compile();
    assert_eq!(std::fs::read(&old).unwrap(), before);
    assert_ne!(std::fs::read(&out).unwrap(), before);
}

#[test]
fn a_place_that_cannot_be_written_is_a_problem() {
    let directory = site(CONFIG);
    let output = forebay(
        directory.path(),
        &["compile", "--out", "forebay.toml/site.bin"],
    );
    assert_eq!(code(&output), Some(1));
    assert!(stderr(&output).contains("forebay.toml/site.bin: error: it cannot be written"));
}

/// Every line that begins with one of these labels, without the alignment.
fn explained(arguments: &[&str]) -> String {
    let directory = site(CONFIG);
    let mut all = vec!["explain"];
    all.extend(arguments);
    let output = forebay(directory.path(), &all);
    assert_eq!(code(&output), Some(0), "{output:?}");
    assert_eq!(stderr(&output), "");
    stdout(&output)
}

#[track_caller]
fn explains(arguments: &[&str], expected: &[&str]) {
    let text = explained(arguments);
    for line in expected {
        assert!(
            text.lines().any(|found| found == *line),
            "{line:?} is not in\n{text}"
        );
    }
}

#[test]
fn explain_shows_route_key_terms_and_layers() {
    explains(
        &["GET", "/items/007?utm=1"],
        &[
            "request     GET /items/007?utm=1",
            "route       GET /items/{id}",
            "source      query item (returns one) on database main",
            "auth        none: anyone may ask",
            "ignored     utm: not in the route's query = […], so neither in the key nor in the query",
            "parameters  id: \"7\"",
            "cached      yes",
            "tier        item: fresh for 5m",
            "            then stale for 30s while a refresh runs",
            "            or stale for 1h if the source fails",
            "            a 404 is fresh for 10s",
            "layers      memory: of this isolate",
            "            global: Workers KV, everywhere",
            "tags        item:7",
            "sent        Cache-Control: public, max-age=300, stale-while-revalidate=30",
        ],
    );
    let key = |url| {
        let text = explained(&["GET", url]);
        let line = text.lines().find(|line| line.starts_with("key ")).unwrap();
        line.split_once("|6:public|").unwrap().1.to_owned()
    };
    assert_eq!(key("/items/7"), "2:id=1:7");
    assert_eq!(key("https://example.com/items/7?a=https://x"), "2:id=1:7");
}

#[test]
fn explain_says_why_not() {
    explains(
        &["GET", "/live/7"],
        &["            not global: it takes a ttl of 1m or more"],
    );
    explains(
        &["POST", "/items", "--body", "{\"title\":\"x\"}"],
        &[
            "auth        token: 401 without Authorization: Bearer and the secret API_TOKEN",
            "parameters  title: \"x\"",
            "cached      no: only GET and HEAD are, and this is POST",
            "sent        Cache-Control: no-store",
        ],
    );
    explains(
        &["POST", "/items"],
        &[
            "answer      400 A parameter is wrong",
            "why         \"title\" is required",
            "            give the fields of the body with --body '{…}'",
        ],
    );
    explains(
        &["GET", "/items/seven"],
        &[
            "answer      400 A parameter is wrong",
            "cached      no: the request ends here, no source is asked",
        ],
    );
    explains(
        &["DELETE", "/items/7"],
        &[
            "answer      405 Method not allowed",
            "allow       GET, HEAD, OPTIONS",
        ],
    );
    explains(
        &["OPTIONS", "/items/7"],
        &["answer      204, by Forebay itself: what the path allows, and [cors]"],
    );
    explains(
        &["GET", "/nope"],
        &[
            "answer      404 No such route",
            "routes      GET /items/{id}",
        ],
    );
    explains(
        &["GET", "/api/health"],
        &["answer      health, by Forebay itself; no route is asked"],
    );
}

const ORIGIN: &str = r#"[site]
name = "test"
[origin.app]
url = "https://app.example"
[tier.web]
honor_origin = true
[[route]]
match = "* /{path...}"
source = { origin = "app" }
tier = "web"
query_ignore = ["utm_*"]
"#;

#[test]
fn explain_tells_what_an_origin_would_be_asked() {
    let directory = site(ORIGIN);
    std::fs::remove_dir_all(directory.path().join("queries")).unwrap();
    let explained = |arguments: &[&str]| {
        let mut all = vec!["explain"];
        all.extend(arguments);
        let output = forebay(directory.path(), &all);
        (code(&output), stdout(&output), stderr(&output))
    };
    let (code, text, problems) = explained(&[
        "GET",
        "https://Site.example/a%7e?utm_source=1&b=2",
        "--header",
        "Accept-Language: de",
        "--header",
        "X-Forwarded-Host: evil.example",
    ]);
    assert_eq!((code, problems.as_str()), (Some(0), ""), "{text}");
    for line in [
        "source      origin app (https://app.example)",
        "ignored     utm_source: neither in the key nor sent on",
        "uri         https://site.example/a~?b=2",
        "fields      Accept-Language: sent on",
        "            X-Forwarded-Host: not sent on: misleading",
        "cached      if the origin's answer allows it (RFC 9111)",
        "tier        web: fresh for what the origin says",
        "parts       scheme: \"https\"",
        "            query: \"b=2\"",
        "            uri:https://site.example/a~?b=2",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line:?} is not in\n{text}"
        );
    }
    let (_, text, _) = explained(&["GET", "/a"]);
    assert!(text.contains("kept by their whole URL"), "{text}");
    let (_, text, _) = explained(&["POST", "https://site.example/a"]);
    assert!(
        text.contains("cached      no: only GET and HEAD are"),
        "{text}"
    );
    let (code, _, problems) = explained(&["GET", "https://site.example/a", "--header", "x"]);
    assert_eq!(code, Some(2));
    assert!(problems.contains("--header"), "{problems}");
}

/// Writes what a check against a database would have learnt of the query `item`.
fn describe(directory: &TempDir) {
    let (statements, _) = queries::compile(&[SourceFile {
        path: "queries/item.sql".to_owned(),
        text: ITEM.to_owned(),
    }]);
    let rows = Rows {
        column: "id".to_owned(),
        param: "id".to_owned(),
        kind: "bigint".to_owned(),
        equal: Equal::Value,
    };
    let record = Record {
        sql_sha256: sql_sha256(statements.first().unwrap()),
        params: Vec::new(),
        columns: Vec::new(),
        tables: vec!["public.items".to_owned()],
        rows: [("public.items".to_owned(), vec![rows])].into(),
        kinds: BTreeMap::new(),
    };
    let described = Described {
        queries: [("item".to_owned(), record)].into(),
    };
    write(
        directory,
        "queries/described.json",
        &described.to_json().unwrap(),
    );
}

#[test]
fn triggers_are_made_for_what_was_described() {
    let directory = site(CONFIG);
    describe(&directory);
    let output = forebay(directory.path(), &["triggers"]);
    assert_eq!(code(&output), Some(0), "{output:?}");
    assert_eq!(stderr(&output), "");
    let text = stdout(&output);
    assert!(
        text.contains("\n-- table:public.items, item:{id}\ncreate or replace trigger "),
        "{text}"
    );
    // The same site gives the same bytes.
    assert_eq!(stdout(&forebay(directory.path(), &["triggers"])), text);

    let output = forebay(directory.path(), &["triggers", "--out", "up.sql"]);
    assert_eq!(stdout(&output), "up.sql: written\n");
    let written = std::fs::read_to_string(directory.path().join("up.sql")).unwrap();
    assert_eq!(written, text);
}

#[test]
fn a_migration_that_the_site_has_left_behind_is_told() {
    let directory = site(CONFIG);
    describe(&directory);
    forebay(directory.path(), &["triggers", "--out", "up.sql"]);
    let check = || forebay(directory.path(), &["triggers", "--check", "up.sql"]);
    assert_eq!(code(&check()), Some(0));
    assert_eq!(stdout(&check()), "up.sql: it is what the site asks for\n");

    write(
        &directory,
        "forebay.toml",
        &CONFIG.replace("item:{id}", "thing:{id}"),
    );
    assert_eq!(code(&check()), Some(1));
    let expected = "up.sql: error: the site asks for other triggers by now\n  mend: run `forebay \
                    triggers --out FILE`, with a new number if this one was applied anywhere\n";
    assert!(
        stderr(&check()).starts_with(expected),
        "{}",
        stderr(&check())
    );

    let output = forebay(directory.path(), &["triggers", "--check", "none.sql"]);
    assert_eq!(code(&output), Some(1));
    assert!(
        stderr(&output).starts_with("none.sql: error: it cannot be read: "),
        "{output:?}"
    );
}

#[test]
fn triggers_are_refused_where_the_tables_are_not_known() {
    let directory = site(CONFIG);
    let output = forebay(directory.path(), &["triggers"]);
    assert_eq!(code(&output), Some(1));
    let expected = "queries/described.json: error: there is no such file, so which tables the \
                    queries read is not known\n  mend: run `forebay check --database URL` and commit \
                    queries/described.json\n1 error\n";
    assert_eq!(stderr(&output), expected);

    describe(&directory);
    write(
        &directory,
        "queries/item.sql",
        &ITEM.replace("title", "body"),
    );
    let output = forebay(directory.path(), &["triggers"]);
    assert_eq!(code(&output), Some(1));
    let expected = "queries/item.sql:1: error: which tables query \"item\" reads is not known: it has \
                    changed since the last check against a database\n";
    assert!(stderr(&output).starts_with(expected), "{output:?}");

    write(&directory, "queries/described.json", r#"{"queries": {}}"#);
    let output = forebay(directory.path(), &["triggers"]);
    assert!(
        stderr(&output).contains("it came after the last check"),
        "{output:?}"
    );

    let output = forebay(directory.path(), &["triggers", "--database-name", "other"]);
    assert_eq!(code(&output), Some(2));
    assert_eq!(
        stderr(&output),
        "error: the site has no [database.other], only: main\n"
    );
}

#[test]
fn the_demo_is_described_and_its_triggers_are_those_that_it_asks_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let migration = "migrations/20261121000009_forebay_triggers.sql";
    let output = forebay(root, &["triggers", "--check", migration]);
    assert_eq!(code(&output), Some(0), "{output:?}");
}
