//! One request to one origin: its servers tried in turn, as far as that is safe and of use.

use super::exchange::Exchange;
use super::{Guard, Tell, discard};
use crate::config::site::Origin;
use crate::failure::{Failure, Kind};
use crate::platform::clock;
use crate::platform::leave::Leave;
use crate::platform::origin::{Sending, Silence, send};
use crate::platform::random::random;
use crate::platform::stream::JsStream;
use crate::ports::origin::Landing;
use crate::source::breaker::Verdict;
use crate::source::fetch::{Fetch, Standing};
use crate::source::query::Repeat;
use crate::source::retry::{Break, Next, Tries};
use crate::source::upstream;
use crate::time::Timestamp;
use std::time::Duration;
use web_sys::ReadableStream;
use worker::Delay;

pub(super) struct Errand<'a> {
    guard: &'a Guard,
    origin: &'a Origin,
    fetch: &'a Fetch,
    content: Option<ReadableStream>,
    tell: &'a Tell,
    repeat: Repeat,
    tries: Tries,
    /// Servers that were asked since all were new.
    tried: Vec<usize>,
    /// The answer of a server that speaks against it: it stands unless another has a better one.
    held: Option<(Landing<JsStream>, Standing)>,
    began: Timestamp,
}

/// What came of it.
pub(super) enum Outcome {
    /// With whatever status.
    Answered(Landing<JsStream>),
    /// Cloudflare has written the answer, as there was none.
    Unreached(Landing<JsStream>),
    Unserved(Unserved),
}

/// There is no answer.
pub(super) enum Unserved {
    /// Another origin may be asked, with the content that was not sent.
    Sendable(Failure, Option<ReadableStream>),
    Spent(Failure),
}

impl Unserved {
    pub(super) fn failure(self) -> Failure {
        match self {
            Self::Sendable(failure, _) | Self::Spent(failure) => failure,
        }
    }
}

/// How one try ended.
enum Tried {
    Answered(Landing<JsStream>, Standing),
    Silent(Failure, Again),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    OfUse,
    /// It would come to the same, or take too long.
    OfNone,
    /// It was never sent.
    Unsent,
}

impl<'a> Errand<'a> {
    pub(super) fn new(
        (guard, origin): (&'a Guard, &'a Origin),
        fetch: &'a Fetch,
        content: Option<ReadableStream>,
        tell: &'a Tell,
    ) -> Self {
        let repeat = match content {
            // A body that comes in can be sent once.
            Some(_) => Repeat::Never,
            None => fetch.repeat(),
        };
        Self {
            guard,
            origin,
            fetch,
            content,
            tell,
            repeat,
            tries: guard.retries.borrow_mut().begin(repeat),
            tried: Vec::new(),
            held: None,
            began: clock::now(),
        }
    }

    pub(super) async fn run(mut self) -> Outcome {
        let leave = match Leave::ask(&self.guard.breaker) {
            Ok(leave) => leave,
            Err(wait) => return Outcome::Unserved(self.refused(wait)),
        };
        loop {
            let (failure, again) = match self.attempt().await {
                Tried::Answered(landing, Standing::Well) => {
                    leave.settle(Verdict::Answered);
                    self.hold(None);
                    return Outcome::Answered(landing);
                }
                Tried::Answered(landing, standing @ (Standing::Failing | Standing::Unreached)) => {
                    let why = format!("it answered {}", landing.exchanged.status);
                    self.hold(Some((landing, standing)));
                    let failure = Failure::new(Kind::Unavailable, "").because(why);
                    (failure, Again::OfUse)
                }
                Tried::Silent(failure, again) => (failure, again),
            };
            if self.is_worth_a_try(again) && self.goes_on().await {
                continue;
            }
            // A server that answers 503 for one URL may answer the next: it is passed over where there is
            // another, but only silence keeps everybody from asking.
            leave.settle(|took| match (&self.held, again) {
                (Some(_), _) => Verdict::Answered(took),
                (None, Again::OfUse | Again::OfNone) => Verdict::Failed,
                (None, Again::Unsent) => Verdict::Unknown,
            });
            return self.ended(failure, again);
        }
    }

    /// Holds an answer in the place of an older one.
    fn hold(&mut self, answer: Option<(Landing<JsStream>, Standing)>) {
        if let Some((older, _)) = std::mem::replace(&mut self.held, answer) {
            discard(older);
        }
    }

