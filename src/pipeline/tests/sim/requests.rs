//! One request: to an isolate, through its two lanes, and its answer before the judge.

use super::actors::count_write;
use super::edge::EdgePorts;
use super::executor::Owner;
use super::invariants::{Answered, Came, Claim};
use super::shield_host::SHOWN;
use super::site::Subject;
use super::stats::Event;
use super::world::Sim;
use crate::outcome::{CacheVerdict, Finding, Layer, Outcome, Purged};
use crate::pipeline::answer::AnswerOf;
use crate::pipeline::memory_lane::{Kept, look};
use crate::pipeline::serve::serve;
use crate::ports::Secrets;
use crate::purge::bookmark;
use crate::purge::seq::PurgeSeq;
use crate::semantics::request::RequestHead;
use futures_channel::oneshot;
use std::time::Duration;

/// What somebody wants.
#[derive(Clone, Debug)]
pub struct Wish {
    pub work: Work,
    pub claim: Claim,
    /// The version that the bookmark's holder has written.
    pub written: u64,
    pub bearer: Bearer,
    /// The client leaves after so many milliseconds.
    pub leaves_after: Option<u64>,
}

/// The token that a client shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    Right,
    Wrong,
}

#[derive(Clone, Debug)]
pub enum Work {
    Read(Subject),
    /// After everything.
    Inspect(Subject),
    Write {
        route: &'static str,
        item: usize,
    },
}

impl Wish {
    pub fn read(subject: Subject, written: u64) -> Self {
        Self {
            work: Work::Read(subject),
            claim: Claim::Nothing,
            written,
            bearer: Bearer::Right,
            leaves_after: None,
        }
    }

    pub fn write(route: &'static str, item: usize) -> Self {
        Self {
            work: Work::Write { route, item },
            ..Self::read(Subject::Item(item), 0)
        }
    }
}

/// What the client got.
#[derive(Clone, Debug)]
pub enum Got {
    Nothing,
    Answer,
    Written {
        version: u64,
        bookmark: Option<PurgeSeq>,
    },
}

const TOKEN: &str = "s3cret";

/// Sends a request; its answer is judged where it is made.
pub async fn request(world: &Sim, isolate: usize, wish: Wish) -> Got {
    let number = world.judge.begins(world);
    let (tell, told) = oneshot::channel();
    let (link, leaves_after) = (world.link(), wish.leaves_after);
    world.executor.spawn(Owner::Isolate(isolate), async move {
        let world = link.world();
        let work = answer(&world, isolate, number, wish);
        let limit = leaves_after.map(Duration::from_millis);
        let got = match limit {
            Some(limit) => world.executor.within(limit, work).await,
            None => Some(work.await),
        };
        if got.is_none() {
            world.count(Event::Cancelled);
        }
        let _ = tell.send(got.unwrap_or(Got::Nothing));
    });
    // Nothing, too, when the isolate crashed.
    let got = told.await.unwrap_or(Got::Nothing);
    world.judge.ends(number);
    got
}

async fn answer(world: &Sim, isolate: usize, number: u64, wish: Wish) -> Got {
    match wish.work {
        Work::Read(subject) | Work::Inspect(subject) => {
            read(world, isolate, number, subject, &wish).await;
            Got::Answer
        }
        Work::Write { route, item } => write(world, isolate, number, route, item).await,
    }
}

fn secrets() -> Secrets {
    Secrets {
        api_token: Some(TOKEN.into()),
        admin_token: None,
    }
}

/// What is known when a request begins; its answer is still to come.
fn asked(world: &Sim, isolate: usize, subject: Subject, wish: &Wish) -> Answered {
    let knew = world.isolates[isolate].watch.borrow().view.head();
    Answered {
        isolate,
        subject,
        claim: wish.claim,
        written: wish.written,
        began: world.now(),
        knew,
        log_head: world.log.head(),
        status: 0,
        came: Came::Hit,
        shown: None,
    }
}

