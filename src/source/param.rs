//! The type of a parameter, from its cast, and which texts it takes.
//!
//! What can be known before Postgres is asked is decided here, from the input syntax that PostgreSQL
//! documents for each type (chapter "Data Types"), so that bad input costs no query. Equal values get
//! one text where that is certain, so that they share one stored response.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

mod decimal;
pub(super) mod json;
mod moment;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParamType {
    Int2,
    Int4,
    Int8,
    Float,
    Numeric,
    Bool,
    Text,
    Uuid,
    Date,
    Timestamp,
    Timestamptz,
    Json,
    Array(Box<ParamType>),
    /// A type that only Postgres can judge.
    Other,
}

/// Why a text is no value of a type. Completes "`id` …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamProblem {
    #[error("must be an integer between {min} and {max}")]
    Integer { min: i64, max: i64 },
    #[error("must be a number, such as 12.50")]
    Number,
    #[error("must be a number within the range of its type")]
    NumberRange,
    #[error("must be true or false")]
    Bool,
    #[error("must be a UUID, such as 123e4567-e89b-12d3-a456-426614174000")]
    Uuid,
    #[error("must be a date of the calendar, written YYYY-MM-DD")]
    Date,
    #[error("must be a date and time without an offset, such as 2026-01-31T12:00:00")]
    Timestamp,
    #[error("must be a date and time, such as 2026-01-31T12:00:00Z")]
    Timestamptz,
    #[error("must be JSON")]
    Json,
    #[error("must be JSON nested at most {max} levels deep")]
    JsonDepth { max: usize },
    #[error("must be an array")]
    Array,
    #[error("must be an array, each value of which {0}")]
    Element(Box<ParamProblem>),
    #[error("must be a string")]
    Text,
    #[error("must not hold a NUL character")]
    Nul,
}

impl ParamType {
    /// The type that a cast such as `varchar(20)` or `bigint[]` names.
    pub fn from_cast(sql_type: &str) -> Self {
        let name = normalize(sql_type);
        // Postgres does not tell `int[][]` from `int[]`.
        let element = name
            .strip_suffix(" array")
            .unwrap_or(&name)
            .trim_end_matches("[]");
        if element == name {
            return Self::from_name(&name);
        }
        Self::Array(Box::new(Self::from_name(element)))
    }

    fn from_name(name: &str) -> Self {
        match name.strip_prefix("pg_catalog.").unwrap_or(name) {
            "smallint" | "int2" => Self::Int2,
            "integer" | "int" | "int4" => Self::Int4,
            "bigint" | "int8" => Self::Int8,
            "real" | "float4" | "float8" | "float" | "double precision" => Self::Float,
            "numeric" | "decimal" | "dec" => Self::Numeric,
            "boolean" | "bool" => Self::Bool,
            "text" | "varchar" | "character varying" | "char" | "character" | "bpchar"
            | "citext" => Self::Text,
            "uuid" => Self::Uuid,
            "date" => Self::Date,
            "timestamp" | "timestamp without time zone" => Self::Timestamp,
            "timestamptz" | "timestamp with time zone" => Self::Timestamptz,
            "json" | "jsonb" => Self::Json,
            _ => Self::Other,
        }
    }

    /// The type's name, as Postgres spells it; `array` for all arrays, whose elements [`fmt::Display`]
    /// tells.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Int2 => "smallint",
            Self::Int4 => "integer",
            Self::Int8 => "bigint",
            Self::Float => "double precision",
            Self::Numeric => "numeric",
            Self::Bool => "boolean",
            Self::Text => "text",
            Self::Uuid => "uuid",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Timestamptz => "timestamptz",
            Self::Json => "json",
            Self::Array(_) => "array",
            Self::Other => "other",
        }
    }

    /// The canonical text of the value that `raw` writes.
    ///
    /// # Errors
    /// When Postgres would refuse `raw`, as far as that is known without asking, or when it would
    /// read something other than what the caller wrote (an offset given to a `timestamp`).
    pub fn canonical<'a>(&self, raw: &'a str) -> Result<Cow<'a, str>, ParamProblem> {
        if raw.contains('\0') {
            return Err(ParamProblem::Nul);
        }
        match self {
            Self::Int2 => integer(raw, i16::MIN.into(), i16::MAX.into()),
            Self::Int4 => integer(raw, i32::MIN.into(), i32::MAX.into()),
            Self::Int8 => integer(raw, i64::MIN, i64::MAX),
            Self::Float => return decimal::float(raw),
            Self::Numeric => return decimal::numeric(raw),
            Self::Bool => boolean(raw).map(Cow::Borrowed),
            Self::Uuid => uuid(raw),
            Self::Date => moment::date(raw).map(Cow::Borrowed),
            Self::Timestamp => moment::timestamp(raw),
            Self::Timestamptz => moment::timestamptz(raw),
            Self::Json => return json::check(raw).map(|()| Cow::Borrowed(raw)),
            Self::Array(_) => is_array_literal(raw).then_some(Cow::Borrowed(raw)),
            Self::Text | Self::Other => Some(Cow::Borrowed(raw)),
        }
        .ok_or_else(|| self.refusal())
    }

    /// What a value of another kind altogether is told.
    pub fn refusal(&self) -> ParamProblem {
        let integer = |min, max| ParamProblem::Integer { min, max };
        match self {
            Self::Int2 => integer(i16::MIN.into(), i16::MAX.into()),
            Self::Int4 => integer(i32::MIN.into(), i32::MAX.into()),
            Self::Int8 => integer(i64::MIN, i64::MAX),
            Self::Float | Self::Numeric => ParamProblem::Number,
            Self::Bool => ParamProblem::Bool,
            Self::Uuid => ParamProblem::Uuid,
            Self::Date => ParamProblem::Date,
            Self::Timestamp => ParamProblem::Timestamp,
            Self::Timestamptz => ParamProblem::Timestamptz,
            Self::Json => ParamProblem::Json,
            Self::Array(_) => ParamProblem::Array,
            Self::Text | Self::Other => ParamProblem::Text,
        }
    }
}

