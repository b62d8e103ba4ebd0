//! From a stored response, or one that has just come, to the answer that the request asks for: whole,
//! 304, or some of its ranges (RFC 9110 §13.2.2, §14).

use super::ask::{Asking, served_stale, to_validate};
use super::candidate::Candidate;
use super::wanted::Wanted;
use super::{Answered, Errand};
use crate::cache::stored::{Coding, Head, Stored};
use crate::failure::{Failure, Kind};
use crate::key::CacheKey;
use crate::outcome::{CacheVerdict, ForwardWhy, Outcome};
use crate::pipeline::answer::{Answer, AnswerOf, Content};
use crate::ports::Body;
use crate::ports::origin::{ArrivalOf, Incoming, OriginPorts};
use crate::respond::ResponseHead;
use crate::respond::cors::is_cors;
use crate::respond::origin::{self as heads, Cut};
use crate::semantics::preconditions::{
    self, Judge, Preconditions, Representation, Verdict, answer_from_part, evaluate, fields_of_304,
};
use crate::semantics::range::ByteRange;
use crate::semantics::range::multipart::{Boundary, Multipart, Piece};
use crate::semantics::range::partial::{FromPart, Holding};
use crate::semantics::validators::Validators;
use crate::source::fetch::Exchanged;
use crate::time::Timestamp;

/// A body as a world has it, or a stream.
type ContentOf<P> = Content<<P as crate::ports::Ports>::Body, <P as crate::ports::Ports>::Stream>;

impl<P: OriginPorts> Errand<P> {
    /// Answers from what is stored, unless only the origin may judge the request's conditions.
    pub(super) async fn send_or_ask(
        &self,
        candidate: Candidate<P::Body>,
        verdict: CacheVerdict,
        mut asking: Asking<P::Body>,
    ) -> Answered<P> {
        let answer = self.judged(&candidate);
        if let preconditions::Answer::Forward(_) = answer {
            if self.wanted.directives.only_if_cached.is_some() {
                return Err(self.withheld(asking.reports));
            }
            let why = ForwardWhy::Request;
            to_validate(&mut asking.reports, &candidate);
            return self.ask(Asking { why, ..asking }).await;
        }
        let outcome = Outcome {
            layers: asking.reports,
            ..self.hit_outcome(verdict)
        };
        Ok(self.rendered(&candidate, answer, outcome)?)
    }

    /// Answers from what was just found to be good.
    pub(super) fn send_checked(
        &self,
        candidate: &Candidate<P::Body>,
        outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        self.rendered(candidate, self.judged(candidate), outcome)
    }

    /// Answers with what has just come: under the origin's own head, if it is sent whole.
    pub(super) fn send_fetched(
        &self,
        candidate: &Candidate<P::Body>,
        exchanged: &Exchanged,
        outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        let answer = self.judged(candidate);
        // RFC 9111 §4: what the shield had kept for a moment is a stored response, which has an age.
        let was_kept = outcome.shield.is_some_and(|report| report.settled);
        if was_kept || answer != preconditions::Answer::Whole {
            return self.rendered(candidate, answer, outcome);
        }
        let head = self.told(self.passed_head(exchanged)?, candidate)?;
        let content = self.whole(&candidate.stored);
        Ok(self.answer_with(head, content, outcome))
    }

    /// In the place of the origin's answer.
    pub(super) fn send_stale(
        &self,
        candidate: Candidate<P::Body>,
        failed: Kind,
        mut outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        served_stale(&mut outcome.layers, &candidate);
        outcome.verdict = CacheVerdict::Stale;
        outcome.detail = Some("stale-if-error");
        outcome.failure = Some(failed);
        self.send_checked(&candidate, outcome)
    }

    /// Sends what comes in while it is stored.
    pub(super) fn send_coming(
        &self,
        asking: &Asking<P::Body>,
        head: Head,
        coming: (P::Stream, &Exchanged),
        mut outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        let (stream, exchanged) = coming;
        let shield = outcome.shield;
        let max = self.site.limits.stored_body_bytes_max;
        let (stream, whole) = self.ports.keep(stream, exchanged.declared_length(), max);
        self.announce(&head, &mut outcome.layers);
        let representation = Stored::new(head.clone(), self.ports.body_of(Vec::new()));
        let (errand, asking) = (self.clone(), asking.clone());
        self.ports.background(async move {
            if let Some(body) = whole.await {
                let stored = Stored::new(head, body);
                errand.store(&asking, &stored, shield, &mut Vec::new());
            }
        });
        // Its length is not known yet, so no range is cut from it.
        let unchanged = preconditions::Answer::NotModified;
        let candidate = self.just_now(representation)?;
        if self.judged(&candidate) == unchanged {
            self.ports.discard(stream);
            return self.rendered(&candidate, unchanged, outcome);
        }
        let head = self.told(self.passed_head(exchanged)?, &candidate)?;
        Ok(self.answer_with(head, Content::Stream(stream), outcome))
    }

