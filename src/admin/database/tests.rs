use super::*;
use crate::metrics::summary::{Quantiles, WorkTotals};
use crate::source::batch::Many;
use crate::source::place::ReadFrom;
use crate::source::query::Effect;

fn query(name: &str, returns: Returns) -> Query {
    Query {
        name: name.into(),
        text: String::new(),
        params: vec![],
        returns,
        effect: Effect::Reads,
        database: "main".into(),
        tables: vec![],
        rows: vec![],
        read_from: ReadFrom::Either,
        batch: None,
    }
}

/// Of the query `q`.
fn measured(calls: u64, rows: u64, mean: f64, p95: f64) -> StatementSummary {
    StatementSummary {
        database: "main".into(),
        query: "q".into(),
        work: WorkTotals {
            calls,
            failures: 0,
            reasons: FailureReasons::default(),
            rows,
            keys: calls,
            total_ms: mean * calls as f64,
            duration: Quantiles {
                count: calls,
                average: Some(mean),
                p95: Some(p95),
                ..Quantiles::default()
            },
        },
        spark: Vec::new(),
    }
}

const HOUR_S: u64 = 3600;

fn suggested(queries: &[Query], measured: StatementSummary) -> Vec<String> {
    let report = report(queries, Ok(&[measured]), HOUR_S, Vec::new());
    report
        .statements
        .into_iter()
        .flat_map(|each| each.suggestions)
        .collect()
}

#[test]
fn what_is_quick_and_rare_needs_no_suggestion() {
    let queries = [query("q", Returns::One)];
    let found = suggested(&queries, measured(100, 100, 2.0, 7.0));
    assert_eq!(found, Vec::<String>::new());
    assert!(suggested(&[], measured(0, 0, 0.0, 0.0)).is_empty());
}

#[test]
fn each_trouble_has_its_own_sentence() {
    let one = query("q", Returns::One);
    let many = query("q", Returns::Many);
    let batched = Query {
        batch: Some(Many {
            param: 0,
            text: String::new(),
        }),
        ..one.clone()
    };
    let failing = StatementSummary {
        work: WorkTotals {
            failures: 3,
            reasons: FailureReasons {
                unreached: 2,
                late: 1,
                ..FailureReasons::default()
            },
            ..measured(10, 10, 1.0, 1.0).work
        },
        ..measured(10, 10, 1.0, 1.0)
    };
    for (query, measured, expected) in [
        (
            &one,
            measured(100, 100, 80.0, 90.0),
            Some("80 ms on average"),
        ),
        (
            &one,
            measured(100, 100, 20.0, 100.0),
            Some("5 times the average"),
        ),
        (
            &many,
            measured(10, 20_000, 2.0, 3.0),
            Some("2000 rows a call"),
        ),
        (&one, measured(20, 20_000, 2.0, 3.0), None),
        (&one, measured(50_000, 50_000, 2.0, 3.0), Some("-- batch:")),
        (&batched, measured(50_000, 50_000, 2.0, 3.0), None),
        (
            &one,
            failing,
            Some("3 of 10 calls failed (2 without a connection, 1 without an answer in time)"),
        ),
    ] {
        let found = suggested(std::slice::from_ref(query), measured.clone());
        assert_eq!(found.len(), usize::from(expected.is_some()), "{found:?}");
        assert!(
            found.iter().all(|text| text.contains(expected.unwrap())),
            "{found:?}"
        );
    }
}

#[test]
fn a_database_that_cannot_be_asked_says_so_without_what_the_driver_says() {
    let secret = "postgres://user:secret@10.0.0.7/db";
    for kind in [
        Kind::Unavailable,
        Kind::Timeout,
        Kind::Misconfigured,
        Kind::Internal,
    ] {
        let failure = Failure::new(kind, "").because(secret);
        let report = report(&[], Ok(&[]), HOUR_S, vec![("main".into(), Err(failure))]);
        let text = serde_json::to_string(&report).unwrap();
        assert!(
            !text.contains("secret") && !text.contains("10.0.0.7"),
            "{text}"
        );
        assert!(text.contains(r#""pg_stat_statements":null"#), "{text}");
        assert!(report.databases[0].error.is_some());
    }
}

#[test]
fn a_scan_has_its_suggestion_beside_its_numbers() {
    let found = Examination {
        sequential_scans: vec![SequentialScan {
            table: "public.a".into(),
            scans: 12,
            rows_read: 240_000,
            rows_live: 20_000,
        }],
        ..Examination::default()
    };
    let report = report(&[], Ok(&[]), HOUR_S, vec![("main".into(), Ok(found))]);
    let json = serde_json::to_value(&report).unwrap();
    let scan = &json["databases"][0]["sequential_scans"][0];
    assert_eq!(scan["table"], "public.a");
    assert_eq!(scan["scans"], 12);
    assert!(
        scan["suggestion"]
            .as_str()
            .unwrap()
            .contains("read whole 12 times")
    );
    assert_eq!(json["databases"][0]["error"], serde_json::Value::Null);
}

#[test]
fn statements_of_which_nothing_is_known_are_not_none() {
    let report = report(&[], Err("no numbers"), HOUR_S, Vec::new());
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["statements_error"], "no numbers");
    assert_eq!(json["statements"], serde_json::json!([]));
}
