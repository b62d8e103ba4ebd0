//! Wrong tokens, by who sent them: after so many the address is heard no more for a while, not with the
//! right token either, or guessing would go on. Bounded: who is forgotten begins anew.

use crate::time::Timestamp;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

/// What a wrong token costs: one is forgiven for each of these.
const EVERY: Duration = Duration::from_secs(6);

/// What an address may owe and still be heard: fifty wrong tokens in a row are answered as such.
const OWED_MAX: Duration = Duration::from_secs(49 * 6);

/// Addresses that are remembered, the last ones that were wrong.
const ADDRESSES_MAX: usize = 256;

/// What one isolate remembers.
#[derive(Debug, Default)]
pub struct Attempts(VecDeque<Attempt>);

#[derive(Debug)]
struct Attempt {
    address: String,
    /// When all is forgiven.
    clear_at: Timestamp,
}

/// Whether an address is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    Heard,
    /// Not before this time has passed.
    Not(Duration),
}

impl Attempts {
    pub fn hearing(&self, address: &str, now: Timestamp) -> Hearing {
        let network = network(address);
        let known = self.0.iter().find(|attempt| attempt.address == network);
        let owed = known.map_or(Duration::ZERO, |attempt| attempt.clear_at.since(now));
        match owed.checked_sub(OWED_MAX) {
            Some(wait) if wait > Duration::ZERO => Hearing::Not(wait),
            Some(_) | None => Hearing::Heard,
        }
    }

    /// Notes a wrong token.
    pub fn wrong(&mut self, address: &str, now: Timestamp) {
        let network = network(address);
        let place = self.0.iter().position(|attempt| attempt.address == network);
        let known = place.and_then(|place| self.0.remove(place));
        let from = known.map_or(now, |attempt| attempt.clear_at.max(now));
        if self.0.len() >= ADDRESSES_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Attempt {
            address: network,
            clear_at: from.plus(EVERY),
        });
    }
}

/// Of an IPv6 address the first half, which is what one subscriber has.
fn network(address: &str) -> String {
    let Ok(IpAddr::V6(six)) = address.parse() else {
        return address.to_owned();
    };
    match (six.to_ipv4_mapped(), six.segments()) {
        (Some(four), _) => four.to_string(),
        (None, [a, b, c, d, ..]) => format!("{a:x}:{b:x}:{c:x}:{d:x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn after_wrong(times: usize, address: &str) -> Attempts {
        let mut attempts = Attempts::default();
        for _ in 0..times {
            attempts.wrong(address, NOW);
        }
        attempts
    }

    #[test]
    fn fifty_wrong_tokens_are_heard_and_then_one_in_six_seconds() {
        assert_eq!(
            after_wrong(49, "1.2.3.4").hearing("1.2.3.4", NOW),
            Hearing::Heard
        );
        let mut attempts = after_wrong(50, "1.2.3.4");
        let six = Duration::from_secs(6);
        assert_eq!(attempts.hearing("1.2.3.4", NOW), Hearing::Not(six));
        assert_eq!(attempts.hearing("1.2.3.4", NOW.plus(six)), Hearing::Heard);
        attempts.wrong("1.2.3.4", NOW.plus(six));
        assert_eq!(
            attempts.hearing("1.2.3.4", NOW.plus(six)),
            Hearing::Not(six)
        );
        let day = Duration::from_secs(86_400);
        assert_eq!(attempts.hearing("1.2.3.4", NOW.plus(day)), Hearing::Heard);
    }

    #[test]
    fn others_are_heard_all_the_same_but_not_neighbours_of_one_ipv6_network() {
        assert_eq!(
            after_wrong(50, "1.2.3.4").hearing("1.2.3.5", NOW),
            Hearing::Heard
        );
        let attempts = after_wrong(50, "2001:db8:1:2:3:4:5:6");
        let hears = |address| attempts.hearing(address, NOW) == Hearing::Heard;
        assert!(!hears("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert!(hears("2001:db8:1:3:3:4:5:6"));
        assert!(hears("::1"));
        let attempts = after_wrong(50, "2001:db8::a:b:c:d");
        let hears = |address| attempts.hearing(address, NOW) == Hearing::Heard;
        assert!(!hears("2001:db8:0:0:1:2:3:4") && !hears("2001:db8::"));
        assert!(hears("2001:db8:0:1:a:b:c:d"));
        assert_eq!(network("::ffff:1.2.3.4"), network("1.2.3.4"));
    }

    #[test]
    fn no_more_addresses_are_remembered_than_there_is_room_for() {
        let mut attempts = after_wrong(50, "first");
        for number in 0..ADDRESSES_MAX {
            attempts.wrong(&format!("address {number}"), NOW);
        }
        assert_eq!(attempts.0.len(), ADDRESSES_MAX);
        assert_eq!(attempts.hearing("first", NOW), Hearing::Heard);
    }
}
