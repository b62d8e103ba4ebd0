//! Which requests share a fill: at most one live fill per key in a shield object.
//!
//! This is the decision alone. The platform holds the futures, under the numbers given here.

use std::collections::HashMap;

/// Names one fill; never reused within an object's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FillId(u64);

/// What a request for a key is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Start this fill, and wait for it too.
    Lead(FillId),
    /// Wait for this fill, which runs already.
    Wait(FillId),
    /// Neither: the limit is reached. Answer 503 rather than queue without bound.
    Refuse(Full),
}

/// Which limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    Fills,
    Waiters,
}

impl Full {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fills => "fills-full",
            Self::Waiters => "waiters-full",
        }
    }
}

/// Live fills by key.
#[derive(Debug)]
pub struct Fills {
    live: HashMap<String, Live>,
    next: u64,
    fills_max: usize,
    waiters_max: usize,
}

#[derive(Debug)]
struct Live {
    id: FillId,
    waiters: usize,
}

impl Fills {
    /// `fills_max`: live fills at once; `waiters_max`: requests behind one fill.
    pub fn new(fills_max: usize, waiters_max: usize) -> Self {
        Self {
            live: HashMap::new(),
            next: 0,
            fills_max,
            waiters_max,
        }
    }

    /// INVARIANT: for one key, no second `Lead` before `end` of the first.
    pub fn join(&mut self, key: &str) -> Join {
        if let Some(live) = self.live.get_mut(key) {
            if live.waiters >= self.waiters_max {
                return Join::Refuse(Full::Waiters);
            }
            live.waiters += 1;
            return Join::Wait(live.id);
        }
        if self.live.len() >= self.fills_max {
            return Join::Refuse(Full::Fills);
        }
        let id = FillId(self.next);
        self.next += 1;
        self.live.insert(key.to_owned(), Live { id, waiters: 0 });
        Join::Lead(id)
    }

    /// A waiter went away, answered or not.
    pub fn leave(&mut self, key: &str, id: FillId) {
        if let Some(live) = self.live.get_mut(key).filter(|live| live.id == id) {
            live.waiters = live.waiters.saturating_sub(1);
        }
    }

    /// The fill has its result; the next request for the key leads anew.
    pub fn end(&mut self, key: &str, id: FillId) {
        if self.live.get(key).is_some_and(|live| live.id == id) {
            self.live.remove(key);
        }
    }

    pub fn len(&self) -> usize {
        self.live.len()
    }

    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_leads_and_the_others_wait_until_it_ends() {
        let mut fills = Fills::new(10, 10);
        let Join::Lead(id) = fills.join("a") else {
            panic!("the first must lead")
        };
        assert_eq!(fills.join("a"), Join::Wait(id));
        fills.end("a", id);
        assert!(matches!(fills.join("a"), Join::Lead(next) if next != id));
    }

    #[test]
    fn limits_refuse_rather_than_queue() {
        let mut fills = Fills::new(1, 1);
        let Join::Lead(id) = fills.join("a") else {
            panic!("the first must lead")
        };
        assert_eq!(fills.join("b"), Join::Refuse(Full::Fills));
        assert_eq!(fills.join("a"), Join::Wait(id));
        assert_eq!(fills.join("a"), Join::Refuse(Full::Waiters));
        fills.leave("a", id);
        assert_eq!(fills.join("a"), Join::Wait(id));
    }

    #[test]
    fn a_late_end_of_an_old_fill_does_not_end_its_successor() {
        let mut fills = Fills::new(2, 2);
        let Join::Lead(old) = fills.join("a") else {
            panic!("the first must lead")
        };
        fills.end("a", old);
        let Join::Lead(new) = fills.join("a") else {
            panic!("the next must lead")
        };
        fills.end("a", old);
        assert_eq!(fills.join("a"), Join::Wait(new));
    }

    proptest! {
        #[test]
        fn at_most_one_live_fill_per_key(ops in prop::collection::vec((0..3_u8, 0..4_u8), 0..200)) {
            let mut fills = Fills::new(3, 2);
            let mut live: HashMap<String, FillId> = HashMap::new();
            for (op, key) in ops {
                let key = key.to_string();
                match (op, live.get(&key).copied()) {
                    (0 | 1, known) => match fills.join(&key) {
                        Join::Lead(id) => {
                            prop_assert_eq!(known, None);
                            live.insert(key, id);
                        }
                        Join::Wait(id) => prop_assert_eq!(known, Some(id)),
                        Join::Refuse(Full::Fills) => prop_assert_eq!(live.len(), 3),
                        Join::Refuse(Full::Waiters) => prop_assert!(known.is_some()),
                    },
                    (_, Some(id)) => {
                        fills.end(&key, id);
                        live.remove(&key);
                    }
                    (_, None) => {}
                }
                prop_assert_eq!(fills.len(), live.len());
            }
        }
    }
}
