//! A JSON body: an object whose fields are parameters.
//!
//! Values are taken from the body's own text, not from parsed numbers, so that a `numeric` keeps every
//! digit and a `jsonb` arrives as it was sent.

use super::{BindKind, BindProblem, Param, ParamProblem, ParamType, problem};
use crate::source::param::json;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// A body may hold any number of unknown fields; an answer need not list them all.
const UNKNOWN_FIELDS_MAX: usize = 16;
/// Nor need it repeat a long name.
const NAME_CHARS_MAX: usize = 64;

/// A body's fields.
pub(super) struct Body<'a> {
    fields: BTreeMap<String, Field<'a>>,
}

#[derive(Clone, Copy)]
enum Field<'a> {
    Once(&'a RawValue),
    Repeated,
}

/// Reads the object, but not yet its values.
pub(super) fn read(bytes: &[u8]) -> Result<Body<'_>, BindKind> {
    let text = std::str::from_utf8(bytes).map_err(|_| BindKind::NotUtf8)?;
    // Raw values are skipped over, which serde_json does to any depth.
    if json::depth(text) > json::DEPTH_MAX {
        return Err(BindKind::Malformed("must be nested less deeply"));
    }
    serde_json::from_str(text).map_err(|error| {
        BindKind::Malformed(if error.is_data() {
            "must be a JSON object"
        } else {
            "must be JSON"
        })
    })
}

impl Body<'_> {
    /// The text that Postgres gets for `param`; an absent field is NULL, as `null` is.
    pub(super) fn value(&self, param: &Param) -> Result<Option<String>, BindKind> {
        let raw = match self.fields.get(&param.name) {
            None => return Ok(None),
            Some(Field::Repeated) => return Err(BindKind::Repeated),
            Some(Field::Once(raw)) => raw.get(),
        };
        if raw == "null" {
            return Ok(None);
        }
        let text = if let ParamType::Array(element) = &param.kind {
            array_literal(element, raw)?
        } else {
            element_text(&param.kind, raw)?
        };
        Ok(Some(text))
    }

    /// Problems for the fields that are not `known`.
    pub(super) fn unknown_fields(&self, known: impl Fn(&str) -> bool) -> Vec<BindProblem> {
        self.fields
            .keys()
            .filter(|name| !known(name))
            .take(UNKNOWN_FIELDS_MAX)
            .map(|name| problem(&shortened(name), BindKind::UnknownField))
            .collect()
    }
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(NAME_CHARS_MAX) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// The text of a JSON value that is neither `null` nor meant for an array.
fn element_text(kind: &ParamType, raw: &str) -> Result<String, BindKind> {
    let is_number = raw.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let text = match kind {
        ParamType::Json => raw.to_owned(),
        ParamType::Array(_) => return Err(kind.refusal().into()),
        ParamType::Text
        | ParamType::Uuid
        | ParamType::Date
        | ParamType::Timestamp
        | ParamType::Timestamptz => string(kind, raw)?,
        ParamType::Int2
        | ParamType::Int4
        | ParamType::Int8
        | ParamType::Float
        | ParamType::Numeric
            if is_number =>
        {
            raw.to_owned()
        }
        ParamType::Bool if raw == "true" || raw == "false" => raw.to_owned(),
        ParamType::Other if !raw.starts_with(['"', '{', '[']) => raw.to_owned(),
        // As a string: how a JavaScript client sends a bigint, and how a form sends anything.
        ParamType::Int2
        | ParamType::Int4
        | ParamType::Int8
        | ParamType::Float
        | ParamType::Numeric
        | ParamType::Bool
        | ParamType::Other => string(kind, raw)?,
    };
    Ok(kind.canonical(&text)?.into_owned())
}

fn string(kind: &ParamType, raw: &str) -> Result<String, BindKind> {
    if !raw.starts_with('"') {
        return Err(kind.refusal().into());
    }
    // All that can be wrong with a string that was skipped over is a lone surrogate.
    serde_json::from_str(raw).map_err(|_| BindKind::NotUtf8)
}

/// An array literal (PostgreSQL, section 8.15.6). Every element is quoted: that is right for all
/// types, and keeps the string `NULL` apart from NULL.
fn array_literal(element: &ParamType, raw: &str) -> Result<String, BindKind> {
    let elements: Vec<&RawValue> =
        serde_json::from_str(raw).map_err(|_| BindKind::Invalid(ParamProblem::Array))?;
    let mut literal = String::with_capacity(raw.len() + 2);
    literal.push('{');
    for (index, raw) in elements.iter().enumerate() {
        if index > 0 {
            literal.push(',');
        }
        match raw.get() {
            "null" => literal.push_str("NULL"),
            raw => push_quoted(
                &mut literal,
                &element_text(element, raw).map_err(of_element)?,
            ),
        }
    }
    literal.push('}');
    Ok(literal)
}

fn push_quoted(literal: &mut String, element: &str) {
    literal.push('"');
    for character in element.chars() {
        if matches!(character, '"' | '\\') {
            literal.push('\\');
        }
        literal.push(character);
    }
    literal.push('"');
}

fn of_element(kind: BindKind) -> BindKind {
    match kind {
        BindKind::Invalid(problem) => ParamProblem::Element(Box::new(problem)).into(),
        BindKind::TooLong { .. }
        | BindKind::Missing
        | BindKind::UnknownField
        | BindKind::Repeated
        | BindKind::NotUtf8
        | BindKind::Malformed(_) => kind,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Body<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    /// INVARIANT: a name that comes twice is refused, not resolved: whoever else reads this body
    /// (a proxy, a log) might take the other value.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some((name, raw)) = map.next_entry::<String, &RawValue>()? {
            fields
                .entry(name)
                .and_modify(|field| *field = Field::Repeated)
                .or_insert(Field::Once(raw));
        }
        Ok(Body { fields })
    }
}
