//! Reads the sources and fails on an import that points up, on a clock or a runtime that the core names,
//! and on a file that has grown too large or is named for nothing. ARCHITECTURE.md says why.
//!
//! The compiler holds the wall between the core and the platform on native builds; the order of the rooms
//! is held here alone, so the checks are themselves checked on samples that they must refuse.

#[path = "levels/imports.rs"]
mod imports;
#[path = "levels/rules.rs"]
mod rules;
#[path = "levels/tokens.rs"]
mod tokens;

use std::fs;
use std::io;
use std::path::Path;

#[test]
fn every_source_keeps_the_rules() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, "", &mut files).unwrap();
    for expected in [
        "lib.rs",
        "policy.rs",
        "cache/memory/queue.rs",
        "bin/forebay.rs",
    ] {
        assert!(
            files.iter().any(|(path, _)| path == expected),
            "{expected} was not read"
        );
    }
    let problems: Vec<String> = files
        .iter()
        .flat_map(|(path, source)| rules::check(path, source))
        .collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// Every `.rs` file under `directory`: its path from `src`, and its text.
fn collect(directory: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files)?;
        } else if path.ends_with(".rs") {
            files.push((path, fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
}

/// Holds `source` at `path` to the rules; each of `expected` must be part of one problem, in order.
fn check(path: &str, source: &str, expected: &[&str]) {
    let problems = rules::check(path, source);
    let told = problems.len() == expected.len()
        && problems
            .iter()
            .zip(expected)
            .all(|(problem, part)| problem.contains(part));
    assert!(
        told,
        "{path}: {source}\nexpected {expected:?}\nfound {problems:?}"
    );
}

#[test]
fn imports_that_point_down_are_kept() {
    check(
        "cache/record.rs",
        "use crate::policy::Terms; use super::stored::Head;",
        &[],
    );
    check(
        "cache.rs",
        "use crate::cache::stored::Head; use super::policy;",
        &[],
    );
    check(
        "policy.rs",
        "use crate::{outcome::Layer, time::{self, Timestamp}};",
        &[],
    );
    check(
        "platform/kv.rs",
        "use crate::{admin, pipeline, cache::*};",
        &[],
    );
    check("cli.rs", "use crate::config::compile::compile;", &[]);
    check("bin/forebay.rs", "fn main() { forebay::cli::run() }", &[]);
    check(
        "pipeline/serve.rs",
        "pub(crate) fn f() { $crate::ports::g() }",
        &[],
    );
    check(
        "lib.rs",
        "pub mod time; mod platform; pub use crate::time::Timestamp;",
        &[],
    );
}

#[test]
fn imports_that_point_up_or_across_are_refused() {
    check(
        "time.rs",
        "use crate::outcome::Layer;",
        &["`time` may not import `outcome`"],
    );
    check(
        "key.rs",
        "\nuse crate::policy::Tier;",
        &["key.rs:2: `key` may not import `policy`"],
    );
    check(
        "route/table.rs",
        "use crate::semantics;",
        &["may not import `semantics`"],
    );
    check(
        "cache/record.rs",
        "use crate::config::site::Site;",
        &["may not import `config`"],
    );
    check(
        "config/site.rs",
        "fn f() -> crate::ports::Store {}",
        &["may not import `ports`"],
    );
    check(
        "ports.rs",
        "use crate::pipeline;",
        &["may not import `pipeline`"],
    );
    check(
        "cli/check.rs",
        "use crate::platform;",
        &["may not import `platform`"],
    );
    check(
        "pipeline.rs",
        "use crate::platform;",
        &["may not import `platform`"],
    );
    for (room, other) in [
        ("pipeline", "admin"),
        ("pipeline", "jobs"),
        ("admin", "pipeline"),
        ("admin", "jobs"),
        ("jobs", "admin"),
        ("jobs", "pipeline"),
    ] {
        let source = format!("use crate::{other}::x;");
        let problem = format!("`{room}` may not import `{other}`");
        check(&format!("{room}/x.rs"), &source, &[problem.as_str()]);
    }
}

#[test]
fn every_way_to_write_an_import_is_read() {
    let up = ["may not import `ports`"];
    for source in [
        "use crate::ports;",
        "use crate :: ports::{self};",
        "use crate::{ports};",
        "use crate::{time, policy::{Tier, Terms}, ports::Store};",
        "use crate::{\n    cache::{a::{b, c}, d},\n    ports,\n};",
        "use {std::fmt, crate::ports::Store};",
        "pub use crate::ports as below;",
        "pub(in crate::ports) fn f() {}",
        "use crate::r#ports;",
        "use crate::/* not ports */ports;",
        "fn f(_: &dyn crate::ports::Store) {}",
        "fn f() { let x = crate::ports::X; }",
        "macro_rules! m { () => { $crate::ports::x!() } }",
        "#[derive(crate::ports::Derive)] struct S;",
        "#[cfg(test)] mod tests { use crate::ports; }",
        "use super::super::ports;",
        "use super::super::{cache, ports};",
        "mod inner { use super::super::super::ports; }",
        "fn f() { if a { b } else { super::super::ports::x() } }",
        "use forebay::ports;",
        "fn f<'a>(_: &'a str) { '\"'; crate::ports::x(); \"\\\"\"; }",
        "const A: &str = r#\"\"crate::config\"#; use crate::ports;",
        "const A: char = '\\''; use crate::ports; // '",
    ] {
        check("cache/record.rs", source, &up);
    }
}

#[test]
fn what_is_no_import_is_left_alone() {
    for source in [
        "// use crate::ports;",
        "/// [`crate::ports`]\nfn f() {}",
        "/* use crate::ports; /* crate::ports */ crate::ports */",
        "const A: &str = \"crate::ports \\\" crate::ports\";",
        "const A: &str = r##\"crate::ports \"# crate::ports\"##;",
        "const A: &[u8] = b\"crate::ports\"; const B: &[u8] = br\"\\\"; const C: char = '\"';",
        "pub(crate) struct S; pub(super) struct T;",
        "use super::ports; use super::{ports, platform};",
        "mod inner { use super::super::ports; }",
        "fn f() { let forebay = 1; forebay.ports() }",
    ] {
        check("cache/record.rs", source, &[]);
    }
}

#[test]
fn the_whole_crate_and_unknown_rooms_are_refused() {
    let whole = ["names the whole crate"];
    for source in [
        "use crate::*;",
        "use crate::{time, *};",
        "use crate as root;",
        "use crate::{self as root};",
        "extern crate self as root;",
        "use super::super::*;",
    ] {
        check("cache/record.rs", source, &whole);
    }
    check(
        "cache.rs",
        "use crate::Shortcut;",
        &["names `Shortcut`, which is no room"],
    );
    check("attic/x.rs", "", &["`attic` is in no level"]);
}

#[test]
fn clocks_and_runtimes_are_refused_outside_the_platform() {
    let samples = [
        ("fn f() { SystemTime::now(); }", "SystemTime::now"),
        ("fn f() { std::time::Instant::now(); }", "Instant::now"),
        ("use js_sys::Date;", "js_sys"),
        ("use web_sys as web;", "web_sys"),
        ("use worker::{Env, kv};", "worker::"),
        ("fn f(_: ::worker::Env) {}", "worker::"),
        (
            "#[wasm_bindgen::prelude::wasm_bindgen] fn f() {}",
            "wasm_bindgen",
        ),
        (
            "use wasm_bindgen_futures::spawn_local;",
            "wasm_bindgen_futures",
        ),
        ("use tokio_postgres::Client;", "tokio_postgres"),
        ("#[cfg(test)] mod tests { use tokio::time; }", "tokio::"),
    ];
    for (source, name) in samples {
        let count = source.matches("wasm_bindgen").count().max(1);
        let count = if name == "wasm_bindgen" { count } else { 1 };
        check("shield.rs", source, &vec![name; count]);
        check("platform/x.rs", source, &[]);
    }
    check(
        "cli/check.rs",
        "use tokio_postgres::Client; use tokio::net;",
        &[],
    );
    check(
        "cli/check.rs",
        "use std::time::Instant; fn f() { Instant::now(); }",
        &["Instant::now"],
    );
    check(
        "time.rs",
        "use std::time::SystemTime; // SystemTime::now()",
        &[],
    );
    check(
        "shield.rs",
        "use super::worker::x; fn f() { let worker = \"worker::\"; }",
        &["names `worker`"],
    );
    check(
        "shield/x.rs",
        "use super::worker::x; use crate::shield::worker::y;",
        &[],
    );
}

#[test]
fn files_that_have_grown_too_large_are_refused() {
    let lines = |n: usize| "fn f() {}\n".repeat(n);
    check("key.rs", &lines(400), &[]);
    check("key.rs", &lines(401), &["key.rs: 401 lines"]);
    check("key/tests.rs", &lines(401), &[]);
    check("pipeline/tests/sim.rs", &lines(401), &[]);
    let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", lines(300));
    check("key.rs", &format!("{}{tests}", lines(400)), &[]);
    check(
        "key.rs",
        &format!("{}{tests}{}", lines(200), lines(201)),
        &["401 lines"],
    );
    let declared = "#[cfg(test)]\n#[path = \"x.rs\"]\nmod tests;\n";
    check("key.rs", &format!("{}{declared}", lines(400)), &[]);
    check(
        "key.rs",
        &format!("{declared}{}", lines(401)),
        &["401 lines"],
    );
    let not = format!("#[cfg(not(test))]\nmod real {{\n{}}}\n", lines(398));
    check("key.rs", &not, &["401 lines"]);
}

#[test]
fn names_for_nothing_are_refused() {
    check("cache/mod.rs", "", &["never `foo/mod.rs`"]);
    for name in ["utils", "helpers", "manager", "common", "misc"] {
        let problem = format!("`{name}` says nothing");
        check(&format!("cache/{name}.rs"), "", &[problem.as_str()]);
        check(&format!("cache/{name}/x.rs"), "", &[problem.as_str()]);
        check(
            "cache/x.rs",
            &format!("mod {name} {{}}"),
            &[problem.as_str()],
        );
    }
    check("cache/commonplace.rs", "fn common() {}", &[]);
}
