//! How one isolate keeps its view of the log: what it knows, who renews it, and how often it may ask
//! beyond what its colo shares.

use super::view::{Currency, Lag, View};
use crate::time::Timestamp;
use std::time::Duration;

/// Questions that isolates put to the log by themselves, on behalf of bookmarks: so many a second, and
/// so many at once.
const DIRECT_PER_SECOND: u64 = 10;

/// A renewal that is not heard of for so long is another's to make: it was cancelled with its request.
const RENEWAL_MAX: Duration = Duration::from_secs(5);

/// After a silence, only a renewal behind a response asks the log again so soon.
const SILENCE: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub struct Watch {
    pub view: View,
    renewing_since: Option<Timestamp>,
    /// When the log last gave no answer; `None` once it has.
    silent_since: Option<Timestamp>,
    /// By how much this isolate polls sooner than its neighbours: of those that share a page, one is the
    /// first, and renews it for the rest. In 1/65536 of half a poll.
    sooner: u16,
    /// Thousandths of a question that may still be asked.
    allowance: u64,
    counted_at: Timestamp,
}

impl Watch {
    /// `targets_max`: of the view's index.
    pub fn new(targets_max: usize) -> Self {
        Self {
            view: View::new(targets_max),
            renewing_since: None,
            silent_since: None,
            sooner: 0,
            allowance: DIRECT_PER_SECOND * 1000,
            counted_at: Timestamp::from_millis(0),
        }
    }

    /// The same, polling by `sooner` 65536ths of half a poll sooner than it has to.
    pub fn polling_sooner(targets_max: usize, sooner: u16) -> Self {
        Self {
            sooner,
            ..Self::new(targets_max)
        }
    }

    pub fn currency(&self, lag: Lag, now: Timestamp) -> Currency {
        let half = lag.poll / 2;
        let sooner = half.mul_f64(f64::from(self.sooner) / 65_536.0);
        let poll = lag.poll.saturating_sub(sooner);
        self.view.currency(Lag { poll, ..lag }, now)
    }

    /// The log gave no answer: nobody is to wait for it for a while.
    pub fn note_silence(&mut self, now: Timestamp) {
        self.silent_since = Some(now);
    }

    pub fn note_answer(&mut self) {
        self.silent_since = None;
    }

    /// Whether the log was found silent a moment ago.
    pub fn is_silent(&self, now: Timestamp) -> bool {
        self.silent_since
            .is_some_and(|since| now.since(since) < SILENCE)
    }

    /// Whether answers may be found valid with nobody waiting for a renewal, and none to be begun.
    pub fn lets_through(&self, lag: Lag, now: Timestamp) -> bool {
        match self.currency(lag, now) {
            Currency::Current => true,
            Currency::Aging => self.is_renewing(now),
            Currency::Outdated => false,
        }
    }

    fn is_renewing(&self, now: Timestamp) -> bool {
        let since = self.renewing_since;
        since.is_some_and(|since| now.since(since) < RENEWAL_MAX)
    }

    /// Claims the renewal behind a response; `false`: another has it.
    pub fn begin_renewal(&mut self, now: Timestamp) -> bool {
        if self.is_renewing(now) {
            return false;
        }
        self.renewing_since = Some(now);
        true
    }

    pub fn end_renewal(&mut self) {
        self.renewing_since = None;
    }

    /// Takes one question to the log out of what is allowed.
    pub fn may_ask(&mut self, now: Timestamp) -> bool {
        let earned = now.since(self.counted_at).as_millis();
        let earned = u64::try_from(earned).unwrap_or(u64::MAX);
        let earned = earned.saturating_mul(DIRECT_PER_SECOND);
        self.allowance = self
            .allowance
            .saturating_add(earned)
            .min(DIRECT_PER_SECOND * 1000);
        self.counted_at = self.counted_at.max(now);
        let allowed = self.allowance >= 1000;
        if allowed {
            self.allowance -= 1000;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::super::index::Delta;
    use super::*;

    const LAG: Lag = Lag {
        poll: Duration::from_secs(1),
        max: Duration::from_secs(2),
    };

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn an_aging_view_lets_through_while_somebody_renews_it() {
        let mut watch = Watch::new(1);
        watch.view.take(&Delta::default(), at(0));
        assert!(watch.lets_through(LAG, at(1_000)));
        assert!(!watch.lets_through(LAG, at(1_500)));
        assert!(watch.begin_renewal(at(1_500)));
        assert!(!watch.begin_renewal(at(1_600)));
        assert!(watch.lets_through(LAG, at(1_600)));
        assert!(!watch.lets_through(LAG, at(2_001)));
        watch.end_renewal();
        assert!(!watch.lets_through(LAG, at(1_600)));
        assert!(watch.begin_renewal(at(1_600)));
    }

    #[test]
    fn a_renewal_that_is_never_heard_of_ends_by_itself() {
        let mut watch = Watch::new(1);
        assert!(watch.begin_renewal(at(0)));
        assert!(!watch.begin_renewal(at(4_999)));
        assert!(watch.begin_renewal(at(5_000)));
    }

    #[test]
    fn neighbours_poll_at_different_times_and_none_later_than_asked() {
        let mut watch = Watch::polling_sooner(1, 32_768);
        watch.view.take(&Delta::default(), at(0));
        assert_eq!(watch.currency(LAG, at(750)), Currency::Current);
        assert_eq!(watch.currency(LAG, at(751)), Currency::Aging);
        assert_eq!(watch.currency(LAG, at(2_001)), Currency::Outdated);
    }

    #[test]
    fn a_silent_log_is_not_waited_for_again_for_a_while() {
        let mut watch = Watch::new(1);
        assert!(!watch.is_silent(at(10)));
        watch.note_silence(at(10));
        assert!(watch.is_silent(at(2_009)));
        assert!(!watch.is_silent(at(2_010)));
        watch.note_silence(at(10));
        watch.note_answer();
        assert!(!watch.is_silent(at(11)));
    }

    #[test]
    fn questions_to_the_log_are_counted_out() {
        let mut watch = Watch::new(1);
        let asked = |watch: &mut Watch, now| (0..100).filter(|_| watch.may_ask(at(now))).count();
        assert_eq!(asked(&mut watch, 1_000), 10);
        assert_eq!(asked(&mut watch, 1_100), 1);
        assert_eq!(asked(&mut watch, 900), 0);
        assert_eq!(asked(&mut watch, 100_000), 10);
    }
}
