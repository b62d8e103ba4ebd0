//! What is known of breakers: who has told how they are within a span, and who was silent since he last told
//! that one was open. Silence is no sign of health: a source that is left in peace is the first of which
//! nothing is heard, while others tell that theirs is well.

use super::machine::QUIET_MAX;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Sources (`database main`, `origin app`) that have told how their breakers are. One that is open somewhere,
/// at some time of the span, is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breakers {
    pub open: BTreeSet<String>,
    pub closed: BTreeSet<String>,
}

/// The sources that were open when they last told, and when that was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastOpen(BTreeMap<String, Timestamp>);

impl Breakers {
    pub fn have_told(&self) -> bool {
        !self.open.is_empty() || !self.closed.is_empty()
    }

    /// Those that have told nothing since they told that they are open, in order of their names.
    pub fn silent<'a>(&'a self, last_open: &'a LastOpen) -> impl Iterator<Item = &'a str> {
        let told = |source: &str| self.open.contains(source) || self.closed.contains(source);
        let open = last_open.0.keys().map(String::as_str);
        open.filter(move |source| !told(source))
    }
}

impl LastOpen {
    /// Takes in what was told. Of whom nothing was heard for too long, nobody can say how he is.
    pub fn note(&mut self, told: Option<&Breakers>, now: Timestamp) {
        if let Some(told) = told {
            self.0.retain(|source, _| !told.closed.contains(source));
            let open = told.open.iter().map(|source| (source.clone(), now));
            self.0.extend(open);
        }
        self.0.retain(|_, at| now.since(*at) < QUIET_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(open: &[&str], closed: &[&str]) -> Breakers {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Breakers {
            open: set(open),
            closed: set(closed),
        }
    }

    #[test]
    fn who_was_open_and_says_nothing_is_silent_until_he_tells_or_is_forgotten() {
        let at = |minute: u64| Timestamp::from_millis(minute * 60_000);
        let mut last = LastOpen::default();
        for (minute, breakers, silent) in [
            (0, told(&[], &["database main"]), 0),
            (1, told(&["database main"], &["origin app"]), 0),
            // Others tell of themselves.
            (2, told(&[], &["origin app"]), 1),
            (3, told(&[], &[]), 1),
            (4, told(&["origin app"], &["database main"]), 0),
            (5, told(&[], &["database main"]), 1),
            (63, told(&[], &["database main"]), 1),
            (64, told(&[], &["database main"]), 1),
            (65, told(&[], &["database main"]), 0),
        ] {
            assert_eq!(breakers.silent(&last).count(), silent, "{minute}");
            last.note(Some(&breakers), at(minute));
        }
    }

    #[test]
    fn what_could_not_be_read_changes_nothing() {
        let mut last = LastOpen::default();
        let now = Timestamp::from_millis(1_000);
        last.note(Some(&told(&["origin app"], &[])), now);
        last.note(None, now);
        assert_eq!(told(&[], &[]).silent(&last).count(), 1);
    }
}
