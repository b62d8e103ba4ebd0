//! Which keys this isolate is refreshing in the background: at most one refresh a key, bounded in
//! number and in time, since a refresh that is cancelled with its request never says that it ended.

use crate::time::Timestamp;
use std::collections::HashMap;
use std::time::Duration;

/// The runtime ends background work after 30 seconds; a claim lasts no longer.
const CLAIM_LASTS: Duration = Duration::from_secs(30);
const CLAIMS_MAX: usize = 1024;

#[derive(Debug, Default)]
pub struct Refreshing {
    since: HashMap<String, Timestamp>,
}

impl Refreshing {
    /// Claims a key. `false` when another has it, or when too many are claimed already: the stale
    /// answer is served all the same, and a later request tries again.
    pub fn begin(&mut self, key: &str, now: Timestamp) -> bool {
        let live = |since: Timestamp| now.since(since) < CLAIM_LASTS;
        if self.since.get(key).is_some_and(|since| live(*since)) {
            return false;
        }
        if self.since.len() >= CLAIMS_MAX {
            self.since.retain(|_, since| live(*since));
        }
        if self.since.len() >= CLAIMS_MAX {
            return false;
        }
        self.since.insert(key.to_owned(), now);
        true
    }

    pub fn end(&mut self, key: &str) {
        self.since.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_claimed_once_until_it_ends_or_is_given_up() {
        let mut refreshing = Refreshing::default();
        let at = Timestamp::from_millis;
        assert!(refreshing.begin("a", at(0)));
        assert!(!refreshing.begin("a", at(29_999)));
        assert!(refreshing.begin("a", at(30_000)));
        refreshing.end("a");
        assert!(refreshing.begin("a", at(30_001)));
    }

    #[test]
    fn claims_are_bounded_and_dead_ones_make_room() {
        let mut refreshing = Refreshing::default();
        for i in 0..CLAIMS_MAX {
            assert!(refreshing.begin(&i.to_string(), Timestamp::from_millis(0)));
        }
        assert!(!refreshing.begin("one more", Timestamp::from_millis(1)));
        assert!(refreshing.begin("one more", Timestamp::from_millis(30_000)));
    }
}