    /// The origin's answer as it came.
    pub(super) fn pass_on(
        &self,
        arrival: ArrivalOf<P>,
        outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        let outcome = Outcome {
            shield: arrival.shield,
            ..outcome
        };
        let head = self.passed_head(&arrival.exchanged)?;
        let content = match arrival.body {
            Incoming::None => Content::Empty,
            Incoming::Whole(body) => Content::Stored(body, Coding::Identity),
            Incoming::Coming(stream) => Content::Stream(stream),
        };
        Ok(self.answer_with(head, content, outcome))
    }

    /// The origin's answer as it came, of which nothing is stored; but 304 where it is what the client has.
    /// The origin was not told of the client's conditions, so that the answer could have been stored.
    pub(super) fn pass_compared(
        &self,
        arrival: ArrivalOf<P>,
        outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        let exchanged = &arrival.exchanged;
        let representation = Representation {
            status: exchanged.status,
            validators: Validators::of(&exchanged.fields, exchanged.received),
            received: exchanged.received,
            length: 0,
        };
        let (method, now) = (&self.wanted.method, self.ports.now());
        let asked = Preconditions::of(&self.wanted.fields, now);
        match evaluate(&asked, method, Some(&representation), Judge::Cache) {
            Verdict::NotModified => {}
            Verdict::Proceed | Verdict::Failed | Verdict::Forward(_) => {
                return self.pass_on(arrival, outcome);
            }
        }
        let unchanged = Exchanged {
            status: 304,
            fields: fields_of_304(&exchanged.fields),
            ..exchanged.clone()
        };
        self.discard(arrival);
        let head = self.passed_head(&unchanged)?;
        Ok(self.answer_with(head, Content::Empty, outcome))
    }

    pub(super) fn discard(&self, arrival: ArrivalOf<P>) {
        match arrival.body {
            Incoming::Coming(stream) => self.ports.discard(stream),
            Incoming::None | Incoming::Whole(_) => {}
        }
    }

    fn judged(&self, candidate: &Candidate<P::Body>) -> preconditions::Answer {
        judged(&self.wanted, candidate, self.ports.now())
    }

    fn rendered(
        &self,
        candidate: &Candidate<P::Body>,
        answer: preconditions::Answer,
        outcome: Outcome,
    ) -> Result<AnswerOf<P>, Failure> {
        use preconditions::Answer as Judged;
        let body = &candidate.stored.body;
        let (cut, content) = match answer {
            // What guards a write is for the origin, and was sent there; a copy that was just validated
            // answers whoever got here.
            Judged::Whole | Judged::Forward(_) => (Cut::Whole, self.whole(&candidate.stored)),
            Judged::NotModified => (Cut::NotModified, Content::Empty),
            Judged::Part(range) => {
                let offsets = offsets(candidate, range).ok_or_else(no_such_bytes)?;
                let complete = complete(candidate);
                let content = Content::Slice(body.clone(), Coding::Identity, offsets);
                (Cut::Part { range, complete }, content)
            }
            Judged::Parts(ranges) => self.parts(candidate, &ranges)?,
            Judged::Unsatisfiable => {
                let complete = complete(candidate).unwrap_or(0);
                (Cut::Unsatisfiable { complete }, Content::Empty)
            }
        };
        let tag_fields = self.origin()?.tag_fields;
        let head = heads::stored(&candidate.stored.head, candidate.age, &cut, tag_fields);
        let head = self.told(self.without_cors(head), candidate)?;
        Ok(self.answer_with(head, content, outcome))
    }

    /// With the terms of a tier that has its own.
    fn told(
        &self,
        mut head: ResponseHead,
        candidate: &Candidate<P::Body>,
    ) -> Result<ResponseHead, Failure> {
        let own = self.route()?.tier_of(candidate.content_type());
        let tier = own.unwrap_or(self.tier()?);
        heads::tell_terms(&mut head, tier, &candidate.terms, &self.wanted.uri.path);
        Ok(head)
    }

    fn parts(
        &self,
        candidate: &Candidate<P::Body>,
        ranges: &[ByteRange],
    ) -> Result<(Cut, ContentOf<P>), Failure> {
        let stored = &candidate.stored;
        let fields = candidate.fields();
        let bytes = stored.body.bytes(Coding::Identity);
        let bytes = bytes.ok_or_else(no_such_bytes)?;
        let complete = complete(candidate).ok_or_else(no_such_bytes)?;
        let boundary = self.boundary(&stored.head).ok_or_else(no_such_bytes)?;
        let content_type = fields.sole("content-type");
        let parts = Multipart::new(ranges, complete, content_type, &boundary);
        let mut content = Vec::new();
        for piece in &parts.pieces {
            match piece {
                Piece::Text(text) => content.extend_from_slice(text.as_bytes()),
                Piece::Bytes(range) => {
                    let offsets = offsets(candidate, *range).ok_or_else(no_such_bytes)?;
                    let slice = within(&bytes, &offsets).ok_or_else(no_such_bytes)?;
                    content.extend_from_slice(slice);
                }
            }
        }
        let cut = Cut::Parts {
            content_type: parts.content_type,
            length: content.len() as u64,
        };
        Ok((cut, Content::Bytes(content)))
    }

