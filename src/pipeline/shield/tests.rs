//! A room whose source answers when the test says so, and whose time limits end when the test says so.

use super::origin::tests::Contact;
use super::*;
use crate::cache::record;
use crate::cache::seal::Draft;
use crate::pipeline::tests::world::site;
use crate::ports::shield::Errand;
use crate::purge::index::Index;
use crate::purge::message::{LogAsk, LogReply};
use crate::time::Timestamp;
use futures_channel::oneshot;
use futures_executor::{LocalPool, LocalSpawner};
use futures_util::future::{AbortHandle, Either, abortable, select};
use futures_util::task::LocalSpawnExt;
use std::cell::Cell;
use std::future::Future;
use std::pin::pin;

type Answered = Result<Draft, Failure>;

#[derive(Clone)]
pub(super) struct Stage(pub(super) Rc<Inner>);

pub(super) struct Inner {
    pub now: Cell<u64>,
    pub log: RefCell<Index>,
    pub log_is_down: Cell<bool>,
    spawner: LocalSpawner,
    /// Questions that the source has not answered.
    questions: RefCell<Vec<oneshot::Sender<Answered>>>,
    /// Questions that an HTTP origin has not answered.
    pub contacts: RefCell<Vec<Contact>>,
    /// Time limits that may be made to end.
    limits: RefCell<Vec<(Duration, oneshot::Sender<()>)>>,
}

impl Stage {
    pub(super) fn new(spawner: LocalSpawner) -> Self {
        Self(Rc::new(Inner {
            now: Cell::new(1_000_000),
            log: RefCell::new(Index::new(10)),
            log_is_down: Cell::new(false),
            spawner,
            questions: RefCell::default(),
            contacts: RefCell::default(),
            limits: RefCell::default(),
        }))
    }

    pub(super) fn pass_ms(&self, ms: u64) {
        self.0.now.set(self.0.now.get() + ms);
    }

    /// The oldest limit of this length that still counts ends.
    pub(super) fn end_limit(&self, of: Duration) {
        let mut limits = self.0.limits.borrow_mut();
        let at = limits
            .iter()
            .position(|(limit, end)| *limit == of && !end.is_canceled());
        let (_, end) = limits.remove(at.expect("nobody waits for so long"));
        end.send(()).unwrap();
    }
}

impl ShieldPorts for Stage {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now.get())
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.0.spawner.spawn_local(work).unwrap();
    }

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let (end, ended) = oneshot::channel();
        self.0.limits.borrow_mut().push((limit, end));
        match select(pin!(work), ended).await {
            Either::Left((done, _)) => Some(done),
            Either::Right((Ok(()), _)) => None,
            Either::Right((Err(_), work)) => Some(work.await),
        }
    }

    async fn run(&self, _errand: Errand<'_>) -> Answered {
        let (question, answered) = oneshot::channel();
        self.0.questions.borrow_mut().push(question);
        answered.await.unwrap()
    }

    async fn gzip(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        Some(bytes[1..].to_vec())
    }

    async fn ask_log(&self, ask: &LogAsk) -> Result<LogReply, Failure> {
        if self.0.log_is_down.get() {
            return Err(Failure::new(Kind::Unavailable, "").because("the log is down"));
        }
        let LogAsk::Since { from } = ask else {
            panic!("a room of this stage only asks");
        };
        Ok(LogReply::Delta(self.0.log.borrow().since(*from)))
    }
}

const FILL: Duration = Duration::from_secs(15);
const WAIT: Duration = Duration::from_secs(4);

struct Rig {
    pool: LocalPool,
    stage: Stage,
    room: Rc<Room<Stage>>,
    site: Rc<Site>,
}

struct Asker {
    outcome: oneshot::Receiver<(ShieldReport, Filled)>,
    leave: AbortHandle,
}

impl Rig {
    fn new(change: impl FnOnce(&mut Site)) -> Self {
        let mut site = site();
        site.shield.wait_timeout = WAIT;
        change(&mut site);
        let pool = LocalPool::new();
        let stage = Stage::new(pool.spawner());
        Self {
            pool,
            room: Rc::new(Room::new(stage.clone())),
            stage,
            site: Rc::new(site),
        }
    }

    /// A question of an edge, on its way as far as it comes.
    fn ask(&mut self, id: &str) -> Asker {
        let route = &self.site.routes[0];
        let ask = Ask {
            route: route.fingerprint.clone(),
            values: vec![Some(id.to_owned())],
            key: Some(format!("key {id}")),
            after: PurgeSeq::ZERO,
            trace: None,
        };
        let (room, site) = (self.room.clone(), self.site.clone());
        let (told, outcome) = oneshot::channel();
        let (asking, leave) = abortable(async move {
            drop(told.send(room.ask(&site, ask).await));
        });
        self.stage.spawn(asking.map(drop));
        self.pool.run_until_stalled();
        Asker { outcome, leave }
    }

    /// How many questions the source has before it.
    fn open(&self) -> usize {
        self.stage.0.questions.borrow().len()
    }