impl fmt::Display for ParamType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array(element) => write!(f, "{element}[]"),
            Self::Int2
            | Self::Int4
            | Self::Int8
            | Self::Float
            | Self::Numeric
            | Self::Bool
            | Self::Text
            | Self::Uuid
            | Self::Date
            | Self::Timestamp
            | Self::Timestamptz
            | Self::Json
            | Self::Other => f.write_str(self.as_str()),
        }
    }
}

/// Lower case, single spaces, no modifiers: `VARCHAR (20) [3]` becomes `varchar[]`. A quoted name
/// stays as it is, and so is a type that only Postgres knows.
fn normalize(sql_type: &str) -> String {
    if sql_type.contains('"') {
        return sql_type.to_owned();
    }
    let mut bare = String::with_capacity(sql_type.len());
    let mut inside = None;
    for character in sql_type.chars() {
        match (inside, character) {
            (None, '(') => {
                inside = Some(')');
                bare.push(' ');
            }
            (None, '[') => {
                inside = Some(']');
                bare.push_str("[]");
            }
            (None, _) => bare.push(character.to_ascii_lowercase()),
            (Some(end), _) if end == character => inside = None,
            (Some(_), _) => {}
        }
    }
    let words: Vec<_> = bare.split_whitespace().collect();
    words.join(" ").replace(" []", "[]")
}

fn integer(raw: &str, min: i64, max: i64) -> Option<Cow<'_, str>> {
    let value = raw
        .parse::<i64>()
        .ok()
        .filter(|value| (min..=max).contains(value))?;
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    let is_canonical = raw == "0" || digits.starts_with(|digit| ('1'..='9').contains(&digit));
    Some(if is_canonical {
        Cow::Borrowed(raw)
    } else {
        Cow::Owned(value.to_string())
    })
}

/// Only its outside is looked at; Postgres judges the elements.
fn is_array_literal(raw: &str) -> bool {
    raw.len() > 1 && raw.starts_with('{') && raw.ends_with('}')
}

fn boolean(raw: &str) -> Option<&'static str> {
    let is = |word: &&str| raw.eq_ignore_ascii_case(word);
    if ["true", "t", "yes", "y", "on", "1"].iter().any(is) {
        return Some("true");
    }
    ["false", "f", "no", "n", "off", "0"]
        .iter()
        .any(is)
        .then_some("false")
}

/// Accepts the hyphenated form and 32 bare digits, in either case.
fn uuid(raw: &str) -> Option<Cow<'_, str>> {
    let is_lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_hyphen_place = |index: usize| matches!(index, 8 | 13 | 18 | 23);
    let hyphenated = raw.len() == 36
        && raw.bytes().enumerate().all(|(index, byte)| {
            is_hyphen_place(index) == (byte == b'-') && (byte == b'-' || byte.is_ascii_hexdigit())
        });
    if hyphenated && raw.bytes().all(|byte| byte == b'-' || is_lower(byte)) {
        return Some(Cow::Borrowed(raw));
    }
    if hyphenated {
        return Some(Cow::Owned(raw.to_ascii_lowercase()));
    }
    if raw.len() != 32 || !raw.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut out = String::with_capacity(36);
    for digit in raw.chars() {
        if is_hyphen_place(out.len()) {
            out.push('-');
        }
        out.push(digit.to_ascii_lowercase());
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests;
