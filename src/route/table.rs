//! The routes of a site in the order of matching, and which of them a request belongs to.
//!
//! A path is split at its slashes and each segment is decoded once (RFC 3986 §2.4), so that an encoded
//! slash is data. The most specific route wins: an exact segment before a parameter before a rest,
//! segment by segment from the left; then the more specific method; then the order of the file.

use super::pattern::{MethodMatch, MethodPattern, Segment};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Patterns, most specific first: the first that matches wins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    pattern: MethodPattern,
    /// Index of the route in the order of the file.
    route: u16,
}

/// Two routes, by their place in the file, that match exactly the same requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ambiguity {
    pub first: usize,
    pub second: usize,
}

/// What a lookup found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match<'p> {
    Found {
        /// Index of the route in the order of the file.
        route: u16,
        /// Decoded values, in the order of the pattern's names.
        params: Vec<Cow<'p, str>>,
    },
    /// Routes match the path, but none the method. `allow` is for the field of that name
    /// (RFC 9110 §10.2.1).
    MethodNotAllowed {
        allow: Vec<String>,
    },
    NotFound,
    /// The path says nothing that could be looked up: 400.
    BadPath(PathProblem),
}

/// A segment that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("path segment {segment} {}", kind.as_str())]
pub struct PathProblem {
    /// Counted from 1.
    pub segment: usize,
    pub kind: PathProblemKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathProblemKind {
    BrokenEscape,
    NotUtf8,
    Nul,
    /// `.` or `..` in the part that a rest parameter takes, where it could climb out of its place.
    DotSegment,
}

impl PathProblemKind {
    /// Completes "path segment 3 …".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BrokenEscape => "holds a `%` that two hexadecimal digits do not follow",
            Self::NotUtf8 => "is not UTF-8 when decoded",
            Self::Nul => "holds a NUL character",
            Self::DotSegment => "is a dot segment",
        }
    }
}

impl RouteTable {
    /// Sorts the patterns. Routes are numbered in the order given, which has room for 65,536.
    ///
    /// # Errors
    /// Every pattern that matches exactly what an earlier one matches, each with the first such.
    pub fn build(patterns: &[MethodPattern]) -> Result<Self, Vec<Ambiguity>> {
        let ambiguities: Vec<_> = (0..patterns.len())
            .filter_map(|second| first_twin(patterns, second))
            .collect();
        if !ambiguities.is_empty() {
            return Err(ambiguities);
        }
        let mut entries: Vec<_> = patterns
            .iter()
            .zip(0..=u16::MAX)
            .map(|(pattern, route)| Entry {
                pattern: pattern.clone(),
                route,
            })
            .collect();
        // The sort is stable: declared order breaks what is left.
        entries.sort_by_cached_key(|entry| specificity(&entry.pattern));
        Ok(Self { entries })
    }

    /// The route of `method` and `path`, the raw path of the request target without its query.
    ///
    /// The common path, with nothing to decode, is walked in place: the only allocation is that of
    /// the parameters' vector.
    pub fn find<'p>(&self, method: &str, path: &'p str) -> Match<'p> {
        let Some(path) = path.strip_prefix('/') else {
            return Match::NotFound;
        };
        if !path.bytes().any(|byte| byte == b'%' || byte == 0) {
            return self.find_among(method, path.split('/'), path);
        }
        let decoded: Result<Vec<_>, _> = path
            .split('/')
            .zip(1..)
            .map(|(raw, segment)| decode_segment(raw, segment))
            .collect();
        match decoded {
            Ok(segments) => self.find_among(method, segments.iter().map(Cow::as_ref), path),
            Err(problem) => Match::BadPath(problem),
        }
    }

    /// `segments` are those of the raw `path`, decoded.
    fn find_among<'p, 's>(
        &self,
        method: &str,
        segments: impl Iterator<Item = &'s str> + Clone,
        path: &'p str,
    ) -> Match<'p> {
        let count = segments.clone().count();
        let on_path = |entry: &&Entry| entry.may_have(count) && entry.has_path(segments.clone());
        let found = self
            .entries
            .iter()
            .find(|entry| entry.answers(method) && on_path(entry));
        if let Some(entry) = found {
            return match entry.params(path) {
                Ok(params) => Match::Found {
                    route: entry.route,
                    params,
                },
                Err(problem) => Match::BadPath(problem),
            };
        }
        let methods = self.entries.iter().filter(on_path);
        match allow(methods.filter_map(|entry| entry.pattern.method_name())) {
            Some(allow) => Match::MethodNotAllowed { allow },
            None => Match::NotFound,
        }
    }
}

impl Entry {
    fn answers(&self, method: &str) -> bool {
        match &self.pattern.method {
            MethodMatch::Any => true,
            MethodMatch::Named(name) => name == method || (name == "GET" && method == "HEAD"),
        }
    }

