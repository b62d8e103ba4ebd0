//! One contact with an origin: its leader gets the answer as it comes, and those who wait for it the whole
//! of it, if they may. It belongs to the object: whoever leaves, the leader too, ends it for nobody.

use super::super::super::turns::Turn;
use super::super::Seat;
use super::{Answered, Handed, HandedBody, OriginRoom, Round, asked, judge, own};
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::outcome::{Purged, ShieldReport};
use crate::policy::sharing::{self, Sharing};
use crate::ports::origin::{Kept, Landing, OriginShieldPorts};
use crate::purge::seq::PurgeSeq;
use crate::semantics::no_vary_search::Variance;
use crate::semantics::vary::Selecting;
use crate::shield::fills::FillId;
use crate::shield::message::FetchAsk;
use crate::source::fetch::{Exchanged, Fetch};
use crate::time::Timestamp;
use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::rc::Rc;
use std::time::Duration;

/// A body that is declared to be no longer is whole before its leader is answered: one copy is handed to
/// all, and an origin that breaks off is told to all as what it is.
const SHORT_BYTES_MAX: u64 = 64 * 1024;

/// What a contact is for.
#[derive(Debug)]
pub(super) struct Job {
    pub site: Rc<Site>,
    /// The leader's.
    pub ask: Rc<FetchAsk>,
    /// Of what may be shared.
    pub name: String,
    pub id: FillId,
    /// What was known of purges before.
    pub seq: PurgeSeq,
}

/// A contact under way, up to the head of its answer.
pub(super) type Running = Turn<Head>;

#[derive(Clone)]
pub(super) enum Head {
    Shared(Rc<Answer>, Turn<Content>),
    /// The answer is for its leader.
    Own,
    Failed(Failure),
}

/// An answer that may be shared, less its body.
#[derive(Debug)]
pub(super) struct Answer {
    pub exchanged: Exchanged,
    pub seq: PurgeSeq,
    /// As in [`sharing::Shared`].
    pub fresh: Duration,
    /// What selects it, and what the leader had there.
    among: Vec<String>,
    values: Selecting,
    /// What the leader has asked for. Requests of one key may differ in what an earlier answer has called
    /// irrelevant.
    target: String,
}

impl Answer {
    /// Whether it is for this request as well.
    pub(super) fn serves(&self, request: &Fetch) -> bool {
        let is_same = request.target == self.target || self.covers(&request.target);
        is_same && Selecting::of(&self.among, &request.fields) == self.values
    }

    /// Whether this answer says itself that it is for another query too (`No-Vary-Search`).
    fn covers(&self, target: &str) -> bool {
        let variance = Variance::of(&self.exchanged.fields);
        let parts = |target: &str| {
            let (path, query) = match target.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (target, None),
            };
            (path.to_owned(), variance.canonical(query))
        };
        parts(target) == parts(&self.target)
    }

    pub(super) fn head_bytes(&self) -> u64 {
        let fields = self.exchanged.fields.iter();
        fields
            .map(|(name, value)| (name.len() + value.len()) as u64)
            .sum()
    }

    fn handed<S>(&self, body: HandedBody<S>) -> Handed<S> {
        Handed {
            exchanged: self.exchanged.clone(),
            seq: self.seq,
            body,
        }
    }
}

/// What has become of the body of an answer that may be shared.
#[derive(Clone, Debug)]
pub(super) enum Content {
    None,
    Whole(Rc<Vec<u8>>),
    TooLarge,
    Failed(Failure),
}

impl Content {
    /// `None`: there was not enough time.
    fn of(kept: Option<Kept>) -> Self {
        match kept {
            Some(Kept::Whole(bytes)) => Self::Whole(bytes),
            Some(Kept::TooLarge) => Self::TooLarge,
            Some(Kept::Broken) => Self::Failed(
                Failure::new(Kind::BadGateway, "").because("the origin's body broke off"),
            ),
            None => Self::Failed(
                Failure::new(Kind::Timeout, "").because("shield: the body's time limit"),
            ),
        }
    }

    /// Of a body that was declared to be short.
    fn of_short(kept: Option<Kept>) -> Self {
        match Self::of(kept) {
            Self::TooLarge => Self::of(Some(Kept::Broken)),
            content @ (Self::None | Self::Whole(_) | Self::Failed(_)) => content,
        }
    }
}

/// Where a leader waits.
type Hand<S> = oneshot::Sender<Answered<S>>;

