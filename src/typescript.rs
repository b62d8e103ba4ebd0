//! The dashboard reads answers by types that are made of those that are serialised here: the files of
//! `dashboard/src/api/`, all but the client itself. With `FOREBAY_WRITE_TYPES=1` the test writes them;
//! without, it fails when a file is another.

use crate::admin::{alerts, database, live, purge, receipt};
use crate::jobs::runs;
use crate::metrics::summary::Summary;
use crate::pipeline::metering::events;
use crate::pipeline::operate::{explain, shields};
use crate::respond::problem::Problem;
use std::any::TypeId;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use ts_rs::{Config, TS, TypeVisitor};

const HEADER: &str = "// Made of src/ by the test in src/typescript.rs; write it anew with\n\
    // `FOREBAY_WRITE_TYPES=1 cargo test --lib typescript`.\n";

/// Each file is whole by itself.
fn files() -> [(&'static str, String); 8] {
    [
        ("summary", file().with::<Summary>()),
        ("alerts", file().with::<alerts::Report>()),
        ("database", file().with::<database::Report>()),
        ("explanation", file().with::<explain::Explanation>()),
        (
            "happenings",
            file()
                .with::<events::Listed>()
                .with::<runs::Listed>()
                .with::<live::Tick>(),
        ),
        ("problem", file().with::<Problem<'static>>()),
        (
            "purge",
            file().with::<purge::Body>().with::<receipt::Receipt>(),
        ),
        ("shields", file().with::<shields::Report>()),
    ]
    .map(|(name, declared)| (name, declared.text()))
}

/// What one file declares: types by name, with their declarations.
#[derive(Default)]
struct Declared(BTreeMap<String, (TypeId, String)>);

fn file() -> Declared {
    Declared::default()
}

impl Declared {
    /// A type, and those that it is made of.
    fn with<T: TS + 'static>(mut self) -> Self {
        self.visit::<T>();
        self
    }

    /// By name: the order in which types are visited is another with each build.
    fn text(&self) -> String {
        let declarations = self.0.values().map(|(_, text)| text.as_str());
        let text: String = std::iter::once(HEADER).chain(declarations).collect();
        text.replace("`None`", "`null`")
    }
}

impl TypeVisitor for Declared {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // What has no file of its own is made of TypeScript's own types.
        if T::output_path().is_none() {
            return;
        }
        // Numbers of 64 bits are read as JavaScript's: what is counted stays below 2^53.
        let config = Config::default().with_large_int("number");
        let (name, id) = (T::ident(&config), TypeId::of::<T>());
        if let Some((known, _)) = self.0.get(&name) {
            assert_eq!(*known, id, "two types are named {name}");
            return;
        }
        let docs = T::docs().unwrap_or_default();
        let declared = format!("\n{docs}export {}\n", T::decl(&config));
        self.0.insert(name, (id, declared));
        T::visit_dependencies(self);
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_dashboards_types_are_those_of_the_answers() {
    for (name, text) in files() {
        let file = root().join(format!("dashboard/src/api/{name}.ts"));
        if std::env::var_os("FOREBAY_WRITE_TYPES").is_some() {
            fs::write(&file, &text).unwrap();
        }
        let committed = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(committed, text, "{name}.ts is behind; see its first lines");
    }
}

/// Nothing else would tell: to TypeScript it would always be there.
#[test]
fn a_field_that_may_be_left_out_is_declared_so() {
    let mut found = 0;
    for file in sources(&root().join("src")) {
        let text = fs::read_to_string(&file).unwrap();
        if !text.contains("derive(ts_rs::TS)") {
            continue;
        }
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2) {
            if pair[0]
                .trim_start()
                .starts_with("#[serde(skip_serializing_if")
            {
                let place = format!("{}: {}", file.display(), pair[0]);
                assert!(pair[1].contains("ts(optional"), "{place}");
                found += 1;
            }
        }
    }
    assert!(found > 0, "there is none any more: remove this test");
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        })
        .collect()
}
