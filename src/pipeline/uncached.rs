//! Routes without a tier: writes, streams, plain reads, and what is passed on to an origin.

use super::answer::{Answer, AnswerOf, Content, Unanswered, passed_on};
use super::plan::{Located, Target, target};
use super::sight;
use crate::cache::stored::{Coding, Head, Stored};
use crate::config::site::{BookmarkCookie, QueryId, Site, Source};
use crate::failure::{Failure, Kind};
use crate::key::CacheKey;
use crate::outcome::{Outcome, Purged};
use crate::ports::{Body, Delivery, Ports};
use crate::purge::bookmark::{self, Given};
use crate::purge::seq::PurgeSeq;
use crate::respond::ResponseHead;
use crate::respond::cache_control::NO_STORE;
use crate::respond::stored::{Shape, choose_coding};
use crate::semantics::request::RequestHead;
use crate::shield::message::Ask;
use crate::source::query::{Effect, Returns};

/// # Errors
/// Whatever keeps the source from answering.
pub async fn serve<P: Ports>(
    ports: &P,
    site: &Site,
    located: &Located<'_, '_>,
    request: &RequestHead<'_>,
) -> Result<AnswerOf<P>, Box<Unanswered>> {
    let outcome = Outcome::bypass(Some(located.route.pattern.clone()));
    match located.route.source {
        Source::Query(id) => query(ports, site, located, request, id, outcome).await,
        Source::Origin(_) => {
            let failure = Failure::new(Kind::Internal, "");
            Err(failure.because("an origin has a path of its own").into())
        }
        Source::Assets => {
            let target = target(site, located, request, None)?;
            let key = CacheKey::new(&located.route.fingerprint, "uncached", []);
            let stored = ports
                .asset(&target.path, &key, Vec::new(), PurgeSeq::ZERO)
                .await?;
            sealed(ports, &stored, request, outcome).await
        }
    }
}

fn unanswered(failure: Failure, outcome: Outcome) -> Box<Unanswered> {
    Box::new(Unanswered { failure, outcome })
}

async fn query<P: Ports>(
    ports: &P,
    site: &Site,
    located: &Located<'_, '_>,
    request: &RequestHead<'_>,
    id: QueryId,
    outcome: Outcome,
) -> Result<AnswerOf<P>, Box<Unanswered>> {
    let query = site
        .query(id)
        .ok_or_else(|| Failure::new(Kind::Internal, ""))?;
    let body = if request.is_read() {
        None
    } else {
        json_body(ports, site, request).await?
    };
    let target = target(site, located, request, body.as_deref())?;
    let ask = Ask {
        route: located.route.fingerprint.clone(),
        values: target.values.clone(),
        key: None,
        // What its holder has written must be there, so no replica may answer.
        after: match bookmark::read(request.bookmark, request.cookie) {
            Given::At(seq) => seq,
            Given::Nothing | Given::Malformed => PurgeSeq::ZERO,
        },
        trace: ports.trace().map(|trace| trace.own),
    };
    let shard = spread(&target).shard(site.shield.shards);
    if query.returns == Returns::Stream {
        return stream(ports, request, shard, ask, outcome).await;
    }
    let (report, delivery) = ports.ask(shard, ask).await;
    let purged = report.map_or(Purged::Nothing, |report| report.purged);
    let outcome = outcome.through(report);
    let delivery = match delivery {
        Ok(delivery) => delivery,
        Err(failure) => return Err(unanswered(failure, outcome)),
    };
    let mut answer = match delivery {
        Delivery::Whole(stored) => sealed(ports, &stored, request, outcome).await?,
        Delivery::Passing(passing) => {
            let head = uncached_head(&passing.head, Coding::Identity);
            passed_on(
                ports,
                head,
                whole(request, Coding::Identity),
                passing,
                outcome,
            )
        }
    };
    let created = request.method == "POST" && query.effect == Effect::Writes;
    if created && answer.head.status == 200 {
        answer.head.status = 201;
    }
    tell_bookmark(ports, site, purged, &mut answer).await;
    Ok(answer)
}

/// Hands the writer its bookmark, and shows this isolate what was purged.
pub(super) async fn tell_bookmark<P: Ports>(
    ports: &P,
    site: &Site,
    purged: Purged,
    answer: &mut AnswerOf<P>,
) {
    match purged {
        Purged::Nothing => {}
        Purged::At(seq) => {
            answer.head.push(bookmark::FIELD, seq.to_string());
            if site.purge.cookie == BookmarkCookie::Set {
                answer.head.push("Set-Cookie", cookie(seq));
            }
            // Best effort: whoever has no bookmark sees it when the view is renewed anyway.
            let _ = sight::renew(ports, sight::Source::Log).await;
        }
        // The write is done and cannot be taken back; the databases may still tell of it.
        Purged::Untold => answer.outcome.detail = Some("purge-untold"),
    }
}