impl<P: OriginShieldPorts> OriginRoom<P> {
    /// Begins the contact and waits for the leader's part of it.
    pub(super) async fn lead(self: &Rc<Self>, job: Job) -> Answered<P::Stream> {
        let (hand, handed) = oneshot::channel();
        let (room, id) = (self.clone(), job.id);
        let running = async move { room.contact(Rc::new(job), hand).await };
        let running = running.boxed_local().shared();
        self.running.borrow_mut().insert(id, running.clone());
        self.ports.spawn(running.map(drop));
        handed.await.unwrap_or_else(|_| {
            let failure = Failure::new(Kind::Internal, "").because("a contact without an answer");
            (ShieldReport::default(), Err(failure))
        })
    }

    /// A leader that has left takes nothing: what is sent to it is dropped, its stream with it.
    fn hand(
        &self,
        leader: Hand<P::Stream>,
        began: Timestamp,
        result: Result<Handed<P::Stream>, Failure>,
    ) {
        drop(leader.send((self.report(began, &result), result)));
    }

    async fn contact(self: &Rc<Self>, job: Rc<Job>, hand: Hand<P::Stream>) -> Head {
        let began = self.ports.now();
        let landing = match self.land(&job.site, &job.ask).await {
            Ok(landing) => landing,
            Err(failure) => {
                self.end(&job);
                self.hand(hand, began, Err(failure.clone()));
                return Head::Failed(failure);
            }
        };
        match judge(&job.site, &job.ask, &landing.exchanged) {
            Sharing::Share(shared) if !is_too_large(&job.site, &landing) => {
                self.share((job, began), landing, shared, hand)
            }
            Sharing::Share(_) | Sharing::Refuse(_) => {
                self.end(&job);
                // Whoever waits for another's answer would wait in vain for ever.
                self.pass_on(&job);
                self.hand(hand, began, Ok(own(landing, job.seq)));
                Head::Own
            }
        }
    }

    fn share(
        self: &Rc<Self>,
        (job, began): (Rc<Job>, Timestamp),
        landing: Landing<P::Stream>,
        shared: sharing::Shared,
        hand: Hand<P::Stream>,
    ) -> Head {
        let Landing { exchanged, body } = landing;
        self.learn(&job.ask.key, exchanged.status, &shared.among);
        let answer = Rc::new(Answer {
            values: Selecting::of(&shared.among, &job.ask.fetch.fields),
            among: shared.among,
            target: job.ask.fetch.target.clone(),
            fresh: shared.fresh,
            seq: job.seq,
            exchanged,
        });
        let content = match body {
            None => {
                self.hand(hand, began, Ok(answer.handed(HandedBody::None)));
                std::future::ready(Content::None).boxed_local()
            }
            Some(stream) => self.content((&job, began), &answer, stream, hand),
        };
        let (room, of) = (self.clone(), answer.clone());
        let content = async move {
            let content = content.await;
            room.settle(&job, of, &content);
            content
        };
        let content = content.boxed_local().shared();
        self.ports.spawn(content.clone().map(drop));
        Head::Shared(answer, content)
    }

