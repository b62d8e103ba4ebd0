//! A route's pattern: a method and path segments, read from text such as `GET /api/pitches/{id}`.
//!
//! Literals are written decoded, because they are compared with the decoded segment of a request's
//! path (RFC 3986 §2.4: decode once, after splitting).

use serde::{Deserialize, Serialize};
use std::fmt;

/// `GET /api/pitches/{id}`, parsed. `/` has one segment, the empty literal; so has the end of
/// `/docs/`, which differs from `/docs`.
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

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("a route is a method and a path, such as `GET /api/items/{{id}}`")]
    Shape,
    #[error("`{0}` is no method: write it in upper case, or `*` for any")]
    Method(String),
    #[error("the path must begin with `/`")]
    NoLeadingSlash,
    #[error("the path holds an empty segment (`//`)")]
    EmptySegment,
    #[error("the segment `{0}` would be removed by clients before they ask")]
    DotSegment(String),
    #[error("`{0}` holds a percent-escape: write the character itself")]
    Encoded(String),
    #[error("`{literal}` holds `{character}`, which no path segment can")]
    Character { literal: String, character: char },
    #[error("`{0}` mixes text and a parameter: a parameter is a whole segment")]
    Mixed(String),
    #[error("a parameter needs a name, as in `{{id}}`")]
    EmptyName,
    #[error("`{0}` is no parameter name: use letters, digits and `_`, and begin with no digit")]
    BadName(String),
    #[error("the parameter `{0}` appears twice")]
    DuplicateName(String),
    #[error("`{{{0}...}}` takes the rest of the path, so it must be last")]
    RestNotLast(String),
}

impl MethodPattern {
    /// Reads `METHOD /path`.
    ///
    /// # Errors
    /// The first reason why the text is no pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let (method, path) = text
            .trim()
            .split_once(char::is_whitespace)
            .ok_or(PatternError::Shape)?;
        let method = parse_method(method)?;
        let path = path
            .trim_start()
            .strip_prefix('/')
            .ok_or(PatternError::NoLeadingSlash)?;
        let segments = parse_segments(path)?;
        let pattern = Self { method, segments };
        pattern.check_names()?;
        Ok(pattern)
    }

    /// The names of the parameters, from left to right.
    pub fn param_names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(Segment::name)
    }

    /// The method's name, or `None` for any.
    pub fn method_name(&self) -> Option<&str> {
        match &self.method {
            MethodMatch::Any => None,
            MethodMatch::Named(name) => Some(name),
        }
    }

    fn check_names(&self) -> Result<(), PatternError> {
        for (index, name) in self.param_names().enumerate() {
            if self.param_names().take(index).any(|other| other == name) {
                return Err(PatternError::DuplicateName(name.to_owned()));
            }
        }
        Ok(())
    }
}

impl Segment {
    /// The parameter's name; `None` for a literal.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Literal(_) => None,
            Self::Param(name) | Self::Rest(name) => Some(name),
        }
    }
}

fn parse_method(text: &str) -> Result<MethodMatch, PatternError> {
    if text == "*" {
        return Ok(MethodMatch::Any);
    }
    if !text.is_empty() && text.bytes().all(is_method_byte) {
        return Ok(MethodMatch::Named(text.to_owned()));
    }
    Err(PatternError::Method(text.to_owned()))
}

/// A token character (RFC 9110 §5.6.2) that is no lower-case letter. `*` is left out: alone it means
/// any method, and no real method holds it.
fn is_method_byte(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"!#$%&'+-.^_`|~".contains(&byte)
}

fn parse_segments(path: &str) -> Result<Vec<Segment>, PatternError> {
    let mut segments = Vec::new();
    let mut texts = path.split('/').peekable();
    while let Some(text) = texts.next() {
        let is_last = texts.peek().is_none();
        let segment = parse_segment(text)?;
        match &segment {
            Segment::Literal(text) if text.is_empty() && !is_last => {
                return Err(PatternError::EmptySegment);
            }
            Segment::Rest(name) if !is_last => {
                return Err(PatternError::RestNotLast(name.clone()));
            }
            Segment::Literal(_) | Segment::Param(_) | Segment::Rest(_) => segments.push(segment),
        }
    }
    Ok(segments)
}

fn parse_segment(text: &str) -> Result<Segment, PatternError> {
    let inner = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    match inner.map(|inner| (inner, inner.strip_suffix("..."))) {
        Some((_, Some(name))) => Ok(Segment::Rest(parse_name(name)?)),
        Some((name, None)) => Ok(Segment::Param(parse_name(name)?)),
        None => parse_literal(text),
    }
}

fn parse_name(name: &str) -> Result<String, PatternError> {
    let mut bytes = name.bytes();
    let starts_well = match bytes.next() {
        None => return Err(PatternError::EmptyName),
        Some(first) => first.is_ascii_alphabetic() || first == b'_',
    };
    if starts_well && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Ok(name.to_owned());
    }
    Err(PatternError::BadName(name.to_owned()))
}

fn parse_literal(text: &str) -> Result<Segment, PatternError> {
    let literal = text.to_owned();
    if text == "." || text == ".." {
        return Err(PatternError::DotSegment(literal));
    }
    if text.contains(['{', '}']) {
        return Err(PatternError::Mixed(literal));
    }
    if text.contains('%') {
        return Err(PatternError::Encoded(literal));
    }
    let foreign = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\');
    if let Some(character) = text.chars().find(|c| foreign(*c)) {
        return Err(PatternError::Character { literal, character });
    }
    Ok(Segment::Literal(literal))
}

impl fmt::Display for MethodPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.method_name().unwrap_or("*"))?;
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => write!(f, "/{text}")?,
                Segment::Param(name) => write!(f, "/{{{name}}}")?,
                Segment::Rest(name) => write!(f, "/{{{name}...}}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
