//! The way in for operators: who they are, and the dashboard with its session.

use super::clock;
use super::edge::Edge;
use super::operator::Done;
use crate::admin::access::{self, Denied, MARK};
use crate::admin::attempts::{Attempts, Hearing};
use crate::admin::dashboard::{self, PAGE, Place};
use crate::admin::session::{self, BODY_BYTES_MAX};
use crate::failure::{Failure, Kind};
use crate::pipeline::answer::Content;
use crate::policy::auth::{AuthRefusal, check_token};
use crate::ports::{Ports, Secrets};
use crate::respond::ResponseHead;
use crate::semantics::request::RequestHead;
use std::cell::RefCell;

thread_local! {
    static ATTEMPTS: RefCell<Attempts> = RefCell::default();
}

const BINDING: &str = "ASSETS";

/// Whether who asks may.
///
/// # Errors
/// When nobody is heard any more who shows a token from there.
pub(super) fn access(
    edge: &Edge,
    request: &RequestHead<'_>,
    secrets: &Secrets,
) -> Result<Result<(), Denied>, Failure> {
    if request.authorization.is_some() {
        be_heard(edge)?;
    }
    let mark = edge.field(MARK);
    let access = access::check(request, mark.as_deref(), secrets, clock::now());
    if access == Err(Denied::Token(AuthRefusal::Wrong)) {
        note_wrong(edge);
    }
    Ok(access)
}

fn be_heard(edge: &Edge) -> Result<(), Failure> {
    let hearing = ATTEMPTS.with(|attempts| attempts.borrow().hearing(&address(edge), clock::now()));
    match hearing {
        Hearing::Heard => Ok(()),
        Hearing::Not(wait) => Err(Failure::new(
            Kind::TooManyTries,
            "Too many wrong tokens came from this address.",
        )
        .after(wait)),
    }
}

fn note_wrong(edge: &Edge) {
    ATTEMPTS.with(|attempts| attempts.borrow_mut().wrong(&address(edge), clock::now()));
}

/// Cloudflare writes it, whatever the client sent. Locally all are one.
fn address(edge: &Edge) -> String {
    edge.field("cf-connecting-ip").unwrap_or_default()
}

pub(super) async fn answer(
    edge: &Edge,
    place: Place<'_>,
    secrets: &Secrets,
    request: &RequestHead<'_>,
) -> Done {
    match place {
        Place::Page => file(edge, place, PAGE, request).await,
        Place::Asset(path) => file(edge, place, path, request).await,
        Place::Session => {
            let cookie = match request.method {
                "POST" => Some(sign_in(edge, secrets, request).await?),
                "DELETE" => {
                    access::from_ourselves(request, edge.field(MARK).as_deref())?;
                    Some(session::end(request.base))
                }
                "GET" => {
                    access(edge, request, secrets)??;
                    None
                }
                _ => return Err(not_allowed(&["GET", "POST", "DELETE"])),
            };
            Ok((dashboard::session(cookie), Content::Empty))
        }
    }
}

async fn sign_in(
    edge: &Edge,
    secrets: &Secrets,
    request: &RequestHead<'_>,
) -> Result<String, Failure> {
    session::may_begin(request.base, secrets)?;
    be_heard(edge)?;
    // Nor may another page sign somebody in.
    access::from_ourselves(request, edge.field(MARK).as_deref())?;
    let shown = session::parse(edge.request_body(BODY_BYTES_MAX).await?.as_deref())?;
    let wanted = secrets.admin_token.as_deref();
    match (check_token(shown.as_deref(), wanted), wanted) {
        (Ok(()), Some(token)) => Ok(session::begin(token, request.base, clock::now())),
        (Ok(()), None) => Err(Denied::Token(AuthRefusal::NotConfigured).into()),
        (Err(refusal), _) => {
            if refusal == AuthRefusal::Wrong {
                note_wrong(edge);
            }
            Err(Denied::Token(refusal).into())
        }
    }
}

fn not_allowed(methods: &[&str]) -> Failure {
    let mut failure = Failure::new(Kind::MethodNotAllowed, "");
    failure.allow = methods.iter().map(|method| (*method).to_owned()).collect();
    failure
}

/// One of the dashboard's files, as the Worker's assets have it.
async fn file(edge: &Edge, place: Place<'_>, path: &str, request: &RequestHead<'_>) -> Done {
    if !request.is_read() {
        return Err(not_allowed(&["GET", "HEAD"]));
    }
    let failed = |why: worker::Error| Failure::new(Kind::Unavailable, "").because(why);
    let assets = edge.env().assets(BINDING).map_err(|why| {
        Failure::new(Kind::Misconfigured, "").because(format!("binding {BINDING}: {why}"))
    })?;
    // The binding looks at the path alone.
    let url = format!("https://assets.forebay.internal{path}");
    let mut response = assets.fetch(url, None).await.map_err(failed)?;
    match response.status_code() {
        200 => {
            let content_type = response.headers().get("content-type").ok().flatten();
            let head: ResponseHead = dashboard::file(place, content_type);
            let content = match request.method {
                "HEAD" => Content::Empty,
                _ => Content::Bytes(response.bytes().await.map_err(failed)?),
            };
            Ok((head, content))
        }
        404 => Err(missing(place)),
        status => {
            Err(Failure::new(Kind::Unavailable, "").because(format!("assets answered {status}")))
        }
    }
}

fn missing(place: Place<'_>) -> Failure {
    match place {
        Place::Page => {
            let mend = "the dashboard is not among the assets: npm run build makes it";
            Failure::new(Kind::Misconfigured, mend).because(mend)
        }
        Place::Asset(_) | Place::Session => Failure::new(Kind::NoRoute, ""),
    }
}