    /// Answers the leader, now or when a short body is whole, and tells what becomes of the body.
    fn content(
        self: &Rc<Self>,
        (job, began): (&Rc<Job>, Timestamp),
        answer: &Rc<Answer>,
        stream: P::Stream,
        hand: Hand<P::Stream>,
    ) -> LocalBoxFuture<'static, Content> {
        let declared = answer.exchanged.declared_length();
        let bytes_max = job.site.limits.stored_body_bytes_max;
        let limit = body_limit(job);
        let ports = self.ports.clone();
        if declared.is_some_and(|declared| declared <= SHORT_BYTES_MAX) {
            let (room, answer) = (self.clone(), answer.clone());
            let reading = async move {
                let reading = ports.read(stream, declared, bytes_max);
                let content = Content::of_short(ports.within(limit, reading).await);
                if let Some(result) = whole(&answer, &content) {
                    room.hand(hand, began, result);
                }
                content
            };
            return reading.boxed_local();
        }
        let (stream, keeping) = ports.keep(stream, declared, bytes_max);
        self.hand(hand, began, Ok(answer.handed(HandedBody::Coming(stream))));
        // It goes on for the leader when the time for the others is over.
        let keeping = keeping.boxed_local().shared();
        ports.spawn(keeping.clone().map(drop));
        async move { Content::of(ports.within(limit, keeping).await) }.boxed_local()
    }

    /// Waits for another's contact, and no longer than it may take.
    pub(super) async fn wait(
        &self,
        ask: &FetchAsk,
        site: &Site,
        name: &str,
        id: FillId,
    ) -> Round<P::Stream> {
        let _seat = Seat {
            fills: &self.fills,
            key: name,
            id,
        };
        let running = self.running.borrow().get(&id).cloned();
        let Some(running) = running else {
            let failure = Failure::new(Kind::Internal, "").because("a contact without a future");
            return failed(failure);
        };
        let waiting = wait_for(running.clone(), &ask.fetch);
        let round = self.ports.within(site.shield.wait_timeout, waiting).await;
        round.unwrap_or_else(|| match running.peek() {
            // The origin does answer, and sends a long body slowly: nobody can be handed its middle.
            Some(Head::Shared(..)) => Round::Alone,
            Some(Head::Own | Head::Failed(_)) | None => {
                failed(Failure::new(Kind::Timeout, "").because("shield: the waiter's time limit"))
            }
        })
    }

    /// What selects a URI's answers. An error, a redirect or a 304 that says nothing of it says nothing
    /// new.
    fn learn(&self, key: &str, status: u16, among: &[String]) {
        let mut names = self.names.borrow_mut();
        if !among.is_empty() {
            let bytes = among.iter().map(|name| name.len() as u64).sum();
            names.insert(key, among.into(), bytes);
        } else if (200..300).contains(&status) {
            names.remove(key);
        }
    }

    /// The body has come to its end.
    fn settle(&self, job: &Job, answer: Rc<Answer>, content: &Content) {
        self.end(job);
        let body = match content {
            Content::None => None,
            Content::Whole(bytes) => Some(bytes.clone()),
            Content::TooLarge => return self.pass_on(job),
            Content::Failed(_) => return,
        };
        self.fills.borrow_mut().share(&job.name);
        // What selects may be known only since this answer.
        let name = self.name(&job.ask);
        let mut recent = self.recent.borrow_mut();
        recent.keep(&name, answer, body, self.ports.now());
    }

    /// From now on the next request for the name asks anew.
    fn end(&self, job: &Job) {
        self.fills.borrow_mut().end(&job.name, job.id);
        self.running.borrow_mut().remove(&job.id);
    }

    fn pass_on(&self, job: &Job) {
        let now = self.ports.now();
        self.fills.borrow_mut().pass(&job.name, now);
    }
}

/// Of those who wait for a contact: the time that its source takes is its leader's.
const JOINED: ShieldReport = ShieldReport {
    collapsed: true,
    settled: false,
    source_ms: None,
    purged: Purged::Nothing,
};

async fn wait_for<S>(running: Running, request: &Fetch) -> Round<S> {
    let (answer, content) = match running.await {
        Head::Shared(answer, content) => (answer, content),
        Head::Own => return Round::Alone,
        Head::Failed(failure) => return failed(failure),
    };
    if !answer.serves(request) {
        return Round::Again;
    }
    let Some(result) = whole(&answer, &content.await) else {
        return Round::Alone;
    };
    Round::Answered((JOINED, result))
}

/// What all who share an answer get; `None`: nothing, for it is too large.
fn whole<S>(answer: &Answer, content: &Content) -> Option<Result<Handed<S>, Failure>> {
    match content {
        Content::None => Some(Ok(answer.handed(HandedBody::None))),
        Content::Whole(bytes) => Some(Ok(answer.handed(HandedBody::Whole(bytes.clone())))),
        Content::TooLarge => None,
        Content::Failed(failure) => Some(Err(failure.clone())),
    }
}

fn failed<S>(failure: Failure) -> Round<S> {
    Round::Answered((JOINED, Err(failure)))
}

/// Whether its length says that it will not be collected.
fn is_too_large<S>(site: &Site, landing: &Landing<S>) -> bool {
    let declared = landing.exchanged.declared_length();
    let bytes_max = site.limits.stored_body_bytes_max;
    landing.body.is_some() && declared.is_some_and(|declared| declared > bytes_max)
}

fn body_limit(job: &Job) -> Duration {
    let origin = asked(&job.site, &job.ask).map(|(_, origin)| origin.body_timeout);
    origin.unwrap_or(job.site.shield.fill_timeout)
}
