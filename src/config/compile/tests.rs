//! Every check: a snippet, and the message that it must bring about, with its line.

use super::*;
use crate::config::site::Record;
use std::time::Duration;

mod origins;

/// Lines 1–5 of every test's site file; a snippet begins on line 6.
const BASE: &str = "\
[site]
name = \"test\"
[database.main]
binding = \"DB\"
# The snippet follows.
";

/// A route that is right and uses `item`, for snippets about something else.
const ROUTE: &str = "
[[route]]
match = \"GET /items/{id}\"
source = { query = \"item\" }
";

const QUERIES: [(&str, &str); 13] = [
    (
        "item",
        "-- returns: one\nselect title from items\nwhere id = :id::bigint\n",
    ),
    (
        "items",
        "-- returns: many\nselect title from items where kind = :kind::text\n",
    ),
    ("all_items", "-- returns: many\nselect title from items\n"),
    (
        "random_item",
        "-- returns: many\nselect title from items order by random()\n",
    ),
    (
        "add_item",
        "-- returns: one\ninsert into items (title) values (:title::text) returning id\n",
    ),
    (
        "export_items",
        "-- returns: stream\nselect title from items\n",
    ),
    (
        "lost_item",
        "-- returns: many\n-- database: replica\nselect title from items\n",
    ),
    (
        "touch_items",
        "-- returns: exec\nupdate items set seen = true\n",
    ),
    (
        "any_item",
        "-- returns: one\n-- batch: id\nselect id from items where id = any(:id::bigint[])\n",
    ),
    (
        "lagging_item",
        "-- returns: one\n-- read from: replica\nselect id from items where id = :id::bigint\n",
    ),
    (
        "read_copy",
        "-- returns: many\n-- database: copy\nselect title from items\n",
    ),
    (
        "pour_items",
        "-- returns: stream\ninsert into items (title) values (:title::text) returning id\n",
    ),
    (
        "write_copy",
        "-- returns: exec\n-- database: copy\ndelete from items where id = :id::bigint\n",
    ),
];

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

/// A site of the base, the snippet, and those queries that the snippet names.
fn sources(snippet: &str) -> Sources {
    let named = |name: &str| snippet.contains(&format!("\"{name}\""));
    let queries = QUERIES.iter().filter(|(name, _)| named(name));
    Sources {
        config: file("forebay.toml", &format!("{BASE}{snippet}")),
        queries_dir: "queries".to_owned(),
        queries: Some(
            queries
                .map(|(name, text)| file(&format!("queries/{name}.sql"), text))
                .collect(),
        ),
        described: DescribedFile::Absent,
    }
}

/// Everything found, but for the warning that no database was asked.
fn found(sources: &Sources) -> Vec<String> {
    let found = match compile(sources) {
        Ok(compiled) => compiled.warnings,
        Err(found) => found,
    };
    let texts = found.iter().map(ToString::to_string);
    texts
        .filter(|text| !text.contains("never checked against a database"))
        .collect()
}

/// The snippet brings about just these, each as it is printed.
#[track_caller]
fn check(snippet: &str, expected: &[&str]) {
    assert_eq!(found(&sources(snippet)), expected, "{snippet}");
}

/// A route on line 6 with a source and further fields; the first field is on line 9.
fn route(pattern: &str, source: &str, fields: &str) -> String {
    format!("[[route]]\nmatch = \"{pattern}\"\nsource = {source}\n{fields}\n")
}

#[test]
fn a_right_site_has_nothing_to_say() {
    check(
        &format!("[tier]\npitch = {{ ttl = \"15m\" }}{ROUTE}tier = \"pitch\"\n"),
        &[],
    );
}

#[test]
fn unknown_fields() {
    check(
        &format!("{ROUTE}teir = \"x\""),
        &[
            "forebay.toml:10: error: unknown field \"teir\" in a [[route]]\n  \
           mend: did you mean \"tier\"?",
        ],
    );
    check(
        &format!("[limits]\nmemmory = \"1MiB\"{ROUTE}"),
        &[
            "forebay.toml:7: error: unknown field \"memmory\" in [limits]\n  \
           mend: did you mean \"memory\"?",
        ],
    );
    check(
        &format!("[tiers]{ROUTE}"),
        &[
            "forebay.toml:6: error: unknown field \"tiers\" in forebay.toml\n  \
           mend: did you mean \"tier\"?",
        ],
    );
    check(
        &format!("[log]\nwhatever = 1{ROUTE}"),
        &[
            "forebay.toml:7: error: unknown field \"whatever\" in [log]\n  \
           mend: use one of: \"prefix\", \"requests\"",
        ],
    );
}

/// A tier of these fields, on line 7, in a site that uses it.
fn tier(fields: &str) -> String {
    format!("[tier]\npitch = {{ {fields} }}{ROUTE}tier = \"pitch\"\n")
}

#[test]
fn refreshes_ahead_and_soft_limits() {
    check(
        &tier("ttl = \"15m\", eager = 0.8, soft_timeout = \"200ms\""),
        &[],
    );
    let range = "mend: write a part of ttl from 0.5 to 0.999, such as eager = 0.8, or remove it";
    for eager in ["0.499", "1.0", "-0.8", "nan", "inf", "8e9"] {
        let out =
            format!("forebay.toml:7: error: eager of tier \"pitch\" is out of range\n  {range}");
        check(&tier(&format!("ttl = \"15m\", eager = {eager}")), &[&out]);
    }
    let text = format!(
        "forebay.toml:7: error: eager of tier \"pitch\" must be a part of one, not a string\n  {range}"
    );
    check(&tier("ttl = \"15m\", eager = \"80%\""), &[&text]);
    check(
        &tier("ttl = \"0s\", eager = 0.8"),
        &[
            "forebay.toml:7: error: tier \"pitch\" has eager with ttl = \"0s\": no answer is fresh \
             long enough to age\n  mend: give it a ttl, or remove eager",
        ],
    );
    check(
        &tier("ttl = \"1m\", soft_timeout = \"0s\""),
        &[
            "forebay.toml:7: error: soft_timeout of tier \"pitch\" is zero: the source could never \
             answer in time\n  mend: raise it, or raise swr, which waits for nothing",
        ],
    );
    check(
        &tier("ttl = \"1m\", soft_timeout = \"15s\""),
        &[
            "forebay.toml:7: error: soft_timeout = \"15s\" of tier \"pitch\" is not under \
             fill_timeout, \"15s\"\n  mend: lower it, or raise fill_timeout of [shield]",
        ],
    );
    check(
        &tier("ttl = \"1m\", swr = \"1h\", soft_timeout = \"1s\""),
        &[
            "forebay.toml:7: warning: soft_timeout of tier \"pitch\" never acts: sie is no longer \
             than swr\n  mend: raise sie, which is how long a stale answer may stand in, or remove \
             soft_timeout",
        ],
    );
}

#[test]
fn the_bounds_of_fills() {
    let right = "[shield]\nwait_timeout = \"2s\"\nlease = \"3s\"\nfills_max = 9\nwaiters_max = 8";
    let compiled = compile(&sources(&format!("{right}{ROUTE}"))).unwrap();
    let shield = compiled.site.shield;
    assert_eq!(shield.wait_timeout.as_secs(), 2);
    assert_eq!(
        (shield.lease.as_secs(), shield.fills_max, shield.waiters_max),
        (3, 9, 8)
    );
    let short = compile(&sources(&format!("[shield]\nfill_timeout = \"5s\"{ROUTE}"))).unwrap();
    let shield = short.site.shield;
    assert_eq!(
        (shield.wait_timeout, shield.lease),
        (shield.fill_timeout, shield.fill_timeout)
    );
    for name in ["lease", "wait_timeout"] {
        let warning = format!(
            "forebay.toml:7: warning: {name} = \"16s\" of [shield] never acts: every fill ends after \
             \"15s\"\n  mend: lower it, raise fill_timeout, or remove it"
        );
        check(&format!("[shield]\n{name} = \"16s\"{ROUTE}"), &[&warning]);
    }
    let cut = |long: &str, short: &str| {
        format!(
            "forebay.toml:3: warning: query_timeout = \"{long}\" of database \"main\" never acts on \
             cached queries: every fill ends after \"{short}\", and the breaker does not hear why\n  \
             mend: lower it, or raise fill_timeout of [shield]"
        )
    };
    let cached = format!("{ROUTE}tier = \"t\"\n[tier]\nt = {{ ttl = \"1m\" }}\n");
    let limited = |to: &str, route: &str| format!("[shield]\nfill_timeout = \"{to}\"{route}");
    check(&limited("10s", &cached), &[&cut("10s", "10s")]);
    check(&limited("11s", &cached), &[]);
    // Without a tier there is no fill.
    check(&limited("5s", ROUTE), &[]);
    check(
        &format!("[shield]\nwaiters_max = 0{ROUTE}"),
        &[
            "forebay.toml:7: error: waiters_max = 0 of [shield] is out of range\n  \
             mend: write a number from 1 to 65535",
        ],
    );
}

#[test]
fn fallbacks() {
    let with = |fields: &str| format!("{ROUTE}fallback = {{ {fields} }}");
    let right = compile(&sources(&with("body = \"[]\""))).unwrap();
    let fallback = right.site.routes[0].fallback.clone().unwrap();
    assert_eq!(
        (
            fallback.status,
            fallback.content_type.as_str(),
            fallback.body.as_str()
        ),
        (200, "application/json", "[]")
    );
    for (fields, problem) in [
        (
            "status = 200",
            "fallback has no body\n  mend: add body = \"{}\"",
        ),
        (
            "body = \"x\", status = 199",
            "status = 199 of fallback is out of range\n  mend: write a number from 200 to 599",
        ),
        (
            "body = \"x\", status = 204",
            "status = 204 of fallback is one without a body\n  \
             mend: write another, such as 200 or 503",
        ),
        (
            "body = \"x\", content_type = \"json\"",
            "content_type of fallback is no media type: \"json\"\n  \
             mend: write one such as \"application/json\"",
        ),
        (
            "body = \"x\", content_type = \"a/b\\n\"",
            "content_type of fallback is no media type: \"a/b\\n\"\n  \
             mend: write one such as \"application/json\"",
        ),
        (
            "bodi = \"x\", body = \"y\"",
            "unknown field \"bodi\" in fallback\n  mend: did you mean \"body\"?",
        ),
    ] {
        check(
            &with(fields),
            &[&format!("forebay.toml:10: error: {problem}")],
        );
    }
    let long = "x".repeat(64 * 1024 + 1);
    check(
        &with(&format!("body = \"{long}\"")),
        &[
            "forebay.toml:10: error: body of fallback has more than 64KiB\n  \
             mend: write a shorter one; it is part of the site",
        ],
    );
}

#[test]
fn fallbacks_are_for_reads() {
    let told = "mend: remove fallback from the route";
    for (pattern, source, why) in [
        ("GET /a", "{ assets = true }", "assets do not fail"),
        (
            "POST /a/{id}",
            "{ query = \"item\" }",
            "only GET and HEAD are answered by it",
        ),
        (
            "POST /a",
            "{ query = \"touch_items\" }",
            "a write that failed must be told",
        ),
    ] {
        let other = route(pattern, source, "fallback = { body = \"x\" }");
        let error = format!("\"{pattern}\" cannot have a fallback: {why}\n  {told}");
        check(
            &format!("{ROUTE}{other}"),
            &[&format!("forebay.toml:13: error: {error}")],
        );
    }
}

#[test]
fn durations_and_sizes() {
    check(
        &format!("[shield]\nfill_timeout = \"5 minutes\"{ROUTE}"),
        &[
            "forebay.toml:7: error: bad duration \"5 minutes\" for fill_timeout of [shield]\n  \
           mend: write a whole number and a unit: \"100ms\", \"30s\", \"15m\", \"1h\" or \"7d\", \
           a year at most",
        ],
    );
    check(
        &format!("[shield]\nfill_timeout = 30{ROUTE}"),
        &[
            "forebay.toml:7: error: fill_timeout of [shield] must be a duration in quotes, not an \
           integer\n  mend: did you mean fill_timeout = \"30s\"?",
        ],
    );
    check(
        &format!("[shield]\nfill_timeout = \"61m\"{ROUTE}"),
        &[
            "forebay.toml:7: error: fill_timeout of [shield] is longer than an hour\n  \
           mend: write \"1h\" at most",
        ],
    );
    check(
        &format!("[shield]\nfill_timeout = \"0s\"{ROUTE}"),
        &[
            "forebay.toml:7: error: fill_timeout of [shield] is zero: everything would time out\n  \
           mend: remove it, or write a whole number and a unit: \"100ms\", \"30s\", \"15m\", \
           \"1h\" or \"7d\"",
        ],
    );
    check(
        &format!("[limits]\nmemory = \"32MB\"{ROUTE}"),
        &[
            "forebay.toml:7: error: bad size \"32MB\" for memory of [limits]\n  mend: write a whole \
           number and a unit: \"512B\", \"64KiB\", \"32MiB\" or \"1GiB\"",
        ],
    );
    check(
        &format!("[limits]\nstored_body = \"25MiB\"{ROUTE}"),
        &[
            "forebay.toml:7: error: stored_body = \"25MiB\" of [limits] is out of range\n  \
           mend: write a size from 1KiB to 24MiB",
        ],
    );
}

#[test]
fn wrong_types() {
    check(
        &format!("[shield]\nshards = \"8\"{ROUTE}"),
        &["forebay.toml:7: error: shards of [shield] is a string\n  mend: write a whole number"],
    );
    check(
        &format!("[shield]\nshards = 257{ROUTE}"),
        &[
            "forebay.toml:7: error: shards = 257 of [shield] is out of range\n  \
           mend: write a number from 1 to 256",
        ],
    );
    check(
        &format!("{ROUTE}tags = \"x\""),
        &[
            "forebay.toml:10: error: tags of a [[route]] is a string\n  \
           mend: write a list of strings, [\"…\", \"…\"]",
        ],
    );
    assert!(
        found(&sources("[site2]\n[route]\nmatch = 1")).contains(
            &"forebay.toml:7: error: route of forebay.toml is a table\n  \
              mend: write a list: [[route]]"
                .to_owned()
        )
    );
}

#[test]
fn tiers() {
    let tier = |fields: &str| {
        let route = ROUTE.replace("\n[[", "[[");
        format!("[tier]\npitch = {{ {fields} }}\n{route}tier = \"pitch\"\n")
    };
    let check = |fields: &str, expected: &[&str]| check(&tier(fields), expected);
    check(
        "swr = \"1m\"",
        &[
            "forebay.toml:7: error: tier \"pitch\" has swr without ttl: answers are never fresh, so \
           never stale\n  mend: add ttl, how long an answer is fresh, such as ttl = \"5m\"",
        ],
    );
    check(
        "private = false",
        &["forebay.toml:7: error: tier \"pitch\" has no ttl\n  \
           mend: add ttl, how long an answer is fresh, such as ttl = \"5m\""],
    );
    check(
        "ttl = \"0s\", swr = \"1m\"",
        &[
            "forebay.toml:7: error: tier \"pitch\" has swr with ttl = \"0s\": nothing is ever stored \
           to serve stale\n  mend: give it a ttl, such as \"1s\", or remove swr",
        ],
    );
    check(
        "ttl = \"59s\", layers = [\"memory\", \"global\"]",
        &[
            "forebay.toml:7: error: tier \"pitch\" lists the layer \"global\" with a ttl of 59s: KV \
           keeps nothing under 60s\n  mend: raise ttl to \"60s\" or more, or write layers = \
           [\"memory\", \"colo\"]",
        ],
    );
    check("ttl = \"59s\"", &[]);
    check("ttl = \"60s\", layers = [\"global\"]", &[]);
    check(
        "ttl = \"5m\", layers = [\"memry\"]",
        &[
            "forebay.toml:7: error: unknown layer \"memry\" in tier \"pitch\"\n  \
           mend: did you mean \"memory\"?",
        ],
    );
    check(
        "ttl = \"5m\", layers = []",
        &["forebay.toml:7: error: tier \"pitch\" lists no layer\n  \
           mend: list one at least, or remove the tier from the routes that use it"],
    );
    check(
        "ttl = \"5s\", negative = \"1m\"",
        &[
            "forebay.toml:7: warning: negative = \"1m\" of tier \"pitch\" is longer than its ttl, and \
           is cut to \"5s\"\n  mend: a 404 is kept no longer than an answer: lower negative, or \
           raise ttl",
        ],
    );
}

#[test]
fn private_tiers() {
    let tier = |tier: &str, fields: &str| {
        let route = ROUTE.replace("\n[[", "[[");
        format!("[tier]\nphi = {{ {tier} }}\n{route}tier = \"phi\"\n{fields}\n")
    };
    check(
        &tier("ttl = \"5m\", private = true", "auth = \"token\""),
        &[],
    );
    check(
        &tier("ttl = \"5m\"", "auth = \"token\""),
        &[
            "forebay.toml:11: error: \"GET /items/{id}\" is private (auth = \"token\"), but tier \
           \"phi\" is public\n  mend: give the route a tier with private = true, or remove auth",
        ],
    );
    check(
        &tier("ttl = \"5m\", private = true", ""),
        &[
            "forebay.toml:11: warning: \"GET /items/{id}\" has the private tier \"phi\", but anyone \
           may ask\n  mend: add auth = \"token\" to the route, or give it a public tier",
        ],
    );
    check(
        &tier(
            "ttl = \"5m\", private = true, layers = [\"memory\", \"colo\"]",
            "auth = \"token\"",
        ),
        &[
            "forebay.toml:7: error: tier \"phi\" is private, but lists a layer that outlives the \
           isolate\n  mend: private answers stay in memory: write layers = [\"memory\"], or remove \
           layers",
        ],
    );
    let compiled = compile(&sources(&tier(
        "ttl = \"5m\", private = true",
        "auth = \"token\"",
    )));
    let tier = compiled.unwrap().site.routes[0].tier.clone().unwrap();
    assert_eq!(tier.layers, crate::policy::Layers::MEMORY);
}

#[test]
fn databases_and_origins() {
    check(
        &format!("[database.other]{ROUTE}"),
        &[
            "forebay.toml:6: error: database \"other\" has no binding\n  \
           mend: add binding = \"DB\", a Hyperdrive binding",
            "forebay.toml:6: warning: database \"other\" is not used\n  \
           mend: name it in a query with -- database: …, or remove it",
        ],
    );
    check(
        &route("GET /", "{ query = \"lost_item\" }", ""),
        &[
            "forebay.toml:3: warning: database \"main\" is not used\n  \
           mend: name it in a query with -- database: …, or remove it",
            "queries/lost_item.sql:2: error: unknown database \"replica\" of query \"lost_item\"\n  \
           mend: there is only \"main\"",
        ],
    );
    let origin = |url: &str| {
        format!(
            "[origin.app]\nurl = \"{url}\"\n[[route]]\nmatch = \"* /\"\n\
                 source = {{ origin = \"app\" }}\n[database.main2]\n"
        )
    };
    for (url, why) in [
        (
            "https://h/path",
            "it holds a path; a route passes on the request's own path",
        ),
        ("https://h?a=1", "it holds a query or a fragment"),
        ("ftp://h", "only http and https are spoken"),
        (
            "https://u:p@h",
            "it holds a user name or a password, which do not belong into this file",
        ),
        ("h", "relative URL without a base"),
    ] {
        let expected = format!("forebay.toml:7: error: bad origin url \"{url}\": {why}\n");
        let found = found(&sources(&origin(url)));
        assert!(
            found.iter().any(|text| text.starts_with(&expected)),
            "{found:#?}"
        );
    }
}

#[test]
fn cors_and_log_and_shield() {
    check(
        &format!("[cors]\norigins = [\"*\"]\ncredentials = true{ROUTE}"),
        &[
            "forebay.toml:7: error: [cors] allows \"*\" with credentials: any page could act as the \
           user\n  mend: list the origins by name, or remove credentials = true",
        ],
    );
    for origin in ["https://h/", "https://h/p", "h", "null", "https://u@h"] {
        check(
            &format!("[cors]\norigins = [\"{origin}\"]{ROUTE}"),
            &[&format!(
                "forebay.toml:7: error: bad origin \"{origin}\" in [cors]\n  mend: write \
                 scheme://host[:port] and no path or last slash, such as \"https://app.example.com\""
            )],
        );
    }
    check(
        &format!("[cors]\nmax_age = \"1m\"{ROUTE}"),
        &[
            "forebay.toml:6: error: [cors] lists no origins\n  mend: add origins = \
           [\"https://app.example.com\"], or [\"*\"], or remove [cors]",
        ],
    );
    check(
        &format!("[log]\nrequests = \"mises\"{ROUTE}"),
        &[
            "forebay.toml:7: error: unknown value \"mises\" for requests of [log]\n  \
           mend: did you mean \"misses\"?",
        ],
    );
    check(
        &format!("[shield]\nlocation_hint = \"wuer\"{ROUTE}"),
        &["forebay.toml:7: error: unknown location_hint \"wuer\"\n  mend: did you mean \"weur\"?"],
    );
}

#[test]
fn metrics_are_measured_unless_the_site_says_otherwise() {
    check(
        &format!("[metrics]\nrecord = \"nothign\"\nflush = \"30s\"\nobjects = 0{ROUTE}"),
        &[
            "forebay.toml:7: error: unknown value \"nothign\" for record of [metrics]\n  \
           mend: did you mean \"nothing\"?",
            "forebay.toml:8: error: flush = \"30s\" of [metrics] is out of bounds\n  \
           mend: write \"1s\" to \"20s\"",
            "forebay.toml:9: error: objects = 0 of [metrics] is out of range\n  \
           mend: write a number from 1 to 64",
        ],
    );
    let metering = |snippet: &str| compile(&sources(snippet)).unwrap().site.metrics;
    let usual = metering(ROUTE);
    assert_eq!((usual.record, usual.objects), (Record::All, 1));
    assert_eq!(usual.flush, Duration::from_secs(10));
    let own = metering(&format!(
        "[metrics]\nrecord = \"nothing\"\nflush = \"2s\"\nobjects = 4{ROUTE}"
    ));
    assert_eq!((own.record, own.objects), (Record::Nothing, 4));
    assert_eq!(own.flush, Duration::from_secs(2));
}

#[test]
fn names_that_are_not_there() {
    check(
        &format!("[tier.pitch]\nttl = \"1h\"{ROUTE}tier = \"pich\"\n"),
        &["forebay.toml:11: error: unknown tier \"pich\"\n  mend: did you mean \"pitch\"?"],
    );
    check(
        &(route("GET /a/{id}", "{ query = \"itm\" }", "")
            + &route("GET /b/{id}", "{ query = \"item\" }", "")),
        &["forebay.toml:8: error: unknown query \"itm\"\n  mend: did you mean \"item\"?"],
    );
    check(
        &(route("GET /a", "{ origin = \"app\" }", "") + ROUTE),
        &["forebay.toml:8: error: unknown origin \"app\"\n  \
           mend: there is no origin yet: add one, or remove this"],
    );
    check(
        &(ROUTE.to_owned() + "auth = \"tokn\""),
        &["forebay.toml:10: error: unknown auth \"tokn\"\n  mend: did you mean \"token\"?"],
    );
}

/// The base's database with further fields, which begin on line 5, and the route.
#[track_caller]
fn check_database(fields: &str, expected: &[&str]) {
    let mut sources = sources(ROUTE);
    sources.config.text = sources
        .config
        .text
        .replace("# The snippet follows.", fields);
    assert_eq!(found(&sources), expected, "{fields}");
}

#[test]
fn what_protects_a_database() {
    check_database(
        "pool_min = 2\npool_max = 9\npool_idle = \"5m\"\npool_lifetime = \"1h\"\n\
         pool_uses = 50\nretry = { attempts = 3, backoff = \"10ms\", budget = 0.25 }\n\
         breaker = { failures = 9, window = \"1m\", open = \"5s\", slow = \"1s\", probes = 2 }",
        &[],
    );
    check_database(
        "pool_min = 6",
        &[
            "forebay.toml:5: error: pool_min of database \"main\" is more than pool_max, 5\n  \
           mend: write 5 at most, or a larger pool_max",
        ],
    );
    check_database(
        "pool_idle = \"0s\"",
        &[
            "forebay.toml:5: error: pool_idle of database \"main\" is zero\n  \
           mend: remove it, or write a whole number and a unit: \"100ms\", \"30s\", \"15m\", \
           \"1h\" or \"7d\"",
        ],
    );
    check_database(
        "breaker = { failure = 5 }",
        &[
            "forebay.toml:5: error: unknown field \"failure\" in breaker of database \"main\"\n  \
           mend: did you mean \"failures\"?",
        ],
    );
    check_database(
        "query_timeout = \"3s\"\nbreaker = { slow = \"3s\", probes = 0 }",
        &[
            "forebay.toml:6: error: probes = 0 of breaker of database \"main\" is out of range\n  \
             mend: write a number from 1 to 100",
            "forebay.toml:6: warning: slow is not less than query_timeout, so that no call can be \
             slow\n  mend: write a shorter time, or leave it out",
        ],
    );
    check_database(
        "retry = { budget = 1.5, attempts = 0 }",
        &[
            "forebay.toml:5: error: attempts = 0 of retry of database \"main\" is out of range\n  \
             mend: write a number from 1 to 10",
            "forebay.toml:5: error: budget = 1.5 of retry of database \"main\" is out of range\n  \
             mend: write a number from 0 to 1, such as 0.1",
        ],
    );
    check_database(
        "retry = { budget = \"10%\" }",
        &[
            "forebay.toml:5: error: budget of retry of database \"main\" is a string\n  \
           mend: write a number from 0 to 1",
        ],
    );
}

#[test]
fn what_is_not_said_of_protection_has_defaults() {
    let site = compile(&sources(ROUTE)).unwrap().site;
    let main = site.database("main").unwrap();
    assert_eq!(main.pool, crate::source::pool::Settings::default());
    assert_eq!(main.retry, crate::source::retry::Settings::default());
    assert_eq!(main.breaker.failures, 5);
    // Half of the query timeout.
    assert_eq!(main.breaker.slow, Some(std::time::Duration::from_secs(5)));
    let mut changed = sources(ROUTE);
    let fields = "retry = { budget = 0.25 }\nbreaker = {}\nquery_timeout = \"60s\"";
    changed.config.text = changed
        .config
        .text
        .replace("# The snippet follows.", fields);
    let site = compile(&changed).unwrap().site;
    let main = site.database("main").unwrap();
    assert_eq!(main.retry.budget_permille, 250);
    assert_eq!(main.breaker.slow, Some(std::time::Duration::from_secs(30)));
}

#[test]
fn replicas() {
    let copy = |fields: &str| format!("[database.copy]\nbinding = \"DB_READ\"\n{fields}\n{ROUTE}");
    check(&copy("replica_of = \"main\"\nlag_max = \"1s\""), &[]);
    let site = compile(&sources(&copy("replica_of = \"main\"")))
        .unwrap()
        .site;
    let found = site.replica_of("main").unwrap();
    assert_eq!(found.name, "copy");
    let lag_max = found.replica.as_ref().unwrap().lag_max;
    assert_eq!(lag_max, std::time::Duration::from_secs(2));
    check(
        &copy("replica_of = \"mian\""),
        &[
            "forebay.toml:6: warning: database \"copy\" is not used\n  \
             mend: name it in a query with -- database: …, or remove it",
            "forebay.toml:8: error: unknown database \"mian\"\n  \
             mend: did you mean \"main\"?",
        ],
    );
    check(
        &copy("replica_of = \"copy\""),
        &[
            "forebay.toml:6: warning: database \"copy\" is not used\n  \
             mend: name it in a query with -- database: …, or remove it",
            "forebay.toml:8: error: bad replica_of of database \"copy\": it cannot follow itself\n  \
             mend: name its primary",
        ],
    );
    check(
        &copy("replica_of = \"main\"\n[database.copy2]\nbinding = \"C\"\nreplica_of = \"main\""),
        &[
            "forebay.toml:9: warning: database \"copy2\" is not used\n  \
             mend: name it in a query with -- database: …, or remove it",
            "forebay.toml:11: error: bad replica_of of database \"copy2\": \"main\" has a replica \
             already\n  mend: remove one, and put the servers behind one Hyperdrive binding",
        ],
    );
    check(
        &copy("lag_max = \"2s\""),
        &[
            "forebay.toml:6: warning: database \"copy\" is not used\n  \
             mend: name it in a query with -- database: …, or remove it",
            "forebay.toml:8: error: database \"copy\" has a lag_max, but is no replica\n  \
             mend: add replica_of = \"main\", or remove it",
        ],
    );
}

#[test]
fn queries_of_replicas() {
    let replica = "[database.copy]\nbinding = \"DB_READ\"\nreplica_of = \"main\"\n";
    let lagging = route("GET /items/{id}", "{ query = \"lagging_item\" }", "");
    check(&format!("{replica}{lagging}"), &[]);
    check(
        &lagging,
        &[
            "queries/lagging_item.sql:2: error: database \"main\" has no replica to read from\n  \
           mend: add a [database.…] with replica_of = \"main\", or remove the line",
        ],
    );
    let reading = route("GET /copies", "{ query = \"read_copy\" }", "");
    check(&format!("{replica}{reading}{ROUTE}"), &[]);
    check(
        &format!("[purge]\noutbox = [\"copy\"]\n{replica}{ROUTE}"),
        &[
            "forebay.toml:7: error: outbox of [purge] lists \"copy\", a replica\n  \
           mend: list \"main\": its outbox is emptied, which writes",
        ],
    );
    let writing = route("DELETE /items/{id}", "{ query = \"write_copy\" }", "");
    check(
        &format!("{replica}{writing}{ROUTE}"),
        &[
            "queries/write_copy.sql:2: error: query \"write_copy\" writes, but \"copy\" is a replica\n  \
           mend: write -- database: main",
        ],
    );
}

#[test]
fn batches_of_routes() {
    let batched = |query: &str, fields: &str| {
        let source = format!("{{ query = \"{query}\" }}");
        route(
            "GET /items/{id}",
            &source,
            &format!("batch = {{ {fields} }}"),
        )
    };
    check(&batched("any_item", "window = \"5ms\", max = 50"), &[]);
    let site = compile(&sources(&batched("any_item", ""))).unwrap().site;
    let batch = site.routes[0].batch.clone().unwrap();
    assert_eq!((batch.window.as_millis(), batch.max), (10, 100));
    check(
        &batched("item", ""),
        &[
            "forebay.toml:9: error: \"GET /items/{id}\" cannot be batched: query \"item\" takes one \
           key\n  mend: write `-- batch: id` on top of queries/item.sql, and id = \
           any(:id::bigint[]) below, or remove batch from the route",
        ],
    );
    check(
        &batched("any_item", "window = \"2s\", max = 1001"),
        &[
            "forebay.toml:9: error: max = 1001 of batch is out of range\n  \
             mend: write a number from 1 to 1000",
            "forebay.toml:9: error: window of batch is longer than a second, which the first \
             request waits\n  mend: write \"10ms\", or \"1s\" at most",
        ],
    );
    let posted = route("POST /items/{id}", "{ query = \"any_item\" }", "batch = {}");
    check(
        &posted,
        &[
            "forebay.toml:9: error: \"POST /items/{id}\" cannot be batched: only GET can\n  \
           mend: remove batch from the route",
        ],
    );
    let assets = route("GET /{path...}", "{ assets = true }", "batch = {}");
    check(
        &format!("{assets}{ROUTE}"),
        &[
            "forebay.toml:9: error: \"GET /{path...}\" cannot be batched: only queries can\n  \
           mend: remove batch from the route",
        ],
    );
}

#[test]
fn what_nothing_names() {
    let mut with_more = sources(&format!("[origin.app]\nurl = \"https://h\"{ROUTE}"));
    with_more
        .queries
        .as_mut()
        .unwrap()
        .push(file("queries/spare.sql", QUERIES[2].1));
    assert_eq!(
        found(&with_more),
        [
            "forebay.toml:6: warning: origin \"app\" is not used\n  \
             mend: name it in a route's source, or remove it",
            "queries/spare.sql:1: warning: query \"spare\" is not used\n  \
             mend: name it in a route's source, or remove the file",
        ]
    );
}

#[test]
fn sources_of_routes() {
    let mend = "mend: write source = { query = \"…\" }, { origin = \"…\" } or { assets = true }";
    for (source, line, what) in [
        ("source = {}", 8, "the route's source names nothing"),
        (
            "source = { query = \"item\", assets = true }",
            8,
            "the route has more than one source",
        ),
        (
            "source = { assets = false }",
            8,
            "assets = false is no source",
        ),
        ("", 6, "the route has no source"),
    ] {
        let found = found(&sources(&format!(
            "[[route]]\nmatch = \"GET /{{id}}\"\n{source}\n{ROUTE}"
        )));
        let expected = format!("forebay.toml:{line}: error: {what}\n  {mend}");
        assert!(found.contains(&expected), "{found:#?}");
    }
    check(
        &format!("[[route]]\nsource = {{ assets = true }}{ROUTE}"),
        &["forebay.toml:6: error: a [[route]] has no match\n  \
           mend: add match = \"GET /api/items/{id}\""],
    );
    check(
        &(route("PUT /a", "{ assets = true }", "") + ROUTE),
        &[
            "forebay.toml:8: error: \"PUT /a\" cannot be answered from assets\n  \
           mend: match GET, which answers HEAD as well",
        ],
    );
}

#[test]
fn parameters_that_do_not_fit() {
    check(
        &route("GET /items", "{ query = \"item\" }", ""),
        &[
            "forebay.toml:8: error: query \"item\" takes :id, which nothing supplies\n  mend: add \
           \"id\" to the route's query = […] or {id} to its path, or remove :id from \
           queries/item.sql:3",
        ],
    );
    check(
        &route("GET /items", "{ query = \"item\" }", "query = [\"id\"]"),
        &[],
    );
    check(&route("POST /items", "{ query = \"add_item\" }", ""), &[]);
    check(
        &route(
            "GET /items/{di}",
            "{ query = \"item\" }",
            "query = [\"id\"]",
        ),
        &[
            "forebay.toml:7: error: query \"item\" does not use the path parameter {di}\n  \
           mend: did you mean \"id\"?",
        ],
    );
    check(
        &route(
            "GET /items/{id}",
            "{ query = \"item\" }",
            "query = [\"page\"]",
        ),
        &[
            "forebay.toml:9: error: query \"item\" does not use the parameter \"page\"\n  \
           mend: use :page in queries/item.sql, or remove it from the route",
        ],
    );
    check(
        &route(
            "GET /items/{id}",
            "{ query = \"item\" }",
            "query = [\"id\"]",
        ),
        &[
            "forebay.toml:9: error: query lists \"id\", which is a path parameter already\n  \
           mend: rename or remove one of them",
        ],
    );
    check(
        &route(
            "GET /items",
            "{ query = \"items\" }",
            "query = [\"kind\", \"kind\"]",
        ),
        &["forebay.toml:9: error: query lists \"kind\" twice\n  mend: remove one of them"],
    );
}

#[test]
fn ambiguous_and_reserved_routes() {
    check(
        &format!("{ROUTE}{ROUTE}"),
        &[
            "forebay.toml:12: error: ambiguous routes: \"GET /items/{id}\" matches what \"GET \
           /items/{id}\" on line 8 does\n  mend: remove one, or make them differ in method or in a \
           literal segment",
        ],
    );
    for path in [
        "/api/health",
        "/api/metrics",
        "/metrics",
        "/monitoring/x",
        "/debug/{id}",
        "/admin",
        "/dashboard",
        "/dashboard/{path...}",
        "/dashboard2",
    ] {
        let found = found(&sources(
            &(route(&format!("GET {path}"), "{ assets = true }", "") + ROUTE),
        ));
        let expected = format!(
            "forebay.toml:7: error: \"GET {path}\" is a reserved path: Forebay answers it itself\n"
        );
        assert!(
            found.iter().any(|text| text.starts_with(&expected)),
            "{path}: {found:#?}"
        );
    }
    for path in ["/{path...}", "/api/{any}", "/metrics/x", "/api/health/x"] {
        check(
            &(route(&format!("GET {path}"), "{ assets = true }", "") + ROUTE),
            &[],
        );
    }
}

#[test]
fn patterns_and_methods() {
    let found = found(&sources(
        &(route("GET items", "{ assets = true }", "") + ROUTE),
    ));
    assert!(
        found[0].starts_with("forebay.toml:7: error: bad match \"GET items\": "),
        "{found:#?}"
    );
    check(
        &(route("GTE /items", "{ query = \"all_items\" }", "")),
        &["forebay.toml:7: warning: unusual method GTE\n  mend: did you mean GET?"],
    );
}

#[test]
fn tiers_on_what_cannot_be_stored() {
    let check_why = |pattern: &str, source: &str, why: &str| {
        let text = route(pattern, source, "tier = \"t\"");
        let expected = format!(
            "forebay.toml:9: error: \"{pattern}\" cannot have tier \"t\": {why}\n  \
             mend: remove tier from the route"
        );
        let found = found(&sources(&format!("{text}[tier.t]\nttl = \"1m\"\n")));
        assert!(found.contains(&expected), "{found:#?}");
    };
    check_why(
        "GET /a",
        "{ query = \"random_item\" }",
        "query \"random_item\" (queries/random_item.sql) is volatile, it gives other rows each time",
    );
    check_why(
        "POST /a",
        "{ query = \"add_item\" }",
        "query \"add_item\" (queries/add_item.sql) writes",
    );
    check_why(
        "GET /a",
        "{ query = \"export_items\" }",
        "query \"export_items\" returns stream, which is not stored",
    );
    check_why(
        "POST /a",
        "{ query = \"all_items\" }",
        "only answers to GET are stored",
    );
    check_why(
        "* /a",
        "{ query = \"all_items\" }",
        "only answers to GET are stored",
    );
}

#[test]
fn a_get_that_writes() {
    for pattern in ["GET /a", "* /a"] {
        let found = found(&sources(&route(pattern, "{ query = \"touch_items\" }", "")));
        let expected = format!(
            "forebay.toml:8: error: \"{pattern}\" runs query \"touch_items\", which writes\n  mend: \
             match POST, PUT, PATCH or DELETE: browsers and crawlers send GET at will"
        );
        assert_eq!(found, [expected]);
    }
}

#[test]
fn purge_of_what_purges_nothing() {
    let purging = |pattern: &str, query: &str| {
        route(
            pattern,
            &format!("{{ query = \"{query}\" }}"),
            "purge = [\"all\"]",
        )
    };
    for (snippet, expected) in [
        (
            purging("GET /items/{id}", "item"),
            "has purge, but it does not write",
        ),
        (
            purging("POST /items", "pour_items"),
            "has purge, but its query returns stream",
        ),
    ] {
        let found = found(&sources(&snippet));
        let told = found.iter().any(|text| text.contains(expected));
        assert!(told, "{expected}: {found:?}");
    }
}

#[test]
fn tags() {
    let tag = |tag: &str| {
        route(
            "GET /items/{id}",
            "{ query = \"item\" }",
            &format!("tier = \"t\"\ntags = [\"{tag}\"]"),
        ) + "[tier.t]\nttl = \"1m\"\n"
    };
    check(&tag("item:{id}"), &[]);
    check(
        &tag("item:{di}"),
        &[
            "forebay.toml:10: error: bad tag \"item:{di}\": the route has no parameter {di}\n  \
           mend: did you mean \"id\"?",
        ],
    );
    for (bad, why) in [
        ("", "it is empty or longer than 128 bytes"),
        ("a b", "it holds white space, a comma or a star"),
        ("item:*", "it holds white space, a comma or a star"),
        ("item:{id", "its braces do not match"),
        ("item:id}", "its braces do not match"),
        ("item:{}", "its braces do not match"),
        (
            "table:x",
            "tags that begin with \"table:\" are made from the tables that are read",
        ),
        (
            "rows:{id}",
            "tags that begin with \"rows:\" are made from the tables that are read",
        ),
        (
            "/items/{id}",
            "tags that begin with \"/\" are made from the path of the answer",
        ),
        (
            "{id}",
            "it begins with a parameter, whose value may look like another tag",
        ),
    ] {
        check(
            &tag(bad),
            &[&format!(
                "forebay.toml:10: error: bad tag \"{bad}\": {why}\n  \
                 mend: write words and parameters, such as \"pitches\" or \"pitch:{{id}}\""
            )],
        );
    }
    check(
        &route("GET /items/{id}", "{ query = \"item\" }", "tags = [\"x\"]"),
        &[
            "forebay.toml:9: warning: the route has tags but no tier, so nothing is stored to tag\n  \
           mend: give the route a tier, or remove tags",
        ],
    );
}

#[test]
fn whole_files() {
    check(
        "",
        &[
            "forebay.toml:1: error: the site has no routes\n  \
                 mend: add [[route]] with match = \"GET /…\" and a source",
            "forebay.toml:3: warning: database \"main\" is not used\n  \
                 mend: name it in a query with -- database: …, or remove it",
        ],
    );

    let mut missing = sources(ROUTE);
    missing.queries = None;
    assert!(
        found(&missing).contains(
            &"forebay.toml:9: error: there is no directory queries, so no query \"item\"\n  \
          mend: make it, and write the query into queries/item.sql"
                .to_owned()
        ),
        "{:#?}",
        found(&missing)
    );

    let mut large = sources(ROUTE);
    large
        .config
        .text
        .push_str(&"#".repeat(queries::FILE_BYTES_MAX));
    assert_eq!(
        found(&large),
        ["forebay.toml: error: the file is larger than 1MiB\n  \
          mend: is it the right one? split it, or shorten it"]
    );

    let mut none = sources(ROUTE);
    none.config.text = none
        .config
        .text
        .replace("[database.main]\nbinding = \"DB\"\n", "");
    assert_eq!(
        found(&none),
        [
            "forebay.toml:1: error: there are queries, but no database\n  mend: add [database.main] \
          with binding = \"DB\", a Hyperdrive binding of wrangler.toml"
        ]
    );
}

/// A file of 1 MiB cannot hold so many, but the limit of files may change and ids are 16 bits wide.
#[test]
fn too_many_routes() {
    let text = "[[route]]\nmatch=\"GET /\"\nsource={assets=true}\n".repeat(65_536);
    let table = DeTable::parse(&text).unwrap();
    let mut reader = Reader::new("forebay.toml", &text);
    let mut root = Fields::new(table.get_ref(), "forebay.toml", 1);
    let mut ground = Ground {
        tiers: Names::new("tier"),
        queries: Names::new("query"),
        origins: Names::new("origin"),
        queries_missing: None,
    };
    let (routes, _) = routes::read(&mut root, &mut ground, &mut reader);
    assert!(routes.is_empty());
    assert_eq!(
        reader.into_found()[0].to_string(),
        "forebay.toml:1: error: the site has more than 65535 routes\n  \
         mend: match several paths by one route, with {parameters}"
    );
}

#[test]
fn too_many_queries() {
    let mut reader = Reader::new("forebay.toml", "");
    let mut queries = Names::new("query");
    for _ in 0..=u16::MAX {
        queries.add("spare", "queries/spare.sql", 1, None);
    }
    check_count(&queries, &mut reader);
    assert_eq!(
        reader.into_found()[0].to_string(),
        "forebay.toml:1: error: the site has more than 65535 queries\n  \
         mend: remove those that no route names"
    );
}

#[test]
fn toml_that_is_none_is_reported_with_its_lines() {
    let found = found(&sources(
        "[tier]\npitch = { ttl = 15m }\n[shield\n[log]\nrequests = \"all\"\nrequests = \"all\"\n",
    ));
    assert!(found.len() >= 2, "{found:#?}");
    assert!(
        found[0].starts_with("forebay.toml:7:17: error: this is no TOML: "),
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .any(|text| text.contains("forebay.toml:11:1: error:")),
        "{found:#?}"
    );
    let all = found.join("\n");
    for mend in [
        "put the value in quotes",
        "give the name once",
        "close it on the same line",
    ] {
        assert!(all.contains(mend), "{mend}: {all}");
    }
}

#[test]
fn every_error_is_reported_at_once() {
    let snippet = route(
        "GET /a/{x}",
        "{ query = \"item\" }",
        "tier = \"nope\"\nfoo = 1",
    ) + "[shield]\nshards = 0\n[tier.bad]\nttl = \"soon\"\n";
    let lines: Vec<String> = found(&sources(&snippet))
        .iter()
        .map(|text| text.split(": ").take(2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        lines,
        [
            "forebay.toml:7 error",
            "forebay.toml:8 error",
            "forebay.toml:9 error",
            "forebay.toml:10 error",
            "forebay.toml:12 error",
            "forebay.toml:13 warning",
            "forebay.toml:14 error",
        ]
    );
}

/// A site whose only query was described with `sql_sha256`; that of its real text when `None`.
fn described(sql_sha256: Option<&str>) -> Sources {
    let mut sources = sources(ROUTE);
    let (statements, _) = queries::compile(sources.queries.as_deref().unwrap());
    let rows = described::Rows {
        column: "id".to_owned(),
        param: "id".to_owned(),
        kind: "bigint".to_owned(),
        equal: described::Equal::Value,
    };
    let record = described::Record {
        sql_sha256: sql_sha256.map_or_else(|| described::sql_sha256(&statements[0]), str::to_owned),
        params: Vec::new(),
        columns: Vec::new(),
        tables: vec!["public.items".to_owned()],
        rows: [("public.items".to_owned(), vec![rows])].into(),
        kinds: std::collections::BTreeMap::new(),
    };
    let described = Described {
        queries: [("item".to_owned(), record)].into(),
    };
    sources.described = DescribedFile::Text(file(
        "queries/described.json",
        &described.to_json().unwrap(),
    ));
    sources
}

#[test]
fn what_the_database_said_is_copied_into_the_queries() {
    let compiled = compile(&described(None)).unwrap();
    assert_eq!(compiled.warnings, []);
    assert_eq!(compiled.site.queries[0].tables, ["public.items"]);
}

#[test]
fn a_table_is_followed_by_rows_where_a_tag_names_them() {
    let tables = |config: &str| {
        let mut sources = described(None);
        sources.config.text = sources.config.text.replace(ROUTE, config);
        let site = compile(&sources).unwrap().site;
        site.routes[0].tags.tables.clone()
    };
    assert_eq!(tables(ROUTE), ["table:public.items"]);
    let tagged = |tags: &str| format!("{ROUTE}tags = [{tags}]\n");
    assert_eq!(
        tables(&tagged("\"items\", \"item:{id}\"")),
        ["rows:public.items"]
    );
    assert_eq!(tables(&tagged("\"items\"")), ["table:public.items"]);
}

#[test]
fn a_stale_record_names_no_rows_and_an_array_none_either() {
    let mut stale = described(Some("another"));
    stale.config.text.push_str("tags = [\"item:{id}\"]\n");
    let site = compile(&stale).unwrap().site;
    assert_eq!(site.routes[0].tags.tables, ["table:public.items"]);

    let mut many = described(None);
    many.config.text.push_str("tags = [\"item:{id}\"]\n");
    let text = &mut many.queries.as_mut().unwrap()[0].text;
    *text = text.replace("id = :id::bigint", "id = any(:id::bigint[])");
    let (statements, _) = queries::compile(many.queries.as_deref().unwrap());
    let hash = described::sql_sha256(&statements[0]);
    if let DescribedFile::Text(file) = &mut many.described {
        let mut described = Described::from_json(&file.text).unwrap();
        described.queries.get_mut("item").unwrap().sql_sha256 = hash;
        file.text = described.to_json().unwrap();
    }
    let site = compile(&many).unwrap().site;
    assert_eq!(site.routes[0].tags.tables, ["table:public.items"]);
}

#[test]
fn a_comment_does_not_make_a_record_stale_and_a_change_does() {
    let mut sources = described(None);
    let text = &mut sources.queries.as_mut().unwrap()[0].text;
    *text = format!("-- Another word.\n{text}");
    assert_eq!(found(&sources), [] as [&str; 0]);

    let text = &mut sources.queries.as_mut().unwrap()[0].text;
    *text = text.replace("title", "body");
    assert_eq!(
        found(&sources),
        [
            "queries/item.sql:1: warning: query \"item\" has changed since it was last described\n  \
          mend: run `forebay check --database URL` and commit queries/described.json"
        ]
    );
    // The tables of the older text are better than none.
    assert_eq!(
        compile(&sources).unwrap().site.queries[0].tables,
        ["public.items"]
    );
}

#[test]
fn a_record_that_is_missing_or_damaged() {
    let mut sources = described(None);
    let DescribedFile::Text(named) = &mut sources.described else {
        panic!("it was just set");
    };
    named.text = named.text.replace("\"item\"", "\"other\"");
    assert_eq!(
        found(&sources),
        [
            "queries/item.sql:1: warning: query \"item\" was never described from the database\n  \
          mend: run `forebay check --database URL` and commit queries/described.json"
        ]
    );

    sources.described = DescribedFile::Text(file("queries/described.json", "{\n<<<<<<< ours\n"));
    let problems = found(&sources);
    assert!(
        problems[0].starts_with("queries/described.json:2: error: the file is damaged: "),
        "{problems:#?}"
    );
}

#[test]
fn a_fingerprint_changes_with_what_shapes_the_answers_and_with_nothing_else() {
    let print = |text: &str, config: &str| {
        let mut sources = sources(config);
        sources.queries.as_mut().unwrap()[0].text = text.to_owned();
        let site = compile(&sources).unwrap().site;
        (site.routes[0].fingerprint.clone(), site.hash)
    };
    let text = "-- returns: many\nselect title from items\n\
                where kind = :kind::text and id = :id::bigint\n";
    let config = |fields: &str| route("GET /items", "{ query = \"items\" }", fields);
    let (base, hash) = print(text, &config("query = [\"kind\", \"id\"]"));
    assert_eq!((base.len(), hash.len()), (12, 16));

    let (same, other_hash) = print(text, &config("query = [\"id\", \"kind\"]"));
    assert_eq!(same, base);
    assert_ne!(other_hash, hash);
    let tiered = config("query = [\"kind\", \"id\"]\ntier = \"t\"") + "[tier.t]\nttl = \"1m\"\n";
    assert_eq!(
        print(text, &tiered).0,
        base,
        "a changed TTL must not lose what is stored"
    );

    let changes = [
        print(
            text,
            &config("query = [\"kind\", \"id\"]\ntags = [\"items\"]"),
        ),
        print(
            &text.replace("title", "body"),
            &config("query = [\"kind\", \"id\"]"),
        ),
        print(
            text,
            &config("query = [\"kind\", \"id\"]\nauth = \"token\""),
        ),
        print(
            text,
            &config("query = [\"kind\", \"id\"]").replace("/items", "/things"),
        ),
    ];
    for (change, _) in changes {
        assert_ne!(change, base);
    }
}

#[test]
fn a_site_name_that_would_break_keys_is_refused() {
    for (name, good) in [("demo-2_a", true), ("a#b", false), ("a b", false)] {
        let mut sources = sources(ROUTE);
        sources.config.text = sources
            .config
            .text
            .replace("\"test\"", &format!("\"{name}\""));
        let told = match compile(&sources) {
            Ok(_) => String::new(),
            Err(diagnostics) => format!("{diagnostics:?}"),
        };
        assert_eq!(
            told.contains("it is part of cache keys"),
            !good,
            "{name}: {told}"
        );
    }
}

#[test]
fn warm_names_urls_of_the_route_or_a_query_that_lists_them() {
    const TIER: &str = "[tier.t]\nttl = \"1m\"\n";
    let site = |warm: &str| {
        let fields = format!("tier = \"t\"\nwarm = {warm}");
        let snippet = route("GET /items/{id}", "{ query = \"item_by_id\" }", &fields) + TIER;
        let mut sources = sources(&snippet);
        let listing = "-- returns: many\nselect id from items limit :limit::int\n";
        let exec = "-- returns: exec\ndelete from items where id = :id::bigint\n";
        let required =
            "-- returns: many\n-- require: kind\nselect id from items where kind = :kind::text\n";
        let one = "-- returns: one\nselect id, title from items where id = :id::bigint\n";
        let texts = [
            ("item_by_id", one),
            ("listing", listing),
            ("exec", exec),
            ("required", required),
        ];
        let named = texts.into_iter().filter(|(name, _)| snippet.contains(name));
        let files = named.map(|(name, text)| file(&format!("queries/{name}.sql"), text));
        sources.queries = Some(files.collect());
        sources
    };
    for good in [
        "{ query = \"listing\", limit = 5 }",
        "[\"/items/1\", \"/items/2?a=b\"]",
    ] {
        assert_eq!(found(&site(good)), Vec::<String>::new(), "{good}");
    }
    for (bad, expected) in [
        (
            "{ query = \"exec\" }",
            "warm cannot run query \"exec\", which writes",
        ),
        (
            "{ query = \"item_by_id\" }",
            "warm wants many rows, but query \"item_by_id\" returns one",
        ),
        ("{ query = \"listings\" }", "unknown query \"listings\""),
        (
            "{ query = \"required\" }",
            "query \"required\" requires :kind, which warm cannot give",
        ),
        ("{ limit = 5 }", "warm has no query"),
        (
            "{ query = \"listing\", limit = 0 }",
            "limit = 0 of warm is out of range",
        ),
        ("[]", "warm lists nothing, or more than 1000 URLs"),
        (
            "[\"/others/1\"]",
            "warm lists \"/others/1\", which \"GET /items/{id}\" does not match",
        ),
        ("[\"items/1\"]", "warm lists \"items/1\""),
        ("true", "warm of a [[route]] is a boolean"),
    ] {
        let told = found(&site(bad)).join("\n");
        assert!(told.contains(expected), "{bad}: {told}");
    }
    let untiered = route("GET /items", "{ query = \"items\" }", "warm = [\"/items\"]");
    let told = found(&sources(&untiered)).join("\n");
    assert!(told.contains("has warm but no tier"), "{told}");
}

#[test]
fn warm_compiles_to_what_cron_reads() {
    use crate::config::site::Warm;
    let fields = "tier = \"t\"\nquery = [\"kind\"]\nwarm = { query = \"items\" }";
    let snippet = route("GET /items", "{ query = \"items\" }", fields)
        + "[tier.t]\nttl = \"1m\"\n[warm]\nevery = \"30m\"\n";
    let site = compile(&sources(&snippet)).unwrap().site;
    let Some(Warm::Rows { query, limit: 100 }) = site.routes[0].warm else {
        panic!("{:?}", site.routes[0].warm);
    };
    assert_eq!(site.listing(query).unwrap().pattern, "GET query:items");
    assert_ne!(
        site.listing(query).unwrap().fingerprint,
        site.routes[0].fingerprint
    );
    assert_eq!(site.warm_every.as_secs(), 1800);
    for every in ["\"90s\"", "\"0s\"", "\"2d\"", "\"500ms\""] {
        let snippet = format!("{ROUTE}[warm]\nevery = {every}\n");
        let told = found(&sources(&snippet)).join("\n");
        assert!(
            told.contains("nothing that cron can keep"),
            "{every}: {told}"
        );
    }
}