    /// Different for each answer, so that nobody can have put it into the body beforehand.
    fn boundary(&self, head: &Head) -> Option<Boundary> {
        let now = self.ports.now().as_millis().to_string();
        let name = CacheKey::new(&head.key, "boundary", [("now", Some(now.as_str()))]);
        let digest = name.digest_hex();
        Boundary::new(digest.get(..32).unwrap_or(&digest))
    }

    fn whole(&self, stored: &Stored<P::Body>) -> ContentOf<P> {
        Content::Stored(stored.body.clone(), Coding::Identity)
    }

    fn passed_head(&self, exchanged: &Exchanged) -> Result<ResponseHead, Failure> {
        let head = heads::passed(exchanged, self.origin()?.tag_fields);
        Ok(self.without_cors(head))
    }

    /// The site's own CORS speaks; two answers would cancel each other.
    fn without_cors(&self, mut head: ResponseHead) -> ResponseHead {
        if self.site.cors.is_some() {
            head.fields.retain(|(name, _)| !is_cors(name));
        }
        head
    }

    fn answer_with(
        &self,
        mut head: ResponseHead,
        content: ContentOf<P>,
        mut outcome: Outcome,
    ) -> AnswerOf<P> {
        if let Ok(origin) = self.origin() {
            heads::lead_here(&mut head, origin, &self.wanted.uri.origin.to_string());
        }
        let is_bodiless = self.wanted.method == "HEAD" || matches!(head.status, 204 | 205 | 304);
        let content = match (is_bodiless, content) {
            (false, content) => content,
            (true, Content::Stream(stream)) => {
                self.ports.discard(stream);
                Content::Empty
            }
            (
                true,
                Content::Empty
                | Content::Text(_)
                | Content::Bytes(_)
                | Content::Stored(..)
                | Content::Slice(..),
            ) => Content::Empty,
        };
        outcome.shield = self.contacts.shield.get();
        outcome.source_ms = self.contacts.source_ms.get();
        outcome.detail = self.wanted.sight.note.or(outcome.detail);
        Answer {
            head,
            content,
            outcome,
            internal: None,
        }
    }
}

/// What a stored response gives to a `GET` or a `HEAD`, by its conditions and ranges.
pub(super) fn judged<B: Body>(
    wanted: &Wanted,
    candidate: &Candidate<B>,
    now: Timestamp,
) -> preconditions::Answer {
    let asks_for_whole = !preconditions::names().any(|name| wanted.fields.contains(name));
    if asks_for_whole && candidate.part().is_none() {
        // As most do: to compare nothing, the stored fields need not be read.
        return preconditions::Answer::Whole;
    }
    let (head, fields) = (&candidate.stored.head, candidate.fields());
    let length = candidate.stored.body.len(Coding::Identity).unwrap_or(0);
    let mut representation = Representation {
        status: head.status,
        validators: Validators::of(&fields, head.created),
        received: head.created,
        length,
    };
    let Some(holding) = candidate.part() else {
        return preconditions::answer(&wanted.fields, &wanted.method, &representation, now);
    };
    representation.length = holding.complete().unwrap_or(0);
    let (fields, method) = (&wanted.fields, &wanted.method);
    match answer_from_part(fields, method, &representation, holding, now) {
        FromPart::Single(range) => preconditions::Answer::Part(range),
        FromPart::Several(ranges) => preconditions::Answer::Parts(ranges),
        FromPart::Missing => preconditions::Answer::Unsatisfiable,
    }
}

fn offsets<B>(candidate: &Candidate<B>, range: ByteRange) -> Option<std::ops::Range<u64>> {
    match candidate.part() {
        Some(holding) => holding.offsets(range),
        None => Some(range.offsets()),
    }
}

fn complete<B: Body>(candidate: &Candidate<B>) -> Option<u64> {
    match candidate.part() {
        Some(holding) => Holding::complete(holding),
        None => candidate.stored.body.len(Coding::Identity),
    }
}

fn within<'b>(bytes: &'b [u8], offsets: &std::ops::Range<u64>) -> Option<&'b [u8]> {
    let start = usize::try_from(offsets.start).ok()?;
    let end = usize::try_from(offsets.end).ok()?;
    bytes.get(start..end)
}

fn no_such_bytes() -> Failure {
    Failure::new(Kind::Internal, "").because("a range lies outside of what is stored")
}
