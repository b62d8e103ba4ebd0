//! What the pipeline hands to the platform, and how each kind of answer is made.

use super::memory_lane::Found;
use crate::cache::stored::Coding;
use crate::config::site::{Fallback, Route};
use crate::failure::{Failure, Kind};
use crate::outcome::{CacheVerdict, Finding, Layer, LayerReport, Outcome};
use crate::ports::{Body, Passing, Ports};
use crate::respond::stored::Shape;
use crate::respond::{ResponseHead, fallback, problem, stored};
use crate::semantics::request::RequestHead;
use std::ops::Range;

/// A body, as the platform is to send it.
#[derive(Clone, Debug)]
pub enum Content<B, S> {
    Empty,
    Text(String),
    Bytes(Vec<u8>),
    Stored(B, Coding),
    /// Some bytes of a stored body.
    Slice(B, Coding, Range<u64>),
    Stream(S),
}

/// One answered request.
#[derive(Clone, Debug)]
pub struct Answer<B, S> {
    pub head: ResponseHead,
    pub content: Content<B, S>,
    pub outcome: Outcome,
    /// For the log: what must not be in the answer.
    pub internal: Option<String>,
}

/// Neither the source nor what is stored has answered: why, and what happened until then.
#[derive(Debug)]
pub struct Unanswered {
    pub failure: Failure,
    pub outcome: Outcome,
}

/// What failed before anything happened, or in a way that tells nothing of it.
impl From<Failure> for Box<Unanswered> {
    fn from(failure: Failure) -> Self {
        let outcome = Outcome::bypass(None);
        Self::new(Unanswered { failure, outcome })
    }
}

/// The answer of a pipeline over `P`.
pub type AnswerOf<P> = Answer<<P as Ports>::Body, <P as Ports>::Stream>;

impl<B: Body, S> Answer<B, S> {
    /// A failure's problem document.
    pub fn failed(failure: &Failure, outcome: Outcome, request_id: &str, method: &str) -> Self {
        let (head, body) = problem::render(failure, request_id);
        Self::text(head, body, method, outcome, failure)
    }

    /// What is left to say of a failure when nothing stored may stand in: the route's static answer if
    /// it has one for this, or the problem document.
    pub fn failed_on(
        route: &Route,
        failure: &Failure,
        outcome: Outcome,
        request: &RequestHead<'_>,
        request_id: &str,
    ) -> Self {
        let usable = request.is_read() && failure.kind.lets_fall_back();
        match route.fallback.as_ref().filter(|_| usable) {
            Some(fallback) => Self::fallback(fallback, failure, outcome, request.method),
            None => Self::failed(failure, outcome, request_id, request.method),
        }
    }

    fn fallback(fallback: &Fallback, failure: &Failure, outcome: Outcome, method: &str) -> Self {
        let outcome = Outcome {
            detail: Some("fallback"),
            ..outcome
        };
        let head = fallback::head(fallback);
        Self::text(head, fallback.body.clone(), method, outcome, failure)
    }

    fn text(
        mut head: ResponseHead,
        body: String,
        method: &str,
        mut outcome: Outcome,
        failure: &Failure,
    ) -> Self {
        outcome.failure = Some(failure.kind);
        let content = if method == "HEAD" {
            head.push("Content-Length", body.len().to_string());
            Content::Empty
        } else {
            Content::Text(body)
        };
        let internal = (!failure.internal.is_empty()).then(|| failure.internal.clone());
        Self {
            head,
            content,
            outcome,
            internal,
        }
    }

    /// An answer from a stored response. `None`: the body lacks the coding that was chosen.
    pub fn stored(
        found: &Found<'_, B>,
        outcome: Outcome,
        request: &RequestHead<'_>,
        request_id: &str,
    ) -> Option<Self> {
        let mut head = stored::head(
            &found.stored.head,
            found.shape,
            &found.standing,
            found.terms,
            found.route,
            request.path,
        );
        if found.stored.head.status == 404 {
            return Some(Self::remembered_not_found(
                head, outcome, request, request_id,
            ));
        }
        let content = match found.shape {
            Shape::Full(coding) => {
                found.stored.body.has(coding).then_some(())?;
                Content::Stored(found.stored.body.clone(), coding)
            }
            Shape::HeadOnly(coding) => {
                let length = found.stored.body.len(coding)?;
                head.push("Content-Length", length.to_string());
                Content::Empty
            }
            Shape::NotModified(_) => Content::Empty,
        };
        Some(Self {
            head,
            content,
            outcome,
            internal: None,
        })
    }

    /// The absence is what is stored; the document names this request.
    fn remembered_not_found(
        mut head: ResponseHead,
        outcome: Outcome,
        request: &RequestHead<'_>,
        request_id: &str,
    ) -> Self {
        let failure = Failure::new(Kind::NotFound, "");
        let mut answer = Self::failed(&failure, outcome, request_id, request.method);
        for (name, value) in answer.head.fields.drain(..) {
            if head.get(&name).is_none() {
                head.push(name, value);
            }
        }
        answer.head = head;
        answer
    }
}

/// An answer that only passes through, under a head that is settled.
pub fn passed_on<P: Ports>(
    ports: &P,
    mut head: ResponseHead,
    shape: Shape,
    passing: Passing<P::Stream>,
    outcome: Outcome,
) -> AnswerOf<P> {
    let content = match shape {
        Shape::Full(_) => Content::Stream(passing.stream),
        Shape::HeadOnly(_) => {
            head.push("Content-Length", passing.bytes.to_string());
            ports.discard(passing.stream);
            Content::Empty
        }
        Shape::NotModified(_) => {
            ports.discard(passing.stream);
            Content::Empty
        }
    };
    Answer {
        head,
        content,
        outcome,
        internal: None,
    }
}

/// The outcome of a fresh memory hit.
pub fn memory_hit<B>(found: &Found<'_, B>) -> Outcome {
    hit_in_memory(found.route, found.standing.ttl_s)
}

/// The same, of whatever is fresh for so many seconds.
pub fn hit_in_memory(route: &Route, ttl_s: i64) -> Outcome {
    Outcome {
        verdict: CacheVerdict::Hit,
        layers: vec![LayerReport {
            layer: Layer::Memory,
            finding: Finding::Fresh { ttl_s },
            stored: false,
            took_ms: 0,
        }],
        ..Outcome::bypass(Some(route.pattern.clone()))
    }
}
