//! Which of the operator's endpoints a request means. Without the token all of them, and all paths
//! where one could be, answer alike.

use super::access::Denied;
use crate::failure::{Failure, Kind};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Purge,
    Inspect,
    Warm,
    Explain,
    Shield,
    Live,
    Database,
    Runs,
    Events,
    Alerts,
    Silence,
    Unsilence,
    AlertTest,
    Performance,
    Prometheus,
    Report,
    Compare,
}

/// One way to an endpoint.
struct Way {
    endpoint: Endpoint,
    method: &'static str,
    path: &'static str,
    /// What a request's body may weigh.
    body_bytes_max: u64,
}

/// Ten thousand tags and URLs of a few hundred bytes each.
const LARGE: u64 = 4 * 1024 * 1024;

/// A name and a few words.
const SMALL: u64 = 16 * 1024;

/// Every endpoint, one line each; one that is not in here cannot be reached.
const WAYS: &[Way] = &[
    way(Endpoint::Purge, "POST", "/admin/purge", LARGE),
    way(Endpoint::Inspect, "POST", "/admin/inspect", 256 * 1024),
    way(Endpoint::Warm, "POST", "/admin/warm", LARGE),
    way(Endpoint::Explain, "GET", "/debug/explain", 0),
    way(Endpoint::Shield, "GET", "/debug/shield", 0),
    way(Endpoint::Live, "GET", "/monitoring/live", 0),
    way(Endpoint::Database, "GET", "/debug/db", 0),
    way(Endpoint::Runs, "GET", "/monitoring/runs", 0),
    way(Endpoint::Events, "GET", "/monitoring/events", 0),
    way(Endpoint::Alerts, "GET", "/monitoring/alerts", 0),
    way(Endpoint::Silence, "POST", "/admin/silence", SMALL),
    way(Endpoint::Unsilence, "POST", "/admin/unsilence", SMALL),
    way(Endpoint::AlertTest, "POST", "/admin/alert-test", SMALL),
    way(Endpoint::Performance, "GET", "/api/metrics", 0),
    way(Endpoint::Performance, "GET", "/monitoring/performance", 0),
    way(Endpoint::Prometheus, "GET", "/metrics", 0),
    way(Endpoint::Report, "GET", "/monitoring/report", 0),
    way(Endpoint::Compare, "GET", "/monitoring/compare", 0),
];

const fn way(
    endpoint: Endpoint,
    method: &'static str,
    path: &'static str,
    body_bytes_max: u64,
) -> Way {
    Way {
        endpoint,
        method,
        path,
        body_bytes_max,
    }
}

impl Endpoint {
    /// What a request's body may weigh.
    pub fn body_bytes_max(self) -> u64 {
        let mut ways = WAYS.iter();
        let way = ways.find(|way| way.endpoint == self);
        way.map_or(0, |way| way.body_bytes_max)
    }
}

/// Below these, every path is the operator's.
const ROOTS: [&str; 4] = ["/admin", "/debug", "/monitoring", "/dashboard"];

/// And these by themselves, where programs look for numbers.
const NUMBERS: [&str; 2] = ["/metrics", "/api/metrics"];

/// Whether a path is the operator's, so that no route is asked for it. Health is everybody's.
pub fn is_operators(path: &str) -> bool {
    let is_below = |root: &str| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let is_own = NUMBERS.contains(&path) || ROOTS.into_iter().any(is_below);
    is_own && !super::health::PATHS.contains(&path)
}

/// What Forebay itself answers under a path, before any route is tried.
pub fn own(path: &str) -> Option<&'static str> {
    if super::health::PATHS.contains(&path) {
        return Some("the report on its health");
    }
    is_operators(path).then_some("what operators ask for")
}

