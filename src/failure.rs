//! Why a request could not be answered as asked: the one type that crosses every boundary as an
//! error. `respond::problem` alone turns it into a response.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What went wrong, in the words of a client. Each has one status and one stable problem type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// No route has this path.
    NoRoute,
    /// A route has this path, but not for this method.
    MethodNotAllowed,
    /// The path cannot be read (encoding, NUL, dot segments).
    BadPath,
    /// One or more parameters are wrong.
    BadParameters,
    /// The request body is not what the route takes.
    BadBody,
    BodyTooLarge,
    UnsupportedMediaType,
    /// No valid bearer token.
    Unauthorized,
    /// The source has no such thing.
    NotFound,
    /// The write clashes with what is stored (a unique value, a row that others refer to).
    Conflict,
    /// The values are well-formed, but the database refuses them.
    Unprocessable,
    /// A source, or the way to it, is down or overloaded.
    Unavailable,
    /// A source did not answer in time.
    Timeout,
    /// The client wants a stored answer alone (RFC 9111 §5.2.1.7), and there is none.
    OnlyIfCached,
    /// An origin answered with something that is not HTTP as we know it, or not at all.
    BadGateway,
    /// The site is set up wrongly: a binding or a secret is missing.
    Misconfigured,
    /// Our own fault.
    Internal,
    /// Too many wrong tokens came from there, or too many ask at once for what is shared.
    TooManyTries,
}

impl Kind {
    pub fn status(self) -> u16 {
        match self {
            Self::BadPath | Self::BadParameters | Self::BadBody => 400,
            Self::Unauthorized => 401,
            Self::NoRoute | Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Unprocessable => 422,
            Self::TooManyTries => 429,
            Self::Internal | Self::Misconfigured => 500,
            Self::BadGateway => 502,
            Self::Unavailable => 503,
            Self::Timeout | Self::OnlyIfCached => 504,
        }
    }

    /// Stable; part of the problem's `type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoRoute => "no-route",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::BadPath => "bad-path",
            Self::BadParameters => "bad-parameters",
            Self::BadBody => "bad-body",
            Self::BodyTooLarge => "body-too-large",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::Unprocessable => "unprocessable",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::OnlyIfCached => "only-if-cached",
            Self::BadGateway => "bad-gateway",
            Self::Misconfigured => "misconfigured",
            Self::Internal => "internal",
            Self::TooManyTries => "too-many-tries",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::NoRoute => "No such route",
            Self::MethodNotAllowed => "Method not allowed",
            Self::BadPath => "The path cannot be read",
            Self::BadParameters => "A parameter is wrong",
            Self::BadBody => "The request body is wrong",
            Self::BodyTooLarge => "The request body is too large",
            Self::UnsupportedMediaType => "Unsupported media type",
            Self::Unauthorized => "A bearer token is required",
            Self::NotFound => "Not found",
            Self::Conflict => "The change conflicts with stored data",
            Self::Unprocessable => "The values were refused",
            Self::Unavailable => "The source is unavailable",
            Self::Timeout => "The source did not answer in time",
            Self::OnlyIfCached => "Nothing is stored that may answer",
            Self::BadGateway => "The origin could not be used",
            Self::Misconfigured => "The site is misconfigured",
            Self::Internal => "Internal error",
            Self::TooManyTries => "Too many requests",
        }
    }

    /// Whether a route's static answer may stand in: the source, or the way to it, did not answer. What is
    /// wrong with Forebay or its setting up is not to be papered over.
    pub fn lets_fall_back(self) -> bool {
        match self {
            Self::Unavailable | Self::Timeout | Self::BadGateway => true,
            Self::NoRoute
            | Self::MethodNotAllowed
            | Self::BadPath
            | Self::BadParameters
            | Self::BadBody
            | Self::BodyTooLarge
            | Self::UnsupportedMediaType
            | Self::Unauthorized
            | Self::NotFound
            | Self::Conflict
            | Self::Unprocessable
            | Self::OnlyIfCached
            | Self::Misconfigured
            | Self::Internal
            | Self::TooManyTries => false,
        }
    }

    /// Whether a stale stored response may stand in (RFC 5861 §4: the *source* failed).
    pub fn is_source_failure(self) -> bool {
        self.status() >= 500
    }
}

