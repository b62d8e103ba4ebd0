//! A room whose origin answers when the test says so, and whose bodies end when and as the test says so.

use super::*;
use crate::config::site::OriginId;
use crate::config::site::TypeTier;
use crate::pipeline::shield::tests::Stage;
use crate::pipeline::tests::world::{origin, site, tier};
use crate::policy::HonorOrigin;
use crate::ports::origin::Kept;
use crate::ports::shield::ShieldPorts;
use crate::purge::target::{Mode, Target};
use crate::semantics::fields::Fields;
use crate::source::fetch::Fetch;
use crate::source::image::Options;
use futures_channel::oneshot;
use futures_executor::LocalPool;
use futures_util::FutureExt;
use futures_util::future::{AbortHandle, abortable};
use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

/// A question before the origin.
pub(in crate::pipeline::shield) struct Contact {
    fetch: Fetch,
    reply: oneshot::Sender<Result<Landing<Stream>, Failure>>,
}

/// A body on its way. Its end is the test's to tell.
#[derive(Debug)]
pub(in crate::pipeline::shield) struct Stream {
    end: Option<oneshot::Receiver<Kept>>,
    /// Nobody reads it any more.
    dropped: Rc<Cell<bool>>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.dropped.set(true);
    }
}

impl OriginShieldPorts for Stage {
    type Stream = Stream;

    async fn fetch(
        &self,
        _site: &Rc<Site>,
        _origin: &Origin,
        fetch: &Fetch,
    ) -> Result<Landing<Stream>, Failure> {
        let (reply, replied) = oneshot::channel();
        let fetch = fetch.clone();
        self.0.contacts.borrow_mut().push(Contact { fetch, reply });
        replied.await.unwrap()
    }

    fn keep(
        &self,
        mut stream: Stream,
        _declared: Option<u64>,
        _bytes_max: u64,
    ) -> (Stream, impl Future<Output = Kept> + 'static) {
        let end = stream.end.take().unwrap();
        (stream, end.map(Result::unwrap))
    }

    async fn read(&self, mut stream: Stream, _declared: Option<u64>, _bytes_max: u64) -> Kept {
        stream.end.take().unwrap().await.unwrap()
    }
}

/// The test's hand on a body.
struct Body {
    end: oneshot::Sender<Kept>,
    dropped: Rc<Cell<bool>>,
}

struct Rig {
    pool: LocalPool,
    stage: Stage,
    origins: Rc<OriginRoom<Stage>>,
    site: Rc<Site>,
}

struct Asker {
    outcome: oneshot::Receiver<Answered<Stream>>,
    leave: AbortHandle,
}

/// What an asker got of a body.
#[derive(Debug, PartialEq, Eq)]
enum Got {
    Nothing,
    Whole(Vec<u8>),
    Coming,
    Failed(Kind),
}

const WAIT: Duration = Duration::from_secs(4);
const FILL: Duration = Duration::from_secs(15);
const BODY: Duration = Duration::from_secs(30);

/// A site whose first route asks an origin that sets the terms.
fn origin_site() -> Site {
    let mut site = site();
    site.shield.wait_timeout = WAIT;
    site.origins = vec![origin("main")];
    site.routes[0].source = Source::Origin(OriginId(0));
    let mut honoring = tier("origin", 0, 0, 0, false);
    honoring.honor_origin = Some(HonorOrigin::default());
    site.routes[0].tier = Some(honoring);
    site
}

fn join(_: &mut FetchAsk) {}

fn with(name: &str, value: &str) -> impl FnOnce(&mut FetchAsk) + use<> {
    let (name, value) = (name.to_owned(), value.to_owned());
    move |ask| ask.fetch.fields.push(name, value)
}

impl Rig {
    fn new(change: impl FnOnce(&mut Site)) -> Self {
        let mut site = origin_site();
        change(&mut site);
        let pool = LocalPool::new();
        let stage = Stage::new(pool.spawner());
        let room = Rc::new(Room::new(stage.clone()));
        Self {
            pool,
            origins: Rc::new(OriginRoom::new(room, stage.clone())),
            stage,
            site: Rc::new(site),
        }
    }