    /// A server that has answered is not asked again, as an answer is there; another one may be.
    fn is_worth_a_try(&self, again: Again) -> bool {
        match again {
            Again::OfUse => self.held.is_none() || self.has_untried(),
            Again::OfNone | Again::Unsent => false,
        }
    }

    fn ended(self, failure: Failure, again: Again) -> Outcome {
        match (self.held, self.repeat, again) {
            (Some((landing, Standing::Unreached)), Repeat::Allowed, _) => {
                Outcome::Unreached(landing)
            }
            (Some((landing, _)), _, _) => Outcome::Answered(landing),
            (None, Repeat::Allowed, Again::OfUse | Again::OfNone) => {
                Outcome::Unserved(Unserved::Sendable(failure, None))
            }
            (None, Repeat::Never, _) | (None, _, Again::Unsent) => {
                Outcome::Unserved(Unserved::Spent(failure))
            }
        }
    }

    /// Asks one server, and tells what it learnt of it.
    async fn attempt(&mut self) -> Tried {
        let now = clock::now();
        let picked = self.pick(now);
        let server = picked.and_then(|index| Some((index, self.origin.upstreams.get(index)?)));
        let Some((index, server)) = server else {
            let why = format!("origin {} has no servers", self.origin.name);
            let failure = Failure::new(Kind::Misconfigured, "").because(why).unasked();
            return Tried::Silent(failure, Again::Unsent);
        };
        self.tried.push(index);
        let exchange = Exchange::begin(&self.origin.name, self.tell);
        let sent = send(Sending {
            server: &server.url,
            fetch: self.fetch,
            content: self.content.take(),
            head_limit: self.left(),
            pause_max: self.origin.body_timeout,
        });
        let sent = sent.await;
        exchange.ended(&sent);
        match sent {
            Ok(landing) => {
                let standing = landing.exchanged.standing();
                self.settle(
                    index,
                    match standing {
                        Standing::Well => upstream::Verdict::Answered,
                        Standing::Failing | Standing::Unreached => upstream::Verdict::Failed,
                    },
                );
                Tried::Answered(landing, standing)
            }
            Err(silence) => {
                let again = match &silence {
                    Silence::Lost(_) => Again::OfUse,
                    Silence::Late | Silence::Unusable(_) => Again::OfNone,
                    Silence::Unsendable(_) => Again::Unsent,
                };
                if again != Again::Unsent {
                    self.settle(index, upstream::Verdict::Failed);
                }
                Tried::Silent(silence.failure(&server.url), again)
            }
        }
    }

    /// A server that was not asked yet; when all were, they begin anew.
    fn pick(&mut self, now: Timestamp) -> Option<usize> {
        let mut upstreams = self.guard.upstreams.borrow_mut();
        upstreams.pick(&self.tried, now, random()).or_else(|| {
            self.tried.clear();
            upstreams.pick(&self.tried, now, random())
        })
    }

    fn settle(&self, index: usize, verdict: upstream::Verdict) {
        let mut upstreams = self.guard.upstreams.borrow_mut();
        upstreams.settle(index, verdict, clock::now());
    }

    /// Whether to try again; and waits before it does, where that spares somebody.
    async fn goes_on(&mut self) -> bool {
        let next = self.next();
        match next {
            Next::GiveUp(_) => return false,
            // Another server has not been asked yet, so it need not be spared.
            Next::After(pause) if !self.has_untried() => Delay::from(pause).await,
            Next::Fresh | Next::After(_) => {}
        }
        !self.left().is_zero()
    }

    fn next(&mut self) -> Next {
        let mut retries = self.guard.retries.borrow_mut();
        retries.next(&mut self.tries, Break::New, random())
    }

    fn has_untried(&self) -> bool {
        self.tried.len() < self.origin.upstreams.len()
    }

    /// Of the time for the answer's head, which all tries share.
    fn left(&self) -> Duration {
        let spent = clock::now().since(self.began);
        self.origin.timeout.saturating_sub(spent)
    }

    fn refused(self, wait: Duration) -> Unserved {
        let why = format!("origin {}: the breaker is open", self.origin.name);
        let failure = Failure::new(Kind::Unavailable, "").because(why);
        Unserved::Sendable(failure.after(wait).unasked(), self.content)
    }
}
