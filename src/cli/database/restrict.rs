//! Which rows of a table a query looks at, read from the conditions in its plan.
//!
//! A condition counts only if it is, word for word, one that Postgres writes for "this column equals
//! that parameter". Whatever else it may say leaves the table as a whole: a purge too many is only
//! slow, one too few is wrong.

use super::plan::Scan;
use crate::config::described::{Column, Equal, Rows};
use crate::source::param::ParamType;
use crate::source::query::Param;

/// A column whose text in SQL is the canonical text of an equal parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyColumn {
    pub name: String,
    /// As Postgres quotes it in a plan.
    pub quoted: String,
    pub kind: Kind,
    /// As Postgres spells the type.
    pub type_name: String,
}

/// What columns and parameters can be compared by their texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Integer,
    Uuid,
    Text,
    Varchar,
}

impl Kind {
    pub fn of(type_name: &str) -> Option<Self> {
        match type_name {
            "smallint" | "integer" | "bigint" => Some(Self::Integer),
            "uuid" => Some(Self::Uuid),
            "text" => Some(Self::Text),
            "character varying" => Some(Self::Varchar),
            _ => None,
        }
    }

    /// The types to which Postgres may cast a parameter before it compares it with such a column.
    fn casts(self) -> &'static [&'static str] {
        match self {
            Self::Integer => &["smallint", "integer", "bigint"],
            Self::Uuid => &["uuid"],
            Self::Text | Self::Varchar => &["text"],
        }
    }

    /// Whether such a parameter is compared with such a column as what it is.
    fn takes(self, param: Self) -> bool {
        match self {
            Self::Integer => param == Self::Integer,
            Self::Uuid => param == Self::Uuid,
            Self::Text | Self::Varchar => matches!(param, Self::Text | Self::Varchar),
        }
    }
}

/// A parameter that can name rows.
#[derive(Clone, Debug)]
pub struct KeyParam {
    pub name: String,
    /// From 1, as in `$1`.
    pub place: usize,
    pub kind: Kind,
    pub equal: Equal,
}

/// Those parameters whose canonical text is known, of `params` as the file casts them and `types` as
/// Postgres takes them.
pub fn key_params(params: &[Param], types: &[Column]) -> Vec<KeyParam> {
    let named = (1..).zip(params.iter().zip(types));
    let known = named.filter_map(|(place, (param, described))| {
        // A query that can be asked for many keys at once takes an array of what a request gives.
        let (type_name, equal) = match described.kind.strip_suffix("[]") {
            Some(element) => (element, Equal::Element),
            None => (described.kind.as_str(), Equal::Value),
        };
        let kind = Kind::of(type_name)?;
        has_canonical_text(&param.kind, kind).then(|| KeyParam {
            name: param.name.clone(),
            place,
            kind,
            equal,
        })
    });
    known.collect()
}

/// The cast in the file decides how a value is written, the type in the database what it means.
fn has_canonical_text(cast: &ParamType, kind: Kind) -> bool {
    match cast {
        ParamType::Int2 | ParamType::Int4 | ParamType::Int8 => kind == Kind::Integer,
        ParamType::Uuid => kind == Kind::Uuid,
        ParamType::Text => matches!(kind, Kind::Text | Kind::Varchar),
        ParamType::Float
        | ParamType::Numeric
        | ParamType::Bool
        | ParamType::Date
        | ParamType::Timestamp
        | ParamType::Timestamptz
        | ParamType::Json
        | ParamType::Array(_)
        | ParamType::Other => false,
    }
}

/// What holds for every row that any of `scans`, all of one table, gives.
pub fn rows(scans: &[&Scan], columns: &[KeyColumn], params: &[KeyParam]) -> Vec<Rows> {
    let mut found = Vec::new();
    for column in columns {
        for param in params {
            if !scans.is_empty() && scans.iter().all(|scan| is_restricted(scan, column, param)) {
                found.push(Rows {
                    column: column.name.clone(),
                    param: param.name.clone(),
                    kind: column.type_name.clone(),
                    equal: param.equal,
                });
            }
        }
    }
    found
}

fn is_restricted(scan: &Scan, column: &KeyColumn, param: &KeyParam) -> bool {
    if !column.kind.takes(param.kind) {
        return false;
    }
    // Postgres quotes a name that is a key word; which are, we need not know.
    let quoted = format!("\"{}\"", scan.alias.replace('"', "\"\""));
    let aliases = [scan.alias.as_str(), quoted.as_str()];
    let wanted = aliases.map(|alias| equalities(alias, column, param));
    let conditions = scan.conditions.iter();
    conditions
        .flat_map(|condition| conjuncts(condition))
        .any(|conjunct| wanted.iter().flatten().any(|way| way == conjunct))
}

/// The ways in which Postgres writes that the column equals the parameter.
fn equalities(alias: &str, column: &KeyColumn, param: &KeyParam) -> Vec<String> {
    let plain = format!("{alias}.{}", column.quoted);
    let left = match column.kind {
        Kind::Integer | Kind::Uuid | Kind::Text => plain,
        // Postgres compares `varchar` as `text`.
        Kind::Varchar => format!("({plain})::text"),
    };
    let place = param.place;
    let mut ways = Vec::new();
    match param.equal {
        Equal::Value => {
            let cast = column.kind.casts().iter();
            let cast = cast.map(|name| format!("(${place})::{name}"));
            for right in std::iter::once(format!("${place}")).chain(cast) {
                ways.push(format!("({left} = {right})"));
                ways.push(format!("({right} = {left})"));
            }
        }
        Equal::Element => {
            let cast = column.kind.casts().iter();
            let cast = cast.map(|name| format!("((${place})::{name}[])"));
            for right in std::iter::once(format!("(${place})")).chain(cast) {
                ways.push(format!("({left} = ANY {right})"));
            }
        }
    }
    ways
}

/// `((a = 1) AND b)` as `(a = 1)` and `b`; anything else as itself. Postgres puts every part that has
/// an operator in parentheses of its own.
fn conjuncts(condition: &str) -> Vec<&str> {
    let inner = condition
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    let parts = inner.map(split_and).unwrap_or_default();
    if parts.len() > 1 {
        parts
    } else {
        vec![condition]
    }
}

/// Splits at each ` AND ` that stands in no parentheses and no quotes; nothing when the parentheses do
/// not match, as in `(a) AND (b)` without its first and last character.
fn split_and(text: &str) -> Vec<&str> {
    const AND: &str = " AND ";
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let mut quote: Option<char> = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Vec::new(),
            },
            (None, ' ') if depth == 0 && text.get(at..).is_some_and(|t| t.starts_with(AND)) => {
                parts.extend(text.get(start..at));
                start = at + AND.len();
            }
            (None, _) => {}
        }
    }
    if depth > 0 || quote.is_some() {
        return Vec::new();
    }
    parts.extend(text.get(start..));
    parts
}

#[cfg(test)]
mod tests;