    /// A question of an edge, on its way as far as it comes.
    fn ask(&mut self, change: impl FnOnce(&mut FetchAsk)) -> Asker {
        let mut ask = FetchAsk {
            route: self.site.routes[0].fingerprint.clone(),
            key: "/a".into(),
            share: Share::Join,
            after: PurgeSeq::ZERO,
            fetch: Fetch {
                method: "GET".into(),
                target: "/a".into(),
                fields: Fields::new(),
                image: None,
            },
        };
        change(&mut ask);
        let (origins, site) = (self.origins.clone(), self.site.clone());
        let (told, outcome) = oneshot::channel();
        let (asking, leave) = abortable(async move {
            drop(told.send(origins.fetch(&site, ask).await));
        });
        self.stage.spawn(asking.map(drop));
        self.pool.run_until_stalled();
        Asker { outcome, leave }
    }

    fn asks(&mut self, many: usize) -> Vec<Asker> {
        (0..many).map(|_| self.ask(join)).collect()
    }

    /// How many questions the origin has before it.
    fn open(&self) -> usize {
        self.stage.0.contacts.borrow().len()
    }

    fn reply(&mut self, result: Result<Landing<Stream>, Failure>) -> Fetch {
        let contact = self.stage.0.contacts.borrow_mut().remove(0);
        contact.reply.send(result).unwrap();
        self.pool.run_until_stalled();
        contact.fetch
    }

    fn exchanged(&self, status: u16, fields: &[(&str, &str)]) -> Exchanged {
        Exchanged {
            status,
            fields: fields.iter().copied().collect(),
            requested: self.stage.now(),
            received: self.stage.now(),
        }
    }

    /// The origin answers its oldest question, with a body that is on its way.
    fn answer(&mut self, status: u16, fields: &[(&str, &str)]) -> Body {
        let (end, ended) = oneshot::channel();
        let dropped = Rc::new(Cell::new(false));
        let stream = Stream {
            end: Some(ended),
            dropped: dropped.clone(),
        };
        let exchanged = self.exchanged(status, fields);
        self.reply(Ok(Landing {
            exchanged,
            body: Some(stream),
        }));
        Body { end, dropped }
    }

    /// The origin answers its oldest question, without a body.
    fn answer_empty(&mut self, status: u16, fields: &[(&str, &str)]) -> Fetch {
        let exchanged = self.exchanged(status, fields);
        self.reply(Ok(Landing {
            exchanged,
            body: None,
        }))
    }

    fn end(&mut self, body: Body, kept: Kept) {
        body.end.send(kept).unwrap();
        self.pool.run_until_stalled();
    }

    /// A whole answer with a body that was declared.
    fn answer_whole(&mut self, status: u16, fields: &[(&str, &str)], bytes: &[u8]) {
        let length = bytes.len().to_string();
        let fields = [fields, &[("Content-Length", &length)]].concat();
        let body = self.answer(status, &fields);
        self.end(body, whole(bytes));
    }

    fn end_limit(&mut self, of: Duration) {
        self.stage.end_limit(of);
        self.pool.run_until_stalled();
    }

    /// Panics when the asker still waits.
    fn outcome(&mut self, mut asker: Asker) -> Answered<Stream> {
        self.pool.run_until_stalled();
        asker.outcome.try_recv().unwrap().expect("it still waits")
    }

    fn got(&mut self, asker: Asker) -> Got {
        got(&self.outcome(asker).1)
    }

    fn all_got(&mut self, askers: Vec<Asker>, expected: &Got) {
        for asker in askers {
            assert_eq!(&self.got(asker), expected);
        }
    }

    fn state(&self) -> OriginState {
        self.origins.state()
    }
}

fn got(result: &Result<Handed<Stream>, Failure>) -> Got {
    match result {
        Err(failure) => Got::Failed(failure.kind),
        Ok(handed) => match &handed.body {
            HandedBody::None => Got::Nothing,
            HandedBody::Whole(bytes) => Got::Whole(bytes.to_vec()),
            HandedBody::Coming(_) => Got::Coming,
        },
    }
}

fn whole(bytes: &[u8]) -> Kept {
    Kept::Whole(Rc::new(bytes.to_vec()))
}

fn got_whole(bytes: &[u8]) -> Got {
    Got::Whole(bytes.to_vec())
}

const FRESH: (&str, &str) = ("Cache-Control", "max-age=60");
const STALE: (&str, &str) = ("Cache-Control", "public, max-age=0");

mod contacts;
mod moments;
mod selection;
