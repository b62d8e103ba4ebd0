//! What is said of HTTP origins, of their tiers and of their routes.

use super::*;
use crate::config::site::{OriginId, Route, TagFields};
use crate::key::uri::{NamePattern, Order, Params, QueryRule};
use crate::policy::{HonorOrigin, Layers};
use crate::semantics::forwarding::Reach;
use crate::semantics::targeted::TargetList;
use crate::source::image::{Format, Rule};
use crate::source::{breaker, retry, upstream};
use std::time::Duration;

/// An origin on line 6 whose fields begin on line 7, its route, and one that uses the base's database.
fn origin(fields: &str) -> String {
    format!(
        "[origin.app]\n{fields}\n{}{ROUTE}",
        route("* /{path...}", "{ origin = \"app\" }", "")
    )
}

const SERVER: &str = "[origin.app]\nurl = \"https://app.example\"\n";

const TIERS: &str = "[tier.web]\nhonor_origin = true\n[tier.hour]\nttl = \"1h\"\n[tier.own]\nhonor_origin = true\nprivate = true\n";

/// A route of an origin on line 6, whose fields begin on line 9; and those of the tiers that it names.
fn passing(fields: &str) -> String {
    let tiers = TIERS
        .split_inclusive("\n[")
        .map(|tier| tier.trim_end_matches('['));
    let named = tiers.filter_map(|tier| {
        let tier = tier.trim_start_matches('[');
        let name = tier.strip_prefix("tier.")?.split(']').next()?;
        fields
            .contains(&format!("\"{name}\""))
            .then(|| format!("[{tier}\n"))
    });
    let named: String = named.collect();
    format!(
        "{}{SERVER}{named}{ROUTE}",
        route("* /{path...}", "{ origin = \"app\" }", fields)
    )
}

fn compiled(snippet: &str) -> Site {
    compile(&sources(snippet)).unwrap().site
}

