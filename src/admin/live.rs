//! `GET /monitoring/live`: server-sent events that tell when something new was measured. The numbers
//! themselves are asked for as always.

use crate::time::Timestamp;
use std::time::Duration;

/// How often the metrics objects are asked for their version.
pub const EVERY: Duration = Duration::from_secs(2);

/// So often, which is five minutes; then the stream ends, and the browser opens another one.
pub const ROUNDS: u32 = 150;

/// Streams at once in one isolate.
pub const LISTENERS_MAX: usize = 64;

/// What has been told so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    version: Option<u64>,
    pub rounds: u32,
}

impl Told {
    /// What there is to tell now. `heard`: the objects' version; `None`: they do not answer.
    pub fn next(self, heard: Option<u64>, now: Timestamp) -> (String, Self) {
        let version = heard.or(self.version);
        let told = Self {
            version,
            rounds: self.rounds + 1,
        };
        let line = match (heard, self.version) {
            (None, _) => ": the metrics object does not answer\n\n".to_owned(),
            (Some(new), Some(old)) if new == old => ": still here\n\n".to_owned(),
            (Some(new), Some(_) | None) => {
                let at = now.as_millis() / 1000;
                format!("event: tick\ndata: {{\"at\":{at},\"version\":{new}}}\n\n")
            }
        };
        (line, told)
    }

    pub fn is_over(self) -> bool {
        self.rounds >= ROUNDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_version_and_each_change_is_a_tick_and_all_else_a_comment() {
        let now = Timestamp::from_millis(9_500);
        let mut told = Told::default();
        let tick = |version| format!("event: tick\ndata: {{\"at\":9,\"version\":{version}}}\n\n");
        for (heard, expected) in [
            (None, ": the metrics object does not answer\n\n".to_owned()),
            (Some(7), tick(7)),
            (Some(7), ": still here\n\n".to_owned()),
            (None, ": the metrics object does not answer\n\n".to_owned()),
            (Some(7), ": still here\n\n".to_owned()),
            (Some(9), tick(9)),
            (Some(3), tick(3)),
        ] {
            let (line, next) = told.next(heard, now);
            assert_eq!(line, expected, "{heard:?} after {told:?}");
            told = next;
        }
        assert_eq!(told.rounds, 7);
    }

    #[test]
    fn it_ends_after_five_minutes() {
        let mut told = Told::default();
        while !told.is_over() {
            told = told.next(Some(1), Timestamp::default()).1;
        }
        assert_eq!(EVERY * told.rounds, Duration::from_secs(300));
    }
}