    /// Whether a path of `count` segments could match: one comparison that spares most of the others.
    fn may_have(&self, count: usize) -> bool {
        let own = self.pattern.segments.len();
        own == count || (own < count && self.has_rest())
    }

    /// Whether as many `segments` as the pattern has match it, one by one.
    fn has_path<'s>(&self, segments: impl Iterator<Item = &'s str>) -> bool {
        self.pattern
            .segments
            .iter()
            .zip(segments)
            .all(|(own, theirs)| match own {
                Segment::Literal(text) => text == theirs,
                Segment::Param(_) => !theirs.is_empty(),
                Segment::Rest(_) => true,
            })
    }

    /// The values in the raw `path`, which this entry matches.
    fn params<'p>(&self, path: &'p str) -> Result<Vec<Cow<'p, str>>, PathProblem> {
        let mut params = Vec::with_capacity(self.pattern.param_names().count());
        for ((own, raw), segment) in self.pattern.segments.iter().zip(path.split('/')).zip(1..) {
            match own {
                Segment::Literal(_) => {}
                Segment::Param(_) => params.push(decode_segment(raw, segment)?),
                Segment::Rest(_) => params.push(rest_value(path, segment)?),
            }
        }
        Ok(params)
    }

    fn has_rest(&self) -> bool {
        matches!(self.pattern.segments.last(), Some(Segment::Rest(_)))
    }
}

/// The earliest pattern before `second` that matches exactly what it matches.
fn first_twin(patterns: &[MethodPattern], second: usize) -> Option<Ambiguity> {
    let own = patterns.get(second)?;
    let first = patterns
        .iter()
        .take(second)
        .position(|earlier| earlier.method == own.method && same_shape(earlier, own))?;
    Some(Ambiguity { first, second })
}

fn same_shape(a: &MethodPattern, b: &MethodPattern) -> bool {
    a.segments.len() == b.segments.len()
        && a.segments.iter().zip(&b.segments).all(|pair| match pair {
            (Segment::Literal(a), Segment::Literal(b)) => a == b,
            (Segment::Param(_), Segment::Param(_)) | (Segment::Rest(_), Segment::Rest(_)) => true,
            (Segment::Literal(_) | Segment::Param(_) | Segment::Rest(_), _) => false,
        })
}

/// Sorts the most specific pattern first.
fn specificity(pattern: &MethodPattern) -> (Vec<u8>, u8) {
    let segments = pattern.segments.iter().map(|segment| match segment {
        Segment::Literal(_) => 0,
        Segment::Param(_) => 1,
        Segment::Rest(_) => 2,
    });
    let method = match pattern.method_name() {
        // Before `GET`, which answers it too.
        Some("HEAD") => 0,
        Some(_) => 1,
        None => 2,
    };
    (segments.collect(), method)
}

/// The methods for `Allow`, or `None` when no route has the path.
fn allow<'a>(methods: impl Iterator<Item = &'a str>) -> Option<Vec<String>> {
    let mut allow: Vec<String> = Vec::new();
    let mut add = |method: &str| {
        if !allow.iter().any(|known| known == method) {
            allow.push(method.to_owned());
        }
    };
    let mut found = false;
    for method in methods {
        found = true;
        add(method);
        if method == "GET" {
            add("HEAD");
        }
    }
    add("OPTIONS");
    found.then_some(allow)
}

/// The decoded text of one segment, the `segment`-th.
fn decode_segment(raw: &str, segment: usize) -> Result<Cow<'_, str>, PathProblem> {
    let problem = |kind| PathProblem { segment, kind };
    if has_broken_escape(raw) {
        return Err(problem(PathProblemKind::BrokenEscape));
    }
    let text = percent_decode_str(raw)
        .decode_utf8()
        .map_err(|_| problem(PathProblemKind::NotUtf8))?;
    if text.contains('\0') {
        return Err(problem(PathProblemKind::Nul));
    }
    Ok(text)
}

fn has_broken_escape(raw: &str) -> bool {
    raw.split('%').skip(1).any(|after| {
        !after
            .as_bytes()
            .get(..2)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// What is left of `path` from the `first` segment on, decoded as one text.
fn rest_value(path: &str, first: usize) -> Result<Cow<'_, str>, PathProblem> {
    let raw = path.splitn(first, '/').last().unwrap_or_default();
    for (raw, segment) in raw.split('/').zip(first..) {
        let text = decode_segment(raw, segment)?;
        // Whoever resolves the decoded text sees encoded slashes as slashes, and a URL parser takes
        // `\` for one as well.
        if text
            .split(['/', '\\'])
            .any(|part| part == "." || part == "..")
        {
            let kind = PathProblemKind::DotSegment;
            return Err(PathProblem { segment, kind });
        }
    }
    Ok(percent_decode_str(raw).decode_utf8_lossy())
}

#[cfg(test)]
mod tests;
