use super::*;
use crate::alert::rule::Alerting;
use crate::config::site::*;
use crate::policy::Layers;
use crate::ports::operator;
use crate::purge::seq::PurgeSeq;
use crate::route::table::RouteTable;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn route(pattern: &str, times: Option<(u64, u64, u64)>) -> Route {
    let tier = times.map(|(ttl, swr, sie)| Tier {
        name: "t".into(),
        ttl: secs(ttl),
        swr: secs(swr),
        sie: secs(sie),
        negative_ttl: secs(1),
        layers: Layers::ALL,
        private: false,
        eager: None,
        soft_timeout: None,
        honor_origin: None,
    });
    Route {
        pattern: pattern.into(),
        params: Vec::new(),
        source: Source::Assets,
        tier,
        auth: Auth::None,
        query: Vec::new(),
        fingerprint: "f".into(),
        tags: Default::default(),
        batch: None,
        purge: Vec::new(),
        warm: None,
        fallback: None,
        query_rule: crate::key::uri::QueryRule::default(),
        image: None,
        type_tiers: Vec::new(),
    }
}

fn site() -> Site {
    Site {
        name: "s".into(),
        hash: "h".into(),
        routes: vec![
            route("GET /a", Some((100, 20, 10))),
            route("GET /b", Some((50, 0, 500))),
            route("GET /c", None),
        ],
        listings: Vec::new(),
        table: RouteTable::default(),
        queries: Vec::new(),
        databases: Vec::new(),
        origins: Vec::new(),
        shield: Shield {
            shards: 1,
            location_hint: None,
            fill_timeout: secs(15),
            wait_timeout: secs(15),
            lease: secs(15),
            fills_max: 1,
            waiters_max: 1,
        },
        purge: Purge {
            poll: secs(1),
            max_lag: secs(2),
            index_max: 100,
            outbox: Vec::new(),
            cookie: BookmarkCookie::Never,
        },
        limits: Limits {
            memory_bytes_max: 1,
            stored_body_bytes_max: 1,
            request_body_bytes_max: 1,
            param_bytes_max: 1,
        },
        cors: None,
        log: Log {
            requests: LogRequests::All,
            prefix: String::new(),
        },
        metrics: Metering {
            record: Record::All,
            flush: Duration::from_secs(10),
            objects: 1,
        },
        warm_every: secs(900),
        alerting: Alerting::default(),
    }
}

fn order(mode: Mode) -> PurgeOrder {
    PurgeOrder {
        tags: vec!["x".into()],
        keys: vec!["/a".into(), "/no".into()],
        prefixes: Vec::new(),
        scope: Scope::Listed,
        mode,
    }
}

fn receipt(mode: Mode, routes: &[u16]) -> Receipt {
    let done = PurgeDone {
        seq: PurgeSeq(9),
        unmatched: vec![operator::Unmatched {
            url: "/no".into(),
            why: "no route".into(),
        }],
        routes: routes.iter().map(|id| RouteId(*id)).collect(),
    };
    make(&site(), &order(mode), &done)
}

#[test]
fn a_soft_purge_ends_with_the_longest_window_of_the_tiers_concerned() {
    let all = receipt(Mode::Soft, &[0, 1, 2]);
    assert_eq!(
        (
            all.visible_within_ms,
            all.stale_until_ms,
            all.stale_if_source_fails_until_ms
        ),
        (2_000, 22_000, 502_000)
    );
    assert_eq!(all.client_caches_until_ms, 122_000);
    assert_eq!(
        (all.stale_if_log_and_source_fail_until_ms, all.longest_ms),
        (552_000, 552_000)
    );
    // A stale answer that may be served while it is refreshed may be so too when the source fails.
    let first = receipt(Mode::Soft, &[0]);
    assert_eq!(
        (first.stale_until_ms, first.stale_if_source_fails_until_ms),
        (22_000, 22_000)
    );
    assert_eq!(first.longest_ms, 122_000);
}

#[test]
fn a_hard_purge_ends_when_it_is_known_and_only_an_isolate_that_is_cut_off_takes_longer() {
    let receipt = receipt(Mode::Hard, &[0, 1]);
    assert_eq!(
        (
            receipt.stale_until_ms,
            receipt.stale_if_source_fails_until_ms,
            receipt.longest_ms
        ),
        (2_000, 2_000, 552_000)
    );
}

#[test]
fn it_tells_what_was_matched_and_what_was_not() {
    let receipt = receipt(Mode::Soft, &[]);
    assert_eq!((receipt.seq, receipt.longest_ms), (9, 2_000));
    assert_eq!((receipt.matched.tags, receipt.matched.keys), (1, 1));
    assert_eq!(receipt.unmatched[0].key, "/no");
}
