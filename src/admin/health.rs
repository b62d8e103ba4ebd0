//! `/api/health` and `/monitoring/health`: is every part there, and how long did it take to say so?

use crate::respond::ResponseHead;
use crate::respond::cache_control::NO_STORE;
use serde::Serialize;

/// The paths that answer with health, before any route is tried.
pub const PATHS: [&str; 2] = ["/api/health", "/monitoring/health"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// The part fails, but requests are still answered.
    Degraded,
    /// The part fails, and requests fail with it.
    Down,
}

#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub name: String,
    pub status: Status,
    pub took_ms: u32,
}

#[derive(Serialize)]
struct Report<'a> {
    status: Status,
    version: &'a str,
    site: &'a str,
    config: &'a str,
    checks: &'a [Check],
}

/// 200 unless a part is down. Nothing is said of *why*: the path is open to everyone.
pub fn report(site: &str, config: &str, checks: &[Check]) -> (ResponseHead, String) {
    let any = |status| checks.iter().any(|check| check.status == status);
    let status = match (any(Status::Down), any(Status::Degraded)) {
        (true, _) => Status::Down,
        (false, true) => Status::Degraded,
        (false, false) => Status::Ok,
    };
    let mut head = ResponseHead::new(if status == Status::Down { 503 } else { 200 });
    head.push("Content-Type", "application/json");
    head.push("Cache-Control", NO_STORE);
    if status == Status::Down {
        head.push("Retry-After", "5");
    }
    let version = env!("CARGO_PKG_VERSION");
    let report = Report {
        status,
        version,
        site,
        config,
        checks,
    };
    (head, serde_json::to_string(&report).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(statuses: &[Status]) -> (u16, String) {
        let named = statuses.iter().zip(["a", "b"]);
        let checks: Vec<Check> = named
            .map(|(status, name)| Check {
                name: name.into(),
                status: *status,
                took_ms: 3,
            })
            .collect();
        let (head, body) = report("demo", "abc", &checks);
        (head.status, body)
    }

    #[test]
    fn only_a_part_that_is_down_makes_it_503() {
        assert_eq!(check(&[Status::Ok, Status::Ok]).0, 200);
        assert_eq!(check(&[Status::Ok, Status::Degraded]).0, 200);
        assert_eq!(check(&[Status::Degraded, Status::Down]).0, 503);
    }

    #[test]
    fn the_report_names_version_config_and_every_check() {
        let (_, body) = check(&[Status::Ok, Status::Degraded]);
        let version = env!("CARGO_PKG_VERSION");
        let checks = r#"[{"name":"a","status":"ok","took_ms":3},{"name":"b","status":"degraded","took_ms":3}]"#;
        let expected = format!(
            r#"{{"status":"degraded","version":"{version}","site":"demo","config":"abc","checks":{checks}}}"#
        );
        assert_eq!(body, expected);
    }
}
