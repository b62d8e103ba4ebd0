//! A route's pattern: a method and path segments.

use serde::{Deserialize, Serialize};

/// `GET /api/pitches/{id}`, parsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodPattern {
    pub method: MethodMatch,
    pub segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MethodMatch {
    /// `*`
    Any,
    /// An upper-case method. `GET` also answers `HEAD`.
    Named(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Segment {
    Literal(String),
    /// `{id}`: exactly one segment, not empty.
    Param(String),
    /// `{path...}`, last: the rest of the path, which may be empty and may hold slashes.
    Rest(String),
}
