//! What a request for an HTTP origin asks for, in the one form that goes into its key **and to the
//! origin**: an origin that is asked by the canonical form cannot tell two requests apart that meet in
//! one key, unless the site itself says that a difference does not matter.
//!
//! The decisions, one each:
//!
//! | in the request | what happens |
//! |---|---|
//! | case of the host, default port, empty port | one form (RFC 9110 §4.2.3) |
//! | final dot of the host | kept |
//! | empty path | `/` (RFC 9110 §4.2.3) |
//! | case of escapes, escapes of unreserved characters | one form (RFC 3986 §6.2.2) |
//! | dot segments, escaped or not | removed here (RFC 3986 §6.2.2.3); the routes refuse them before, with 400 |
//! | empty segments, final slash | kept: `/a//b/`, `/a/b` and `/a/b/` are three paths |
//! | encoded slash, backslash, and other reserved characters | kept encoded: `%2F` is no `/` |
//! | double encoding | kept: nothing is decoded twice, so `%252e` stays `%252e` |
//! | NUL in a path, escaped or not | refused |
//! | in a path: `%` that is no escape, backslash, space, control characters, beyond ASCII | refused |
//! | in a query: any of these but a control character | kept as they are |
//! | `?` without a query | kept here, where it differs from none; the request path drops it, for key and origin alike |
//! | `+` and `%20` in a query | kept apart: only forms take them for the same |
//! | order of parameters, empty and repeated ones | kept, unless the site sorts |
//! | fragment | never part of a request (RFC 9110 §7.1): refused |

use crate::semantics::uri::{HttpUri, Origin, normal_escapes, remove_dot_segments};
use percent_encoding::percent_decode;
use serde::{Deserialize, Serialize};

/// Which parameters count, and whether their order does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryRule {
    pub params: Params,
    pub order: Order,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Params {
    #[default]
    All,
    /// The allow-list.
    Only(Vec<NamePattern>),
    /// The ignore-list.
    AllBut(Vec<NamePattern>),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    #[default]
    Kept,
    /// By name; parameters of one name keep their order.
    Sorted,
}

/// The name of a parameter, or with a star at its end the beginning of names: `utm_*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NamePattern {
    Exact(String),
    Prefix(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternProblem {
    #[error("a parameter pattern needs a name")]
    Empty,
    #[error("`*` stands only at the end of a parameter pattern")]
    InnerStar,
}

impl NamePattern {
    /// # Errors
    /// When `text` is empty, or has a star elsewhere than at its end.
    pub fn parse(text: &str) -> Result<Self, PatternProblem> {
        let (name, is_prefix) = match text.strip_suffix('*') {
            Some(name) => (name, true),
            None => (text, false),
        };
        if name.contains('*') {
            return Err(PatternProblem::InnerStar);
        }
        match (text.is_empty(), is_prefix) {
            (true, _) => Err(PatternProblem::Empty),
            (false, true) => Ok(Self::Prefix(name.to_owned())),
            (false, false) => Ok(Self::Exact(name.to_owned())),
        }
    }

    /// `name`: decoded, so that `utm%5fsource` does not slip through.
    fn matches(&self, name: &[u8]) -> bool {
        match self {
            Self::Exact(own) => own.as_bytes() == name,
            Self::Prefix(own) => name.starts_with(own.as_bytes()),
        }
    }
}

/// Why a target is refused: 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetProblem {
    /// The path does not begin with a slash.
    NotAPath,
    Nul,
    /// A `%` in the path that is no escape.
    Escape,
    /// A character that no path or query may hold as it is.
    Character,
}

impl TargetProblem {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAPath => "target-not-a-path",
            Self::Nul => "target-nul",
            Self::Escape => "target-escape",
            Self::Character => "target-character",
        }
    }
}

/// The canonical target of a request. `path` and `query` as the client sent them, `query` without its
/// mark and `None` without one.
///
/// # Errors
/// Why nobody should be asked for it.
pub fn canonical(
    origin: Origin,
    path: &str,
    query: Option<&str>,
    rule: &QueryRule,
) -> Result<HttpUri, TargetProblem> {
    Ok(HttpUri {
        origin,
        path: canonical_path(path)?,
        query: match query {
            Some(query) => canonical_query(query, rule)?,
            None => None,
        },
    })
}

/// The parts that `CacheKey::new` delimits by their lengths. `HEAD` is answered from what `GET` stored,
/// so it has the same key (RFC 9111 §4).
pub fn parts<'a>(target: &'a HttpUri, authority: &'a str) -> [(&'static str, Option<&'a str>); 4] {
    [
        ("scheme", Some(target.origin.scheme.as_str())),
        ("host", Some(authority)),
        ("path", Some(&target.path)),
        ("query", target.query.as_deref()),
    ]
}

fn canonical_path(path: &str) -> Result<String, TargetProblem> {
    if path.is_empty() {
        return Ok("/".to_owned());
    }
    if !path.starts_with('/') {
        return Err(TargetProblem::NotAPath);
    }
    if path.contains('\0') || path.contains("%00") {
        return Err(TargetProblem::Nul);
    }
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"\\?#".contains(&byte);
    if !path.bytes().all(is_allowed) {
        return Err(TargetProblem::Character);
    }
    let normal = normal_escapes(path).ok_or(TargetProblem::Escape)?;
    Ok(remove_dot_segments(&normal))
}

/// `None` when the rule leaves none of several parameters: what is not there any more left no mark.
fn canonical_query(query: &str, rule: &QueryRule) -> Result<Option<String>, TargetProblem> {
    let is_refused = |c: char| c.is_ascii_control() || c == '#';
    if query.contains('\0') {
        return Err(TargetProblem::Nul);
    }
    if query.contains(is_refused) {
        return Err(TargetProblem::Character);
    }
    let mut params: Vec<String> = query
        .split('&')
        .filter(|param| counts(param, &rule.params))
        .map(|param| normal_escapes(param).unwrap_or_else(|| param.to_owned()))
        .collect();
    if params.is_empty() {
        return Ok(None);
    }
    match rule.order {
        Order::Kept => {}
        Order::Sorted => params.sort_by(|one, other| name_of(one).cmp(name_of(other))),
    }
    Ok(Some(params.join("&")))
}

fn counts(param: &str, params: &Params) -> bool {
    let matches = |patterns: &[NamePattern]| {
        let name = decoded_name(param);
        patterns.iter().any(|pattern| pattern.matches(&name))
    };
    match params {
        Params::All => true,
        Params::Only(patterns) => matches(patterns),
        Params::AllBut(patterns) => !matches(patterns),
    }
}

fn name_of(param: &str) -> &str {
    param.split_once('=').map_or(param, |(name, _)| name)
}

fn decoded_name(param: &str) -> Vec<u8> {
    let spaced = name_of(param).replace('+', " ");
    percent_decode(spaced.as_bytes()).collect()
}

#[cfg(test)]
mod tests;
