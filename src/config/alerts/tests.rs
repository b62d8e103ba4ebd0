use crate::alert::rule::{Alerting, Grouping, Metric, Watch};
use crate::config::compile::{DescribedFile, Sources, compile};
use crate::config::queries::SourceFile;

const BASE: &str = "\
[origin.app]
url = \"https://app.example.com\"
[[route]]
match = \"GET /a/{id}\"
source = { origin = \"app\" }
[[route]]
match = \"POST /a/{id}\"
source = { origin = \"app\" }
[[route]]
match = \"GET /b\"
source = { origin = \"app\" }
";

fn sources(snippet: &str) -> Sources {
    Sources {
        config: SourceFile {
            path: "forebay.toml".to_owned(),
            text: format!("{BASE}{snippet}"),
        },
        queries_dir: "queries".to_owned(),
        queries: Some(Vec::new()),
        described: DescribedFile::Absent,
    }
}

fn alerting(snippet: &str) -> Alerting {
    match compile(&sources(snippet)) {
        Ok(compiled) => {
            assert_eq!(compiled.warnings, [], "{snippet}");
            compiled.site.alerting
        }
        Err(found) => panic!("{snippet}: {found:?}"),
    }
}

/// The snippet begins on line 12.
#[track_caller]
fn check(snippet: &str, expected: &[&str]) {
    let found = match compile(&sources(snippet)) {
        Ok(compiled) => compiled.warnings,
        Err(found) => found,
    };
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected, "{snippet}");
}

fn names(alerting: &Alerting) -> Vec<&str> {
    alerting
        .rules
        .iter()
        .map(|rule| rule.name.as_str())
        .collect()
}

#[test]
fn a_site_that_says_nothing_is_watched_by_the_usual_bounds() {
    let alerting = alerting("");
    let expected = [
        "slow-responses",
        "low-hit-rate",
        "errors",
        "slow-database",
        "breaker-open",
    ];
    assert_eq!(names(&alerting), expected);
    assert_eq!(alerting.grouping, Grouping::All);
    assert!(alerting.rules.iter().all(|rule| rule.on_fire.is_none()));
}

#[test]
fn built_in_alerts_are_changed_and_switched_off_by_their_names() {
    let alerting = alerting(
        "[[alert]]\nname = \"slow-responses\"\nwarning = \"1s\"\nfor = \"0s\"\n\
         [[alert]]\nname = \"errors\"\noff = true\n\
         [[alert]]\nname = \"low-throughput\"\ncritical = 0.5\n",
    );
    let expected = [
        "low-hit-rate",
        "slow-database",
        "breaker-open",
        "slow-responses",
        "low-throughput",
    ];
    assert_eq!(names(&alerting), expected);
    let Watch::Threshold(slow) = &alerting.rule("slow-responses").unwrap().watch else {
        panic!("a threshold");
    };
    assert_eq!(slow.metric, Metric::P95);
    assert_eq!(slow.warning.map(|bound| bound.value()), Some(1000.0));
    // Who gives one bound has thought of both.
    assert_eq!(slow.critical, None);
}

#[test]
fn everything_can_be_said() {
    let alerting = alerting(
        "[alerts]\nwebhook = \"slack\"\nrepeat = \"1h\"\ngroup = \"route\"\n\
         [protection]\nstretch_max = \"10m\"\n\
         [[alert]]\nname = \"slow-b\"\nmetric = \"p99\"\nroute = \"/b\"\nover = \"10m\"\n\
         warning = \"250ms\"\ncritical = \"1s\"\nfor = \"2m\"\nmin_samples = 5\n\
         on_fire = \"stretch-ttl\"\n\
         [[objective]]\nname = \"reads\"\nroute = \"GET /a/{id}\"\ntarget = 0.999\nof = \"errors\"\n\
         [[objective]]\nname = \"fast\"\ntarget = 0.95\nof = { slower_than = \"100ms\" }\n\
         windows = [{ long = \"1h\", short = \"5m\", factor = 2, level = \"warning\" }]\n",
    );
    let slow = alerting.rule("slow-b").unwrap();
    assert_eq!(slow.route.as_deref(), Some("GET /b"));
    assert_eq!(slow.samples_min, 5);
    let Watch::Objective(reads) = &alerting.rule("reads").unwrap().watch else {
        panic!("an objective");
    };
    assert_eq!((reads.budget_ppm, reads.windows.len()), (1000, 2));
    assert_eq!(reads.windows[0].factor_thousandths, 14_400);
    let Watch::Objective(fast) = &alerting.rule("fast").unwrap().watch else {
        panic!("an objective");
    };
    assert_eq!(
        (fast.budget_ppm, fast.windows[0].factor_thousandths),
        (50_000, 2000)
    );
}

#[test]
fn mistakes_of_the_tables() {
    check(
        "[alerts]\nwebhook = \"https://hooks.example.com/x\"\n",
        &[
            "forebay.toml:13: error: unknown value \"https://hooks.example.com/x\" for webhook of [alerts]\n  \
           mend: write the form of what is sent, \"generic\" or \"slack\": the URL is the secret ALERT_WEBHOOK_URL",
        ],
    );
    check(
        "[alerts]\nwebhook = \"slak\"\ngroup = \"routes\"\nrepeat = \"5s\"\nrepat = \"1h\"\n",
        &[
            "forebay.toml:13: error: unknown value \"slak\" for webhook of [alerts]\n  \
             mend: did you mean \"slack\"?",
            "forebay.toml:14: error: unknown value \"routes\" for group of [alerts]\n  \
             mend: did you mean \"route\"?",
            "forebay.toml:15: error: repeat of [alerts] is less than a minute, and alerts are evaluated each minute\n  \
             mend: write \"1m\" at least, such as \"4h\"",
            "forebay.toml:16: error: unknown field \"repat\" in [alerts]\n  \
             mend: did you mean \"repeat\"?",
        ],
    );
    check(
        "[protection]\nstretch_max = \"0s\"\n",
        &[
            "forebay.toml:13: error: stretch_max of [protection] is zero\n  \
           mend: remove it, or write a whole number and a unit: \"100ms\", \"30s\", \"15m\", \"1h\" or \"7d\"",
        ],
    );
}

/// What an alert `x` says besides its name, and what is told of it.
const MISTAKES: &[(&str, &str)] = &[
    (
        "metric = \"p96\"\nwarning = \"1s\"",
        "14: error: unknown metric \"p96\" of a [[alert]]\n  mend: did you mean \"p95\"?",
    ),
    (
        "warning = \"1s\"",
        "12: error: a [[alert]] has no metric\n  mend: add metric = \"p95\"",
    ),
    (
        "metric = \"p95\"",
        "12: error: alert \"x\" has neither warning nor critical\n  mend: add from where on it is bad",
    ),
    (
        "metric = \"p95\"\nwarning = \"2s\"\ncritical = \"1s\"",
        "16: error: critical of alert \"x\" is not above its warning\n  \
         mend: raise critical, or lower warning",
    ),
    (
        "metric = \"hit_rate\"\nwarning = 0.5\ncritical = 0.7",
        "16: error: critical of alert \"x\" is not below its warning\n  \
         mend: lower critical, or raise warning",
    ),
    (
        "metric = \"hit_rate\"\nwarning = 70",
        "15: error: warning = 70 of a [[alert]] is out of range\n  \
         mend: write a number from 0 to 1, such as 0.05",
    ),
    (
        "metric = \"p95\"\nwarning = 100",
        "15: error: warning of a [[alert]] must be a duration in quotes, not an integer\n  \
         mend: did you mean warning = \"100s\"?",
    ),
    (
        "metric = \"p95\"\nwarning = \"1s\"\nroute = \"GET /c\"",
        "16: error: a [[alert]] watches an unknown route \"GET /c\"\n  mend: did you mean \"GET /b\"?",
    ),
    (
        "metric = \"p95\"\nwarning = \"1s\"\nroute = \"/a/{id}\"",
        "16: error: several routes have the path \"/a/{id}\"\n  mend: write the method too: \"GET /…\"",
    ),
    (
        "metric = \"database\"\nwarning = \"1s\"\nroute = \"/b\"",
        "16: error: database is not measured by route\n  mend: leave route out",
    ),
    (
        "metric = \"p95\"\nwarning = \"1s\"\nover = \"5s\"",
        "16: error: over of a [[alert]] is no span that can be looked back over\n  \
         mend: write \"1m\" to \"30d\", such as \"5m\"",
    ),
    (
        "metric = \"p95\"\nwarning = \"1s\"\nfor = \"2d\"",
        "16: error: for of a [[alert]] is longer than a day\n  mend: write \"1d\" at most, such as \"5m\"",
    ),
    (
        "metric = \"p95\"\nwarning = \"1s\"\nfor = \"30s\"",
        "16: warning: for of alert \"x\" is less than a minute, and alerts are evaluated each minute\n  \
         mend: write \"0s\", or \"1m\" at least",
    ),
    (
        "metric = \"p95\"\nwarning = \"1s\"\non_fire = \"stretch\"",
        "16: error: unknown value \"stretch\" for on_fire of a [[alert]]\n  \
         mend: there is only \"stretch-ttl\"",
    ),
    (
        "off = true",
        "12: error: alert \"x\" is switched off, but is no built-in one\n  mend: remove it",
    ),
    (
        "metric = \"p95\"\nwarnin = \"1s\"",
        "12: error: alert \"x\" has neither warning nor critical\n  mend: add from where on it is bad\n\
         forebay.toml:15: error: unknown field \"warnin\" in a [[alert]]\n  mend: did you mean \"warning\"?",
    ),
];

#[test]
fn mistakes_of_alerts() {
    for (fields, expected) in MISTAKES {
        let snippet = format!("[[alert]]\nname = \"x\"\n{fields}\n");
        let found = match compile(&sources(&snippet)) {
            Ok(compiled) => compiled.warnings,
            Err(found) => found,
        };
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            found.join("\n"),
            format!("forebay.toml:{expected}"),
            "{snippet}"
        );
    }
}

#[test]
fn mistakes_of_names() {
    let bounds = "metric = \"p95\"\nwarning = \"1s\"\n";
    check(
        &format!(
            "[[alert]]\nname = \"x\"\n{bounds}[[objective]]\nname = \"x\"\ntarget = 0.999\nof = \"errors\"\n"
        ),
        &[
            "forebay.toml:17: error: there are two alerts of the name \"x\"\n  \
           mend: silences and messages name an alert: give each its own name",
        ],
    );
    check(
        &format!("[[alert]]\nname = \"x y\"\n{bounds}"),
        &[
            "forebay.toml:13: error: bad name \"x y\" of a [[alert]]\n  \
           mend: write 1 to 64 letters, digits, - and _",
        ],
    );
    check(
        "[[objective]]\nname = \"errors\"\ntarget = 0.999\nof = \"errors\"\n",
        &[
            "forebay.toml:12: error: objective \"errors\" has the name of a built-in alert\n  \
           mend: choose another name",
        ],
    );
    check(
        "[[alert]]\nname = \"errors\"\nmetric = \"p95\"\nwarning = \"1s\"\n",
        &[
            "forebay.toml:14: error: the built-in alert \"errors\" watches error_rate\n  \
           mend: leave metric out, or choose another name",
        ],
    );
}

#[test]
fn mistakes_of_objectives() {
    const FORMS: &str = "write of = \"errors\" or of = { slower_than = \"100ms\" }";
    let window = |rest: &str| format!("target = 0.999\nof = \"errors\"\nwindows = [{rest}]");
    for (fields, expected) in [
        ("of = \"errors\"".to_owned(), "12: error: a [[objective]] has no target\n  mend: add target = 0.999".to_owned()),
        (
            "target = 1.0\nof = \"errors\"".to_owned(),
            "14: error: the target of a [[objective]] leaves no request to be good, or none to be bad\n  \
             mend: write a share of the requests that is less than 1, such as 0.999"
                .to_owned(),
        ),
        ("target = 0.999".to_owned(), format!("12: error: a [[objective]] has no of\n  mend: {FORMS}")),
        (
            "target = 0.999\nof = \"slowness\"".to_owned(),
            format!("15: error: unknown value \"slowness\" for of of a [[objective]]\n  mend: {FORMS}"),
        ),
        (
            "target = 0.9\nof = \"errors\"".to_owned(),
            "14: error: objective \"x\" never fires at factor 14.4: if every request is bad, its budget burns 10 times too fast\n  \
             mend: raise target, or lower the factor in windows"
                .to_owned(),
        ),
        (
            window("{ long = \"1h\", short = \"1h\", factor = 2, level = \"warning\" }"),
            "16: error: short of a window is not shorter than its long\n  \
             mend: it tells that what long has seen goes on: a twelfth of it is usual"
                .to_owned(),
        ),
        (
            window("{ long = \"1h\", short = \"5m\", factor = 2, level = \"page\" }"),
            "16: error: unknown value \"page\" for level of a window\n  \
             mend: use one of: \"critical\", \"warning\""
                .to_owned(),
        ),
        (
            window("{ long = \"1h\", short = \"5m\", level = \"warning\" }"),
            "16: error: a window has no factor\n  mend: give long, short, factor and level".to_owned(),
        ),
        (
            window(""),
            "16: error: windows of a [[objective]] lists none\n  \
             mend: write [{ long = \"1h\", short = \"5m\", factor = 14.4, level = \"critical\" }], or leave it out"
                .to_owned(),
        ),
    ] {
        let snippet = format!("[[objective]]\nname = \"x\"\n{fields}\n");
        check(&snippet, &[&format!("forebay.toml:{expected}")]);
    }
}