async fn read(world: &Sim, isolate: usize, number: u64, subject: Subject, wish: &Wish) {
    let path = subject.path();
    let bearer = match wish.bearer {
        Bearer::Right => format!("Bearer {TOKEN}"),
        Bearer::Wrong => "Bearer guessed".to_owned(),
    };
    let claimed = match wish.claim {
        Claim::Nothing => None,
        Claim::Genuine(seq) | Claim::MadeUp(seq) => Some(seq.to_string()),
        Claim::Malformed => Some("yesterday".to_owned()),
    };
    // As a field, as a cookie, or as both.
    let cookie = claimed.as_ref().filter(|_| world.chance.one_in(3));
    let cookie = cookie.map(|text| format!("a=b; {}={text}", bookmark::COOKIE));
    let field = claimed
        .as_deref()
        .filter(|_| cookie.is_none() || world.chance.one_in(2));
    let request = RequestHead {
        method: "GET",
        path: &path,
        authorization: Some(&bearer),
        bookmark: field,
        cookie: cookie.as_deref(),
        ..RequestHead::default()
    };
    let mut answered = asked(world, isolate, subject, wish);
    world.say(|| format!("#{number} isolate {isolate}: {path} {:?}", wish.claim));
    let held = held(world, isolate, subject);
    if !at_once(world, &request, &mut answered) {
        let ports = EdgePorts {
            link: world.link(),
            isolate,
        };
        let answer = serve(&ports, &world.site, &secrets(), &request, "id").await;
        note(world, &answer, &mut answered);
    }
    world.say(|| {
        format!(
            "#{number} {} {:?} {:?}",
            answered.status, answered.came, answered.shown
        )
    });
    if wish.bearer == Bearer::Wrong && matches!(subject, Subject::Private(_)) {
        world.judge.check_refused(world, &answered);
        return;
    }
    if held == Held::Outdated && answered.came == Came::Source {
        world.count(Event::PurgeSaved);
    }
    match wish.work {
        Work::Inspect(_) => world.judge.check_end(world, &answered),
        Work::Read(_) | Work::Write { .. } => {}
    }
    world.judge.check(world, &answered);
}

/// What an isolate's memory holds of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Nothing,
    Usable,
    /// Within its lifetime, but what it shows has changed since.
    Outdated,
}

fn held(world: &Sim, isolate: usize, subject: Subject) -> Held {
    let memory = world.isolates[isolate].memory.borrow();
    let Some(stored) = memory.peek(subject.key(&world.site).as_str()) else {
        return Held::Nothing;
    };
    let age = world.isolate_time(isolate).since(stored.head.created);
    let lives = subject
        .route(&world.site)
        .tier
        .as_ref()
        .is_some_and(|tier| age < tier.ttl);
    let mut fields = stored.head.headers.iter();
    let shown = fields.find(|(name, _)| name == SHOWN);
    match shown {
        Some((_, shown)) if lives && world.judge.is_outdated(world, subject, shown) => {
            Held::Outdated
        }
        Some(_) | None => Held::Usable,
    }
}

/// The synchronous lane, as the platform's entry takes it; sometimes the runtime cannot.
fn at_once(world: &Sim, request: &RequestHead<'_>, answered: &mut Answered) -> bool {
    if world.chance.one_in(4) {
        return false;
    }
    let isolate = &world.isolates[answered.isolate];
    let now = world.isolate_time(answered.isolate);
    let (mut memory, watch) = (isolate.memory.borrow_mut(), isolate.watch.borrow());
    let kept = Kept {
        memory: &mut memory,
        watch: &watch,
        refreshing: &isolate.refreshing.borrow(),
    };
    let found = look(&world.site, request, &secrets(), kept, now);
    let Some(found) = found else {
        return false;
    };
    let head = &found.stored.head;
    answered.status = head.status;
    let shown = head.headers.iter().find(|(name, _)| name == SHOWN);
    answered.shown = shown.map(|(_, value)| value.clone());
    world.count(Event::SyncLaneHit);
    true
}

