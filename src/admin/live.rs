//! `GET /monitoring/live`: server-sent events that tell when something new was measured. The numbers
//! themselves are asked for as always.

use crate::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// How often the metrics objects are asked for their version.
pub const EVERY: Duration = Duration::from_secs(2);

/// So often, which is five minutes; then the stream ends, and the browser opens another one.
pub const ROUNDS: u32 = 150;

/// Questions to objects that one stream asks: the platform allows a request a thousand.
const ASKED_MAX: u32 = 900;

/// Streams at once in one isolate.
const LISTENERS_MAX: usize = 64;

/// A stream that nobody has pulled for so long counts no more: who went away without a word does not
/// always let it end.
const GONE_AFTER: Duration = Duration::from_secs(30);

/// The streams of one isolate, and when each was pulled last.
#[derive(Debug, Default)]
pub struct Listeners {
    heard: BTreeMap<u64, Timestamp>,
    next: u64,
}

impl Listeners {
    /// The number of one more stream; `None`: there are too many.
    pub fn begin(&mut self, now: Timestamp) -> Option<u64> {
        self.heard.retain(|_, heard| now.since(*heard) < GONE_AFTER);
        if self.heard.len() >= LISTENERS_MAX {
            return None;
        }
        let number = self.next;
        self.next += 1;
        self.heard.insert(number, now);
        Some(number)
    }

    pub fn pulled(&mut self, number: u64, now: Timestamp) {
        self.heard.insert(number, now);
    }

    pub fn end(&mut self, number: u64) {
        self.heard.remove(&number);
    }
}

/// The data of an event `tick`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Tick {
    /// Seconds since the Unix epoch.
    pub at: u64,
    /// Another one whenever something was measured.
    pub version: u64,
}

/// What has been told so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    version: Option<u64>,
    is_silent: bool,
    pub rounds: u32,
}

impl Told {
    /// What there is to tell now. `heard`: the objects' version; `None`: they do not answer.
    pub fn next(self, heard: Option<u64>, now: Timestamp) -> (String, Self) {
        let version = heard.or(self.version);
        let told = Self {
            version,
            is_silent: heard.is_none(),
            rounds: self.rounds + 1,
        };
        let at = now.as_millis() / 1000;
        let line = match heard {
            // Comments are not heard by a page, which would go on to say that its numbers are new.
            None => format!("event: silent\ndata: {{\"at\":{at}}}\n\n"),
            Some(_) if heard == self.version && !self.is_silent => ": still here\n\n".to_owned(),
            Some(version) => {
                // Two numbers: this cannot fail.
                let data = serde_json::to_string(&Tick { at, version }).unwrap_or_default();
                format!("event: tick\ndata: {data}\n\n")
            }
        };
        (line, told)
    }

    /// `objects`: how many are asked each time.
    pub fn is_over(self, objects: u16) -> bool {
        self.rounds >= ROUNDS.min(ASKED_MAX / u32::from(objects.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_version_and_each_change_is_a_tick_and_no_answer_is_told_too() {
        let now = Timestamp::from_millis(9_500);
        let mut told = Told::default();
        let tick = |version| format!("event: tick\ndata: {{\"at\":9,\"version\":{version}}}\n\n");
        let silent = || "event: silent\ndata: {\"at\":9}\n\n".to_owned();
        for (heard, expected) in [
            (None, silent()),
            (Some(7), tick(7)),
            (Some(7), ": still here\n\n".to_owned()),
            (None, silent()),
            (None, silent()),
            // It is heard that there is an answer again.
            (Some(7), tick(7)),
            (Some(7), ": still here\n\n".to_owned()),
            (Some(9), tick(9)),
            (Some(3), tick(3)),
        ] {
            let (line, next) = told.next(heard, now);
            assert_eq!(line, expected, "{heard:?} after {told:?}");
            told = next;
        }
        assert_eq!(told.rounds, 9);
    }

    #[test]
    fn it_ends_after_five_minutes_or_before_it_has_asked_too_often() {
        for (objects, seconds) in [(0, 300), (1, 300), (6, 300), (7, 256), (64, 28)] {
            let mut told = Told::default();
            while !told.is_over(objects) {
                told = told.next(Some(1), Timestamp::default()).1;
            }
            assert_eq!(
                EVERY * told.rounds,
                Duration::from_secs(seconds),
                "{objects}"
            );
        }
    }

    #[test]
    fn streams_are_counted_until_they_end_or_nobody_pulls_them() {
        let begun = Timestamp::from_millis(1_700_000_000_000);
        let mut listeners = Listeners::default();
        for number in 0..LISTENERS_MAX as u64 {
            assert_eq!(listeners.begin(begun), Some(number));
        }
        assert_eq!(listeners.begin(begun), None);
        listeners.end(5);
        assert_eq!(listeners.begin(begun), Some(64));
        assert_eq!(listeners.begin(begun), None);
        let later = begun.plus(GONE_AFTER);
        listeners.pulled(7, later);
        for number in 65..LISTENERS_MAX as u64 + 64 {
            assert_eq!(
                listeners.begin(later),
                Some(number),
                "all but one were gone"
            );
        }
        assert_eq!(listeners.begin(later), None);
    }
}