/// Longer than any answer's way to the farthest layer takes.
const COOKIE_MAX_AGE_S: u32 = 3600;

fn cookie(seq: u64) -> String {
    let name = bookmark::COOKIE;
    format!("{name}={seq}; Path=/; Max-Age={COOKIE_MAX_AGE_S}; HttpOnly; Secure; SameSite=Lax")
}

/// Uncached work is spread over the shards by what it touches.
fn spread(target: &Target) -> CacheKey {
    CacheKey::new(&target.path, "uncached", [])
}

async fn stream<P: Ports>(
    ports: &P,
    request: &RequestHead<'_>,
    shard: u16,
    ask: Ask,
    outcome: Outcome,
) -> Result<AnswerOf<P>, Box<Unanswered>> {
    let mut head = ResponseHead::new(200);
    head.push("Content-Type", "application/json");
    head.push("Cache-Control", NO_STORE);
    let (outcome, content) = if request.method == "HEAD" {
        // The rows are not needed to know the head.
        (outcome, Content::Empty)
    } else {
        let (report, stream) = ports.ask_stream(shard, ask).await;
        let outcome = outcome.through(report);
        match stream {
            Ok(stream) => (outcome, Content::Stream(stream)),
            Err(failure) => return Err(unanswered(failure, outcome)),
        }
    };
    Ok(Answer {
        head,
        content,
        outcome,
        internal: None,
    })
}

/// A body is JSON or nothing.
async fn json_body<P: Ports>(
    ports: &P,
    site: &Site,
    request: &RequestHead<'_>,
) -> Result<Option<Vec<u8>>, Failure> {
    let body = ports
        .request_body(site.limits.request_body_bytes_max)
        .await?;
    let Some(body) = body.filter(|body| !body.is_empty()) else {
        return Ok(None);
    };
    let essence = request
        .content_type
        .unwrap_or("")
        .split(';')
        .next()
        .unwrap_or("")
        .trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let mend = "send the body as Content-Type: application/json";
        return Err(Failure::new(Kind::UnsupportedMediaType, mend));
    }
    Ok(Some(body))
}

/// An answer that was made for this request alone: whole, whatever validators the request brings.
fn whole(request: &RequestHead<'_>, coding: Coding) -> Shape {
    match request.method {
        "HEAD" => Shape::HeadOnly(coding),
        _ => Shape::Full(coding),
    }
}

fn uncached_head(stored: &Head, coding: Coding) -> ResponseHead {
    let mut head = ResponseHead::new(stored.status);
    for (name, value) in &stored.headers {
        head.push(name.clone(), value.clone());
    }
    head.push("Cache-Control", NO_STORE);
    match coding {
        Coding::Gzip => head.push("Content-Encoding", coding.as_str()),
        Coding::Identity => {}
    }
    if stored.coding == Coding::Gzip {
        head.append("Vary", "Accept-Encoding");
    }
    head
}

async fn sealed<P: Ports>(
    ports: &P,
    stored: &Stored<P::Body>,
    request: &RequestHead<'_>,
    outcome: Outcome,
) -> Result<AnswerOf<P>, Box<Unanswered>> {
    if stored.head.status == 404 {
        return Err(unanswered(Failure::new(Kind::NotFound, ""), outcome));
    }
    let answer = |head, content| Answer {
        head,
        content,
        outcome,
        internal: None,
    };
    if stored.head.status == 204 {
        let head = uncached_head(&stored.head, Coding::Identity);
        return Ok(answer(head, Content::Empty));
    }
    let coding = choose_coding(&stored.head, request);
    let mut head = uncached_head(&stored.head, coding);
    let body = match stored.body.has(coding) {
        true => Some(stored.body.clone()),
        false => ports.recode(stored, coding).await,
    };
    let body = body
        .ok_or_else(|| Failure::new(Kind::Internal, "").because("an answer does not decompress"))?;
    let content = match whole(request, coding) {
        Shape::HeadOnly(_) => {
            head.push("Content-Length", body.len(coding).unwrap_or(0).to_string());
            Content::Empty
        }
        Shape::Full(_) | Shape::NotModified(_) => Content::Stored(body, coding),
    };
    Ok(answer(head, content))
}
