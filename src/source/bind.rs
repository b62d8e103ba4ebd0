//! From one request to the values of a query's parameters.
//!
//! A value comes from the path, from an allow-listed query parameter, or from a field of a JSON body,
//! in this order; nothing else of a request reaches the query. Every problem is told, not just the
//! first, and names its parameter.

use super::param::{ParamProblem, ParamType};
use super::query::{Param, Query};
use std::borrow::Cow;

mod body;
mod search;

use body::Body;
pub use search::parse_search;

/// One value for each of [`Query::params`], in their order; `None` is NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values(pub Vec<Option<String>>);

/// What a request offers.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    /// Names and decoded values of the path's parameters.
    pub path: &'a [(&'a str, Cow<'a, str>)],
    /// The raw query string, without its `?`.
    pub search: &'a str,
    /// The query parameters that the route takes.
    pub allowed: &'a [String],
    pub body: Option<&'a [u8]>,
    /// A longer value of the path or the query string is refused. A body is bounded as a whole.
    pub bytes_max: u32,
}

/// What is wrong with one parameter; its text is fit for the caller's eyes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{param}` {kind}")]
pub struct BindProblem {
    pub param: String,
    pub kind: BindKind,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindKind {
    #[error("{0}")]
    Invalid(#[from] ParamProblem),
    #[error("must be at most {max} bytes long")]
    TooLong { max: u32 },
    #[error("is required")]
    Missing,
    #[error("is no field that this request takes")]
    UnknownField,
    #[error("must be given only once")]
    Repeated,
    #[error("must be UTF-8")]
    NotUtf8,
    #[error("{0}")]
    Malformed(&'static str),
}

/// Finds the value of each of the query's parameters.
///
/// # Errors
/// Everything that is wrong with the request, in the order of the query's parameters, then what
/// concerns none of them.
pub fn bind(query: &Query, inputs: &Inputs<'_>) -> Result<Values, Vec<BindProblem>> {
    let search = search::read(inputs.search, inputs.allowed);
    let (body, body_problem) = match inputs.body.map(body::read).transpose() {
        Ok(body) => (body, None),
        Err(kind) => (None, Some(problem("body", kind))),
    };
    let mut values = Vec::with_capacity(query.params.len());
    let mut problems = Vec::new();
    for param in &query.params {
        match value_of(param, inputs, &search, body.as_ref()) {
            // What a broken body lacks is not known.
            Ok(None) if param.required && body_problem.is_none() => {
                problems.push(problem(&param.name, BindKind::Missing));
            }
            Ok(value) => values.push(value),
            Err(kind) => problems.push(problem(&param.name, kind)),
        }
    }
    problems.extend(body_problem);
    if let Some(body) = &body {
        problems.extend(body.unknown_fields(|name| takes_from_body(query, inputs, name)));
    }
    if problems.is_empty() {
        Ok(Values(values))
    } else {
        Err(problems)
    }
}

fn problem(param: &str, kind: BindKind) -> BindProblem {
    let param = param.to_owned();
    BindProblem { param, kind }
}

/// `search` holds what [`search::read`] found of the allowed parameters.
fn value_of(
    param: &Param,
    inputs: &Inputs<'_>,
    search: &[Option<Result<Cow<'_, str>, BindKind>>],
    body: Option<&Body<'_>>,
) -> Result<Option<String>, BindKind> {
    if let Some((_, raw)) = inputs.path.iter().find(|(name, _)| *name == param.name) {
        return from_text(&param.kind, raw, inputs.bytes_max);
    }
    if let Some(index) = inputs.allowed.iter().position(|name| *name == param.name) {
        return match search.get(index).and_then(Option::as_ref) {
            Some(Ok(raw)) => from_text(&param.kind, raw, inputs.bytes_max),
            Some(Err(kind)) => Err(kind.clone()),
            None => Ok(None),
        };
    }
    match body {
        Some(body) => body.value(param),
        None => Ok(None),
    }
}

fn takes_from_body(query: &Query, inputs: &Inputs<'_>, name: &str) -> bool {
    query.params.iter().any(|param| param.name == name)
        && !inputs.path.iter().any(|(other, _)| *other == name)
        && !inputs.allowed.iter().any(|other| other == name)
}

/// A value of the path or the query string. There an empty text is how a form leaves a field out, so
/// it is a value of text alone.
fn from_text(kind: &ParamType, raw: &str, bytes_max: u32) -> Result<Option<String>, BindKind> {
    if raw.is_empty() && *kind != ParamType::Text {
        return Ok(None);
    }
    check_length(raw, bytes_max)?;
    Ok(Some(kind.canonical(raw)?.into_owned()))
}

fn check_length(value: &str, max: u32) -> Result<(), BindKind> {
    if u32::try_from(value.len()).is_ok_and(|length| length <= max) {
        return Ok(());
    }
    Err(BindKind::TooLong { max })
}

#[cfg(test)]
mod tests;
