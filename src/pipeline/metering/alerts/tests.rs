use super::*;
use crate::alert::rule::{Alerting, Bound, Metric, Rule, Threshold, Watch};
use crate::metrics::frame::{Flow, FlowKey, Frame};
use crate::metrics::message::{Frames, MetricsAsk, MetricsReply};
use crate::metrics::sketch::Sketch;
use crate::outcome::CacheVerdict;
use crate::pipeline::metering::documents::Events;
use crate::pipeline::tests::world::site as plain_site;
use crate::ports::alerts::Message;
use futures_executor::block_on;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

/// A metrics object, a webhook and a clock.
struct World {
    minute: Cell<u64>,
    documents: RefCell<BTreeMap<String, (u64, Vec<u8>)>>,
    /// The duration of all requests, in ms; `None`: the objects do not answer.
    duration: Cell<Option<f64>>,
    /// An object that tells no numbers.
    broken: Cell<Option<u16>>,
    /// How often that one was asked for them.
    asked_broken: Cell<u32>,
    receiver: Cell<Receiver>,
    /// What the webhook answers, in turn; then 200.
    answers: RefCell<VecDeque<Result<u16, String>>>,
    posted: RefCell<Vec<(String, serde_json::Value)>>,
    /// Whether what was sent can be noted.
    loses_notes: Cell<Option<u32>>,
    paused: RefCell<Vec<u64>>,
    /// What the purge log was told of relief.
    relieved: RefCell<Vec<Option<Relief>>>,
}

impl World {
    fn new() -> Self {
        Self {
            minute: Cell::new(0),
            documents: RefCell::default(),
            duration: Cell::new(Some(10.0)),
            broken: Cell::new(None),
            asked_broken: Cell::new(0),
            receiver: Cell::new(Receiver::Webhook),
            answers: RefCell::default(),
            posted: RefCell::default(),
            loses_notes: Cell::new(None),
            paused: RefCell::default(),
            relieved: RefCell::default(),
        }
    }

    fn read(&self) -> Result<MetricsReply, Failure> {
        let lost = || Failure::new(Kind::Unavailable, "").because("away");
        let duration = self.duration.get().ok_or_else(lost)?;
        let mut sketch = Sketch::default();
        sketch.record_times(duration, 100);
        let key = FlowKey {
            route: None,
            verdict: CacheVerdict::Hit,
            layer: None,
            status_class: 2,
        };
        let flow = Flow {
            count: 100,
            duration: sketch,
            ..Flow::default()
        };
        let mut whole = Frame::default();
        whole.flows.insert(key, flow);
        Ok(MetricsReply::Frames(Frames {
            whole,
            ..Frames::default()
        }))
    }

    fn run(&self, site: &Site, minute: u64) -> Result<String, Failure> {
        self.minute.set(minute);
        block_on(evaluate(self, site))
    }

    fn board(&self) -> Board {
        block_on(board(self)).unwrap()
    }

    fn told(&self) -> Vec<String> {
        let posted = self.posted.borrow();
        posted
            .iter()
            .map(|(_, body)| body["title"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl MetricsPorts for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.minute.get() * 60_000)
    }

    async fn ask_metrics(&self, object: u16, ask: &MetricsAsk) -> Result<MetricsReply, Failure> {
        let mut documents = self.documents.borrow_mut();
        match ask {
            MetricsAsk::Read(_) if self.broken.get() == Some(object) => {
                self.asked_broken.set(self.asked_broken.get() + 1);
                Err(Failure::new(Kind::Unavailable, "").because("away"))
            }
            MetricsAsk::Read(_) => self.read(),
            MetricsAsk::Document(name) => {
                let (number, body) = documents.get(name).cloned().unwrap_or_default();
                Ok(MetricsReply::Document { number, body })
            }
            MetricsAsk::Replace { name, known, body } => {
                if let Some(left) = self.loses_notes.get() {
                    if left == 0 {
                        return Err(Failure::new(Kind::Unavailable, ""));
                    }
                    self.loses_notes.set(Some(left - 1));
                }
                let document = documents.entry(name.clone()).or_default();
                if document.0 != *known {
                    return Ok(MetricsReply::Overtaken);
                }
                *document = (known + 1, body.clone());
                Ok(MetricsReply::Replaced(known + 1))
            }
            MetricsAsk::Take(_)
            | MetricsAsk::RollUp
            | MetricsAsk::CleanUp
            | MetricsAsk::Running
            | MetricsAsk::Version => panic!("{ask:?} is not asked here"),
        }
    }
}

impl AlertPorts for World {
    fn receiver(&self) -> Receiver {
        self.receiver.get()
    }

    async fn post(&self, message: Message<'_>) -> Result<u16, String> {
        let body = serde_json::from_str(message.body).unwrap();
        self.posted.borrow_mut().push((message.id.to_owned(), body));
        self.answers.borrow_mut().pop_front().unwrap_or(Ok(200))
    }