    /// The source answers its oldest question.
    fn answer(&mut self, bytes: usize) {
        let question = self.stage.0.questions.borrow_mut().remove(0);
        question.send(Ok(Draft::json(vec![b'1'; bytes]))).unwrap();
        self.pool.run_until_stalled();
    }

    /// The source fails its oldest question.
    fn fail(&mut self, failure: Failure) {
        let question = self.stage.0.questions.borrow_mut().remove(0);
        question.send(Err(failure)).unwrap();
        self.pool.run_until_stalled();
    }

    fn end_limit(&mut self, of: Duration) {
        self.stage.end_limit(of);
        self.pool.run_until_stalled();
    }

    fn outcome(&mut self, asker: Asker) -> (ShieldReport, Filled) {
        self.pool.run_until(asker.outcome).unwrap()
    }

    fn settled(&mut self, asker: Asker) -> Rc<Settled> {
        self.outcome(asker).1.unwrap()
    }

    fn kind(&mut self, asker: Asker) -> Kind {
        self.outcome(asker).1.unwrap_err().kind
    }
}

const LARGE: usize = 70_000;

#[test]
fn all_that_wait_for_too_large_a_body_get_it_and_it_is_there_once() {
    let mut rig = Rig::new(|_| {});
    let askers: Vec<Asker> = (0..3).map(|_| rig.ask("1")).collect();
    assert_eq!(rig.open(), 1);
    rig.answer(LARGE);
    let settled: Vec<_> = askers.into_iter().map(|asker| rig.settled(asker)).collect();
    for each in &settled {
        assert!(Rc::ptr_eq(each, &settled[0]));
        let Parcel::Apart(apart) = &each.parcel else {
            panic!("it is packed whole");
        };
        assert_eq!(apart.body.len(), LARGE);
        let (head, at) = record::decode(&apart.record, Some("key 1")).unwrap();
        assert_eq!((head, at.len()), ((*each.stored.head).clone(), 0));
    }
    assert_eq!(rig.room.state().settled_bytes, 0);
}

#[test]
fn after_too_large_a_body_everybody_asks_alone_until_it_may_be_stored_again() {
    let mut rig = Rig::new(|_| {});
    let first = rig.ask("1");
    rig.answer(LARGE);
    rig.settled(first);
    let askers = [rig.ask("1"), rig.ask("1")];
    assert_eq!((rig.open(), rig.room.state().passes), (2, 1));
    rig.answer(10);
    rig.answer(10);
    for asker in askers {
        assert!(matches!(rig.settled(asker).parcel, Parcel::Whole(_)));
    }
    assert_eq!(rig.room.state().passes, 0);
    let askers = [rig.ask("1"), rig.ask("1")];
    assert_eq!(rig.open(), 1);
    rig.answer(10);
    for asker in askers {
        assert_eq!(rig.settled(asker).plain_bytes, 10);
    }
}

#[test]
fn the_limit_is_on_the_plain_body_and_what_keeps_it_is_compressed() {
    let mut rig = Rig::new(|site| site.limits.stored_body_bytes_max = 5000);
    for (id, bytes, whole) in [("1", 5000, true), ("2", 5001, false)] {
        let asker = rig.ask(id);
        rig.answer(bytes);
        let settled = rig.settled(asker);
        assert_eq!(matches!(settled.parcel, Parcel::Whole(_)), whole, "{bytes}");
        assert_eq!(settled.plain_bytes, bytes as u64);
        let gzip = settled.stored.head.coding == crate::cache::stored::Coding::Gzip;
        assert_eq!(gzip, whole, "{bytes}");
    }
}

#[test]
fn a_head_too_long_for_a_field_goes_with_its_body_and_is_not_shared_either() {
    let mut rig = Rig::new(|site| site.routes[0].tags.templates = vec!["{id}".into()]);
    let id = "9".repeat(9000);
    let asker = rig.ask(&id);
    rig.answer(LARGE);
    assert!(matches!(rig.settled(asker).parcel, Parcel::Whole(_)));
    assert_eq!(
        (rig.room.state().passes, rig.room.state().settled_bytes),
        (1, 0)
    );
}

#[test]
fn a_fill_past_its_lease_is_joined_no_more() {
    let mut rig = Rig::new(|site| site.shield.lease = Duration::from_secs(3));
    let old = rig.ask("1");
    rig.stage.0.now.set(1_002_999);
    let joined = rig.ask("1");
    assert_eq!(rig.open(), 1);
    rig.stage.0.now.set(1_003_000);
    let new = rig.ask("1");
    assert_eq!((rig.open(), rig.room.state().fills_superseded), (2, 1));
    rig.answer(1);
    rig.answer(2);
    assert!(!rig.outcome(old).0.collapsed);
    assert!(rig.outcome(joined).0.collapsed);
    assert_eq!(rig.settled(new).plain_bytes, 2);
}

