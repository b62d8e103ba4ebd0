//! The dashboard reads summaries by types that are made of these: `dashboard/src/api/summary.ts`. With
//! `FOREBAY_WRITE_TYPES=1` the test writes the file; without, it fails when the file is another.

use super::*;
use crate::metrics::scope::SourceKind;
use std::path::Path;
use ts_rs::{Config, TS};

const FILE: &str = "dashboard/src/api/summary.ts";

const HEADER: &str = "// Made of src/metrics/summary.rs by its test; write it anew with\n\
    // `FOREBAY_WRITE_TYPES=1 cargo test --lib typescript`.\n";

/// Numbers of 64 bits are read as JavaScript's: what is counted stays below 2^53.
fn declared<T: TS>() -> String {
    let config = Config::default().with_large_int("number");
    let docs = T::docs().unwrap_or_default();
    format!("\n{docs}export {}\n", T::decl(&config))
}

fn types() -> String {
    let all = [
        declared::<Summary>(),
        declared::<Span>(),
        declared::<Totals>(),
        declared::<TimeSpent>(),
        declared::<HitTotals>(),
        declared::<Quantiles>(),
        declared::<Point>(),
        declared::<RouteSummary>(),
        declared::<RouteSource>(),
        declared::<SourceKind>(),
        declared::<Spark>(),
        declared::<WorkSpark>(),
        declared::<PlaceSummary>(),
        declared::<ErrorSummary>(),
        declared::<WorkTotals>(),
        declared::<StatementSummary>(),
        declared::<OriginSummary>(),
        declared::<GaugeSummary>(),
        declared::<LossSummary>(),
    ];
    HEADER.to_owned() + &all.concat()
}

#[test]
fn the_dashboards_types_are_those_of_the_summary() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("FOREBAY_WRITE_TYPES").is_some() {
        std::fs::write(&file, types()).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(committed, types(), "{FILE} is behind; see its first lines");
}
