//! `/api/health` and `/monitoring/health`: is every part there, and how long did it take to say so?

use crate::respond::ResponseHead;
use crate::respond::cache_control::NO_STORE;
use crate::shield::message::Impaired;
use crate::time::Timestamp;
use serde::Serialize;
use std::time::Duration;

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

/// How the shield's objects are, and the origins as those see them that use them: the objects, and for what
/// goes straight the isolate that is asked. `None`: an object that did not answer.
///
/// No origin is ever `down`: what is known of one is what the last requests to it have met with, stored
/// answers may stand in for it, and other routes do not need it. A site that has none of it left says so by
/// its answers, and to take it out of service for one of its origins would be the greater failure.
pub fn of_origins<'a>(
    origins: impl Iterator<Item = &'a str>,
    seen: &[Option<Impaired>],
) -> Vec<(String, Status)> {
    let degraded_if = |fails| if fails { Status::Degraded } else { Status::Ok };
    let shield = (String::from("shield"), degraded_if(seen.contains(&None)));
    let fails = |name: &str| {
        let mut impaired = seen.iter().flatten().flat_map(|seen| &seen.origins);
        impaired.any(|origin| origin == name)
    };
    let origins = origins.map(|name| (format!("origin:{name}"), degraded_if(fails(name))));
    std::iter::once(shield).chain(origins).collect()
}

/// Anyone may ask for health, and each report asks many others: one is told for so long.
const TOLD_FOR: Duration = Duration::from_secs(1);

/// While the next one is being made, the last is told for so long.
const TOLD_MEANWHILE: Duration = Duration::from_secs(10);

/// So many are made at once while there is none to be told.
const MAKERS_MAX: usize = 4;

/// Who has not come back by then does not.
const MAKING_MAX: Duration = Duration::from_secs(10);

/// The last report, and who makes the next.
#[derive(Clone, Debug)]
pub struct Recent<T> {
    /// When those began that have not come back.
    making: Vec<Timestamp>,
    /// With when it was begun.
    last: Option<(Timestamp, T)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look<T> {
    Told(T),
    /// The caller makes a new one, and has it kept.
    Make,
    /// There is none, and enough are at it.
    Wait,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            making: Vec::new(),
            last: None,
        }
    }
}

impl<T: Clone> Recent<T> {
    pub fn look(&mut self, now: Timestamp) -> Look<T> {
        self.making.retain(|begun| now.since(*begun) < MAKING_MAX);
        let told_for = if self.making.is_empty() {
            TOLD_FOR
        } else {
            TOLD_MEANWHILE
        };
        match &self.last {
            Some((made, report)) if now.since(*made) < told_for => Look::Told(report.clone()),
            Some(_) | None if self.making.len() >= MAKERS_MAX => Look::Wait,
            Some(_) | None => {
                self.making.push(now);
                Look::Make
            }
        }
    }

    /// A report that was begun then. One that another has overtaken is of no more use.
    pub fn keep(&mut self, begun: Timestamp, report: T) {
        if let Some(own) = self.making.iter().position(|each| *each == begun) {
            self.making.swap_remove(own);
        }
        if self.last.as_ref().is_none_or(|(made, _)| *made <= begun) {
            self.last = Some((begun, report));
        }
    }
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

    fn impaired(origins: &[&str]) -> Option<Impaired> {
        let origins = origins.iter().map(|name| (*name).to_owned()).collect();
        Some(Impaired { origins })
    }

    #[test]
    fn an_origin_is_degraded_where_anyone_is_failed_by_it() {
        let of = |seen: &[Option<Impaired>]| {
            let all = of_origins(["app", "files"].into_iter(), seen);
            all.into_iter()
                .map(|(_, status)| status)
                .collect::<Vec<_>>()
        };
        let (ok, degraded) = (Status::Ok, Status::Degraded);
        assert_eq!(of(&[impaired(&[]), impaired(&[])]), [ok, ok, ok]);
        assert_eq!(
            of(&[impaired(&[]), impaired(&["files"])]),
            [ok, ok, degraded]
        );
        // Of an object that is silent nothing is known, but that it is.
        assert_eq!(of(&[None, impaired(&["app"])]), [degraded, degraded, ok]);
        assert_eq!(of(&[None, None]), [degraded, ok, ok]);
        let all = of_origins(["app"].into_iter(), &[]);
        let names = all.iter().map(|(name, _)| name.as_str());
        assert!(names.eq(["shield", "origin:app"]));
    }

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_report_is_told_for_a_second_and_while_the_next_is_made() {
        let mut recent = Recent::default();
        assert_eq!(recent.look(at(0)), Look::Make);
        recent.keep(at(0), 'a');
        assert_eq!(recent.look(at(999)), Look::Told('a'));
        assert_eq!(recent.look(at(1000)), Look::Make);
        for millis in [1000, 1500, 9999] {
            assert_eq!(recent.look(at(millis)), Look::Told('a'), "{millis}");
        }
        recent.keep(at(1000), 'b');
        // It is as old as it is, however long it took.
        assert_eq!(recent.look(at(9999)), Look::Make);
    }

    #[test]
    fn a_few_make_the_first_report_and_those_who_never_come_back_are_forgotten() {
        let mut recent = Recent::<char>::default();
        let looks = |recent: &mut Recent<char>, millis| {
            (0..6).map(|_| recent.look(at(millis))).collect::<Vec<_>>()
        };
        let some = [[Look::Make; 4].as_slice(), &[Look::Wait; 2]].concat();
        assert_eq!(looks(&mut recent, 0), some);
        assert_eq!(recent.look(at(9999)), Look::Wait);
        assert_eq!(looks(&mut recent, 10_000), some);
        recent.keep(at(10_000), 'a');
        assert_eq!(recent.look(at(10_001)), Look::Told('a'));
        assert_eq!(recent.look(at(60_000)), Look::Make, "it is of long ago");
    }

    #[test]
    fn a_slow_report_does_not_take_the_place_of_a_newer_one() {
        let mut recent = Recent::default();
        assert_eq!(recent.look(at(0)), Look::Make);
        assert_eq!(recent.look(at(500)), Look::Make);
        recent.keep(at(500), 'b');
        recent.keep(at(0), 'a');
        assert_eq!(recent.look(at(600)), Look::Told('b'));
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