/// A parameter that was refused: its name and what it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterFault {
    pub name: String,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: Kind,
    /// For the client: one sentence, nothing of the inside. Empty when the title says it all.
    pub public: String,
    /// For the log only.
    pub internal: String,
    pub faults: Vec<ParameterFault>,
    /// `Allow`, for `MethodNotAllowed`.
    pub allow: Vec<String>,
    /// When trying again may be of use, if that is known.
    pub retry_after: Option<Duration>,
    /// Whether the source may have done what it was asked to.
    pub done: Done,
}

/// Whether something that failed may have been done all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Done {
    #[default]
    Maybe,
    /// It was never sent, or it was taken back.
    No,
    /// Nobody was asked, nor waited for.
    Unasked,
}

impl Done {
    /// Of two that were asked, one after the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Maybe, _) | (_, Self::Maybe) => Self::Maybe,
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Unasked, Self::Unasked) => Self::Unasked,
        }
    }
}

impl Failure {
    pub fn new(kind: Kind, public: impl Into<String>) -> Self {
        Self {
            kind,
            public: public.into(),
            internal: String::new(),
            faults: Vec::new(),
            allow: Vec::new(),
            retry_after: None,
            done: Done::Maybe,
        }
    }

    /// Adds what only the log may say.
    #[must_use]
    pub fn because(mut self, internal: impl std::fmt::Display) -> Self {
        self.internal = internal.to_string();
        self
    }

    /// Tells that nothing was done.
    #[must_use]
    pub fn undone(mut self) -> Self {
        self.done = Done::No;
        self
    }

    /// Tells that the source was left in peace.
    #[must_use]
    pub fn unasked(mut self) -> Self {
        self.done = Done::Unasked;
        self
    }

    /// Of these milliseconds, those in which the source was waited for: all, or `None`.
    pub fn source_ms(&self, waited_ms: u32) -> Option<u32> {
        match self.done {
            Done::Maybe | Done::No => Some(waited_ms),
            Done::Unasked => None,
        }
    }

    /// Tells when trying again may be of use.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// `Retry-After` in seconds, where trying again is of use. Rounded up: whoever comes too early comes
    /// in vain.
    pub fn retry_after_s(&self) -> Option<u32> {
        match self.kind {
            Kind::Unavailable | Kind::Timeout | Kind::TooManyTries => {
                Some(self.retry_after.map_or(RETRY_AFTER_S, whole_seconds))
            }
            Kind::NoRoute
            | Kind::MethodNotAllowed
            | Kind::BadPath
            | Kind::BadParameters
            | Kind::BadBody
            | Kind::BodyTooLarge
            | Kind::UnsupportedMediaType
            | Kind::Unauthorized
            | Kind::NotFound
            | Kind::Conflict
            | Kind::Unprocessable
            | Kind::BadGateway
            | Kind::OnlyIfCached
            | Kind::Misconfigured
            | Kind::Internal => None,
        }
    }
}

const RETRY_AFTER_S: u32 = 2;

fn whole_seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_what_is_known_or_a_default_and_only_where_it_is_of_use() {
        let millis = |millis| Some(Duration::from_millis(millis));
        for (kind, known, expected) in [
            (Kind::Unavailable, None, Some(2)),
            (Kind::Unavailable, millis(1), Some(1)),
            (Kind::Unavailable, millis(9_001), Some(10)),
            (Kind::Timeout, millis(7_000), Some(7)),
            (Kind::NotFound, millis(7_000), None),
            (Kind::Internal, None, None),
        ] {
            let mut failure = Failure::new(kind, "");
            failure.retry_after = known;
            assert_eq!(failure.retry_after_s(), expected, "{kind:?} {known:?}");
        }
    }
}