#[test]
fn a_waiter_waits_for_its_own_time_only_and_gives_up_its_place() {
    let mut rig = Rig::new(|site| site.shield.waiters_max = 1);
    let leader = rig.ask("1");
    let waiter = rig.ask("1");
    let refused = rig.ask("1");
    assert_eq!(rig.kind(refused), Kind::Unavailable);
    assert_eq!(rig.room.state().waiters, 1);
    rig.end_limit(WAIT);
    assert_eq!(rig.kind(waiter), Kind::Timeout);
    assert_eq!(rig.room.state().waiters, 0);
    let leaves = rig.ask("1");
    assert_eq!(rig.room.state().waiters, 1);
    leaves.leave.abort();
    rig.pool.run_until_stalled();
    assert_eq!(rig.room.state().waiters, 0);
    rig.answer(7);
    assert_eq!(rig.settled(leader).plain_bytes, 7);
}

#[test]
fn the_fills_time_limit_is_told_to_all_and_ends_the_fill() {
    let mut rig = Rig::new(|_| {});
    let askers = [rig.ask("1"), rig.ask("1")];
    rig.end_limit(FILL);
    for asker in askers {
        assert_eq!(rig.kind(asker), Kind::Timeout);
    }
    assert_eq!(
        (rig.room.state().fills_live, rig.room.state().waiters),
        (0, 0)
    );
}

#[test]
fn live_fills_are_bounded() {
    let mut rig = Rig::new(|site| site.shield.fills_max = 2);
    let _running = [rig.ask("1"), rig.ask("2")];
    let refused = rig.ask("3");
    assert_eq!(rig.kind(refused), Kind::Unavailable);
    rig.answer(1);
    let _ = rig.ask("3");
    assert_eq!(rig.open(), 2);
}

#[test]
fn an_aging_answer_of_the_room_is_asked_for_anew() {
    let mut rig = Rig::new(|site| {
        let tier = site.routes[0].tier.as_mut().unwrap();
        tier.eager = crate::policy::Eager::from_thousandths(500);
    });
    let first = rig.ask("1");
    rig.answer(1);
    rig.settled(first);
    rig.stage.0.now.set(1_000_000 + 44_000);
    let again = rig.ask("1");
    assert!(rig.outcome(again).0.settled);
    rig.stage.0.now.set(1_000_000 + 50_000);
    let anew = rig.ask("1");
    assert_eq!(rig.open(), 1);
    rig.answer(2);
    assert_eq!(rig.settled(anew).plain_bytes, 2);
}

#[test]
fn what_has_settled_answers_nobody_once_no_purge_could_be_heard_of() {
    let mut rig = Rig::new(|_| {});
    let _first = rig.ask("1");
    rig.answer(10);
    rig.stage.0.log_is_down.set(true);
    for (later_ms, questions) in [(1_900, 0), (200, 1)] {
        rig.stage.pass_ms(later_ms);
        let _asker = rig.ask("1");
        assert_eq!(rig.open(), questions, "after {later_ms} ms more");
    }
}

/// What each asker's report tells of the source.
#[test]
fn the_sources_time_is_told_to_who_had_it_asked_also_when_it_fails() {
    let failure = || Failure::new(Kind::Unavailable, "");
    for (failure, expected) in [
        (failure(), Some(70)),
        (failure().undone(), Some(70)),
        (failure().unasked(), None),
    ] {
        let mut rig = Rig::new(|_| {});
        let (leader, waiter) = (rig.ask("1"), rig.ask("1"));
        rig.stage.pass_ms(70);
        rig.fail(failure.clone());
        assert_eq!(rig.outcome(leader).0.source_ms, expected, "{failure:?}");
        let (report, _) = rig.outcome(waiter);
        assert_eq!((report.collapsed, report.source_ms), (true, None));
    }
}

#[test]
fn a_fill_that_is_given_up_has_waited_for_its_source_until_then() {
    let mut rig = Rig::new(|_| {});
    let (leader, waiter) = (rig.ask("1"), rig.ask("1"));
    rig.stage.pass_ms(15_000);
    rig.end_limit(FILL);
    assert_eq!(rig.outcome(leader).0.source_ms, Some(15_000));
    assert_eq!(rig.outcome(waiter).0.source_ms, None);
}

#[test]
fn who_is_answered_or_refused_without_the_source_has_no_time_of_it() {
    let mut rig = Rig::new(|site| site.shield.fills_max = 1);
    let first = rig.ask("1");
    let refused = rig.ask("2");
    rig.stage.pass_ms(30);
    rig.answer(10);
    assert_eq!(rig.outcome(first).0.source_ms, Some(30));
    assert_eq!(rig.outcome(refused).0.source_ms, None);
    let (report, _) = {
        let settled = rig.ask("1");
        rig.outcome(settled)
    };
    assert_eq!((report.settled, report.source_ms), (true, None));
}

#[test]
fn each_that_asks_alone_has_its_own_time() {
    let mut rig = Rig::new(|_| {});
    let first = rig.ask("1");
    rig.answer(LARGE);
    rig.settled(first);
    let (one, other) = (rig.ask("1"), rig.ask("1"));
    rig.stage.pass_ms(5);
    rig.answer(10);
    rig.stage.pass_ms(5);
    rig.fail(Failure::new(Kind::Timeout, ""));
    assert_eq!(rig.outcome(one).0.source_ms, Some(5));
    assert_eq!(rig.outcome(other).0.source_ms, Some(10));
}