fn note(world: &Sim, answer: &AnswerOf<EdgePorts>, answered: &mut Answered) {
    let outcome = &answer.outcome;
    answered.status = answer.head.status;
    answered.shown = answer.head.get(SHOWN).map(str::to_owned);
    answered.came = match outcome.verdict {
        CacheVerdict::Hit => Came::Hit,
        CacheVerdict::Stale if answer.internal.is_some() => Came::IfError,
        // A word about the bookmark may stand in the place of the one about the source.
        CacheVerdict::Stale if outcome.detail.is_some() => Came::TooSlow,
        CacheVerdict::Stale => Came::Revalidating,
        CacheVerdict::Miss | CacheVerdict::Expired | CacheVerdict::Bypass => Came::Source,
        // No origins are simulated.
        CacheVerdict::Revalidated => Came::Source,
    };
    world.count(match (answered.came, outcome.verdict) {
        (Came::IfError, _) => Event::StaleIfError,
        (Came::TooSlow, _) => Event::StaleOfSlow,
        (Came::Revalidating, _) => Event::StaleServed,
        (Came::Source, CacheVerdict::Expired) => Event::Expired,
        (Came::Source, _) => Event::Missed,
        (Came::Hit, _) => match outcome.layers.last().map(|report| report.layer) {
            Some(Layer::Memory) | None => Event::MemoryHit,
            Some(Layer::Colo) => Event::ColoHit,
            Some(Layer::Global) => Event::GlobalHit,
        },
    });
    if answered.status == 404 {
        world.count(Event::NotFound);
    }
    note_purges(world, outcome);
    note_bookmark(world, outcome, answered);
}

fn note_purges(world: &Sim, outcome: &Outcome) {
    let found = |what| {
        let mut layers = outcome.layers.iter();
        layers.any(|report| report.finding == Finding::Unusable(what))
    };
    if found("purged") {
        world.count(Event::PurgeHonoured);
    }
    if found("unverified") {
        world.count(Event::Unverified);
    }
}

fn note_bookmark(world: &Sim, outcome: &Outcome, answered: &Answered) {
    match (outcome.detail, answered.claim) {
        (Some("bookmark-malformed"), _) => world.count(Event::BookmarkMalformed),
        (Some("bookmark-ahead"), _) => world.count(Event::BookmarkAhead),
        (Some("bookmark-by-shield"), _) => world.count(Event::BookmarkByShield),
        (_, Claim::Genuine(_)) => world.count(Event::BookmarkReached),
        (_, Claim::Nothing | Claim::MadeUp(_) | Claim::Malformed) => {}
    }
}

async fn write(world: &Sim, isolate: usize, number: u64, route: &str, item: usize) -> Got {
    let path = format!("/{route}/{item}");
    let request = RequestHead {
        method: "POST",
        path: &path,
        ..RequestHead::default()
    };
    world.say(|| format!("#{number} isolate {isolate}: POST {path}"));
    let ports = EdgePorts {
        link: world.link(),
        isolate,
    };
    let answer = serve(&ports, &world.site, &secrets(), &request, "id").await;
    let shown = answer.head.get(SHOWN).map(str::to_owned);
    let purged = answer
        .outcome
        .shield
        .map_or(Purged::Nothing, |shield| shield.purged);
    count_write(world, purged);
    world.say(|| format!("#{number} {} {shown:?} {purged:?}", answer.head.status));
    let version = shown.and_then(|shown| shown.split(' ').nth(2)?.parse().ok());
    let bookmark = answer
        .head
        .get(bookmark::FIELD)
        .and_then(|text| text.parse().ok());
    match version {
        Some(version) => Got::Written {
            version,
            bookmark: bookmark.map(PurgeSeq),
        },
        None => {
            if world.weather.is_fair() {
                let status = answer.head.status;
                let why = format!(
                    "a write failed though nothing did: {status} {:?}",
                    answer.internal
                );
                world.judge.blame(world, why);
            }
            Got::Answer
        }
    }
}