    async fn pause(&self, duration: Duration) {
        self.paused.borrow_mut().push(duration.as_secs());
    }

    async fn ask_purge_log(&self, ask: &LogAsk) -> Result<LogReply, Failure> {
        let LogAsk::Relieve(relief) = ask else {
            panic!("no rule is about the log: {ask:?}");
        };
        self.relieved.borrow_mut().push(*relief);
        Ok(LogReply::Relieved)
    }

    fn complain(&self, _: &str) {}
}

/// A rule that wants two minutes of slowness.
fn site() -> Site {
    let slow = Rule {
        name: "slow".into(),
        route: None,
        watch: Watch::Threshold(Threshold {
            metric: Metric::P95,
            over: Duration::from_secs(300),
            warning: Some(Bound::from_millionths(100_000_000)),
            critical: None,
        }),
        holds: Duration::from_secs(120),
        samples_min: 20,
        on_fire: None,
    };
    Site {
        alerting: Alerting {
            rules: vec![slow],
            ..Alerting::default()
        },
        ..plain_site()
    }
}

/// A world in which the rule fires at minute 2, evaluated twice.
fn about_to_fire(site: &Site) -> World {
    let world = World::new();
    world.duration.set(Some(400.0));
    for minute in 0..2 {
        world.run(site, minute).unwrap();
    }
    assert_eq!(world.told(), [] as [&str; 0]);
    world
}

#[test]
fn people_are_told_once_that_it_fires_and_once_that_it_is_resolved() {
    let site = site();
    let world = about_to_fire(&site);
    assert_eq!(
        world.run(&site, 2).unwrap(),
        "rules: 1, changes: 1, notifications sent: 1 of 1"
    );
    world.run(&site, 2).unwrap();
    world.run(&site, 3).unwrap();
    assert_eq!(world.told(), ["test: slow is warning"]);
    world.duration.set(Some(5.0));
    for minute in 4..9 {
        world.run(&site, minute).unwrap();
    }
    assert_eq!(
        world.told(),
        ["test: slow is warning", "test: slow is resolved"]
    );
    let events: Events = block_on(read(&world)).unwrap();
    let texts: Vec<_> = events
        .events
        .iter()
        .map(|event| event.text.split(':').next().unwrap())
        .collect();
    assert_eq!(texts, ["slow is a warning", "slow is resolved"]);
}

#[test]
fn a_webhook_that_is_away_is_tried_again_and_then_by_a_later_evaluation() {
    let site = site();
    let world = about_to_fire(&site);
    let away = || Err(String::from("it could not be reached"));
    world
        .answers
        .borrow_mut()
        .extend([away(), Ok(503), away(), Ok(200)]);
    world.run(&site, 2).unwrap();
    assert_eq!(
        (world.posted.borrow().len(), world.paused.borrow().clone()),
        (3, vec![1, 2])
    );
    let failed = &world.board().outbox.deliveries[0];
    assert_eq!(
        (failed.result.as_str(), failed.attempts),
        ("it could not be reached", 3)
    );
    world.run(&site, 3).unwrap();
    let posted = world.posted.borrow();
    assert_eq!(posted.len(), 4);
    assert!(
        posted.iter().all(|(id, _)| *id == posted[0].0),
        "one id: {posted:?}"
    );
    let sent = &world.board().outbox.deliveries[0];
    assert_eq!((sent.result.as_str(), sent.attempts), ("sent", 4));
}

#[test]
fn what_a_receiver_refuses_is_not_tried_again_at_once() {
    let site = site();
    let world = about_to_fire(&site);
    world.answers.borrow_mut().push_back(Ok(404));
    world.run(&site, 2).unwrap();
    assert_eq!(world.posted.borrow().len(), 1);
    assert_eq!(world.board().outbox.deliveries[0].result, "it answered 404");
}

#[test]
fn a_crash_between_sending_and_noting_sends_again_under_the_same_id() {
    let site = site();
    let world = about_to_fire(&site);
    // The board is saved, what became of the sending is not.
    world.loses_notes.set(Some(1));
    world.run(&site, 2).unwrap();
    world.loses_notes.set(None);
    world.run(&site, 3).unwrap();
    assert_eq!(world.posted.borrow().len(), 1, "it is claimed still");
    world.run(&site, 4).unwrap();
    let posted = world.posted.borrow();
    assert_eq!(posted.len(), 2);
    assert_eq!(posted[0], posted[1]);
}

#[test]
fn what_cannot_be_saved_is_not_sent() {
    let site = site();
    let world = about_to_fire(&site);
    world.loses_notes.set(Some(0));
    assert!(world.run(&site, 2).is_err());
    assert_eq!(world.told(), [] as [&str; 0]);
    world.loses_notes.set(None);
    world.run(&site, 3).unwrap();
    assert_eq!(world.told(), ["test: slow is warning"]);
}

#[test]
fn measurements_that_cannot_be_read_change_nothing() {
    let site = site();
    let world = about_to_fire(&site);
    world.duration.set(None);
    for minute in 2..10 {
        let why = world.run(&site, minute).unwrap_err().internal;
        assert!(why.contains("not all was read: away"), "{why}");
    }
    assert_eq!(world.told(), [] as [&str; 0]);
    assert_eq!(
        world.board().evaluated_at,
        Some(Timestamp::from_millis(540_000))
    );
}

#[test]
fn where_one_object_does_not_answer_the_others_are_judged_and_the_run_says_so() {
    let mut site = site();
    site.metrics.objects = 3;
    let world = about_to_fire(&site);
    world.broken.set(Some(2));
    let why = world.run(&site, 3).unwrap_err().internal;
    assert!(
        why.starts_with("rules: 1, changes: 1, notifications sent: 1 of 1"),
        "{why}"
    );
    assert_eq!(world.told().len(), 1);
}

/// It may take its whole time to say nothing, and there are many spans.
#[test]
fn an_object_that_does_not_answer_is_asked_once_however_many_spans_there_are() {
    let mut site = site();
    site.metrics.objects = 3;
    let [slow] = site.alerting.rules.as_slice() else {
        panic!("one rule");
    };
    let of_span = |minutes: u64| {
        let mut rule = slow.clone();
        rule.name = format!("slow over {minutes} m");
        if let Watch::Threshold(threshold) = &mut rule.watch {
            threshold.over = Duration::from_secs(minutes * 60);
        }
        rule
    };
    site.alerting.rules = [1, 5, 30, 60].map(of_span).into();
    let world = World::new();
    world.duration.set(Some(200.0));
    world.broken.set(Some(1));
    for minute in [0, 2] {
        world.asked_broken.set(0);
        world.run(&site, minute).unwrap_err();
        assert_eq!(world.asked_broken.get(), 1);
    }
    let changes = &world.posted.borrow()[0].1;
    assert_eq!(
        changes["alerts"].as_array().map(Vec::len),
        Some(4),
        "{changes}"
    );
}

#[test]
fn silences_are_made_and_ended() {
    let site = site();
    let world = about_to_fire(&site);
    let hour = Duration::from_secs(3600);
    let silence = block_on(silence(&world, "slow", hour, "known")).unwrap();
    for minute in 2..10 {
        world.run(&site, minute).unwrap();
    }
    assert_eq!(world.told(), [] as [&str; 0]);
    assert_eq!(block_on(unsilence(&world, "other")).unwrap(), None);
    assert_eq!(
        block_on(unsilence(&world, &silence.id)).unwrap(),
        Some(silence)
    );
    world.run(&site, 10).unwrap();
    assert_eq!(world.told(), ["test: slow is warning"]);
}

#[test]
fn a_test_is_sent_in_a_silence_too_and_its_result_told() {
    let (site, world) = (site(), World::new());
    block_on(silence(&world, "slow", Duration::from_secs(3600), "")).unwrap();
    assert_eq!(block_on(test(&world, &site, "other")).unwrap(), None);
    let delivery = block_on(test(&world, &site, "slow")).unwrap().unwrap();
    assert_eq!(
        (delivery.state.as_str(), delivery.result.as_str()),
        ("test", "sent")
    );
    assert_eq!(world.posted.borrow()[0].1["test"], true);
    assert_eq!(world.board().outbox.deliveries, [delivery]);
    world.receiver.set(Receiver::Nobody);
    let delivery = block_on(test(&world, &site, "slow")).unwrap().unwrap();
    assert_eq!(
        delivery.result,
        "the Worker has no secret ALERT_WEBHOOK_URL"
    );
    assert_eq!(delivery.attempts, 0);
}

#[test]
fn the_purge_log_is_told_of_relief_each_minute_and_of_its_end_once() {
    let mut site = site();
    site.alerting.rules[0].on_fire = Some(crate::alert::rule::Protection::StretchTtl);
    let world = about_to_fire(&site);
    for minute in 2..4 {
        world.run(&site, minute).unwrap();
    }
    world.duration.set(Some(5.0));
    for minute in 4..9 {
        world.run(&site, minute).unwrap();
    }
    let relieved = world.relieved.borrow();
    let until: Vec<_> = relieved
        .iter()
        .map(|relief| relief.map(|relief| relief.until.as_millis() / 60_000))
        .collect();
    assert_eq!(until, [Some(5), Some(6), Some(7), Some(8), None]);
    let events: Events = block_on(read(&world)).unwrap();
    let texts = events
        .events
        .iter()
        .filter(|event| event.kind == EventKind::Protection);
    let texts: Vec<_> = texts.map(|event| event.text.as_str()).collect();
    assert_eq!(texts, ["stretch-ttl is on", "stretch-ttl is off"]);
}