/// `access`: whether who asks may.
///
/// # Errors
/// `Unauthorized`, whatever was asked for, to who may not; else `NoRoute` or `MethodNotAllowed`.
pub fn find(method: &str, path: &str, access: Result<(), Denied>) -> Result<Endpoint, Failure> {
    access?;
    let here: Vec<&Way> = WAYS.iter().filter(|way| way.path == path).collect();
    if here.is_empty() {
        return Err(Failure::new(Kind::NoRoute, ""));
    }
    let way = here.iter().find(|way| way.method == method);
    way.map(|way| way.endpoint).ok_or_else(|| {
        let mut failure = Failure::new(Kind::MethodNotAllowed, "");
        failure.allow = here.iter().map(|way| way.method.to_owned()).collect();
        failure
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::access::check;
    use crate::ports::Secrets;
    use crate::respond::problem;
    use crate::semantics::request::RequestHead;
    use crate::time::Timestamp;

    const TOKEN: Option<&str> = Some("Bearer a-token");

    fn secrets(admin: Option<&str>) -> Secrets {
        Secrets {
            api_token: Some("b-token".into()),
            admin_token: admin.map(str::to_owned),
        }
    }

    fn ask(
        method: &str,
        path: &str,
        authorization: Option<&str>,
        admin: Option<&str>,
    ) -> Result<Endpoint, Failure> {
        let request = RequestHead {
            method,
            path,
            authorization,
            ..RequestHead::default()
        };
        let access = check(&request, None, &secrets(admin), Timestamp::default());
        find(method, path, access)
    }

    #[test]
    fn the_operators_paths_are_whole_segments() {
        for path in [
            "/admin",
            "/admin/",
            "/admin/purge",
            "/debug/x/y",
            "/debug",
            "/monitoring/performance",
            "/dashboard",
            "/dashboard/assets/x.js",
            "/metrics",
            "/api/metrics",
        ] {
            assert!(is_operators(path), "{path}");
        }
        for path in [
            "/",
            "/administration",
            "/debugger/x",
            "/api/admin/purge",
            "/metrics/x",
            "/api/metrics/x",
            "/dashboards",
            "/monitoring/health",
            "/api/health",
            "",
        ] {
            assert!(!is_operators(path), "{path}");
        }
    }

    #[test]
    fn with_the_token_each_endpoint_answers_to_its_method() {
        let ask = |method, path| ask(method, path, TOKEN, Some("a-token"));
        for way in WAYS {
            assert!(is_operators(way.path), "{}", way.path);
            assert_eq!(ask(way.method, way.path), Ok(way.endpoint));
            let failure = ask("TRACE", way.path).unwrap_err();
            assert_eq!(failure.kind, Kind::MethodNotAllowed);
            assert!(failure.allow.iter().any(|method| method == way.method));
        }
        let unknown = ask("POST", "/admin/purges").unwrap_err();
        assert_eq!(unknown.kind, Kind::NoRoute);
    }

    #[test]
    fn without_the_token_every_refusal_is_the_same_document() {
        let document = |authorization, admin, method, path| {
            let failure = ask(method, path, authorization, admin).unwrap_err();
            problem::render(&failure, "id")
        };
        let expected = document(None, Some("a-token"), "POST", "/admin/purge");
        assert_eq!(expected.0.status, 401);
        for authorization in [
            None,
            Some("Bearer x"),
            Some("Bearer b-token"),
            Some("Basic a-token"),
        ] {
            for (method, path) in [
                ("POST", "/admin/purge"),
                ("GET", "/admin/purge"),
                ("GET", "/admin/nothing"),
                ("OPTIONS", "/debug/explain"),
                ("GET", "/debug"),
            ] {
                let found = document(authorization, Some("a-token"), method, path);
                assert_eq!(found, expected, "{authorization:?} {method} {path}");
            }
        }
        for admin in [None, Some("")] {
            assert_eq!(document(TOKEN, admin, "POST", "/admin/purge"), expected);
            assert_eq!(document(Some("Bearer "), admin, "GET", "/debug"), expected);
        }
    }
}
