//! How long a fill has waited for its source: told also where the fill is given up half-way.

use crate::failure::Failure;
use crate::time::Timestamp;
use std::cell::Cell;

/// Belongs to one fill.
#[derive(Debug, Default)]
pub struct Waited(Cell<State>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// The source was not asked.
    #[default]
    Not,
    Since(Timestamp),
    /// So many milliseconds.
    For(u32),
}

impl Waited {
    pub fn begin(&self, now: Timestamp) {
        self.0.set(State::Since(now));
    }

    /// The source has answered, or there is no answer to be had.
    pub fn end<T>(&self, answered: &Result<T, Failure>, now: Timestamp) {
        let so_far = self.millis(now);
        let waited = match answered {
            Ok(_) => so_far,
            Err(failure) => so_far.and_then(|millis| failure.source_ms(millis)),
        };
        self.0.set(waited.map_or(State::Not, State::For));
    }

    /// Until now, where it has not ended; `None`: nobody was waited for.
    pub fn millis(&self, now: Timestamp) -> Option<u32> {
        match self.0.get() {
            State::Not => None,
            State::Since(began) => Some(elapsed_ms(began, now)),
            State::For(millis) => Some(millis),
        }
    }
}

pub fn elapsed_ms(began: Timestamp, now: Timestamp) -> u32 {
    u32::try_from(now.since(began).as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;

    #[test]
    fn what_was_waited_for_is_told_however_it_ends() {
        let at = Timestamp::from_millis;
        let failure = || Failure::new(Kind::Unavailable, "");
        for (ended, expected) in [
            (None, Some(90)),
            (Some(Ok(())), Some(40)),
            (Some(Err(failure())), Some(40)),
            (Some(Err(failure().undone())), Some(40)),
            (Some(Err(failure().unasked())), None),
        ] {
            let waited = Waited::default();
            assert_eq!(waited.millis(at(5)), None);
            waited.begin(at(10));
            if let Some(ended) = &ended {
                waited.end(ended, at(50));
            }
            assert_eq!(waited.millis(at(100)), expected, "{ended:?}");
        }
    }
}
