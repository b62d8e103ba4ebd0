//! What is laid into the KV namespace `METRICS`, so that numbers can be read anywhere without asking the
//! objects: by slot, never changed afterwards, and the latest of each length.
//!
//! A slot is final one slot of five minutes after its end: what isolates held back has come by then.

use crate::metrics::slots::{Length, Slot};
use std::time::Duration;

/// One value in the namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    pub what: What,
    /// What it is about.
    pub slot: Slot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Under the slot's own name.
    Final,
    /// Under a name that stays; the slot may not be complete.
    Latest,
    /// The report on an hour.
    Report,
}

/// As long as nobody replaces it; a reader sees by that whether it is out of date.
const LATEST_KEPT: Duration = Duration::from_secs(86_400);

impl Publication {
    /// The site's name is part of it, so that two sites may share a namespace.
    pub fn name(&self, site: &str) -> String {
        let start_s = self.slot.start_s;
        let length = word(self.slot.length);
        match self.what {
            What::Final => format!("{}{length}:{start_s}", prefix(site)),
            What::Latest => format!("{}{length}:latest", prefix(site)),
            What::Report => format!("{}report:{start_s}", prefix(site)),
        }
    }

    pub fn kept(&self) -> Duration {
        match self.what {
            What::Final | What::Report => self.slot.length.retention(),
            What::Latest => LATEST_KEPT,
        }
    }
}

fn word(length: Length) -> &'static str {
    match length {
        Length::TenSeconds => "10s",
        Length::FiveMinutes => "5m",
        Length::Hour => "1h",
        Length::Day => "1d",
    }
}

/// What every name of a site begins with.
pub fn prefix(site: &str) -> String {
    format!("m:{site}:")
}

/// What is to be published at these times, each a multiple of five minutes, oldest first.
pub fn plan(times: &[u64]) -> Vec<Publication> {
    let step = Length::FiveMinutes.seconds();
    let mut planned: Vec<Publication> = times
        .iter()
        .flat_map(|time| {
            let end = time.saturating_sub(step);
            let five = ending(Length::FiveMinutes, end);
            let hour = end
                .is_multiple_of(Length::Hour.seconds())
                .then(|| ending(Length::Hour, end));
            [Some(five), hour]
        })
        .flatten()
        .map(|slot| Publication {
            what: What::Final,
            slot,
        })
        .collect();
    let hours = planned.iter().rev();
    let hour = hours
        .map(|published| published.slot)
        .find(|slot| slot.length == Length::Hour);
    let five = times.last().map(|time| ending(Length::FiveMinutes, *time));
    planned.extend([five, hour].into_iter().flatten().map(|slot| Publication {
        what: What::Latest,
        slot,
    }));
    planned
}

/// The report of this time, a whole hour: that on the hour before. It is made when that is final.
pub fn report(time: u64) -> Publication {
    Publication {
        what: What::Report,
        slot: ending(Length::Hour, time),
    }
}

/// The report on the hour that begins then.
pub fn report_on(start_s: u64) -> Publication {
    report(start_s.saturating_add(Length::Hour.seconds()))
}

fn ending(length: Length, end_s: u64) -> Slot {
    Slot {
        length,
        start_s: end_s.saturating_sub(length.seconds()),
    }
}

/// Whether a value under this name of the site has outlived its time, or is of no kind that is still made.
/// Values expire by themselves, but for those that were written without it.
pub fn is_leftover(name: &str, site: &str, now_s: u64) -> bool {
    let Some(rest) = name.strip_prefix(&prefix(site)) else {
        return false;
    };
    let Some((kind, start)) = rest.split_once(':') else {
        return true;
    };
    let length = match kind {
        "5m" => Length::FiveMinutes,
        "1h" | "report" => Length::Hour,
        _ => return true,
    };
    if start == "latest" {
        return kind == "report";
    }
    let retention = length.retention().as_secs();
    start
        .parse::<u64>()
        .map_or(true, |start_s| start_s.saturating_add(retention) < now_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;
    const NOON: u64 = 621_420 * HOUR;

    fn names(times: &[u64]) -> Vec<String> {
        plan(times).iter().map(|each| each.name("demo")).collect()
    }

    #[test]
    fn a_slot_is_published_once_it_is_final_and_the_last_one_as_the_latest() {
        let five = format!("m:demo:5m:{}", NOON);
        assert_eq!(names(&[NOON + 600]), [five.as_str(), "m:demo:5m:latest"]);
        let latest = plan(&[NOON + 600])[1];
        assert_eq!(latest.slot.start_s, NOON + 300);
        assert_eq!(latest.slot.end_s(), NOON + 600);
    }

    #[test]
    fn the_hour_is_published_five_minutes_after_its_end() {
        let named = names(&[NOON + 300]);
        let expected = [
            format!("m:demo:5m:{}", NOON - 300),
            format!("m:demo:1h:{}", NOON - HOUR),
            String::from("m:demo:5m:latest"),
            String::from("m:demo:1h:latest"),
        ];
        assert_eq!(named, expected);
    }

    #[test]
    fn missed_times_are_made_up_for_and_every_slot_comes_once() {
        let times: Vec<u64> = (1..=24).map(|step| NOON + step * 300).collect();
        let together = plan(&times);
        let finals = |planned: &[Publication]| -> Vec<String> {
            let own = planned.iter().filter(|each| each.what == What::Final);
            own.map(|each| each.name("demo")).collect()
        };
        let singly: Vec<Publication> = times.iter().flat_map(|time| plan(&[*time])).collect();
        assert_eq!(finals(&together), finals(&singly));
        let mut once = finals(&together);
        once.sort();
        once.dedup();
        assert_eq!(once.len(), 24 + 2);
        let latest = together.iter().filter(|each| each.what == What::Latest);
        assert_eq!(latest.count(), 2);
        assert!(plan(&[]).is_empty());
    }

    #[test]
    fn what_has_outlived_its_time_is_a_leftover() {
        let day = 24 * HOUR;
        for (name, expected) in [
            (format!("m:demo:5m:{}", NOON - day), false),
            (format!("m:demo:5m:{}", NOON - 3 * day), true),
            (format!("m:demo:1h:{}", NOON - 3 * day), false),
            (format!("m:demo:report:{}", NOON - 89 * day), false),
            (format!("m:demo:report:{}", NOON - 91 * day), true),
            (String::from("m:demo:5m:latest"), false),
            (String::from("m:demo:2h:latest"), true),
            (String::from("m:demo:5m:soon"), true),
            (String::from("m:demo:what"), true),
            (String::from("m:other:what"), false),
            (String::from("m:demolition:5m:1"), false),
            (format!("m:demo:5m:{}", u64::MAX), false),
        ] {
            assert_eq!(is_leftover(&name, "demo", NOON), expected, "{name}");
        }
        for published in plan(&[NOON + 300]).into_iter().chain([report(NOON)]) {
            assert!(!is_leftover(&published.name("demo"), "demo", NOON));
            assert!(published.kept() >= Duration::from_secs(60));
        }
        assert_eq!(report(NOON).slot.start_s, NOON - HOUR);
        assert_eq!(report_on(NOON - HOUR), report(NOON));
    }
}