fn passing_route(fields: &str) -> Route {
    compiled(&passing(fields)).routes.remove(0)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn what_is_not_said_of_an_origin_has_defaults() {
    let site = compiled(&origin("url = \"https://app.example\""));
    let app = &site.origins[0];
    let server = upstream::Upstream {
        url: "https://app.example".to_owned(),
        weight: 1,
    };
    assert_eq!(app.upstreams, [server]);
    assert_eq!((app.timeout, app.body_timeout), (seconds(10), seconds(30)));
    assert_eq!(app.health, upstream::Settings::default());
    assert_eq!(app.breaker.slow, Some(seconds(5)));
    assert_eq!(app.retry, retry::Settings::default());
    assert_eq!(app.fallback, None);
    assert_eq!(app.reach, Reach::default());
    assert_eq!(app.tag_fields, TagFields::Stripped);
}

#[test]
fn everything_is_said_of_an_origin() {
    let fields = "servers = [{ url = \"https://a.example\", weight = 3 }, { url = \"http://b:81\" }]\n\
                  timeout = \"2s\"\nbody_timeout = \"1m\"\nfallback = \"other\"\n\
                  breaker = { failures = 9, window = \"1m\", open = \"3s\", slow = \"1s\", probes = 2 }\n\
                  retry = { attempts = 3, backoff = \"10ms\", budget = 0.25 }\n\
                  health = { failures = 1, aside = \"1m\" }\n\
                  headers = [\"X-Tenant\"]\nheaders_only = true\ntag_headers = \"pass\"\n\
                  [origin.other]\nurl = \"https://other.example\"";
    assert_eq!(found(&sources(&origin(fields))), Vec::<String>::new());
    let site = compiled(&origin(fields));
    let app = &site.origins[0];
    let servers: Vec<(&str, u16)> = app
        .upstreams
        .iter()
        .map(|server| (server.url.as_str(), server.weight))
        .collect();
    assert_eq!(servers, [("https://a.example", 3), ("http://b:81", 1)]);
    assert_eq!((app.timeout, app.body_timeout), (seconds(2), seconds(60)));
    let health = upstream::Settings {
        failures: 1,
        aside: seconds(60),
    };
    assert_eq!(app.health, health);
    let breaker = breaker::Settings {
        failures: 9,
        window: seconds(60),
        open: seconds(3),
        slow: Some(seconds(1)),
        probes: 2,
    };
    assert_eq!(app.breaker, breaker);
    assert_eq!((app.retry.attempts, app.retry.budget_permille), (3, 250));
    assert_eq!(app.fallback, Some(OriginId(1)));
    assert_eq!(site.origin(OriginId(1)).unwrap().name, "other");
    let allow = vec!["X-Tenant".to_owned()];
    assert_eq!(app.reach, Reach::Only { allow });
    assert_eq!(app.tag_fields, TagFields::Passed);
    assert_eq!(Site::decode(&site.encode().unwrap()), Ok(site));
}

#[test]
fn servers_of_an_origin() {
    let too_many = format!("servers = [{}]", "{ url = \"https://h\" }, ".repeat(17));
    for (fields, expected) in [
        (
            "url = \"https://h\"\nservers = [{ url = \"https://h\" }]",
            "forebay.toml:6: error: origin \"app\" has both url and servers\n  mend: write url = \
             \"https://app.example.com\", or servers = [{ url = \"…\" }, …]",
        ),
        (
            "timeout = \"1s\"",
            "forebay.toml:6: error: origin \"app\" has no url\n  mend: add url = \
             \"https://app.example.com\"",
        ),
        (
            "servers = []",
            "forebay.toml:7: error: origin \"app\" has 0 servers\n  mend: list 1 to 16: servers = \
             [{ url = \"…\", weight = 2 }, …]",
        ),
        (
            &too_many,
            "forebay.toml:7: error: origin \"app\" has 17 servers\n  mend: list 1 to 16: servers = \
             [{ url = \"…\", weight = 2 }, …]",
        ),
        (
            "servers = [{ url = \"https://h\" }, { url = \"https://H:443/\" }]",
            "forebay.toml:7: error: origin \"app\" lists \"https://h\" twice\n  mend: list it once, \
             and give it more weight",
        ),
        (
            "servers = [{ url = \"https://h\", weight = 0 }]",
            "forebay.toml:7: error: weight = 0 of a server of origin \"app\" is out of range\n  \
             mend: write a number from 1 to 1000",
        ),
        (
            "servers = [{ url = \"https://h/p\" }]",
            "forebay.toml:7: error: bad origin url \"https://h/p\": it holds a path; a route passes \
             on the request's own path\n  mend: write scheme and host alone, such as \
             \"https://app.example.com\"",
        ),
        (
            "servers = [{ url = \"https://h\", wieght = 2 }]",
            "forebay.toml:7: error: unknown field \"wieght\" in a server of origin \"app\"\n  mend: \
             did you mean \"weight\"?",
        ),
        (
            "url = \"https://h\"\nhealth = { aside = \"0s\" }",
            "forebay.toml:8: error: aside of health of origin \"app\" is zero\n  mend: remove it, or \
             write a whole number and a unit: \"100ms\", \"30s\", \"15m\", \"1h\" or \"7d\"",
        ),
        (
            "url = \"https://h\"\ntimeout = \"2s\"\nbreaker = { slow = \"2s\" }",
            "forebay.toml:9: warning: slow is not less than timeout, so that no call can be slow\n  \
             mend: write a shorter time, or leave it out",
        ),
    ] {
        check(&origin(fields), &[expected]);
    }
}

#[test]
fn fields_that_reach_an_origin() {
    for (fields, expected) in [
        (
            "headers = [\"X Tenant\"]",
            "forebay.toml:8: error: bad header \"X Tenant\" in headers of origin \"app\": no header \
             has this name\n  mend: write a name such as \"X-Tenant\"",
        ),
        (
            "headers = [\"host\"]",
            "forebay.toml:8: error: bad header \"host\" in headers of origin \"app\": the origin's \
             own url says its host\n  mend: remove it: an origin reads the client's host from \
             X-Forwarded-Host",
        ),
        (
            "headers = [\"Connection\"]",
            "forebay.toml:8: error: bad header \"Connection\" in headers of origin \"app\": it is \
             about the client's connection\n  mend: remove it",
        ),
        (
            "tag_headers = \"striped\"",
            "forebay.toml:8: error: unknown tag_headers \"striped\" of origin \"app\"\n  mend: did \
             you mean \"strip\"?",
        ),
    ] {
        check(
            &origin(&format!("url = \"https://h\"\n{fields}")),
            &[expected],
        );
    }
}

#[test]
fn fallbacks_of_origins() {
    let chain = |a: &str, b: &str, c: &str| {
        let entry = |name: &str, other: &str| match other {
            "" => format!("[origin.{name}]\nurl = \"https://{name}\"\n"),
            other => format!("[origin.{name}]\nurl = \"https://{name}\"\nfallback = \"{other}\"\n"),
        };
        let routes = ["a", "b", "c"].map(|name| {
            let source = format!("{{ origin = \"{name}\" }}");
            route(&format!("* /{name}"), &source, "")
        });
        entry("a", a) + &entry("b", b) + &entry("c", c) + &routes.concat() + ROUTE
    };
    check(&chain("b", "c", ""), &[]);
    check(
        &chain("b", "c", "c"),
        &[
            "forebay.toml:14: error: fallback of origin \"c\" leads back to it\n  mend: break the \
             circle c → c",
        ],
    );
    check(
        &chain("c", "", "a"),
        &[
            "forebay.toml:8: error: fallback of origin \"a\" leads back to it\n  mend: break the \
             circle a → c → a",
        ],
    );
    check(
        &chain("x", "", ""),
        &["forebay.toml:8: error: unknown origin \"x\"\n  mend: use one of: \"a\", \"b\", \"c\""],
    );
}

#[test]
fn tiers_that_honor_the_origin() {
    let tier = passing_route("tier = \"web\"").tier.unwrap();
    assert_eq!(tier.honor_origin, Some(HonorOrigin::default()));
    assert_eq!(tier.layers, Layers::ALL);
    let times = [tier.ttl, tier.swr, tier.sie, tier.negative_ttl];
    assert_eq!(times, [Duration::ZERO; 4]);

    let snippet = |fields: &str| {
        let fields = format!("[tier.t]\nhonor_origin = true\n{fields}\n{SERVER}");
        fields + &route("* /a", "{ origin = \"app\" }", "tier = \"t\"") + ROUTE
    };
    let all = "targets = [\"My-CDN\"]\nheuristic_max = \"0s\"\nstale_max = \"7d\"\n\
               layers = [\"global\"]";
    let tier = compiled(&snippet(all)).routes.remove(0).tier.unwrap();
    let honor = HonorOrigin {
        targets: TargetList::new(["My-CDN".to_owned()]).unwrap(),
        heuristic_max: Duration::ZERO,
        stale_max: seconds(7 * 86_400),
    };
    assert_eq!(tier.honor_origin, Some(honor));
    assert_eq!(
        compiled(&snippet("")).routes[0].query_rule,
        QueryRule::default()
    );
    for (name, value) in [
        ("ttl", "\"1m\""),
        ("swr", "\"1m\""),
        ("sie", "\"1m\""),
        ("negative", "\"1m\""),
        ("eager", "0.8"),
        ("soft_timeout", "\"1s\""),
    ] {
        let expected = format!(
            "forebay.toml:8: error: tier \"t\" has {name} beside honor_origin: the origin sets the \
             terms\n  mend: remove {name}, or remove honor_origin to set the terms here"
        );
        check(&snippet(&format!("{name} = {value}")), &[&expected]);
    }
    check(
        &snippet("targets = [\"a b\"]"),
        &[
            "forebay.toml:8: error: bad targets of tier \"t\": `a b` is no field name\n  mend: write \
             names such as \"CDN-Cache-Control\"",
        ],
    );
    check(
        &snippet("stale_max = \"1d\"").replace("honor_origin = true", "ttl = \"1m\""),
        &[
            "forebay.toml:8: error: tier \"t\" has stale_max without honor_origin\n  mend: add \
           honor_origin = true, or remove it",
        ],
    );
}

#[test]
fn an_origins_tier_is_as_private_as_its_route() {
    let tier = passing_route("tier = \"own\"\nauth = \"token\"")
        .tier
        .unwrap();
    assert_eq!(tier.layers, Layers::MEMORY);
    let expected = |name: &str, line: u32| {
        format!(
            "forebay.toml:{line}: error: \"* /{{path...}}\" is private (auth = \"token\"), but tier \
             \"{name}\" is public\n  mend: "
        )
    };
    let told = found(&sources(&passing("tier = \"web\"\nauth = \"token\"")));
    assert!(
        told.iter()
            .any(|text| text.starts_with(&expected("web", 9))),
        "{told:#?}"
    );
    let typed = "tier = \"own\"\nauth = \"token\"\ntype_tiers = { \"text/css\" = \"hour\" }";
    let told = found(&sources(&passing(typed)));
    assert!(
        told.iter()
            .any(|text| text.starts_with(&expected("hour", 11))),
        "{told:#?}"
    );
}

#[test]
fn tiers_of_routes_by_source_and_method() {
    for (source, pattern) in [
        ("{ query = \"all_items\" }", "GET /a"),
        ("{ assets = true }", "GET /a"),
    ] {
        let text = route(pattern, source, "tier = \"t\"");
        check(
            &format!("{text}[tier.t]\nhonor_origin = true\n{ROUTE}"),
            &[
                "forebay.toml:9: error: \"GET /a\" has tier \"t\", which honors an origin, but its \
               source is none\n  mend: give the route a tier with a ttl",
            ],
        );
    }
    for pattern in ["GET /a", "HEAD /a", "* /a"] {
        for tier in ["honor_origin = true", "ttl = \"1m\""] {
            let text = route(pattern, "{ origin = \"app\" }", "tier = \"t\"");
            check(&format!("{text}{SERVER}[tier.t]\n{tier}\n{ROUTE}"), &[]);
        }
    }
    let text = route("POST /a", "{ origin = \"app\" }", "tier = \"t\"");
    check(
        &format!("{text}{SERVER}[tier.t]\nhonor_origin = true\n{ROUTE}"),
        &[
            "forebay.toml:9: warning: tier \"t\" of \"POST /a\" never acts\n  mend: only answers to GET \
           and HEAD are stored: match one of them or *, or remove tier",
        ],
    );
}

#[test]
fn which_parameters_count() {
    let rule = |fields: &str| passing_route(fields).query_rule;
    let (exact, prefix) = (
        NamePattern::Exact("page".to_owned()),
        NamePattern::Prefix("utm_".to_owned()),
    );
    assert_eq!(rule("").params, Params::All);
    assert_eq!(rule("query = []").params, Params::Only(Vec::new()));
    let listed = vec![exact.clone(), prefix.clone()];
    assert_eq!(
        rule("query = [\"utm_*\", \"page\"]").params,
        Params::Only(listed.clone())
    );
    assert_eq!(
        rule("query_ignore = [\"utm_*\", \"page\", \"page\"]").params,
        Params::AllBut(listed)
    );
    assert_eq!(rule("").order, Order::Kept);
    assert_eq!(rule("query_order = \"sorted\"").order, Order::Sorted);
    // The path's parameters and the query string's are apart.
    assert_eq!(passing_route("query = [\"path\"]").query, ["path"]);
    for (fields, expected) in [
        (
            "query = [\"a\"]\nquery_ignore = [\"b\"]",
            "forebay.toml:10: error: \"* /{path...}\" has both query and query_ignore\n  mend: list \
             what counts in query, or what does not in query_ignore",
        ),
        (
            "query_ignore = [\"*a\"]",
            "forebay.toml:9: error: bad name \"*a\" in query_ignore: `*` stands only at the end of a \
             parameter pattern\n  mend: write a name, or its beginning: \"utm_*\"",
        ),
        (
            "query_order = \"sort\"",
            "forebay.toml:9: error: unknown query_order \"sort\"\n  mend: use one of: \"kept\", \
             \"sorted\"",
        ),
    ] {
        check(&passing(fields), &[expected]);
    }
}

#[test]
fn images_of_a_route() {
    let image = |image: &str| passing_route(&format!("image = {image}")).image;
    let expected = Rule {
        widths: vec![320, 640],
        quality: 75,
        formats: vec![Format::Avif, Format::Webp],
    };
    assert_eq!(image("{ widths = [640, 320, 640] }"), Some(expected));
    let expected = Rule {
        widths: vec![100],
        quality: 90,
        formats: vec![Format::Webp],
    };
    let all = "{ widths = [100], quality = 90, formats = [\"webp\"] }";
    assert_eq!(image(all), Some(expected));
    const LIST: &str = "list 1 to 32 of them, such as widths = [320, 640, 1280]";
    for (image, what, mend) in [
        ("{}", "image has 0 widths", LIST),
        ("{ widths = [] }", "image has 0 widths", LIST),
        (
            "{ widths = [0] }",
            "widths of image lists 0: out of range",
            "write numbers from 1 to 12000",
        ),
        (
            "{ widths = [\"320\"] }",
            "widths of image is a string",
            "write a list of whole numbers, such as [320, 640]",
        ),
        (
            "{ widths = [1], quality = 101 }",
            "quality = 101 of image is out of range",
            "write a number from 1 to 100",
        ),
        (
            "{ widths = [1], formats = [\"wepb\"] }",
            "unknown format \"wepb\" in image",
            "did you mean \"webp\"?",
        ),
    ] {
        let expected = format!("forebay.toml:9: error: {what}\n  mend: {mend}");
        check(&passing(&format!("image = {image}")), &[&expected]);
    }
}

#[test]
fn tiers_by_media_type_keep_their_order() {
    let fields = "tier = \"web\"\ntype_tiers = { \"text/css\" = \"hour\", \"Image/*\" = \"web\", \
                  \"application/x\" = \"hour\" }";
    let tiers: Vec<(String, String)> = passing_route(fields)
        .type_tiers
        .into_iter()
        .map(|typed| (typed.media_type, typed.tier.name))
        .collect();
    let expected = [
        ("text/css", "hour"),
        ("image/*", "web"),
        ("application/x", "hour"),
    ];
    assert_eq!(
        tiers,
        expected.map(|(kind, tier)| (kind.to_owned(), tier.to_owned()))
    );
    for (fields, expected) in [
        (
            "type_tiers = { \"image/*\" = \"hour\" }",
            "forebay.toml:9: error: \"* /{path...}\" has type_tiers but no tier, so nothing is \
             stored\n  mend: add tier, which is for all other types, or remove type_tiers",
        ),
        (
            "tier = \"web\"\ntype_tiers = { \"*/*\" = \"web\" }",
            "forebay.toml:10: error: type_tiers names \"*/*\", which is no media type\n  mend: write \
             one such as \"image/png\", or \"image/*\"",
        ),
        (
            "tier = \"web\"\ntype_tiers = { \"image/*\" = \"hour\", \"image/png\" = \"web\" }",
            "forebay.toml:10: warning: \"image/png\" of type_tiers never counts: \"image/*\" stands \
             before it\n  mend: put it first, or remove it",
        ),
        (
            "tier = \"web\"\ntype_tiers = { \"image/*\" = \"wbe\" }",
            "forebay.toml:10: error: unknown tier \"wbe\"\n  mend: did you mean \"web\"?",
        ),
        (
            "tier = \"web\"\ntype_tiers = [\"image/*\"]",
            "forebay.toml:10: error: type_tiers of a [[route]] is an array\n  mend: write a table of \
             strings, { \"…\" = \"…\" }",
        ),
    ] {
        check(&passing(fields), &[expected]);
    }
}

#[test]
fn what_only_an_origins_route_says() {
    for (key, value) in [
        ("query_ignore", "[\"a\"]"),
        ("query_order", "\"sorted\""),
        ("image", "{ widths = [1] }"),
        ("type_tiers", "{}"),
    ] {
        for source in ["{ query = \"all_items\" }", "{ assets = true }"] {
            let text = route("GET /a", source, &format!("{key} = {value}"));
            let expected = format!(
                "forebay.toml:9: error: \"GET /a\" has {key}, but its source is no origin\n  mend: \
                 remove {key} from the route"
            );
            check(&(text + ROUTE), &[&expected]);
        }
    }
}

#[test]
fn the_fingerprint_of_an_origins_route() {
    let print = |snippet: &str| compiled(snippet).routes.remove(0).fingerprint;
    let base = passing("tier = \"web\"\nquery = [\"a\", \"b\"]");
    let of_origin = |fields: &str| base.replace("url =", &format!("{fields}\nurl ="));
    for same in [
        passing("tier = \"hour\"\nquery = [\"b\", \"a\"]"),
        passing("tier = \"web\"\nquery = [\"a\", \"b\"]\ntype_tiers = { \"a/b\" = \"hour\" }"),
        of_origin("timeout = \"3s\"\nbody_timeout = \"4s\"\nhealth = { failures = 9 }"),
        of_origin("retry = { attempts = 2 }\nbreaker = { failures = 9 }\ntag_headers = \"pass\""),
    ] {
        assert_eq!(print(&same), print(&base), "{same}");
    }
    for other in [
        passing("tier = \"web\""),
        passing("tier = \"web\"\nquery = [\"a\"]"),
        passing("tier = \"web\"\nquery_ignore = [\"a\", \"b\"]"),
        passing("tier = \"web\"\nquery = [\"a\", \"b\"]\nquery_order = \"sorted\""),
        passing("tier = \"web\"\nquery = [\"a\", \"b\"]\nimage = { widths = [1] }"),
        of_origin("headers_only = true"),
        base.replace("app.example", "other.example"),
    ] {
        assert_ne!(print(&other), print(&base), "{other}");
    }
}

#[test]
fn an_origins_route_is_warmed_by_whole_urls() {
    let warm = |urls: &str| passing(&format!("tier = \"web\"\nwarm = {urls}"));
    let route = compiled(&warm("[\"https://www.example.com/a?b\"]"))
        .routes
        .remove(0);
    let expected = vec!["https://www.example.com/a?b".to_owned()];
    assert_eq!(route.warm, Some(crate::config::site::Warm::Urls(expected)));
    for urls in [
        "[\"/a\"]",
        "[\"https:///a\"]",
        "[\"https://u@h/a\"]",
        "[\"ftp://h/a\"]",
    ] {
        let problems = compile(&sources(&warm(urls))).unwrap_err();
        let text = format!("{problems:?}");
        assert!(text.contains("write whole URLs of this route"), "{text}");
    }
    let rows = compile(&sources(&warm("{ query = \"item_by_id\" }"))).unwrap_err();
    let text = format!("{rows:?}");
    assert!(text.contains("no host"), "{text}");
}
