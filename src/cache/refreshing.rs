//! Which keys this isolate is refreshing in the background: at most one refresh a key, bounded in
//! number and in time, since a refresh that is cancelled with its request never says that it ended.

use crate::time::Timestamp;
use std::collections::HashMap;
use std::time::Duration;

/// The runtime ends background work after 30 seconds; a claim lasts no longer.
const CLAIM_LASTS: Duration = Duration::from_secs(30);
const CLAIMS_MAX: usize = 1024;

/// The right to refresh one key. One that has lapsed may have a successor, so each has its number.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a claim that nobody ends keeps its key from being refreshed"]
pub struct Claim(u64);

#[derive(Debug, Default)]
pub struct Refreshing {
    claims: HashMap<String, Claimed>,
    next: u64,
}

#[derive(Debug)]
struct Claimed {
    number: u64,
    since: Timestamp,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    UnderWay,
    /// It has ended, and the next one may wait for a while.
    Rested,
}

impl Claimed {
    fn is_live(&self, now: Timestamp) -> bool {
        now.since(self.since) < CLAIM_LASTS
    }
}

impl Refreshing {
    /// Claims a key for work that began at `since`. `None` when another has it, or when too many are
    /// claimed already: the stored answer is served all the same, and a later request tries again.
    pub fn begin(&mut self, key: &str, since: Timestamp) -> Option<Claim> {
        if self.running_for(key, since).is_some() {
            return None;
        }
        if self.claims.len() >= CLAIMS_MAX {
            self.claims
                .retain(|_, had| had.is_live(since) && had.state == State::UnderWay);
        }
        if self.claims.len() >= CLAIMS_MAX {
            return None;
        }
        let number = self.next;
        self.next += 1;
        let state = State::UnderWay;
        let claimed = Claimed {
            number,
            since,
            state,
        };
        self.claims.insert(key.to_owned(), claimed);
        Some(Claim(number))
    }

    /// Ends this claim, and no other that has taken its place.
    pub fn end(&mut self, key: &str, claim: &Claim) {
        let own = self.claims.get(key);
        if own.is_some_and(|claimed| claimed.number == claim.0) {
            self.claims.remove(key);
        }
    }

    /// Ends this claim, and remembers for as long as it could have lasted that there was one.
    pub fn rest(&mut self, key: &str, claim: &Claim) {
        let own = self.claims.get_mut(key);
        if let Some(claimed) = own.filter(|claimed| claimed.number == claim.0) {
            claimed.state = State::Rested;
        }
    }

    /// Whether the key was refreshed a moment ago, and who can wait is to wait.
    pub fn rests(&self, key: &str, now: Timestamp) -> bool {
        let claimed = self.claims.get(key);
        claimed.is_some_and(|had| had.is_live(now) && had.state == State::Rested)
    }

    /// How long the key's refresh has been under way, if one is.
    pub fn running_for(&self, key: &str, now: Timestamp) -> Option<Duration> {
        let claimed = self
            .claims
            .get(key)
            .filter(|claimed| claimed.is_live(now) && claimed.state == State::UnderWay)?;
        Some(now.since(claimed.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_key_is_claimed_once_until_it_ends_or_is_given_up() {
        let mut refreshing = Refreshing::default();
        let _lapsed = refreshing.begin("a", at(0)).unwrap();
        assert_eq!(refreshing.begin("a", at(29_999)), None);
        let second = refreshing.begin("a", at(30_000)).unwrap();
        refreshing.end("a", &second);
        assert!(refreshing.begin("a", at(30_001)).is_some());
    }

    #[test]
    fn what_rests_is_not_under_way_and_may_be_refreshed() {
        let mut refreshing = Refreshing::default();
        let first = refreshing.begin("a", at(0)).unwrap();
        assert!(!refreshing.rests("a", at(1)));
        refreshing.rest("a", &first);
        assert!(refreshing.rests("a", at(29_999)));
        assert!(!refreshing.rests("a", at(30_000)));
        assert_eq!(refreshing.running_for("a", at(1)), None);
        let second = refreshing.begin("a", at(1)).unwrap();
        refreshing.rest("a", &first);
        assert!(!refreshing.rests("a", at(2)), "the second is under way");
        refreshing.end("a", &second);
        assert!(!refreshing.rests("a", at(2)));
    }

    #[test]
    fn the_late_end_of_a_lapsed_claim_leaves_its_successor_alone() {
        let mut refreshing = Refreshing::default();
        let lapsed = refreshing.begin("a", at(0)).unwrap();
        let successor = refreshing.begin("a", at(30_000)).unwrap();
        refreshing.end("a", &lapsed);
        assert_eq!(refreshing.begin("a", at(30_001)), None);
        refreshing.end("a", &successor);
        assert!(refreshing.begin("a", at(30_002)).is_some());
    }

    #[test]
    fn it_tells_how_long_a_refresh_has_been_under_way() {
        let mut refreshing = Refreshing::default();
        assert_eq!(refreshing.running_for("a", at(0)), None);
        let claim = refreshing.begin("a", at(100)).unwrap();
        let seen = |refreshing: &Refreshing, now| refreshing.running_for("a", at(now));
        assert_eq!(seen(&refreshing, 350), Some(Duration::from_millis(250)));
        assert_eq!(seen(&refreshing, 30_100), None);
        refreshing.end("a", &claim);
        assert_eq!(seen(&refreshing, 350), None);
    }

    #[test]
    fn claims_are_bounded_and_dead_ones_make_room() {
        let mut refreshing = Refreshing::default();
        for i in 0..CLAIMS_MAX {
            assert!(refreshing.begin(&i.to_string(), at(0)).is_some());
        }
        assert_eq!(refreshing.begin("one more", at(1)), None);
        assert!(refreshing.begin("one more", at(30_000)).is_some());
    }
}
