//! `Vary` (RFC 9110 §12.5.5, RFC 9111 §4.1): which request fields selected a stored response, whether
//! another request would have selected it as well, and which of several to take.
//!
//! Two requests match when their selecting fields are equal in canonical form (`vary::canonical`). What
//! `Vary` says and nobody can read matches nothing, as `*` does.
//!
//! A request is meant as it goes to the origin, without what is not forwarded: only that can have
//! selected the response.

pub mod canonical;

use super::fields::{Fields, is_token};
use crate::time::Timestamp;
use canonical::{canonical, favourite_language};
use serde::{Deserialize, Serialize};

/// More selecting fields than any origin has a use for.
pub const NAMES_MAX: usize = 32;

/// What a response says about its selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vary {
    /// No request field: the field is absent, or has no members.
    Nothing,
    /// In lower case, sorted, each once.
    Names(Vec<String>),
    Never(Unmatchable),
}

/// Why no request ever matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unmatchable {
    /// `*`: something outside the request selects.
    Any,
    /// A member that is no field name.
    Malformed,
    /// More than [`NAMES_MAX`] names.
    TooMany,
}

impl Unmatchable {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "vary-any",
            Self::Malformed => "vary-malformed",
            Self::TooMany => "vary-too-many",
        }
    }
}

impl Vary {
    pub fn read(response: &Fields) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut malformed = false;
        for member in response.members("vary") {
            // RFC 9110 §12.5.5: a list that contains `*`, wherever it stands.
            if member == "*" {
                return Self::Never(Unmatchable::Any);
            }
            malformed |= !is_token(member);
            names.push(member.to_ascii_lowercase());
        }
        names.sort_unstable();
        names.dedup();
        if malformed {
            Self::Never(Unmatchable::Malformed)
        } else if names.len() > NAMES_MAX {
            Self::Never(Unmatchable::TooMany)
        } else if names.is_empty() {
            Self::Nothing
        } else {
            Self::Names(names)
        }
    }

    /// What to keep with a response to `request`.
    ///
    /// # Errors
    /// Why there is no use in keeping it.
    pub fn selecting(&self, request: &Fields) -> Result<Selecting, Unmatchable> {
        match self {
            Self::Nothing => Ok(Selecting::default()),
            Self::Names(names) => Ok(Selecting::of(names, request)),
            Self::Never(why) => Err(*why),
        }
    }
}

/// The selecting fields of the request that a stored response answered, in canonical form; `None` for
/// one that it did not have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Selecting(Vec<(String, Option<String>)>);

impl Selecting {
    /// `names`: as [`Vary::Names`] has them.
    pub fn of(names: &[String], request: &Fields) -> Self {
        let value = |name: &String| (name.clone(), canonical(name, request));
        Self(names.iter().map(value).collect())
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The parts of the secondary key, which `CacheKey::variant` delimits by their lengths.
    pub fn parts(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Without selecting fields: any request.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `content_language`: that of the stored response.
    ///
    /// DEPARTS FROM RFC 9111 §4.1: a request whose `Accept-Language` differs matches as well when the
    /// one language that it puts above all others is the one that the stored response is in. The origin
    /// had nothing better to choose for it.
    fn match_with(&self, request: &Fields, content_language: Option<&str>) -> Option<Match> {
        let mut found = Match::Exact;
        for (name, value) in &self.0 {
            if canonical(name, request) == *value {
                continue;
            }
            let favourite = (name == "accept-language").then(|| favourite_language(request));
            let language = content_language.map(str::to_ascii_lowercase);
            if language.is_none() || favourite.flatten() != language {
                return None;
            }
            found = Match::ByLanguage;
        }
        Some(found)
    }
}

/// The better one is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    ByLanguage,
    Exact,
}

/// One of the stored responses of a target URI.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    pub selecting: &'a Selecting,
    /// Its `Date`.
    pub date: Option<Timestamp>,
    /// When it came, which stands in for `Date`.
    pub received: Timestamp,
    pub content_language: Option<&'a str>,
}

/// The place of the stored response that answers `request`; `None` when none of them matches.
///
/// §4.1: one that names its selecting fields goes before one that forgot to, then the most recent; of
/// two that are equally recent, the last.
pub fn choose(candidates: &[Candidate<'_>], request: &Fields) -> Option<usize> {
    let ranked = candidates.iter().enumerate().filter_map(|(at, one)| {
        let found = one.selecting.match_with(request, one.content_language)?;
        let sent = one.date.unwrap_or(one.received);
        Some((!one.selecting.is_empty(), found, sent, at))
    });
    ranked.max().map(|(_, _, _, at)| at)
}

#[cfg(test)]
mod tests;
