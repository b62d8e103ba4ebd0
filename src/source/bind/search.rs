//! The query string, read as `application/x-www-form-urlencoded` (URL Standard, section 5.1).

use super::{BindKind, BindProblem, ParamProblem, problem};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// The values of the `allowed` parameters, in their order. Everything else in `search` (without its
/// `?`) is passed over, unread.
///
/// DEPARTS FROM the URL Standard: a value that is not UTF-8 is a problem, not a replacement character,
/// so that no two requests meet in one value.
///
/// # Errors
/// Each allowed parameter that is repeated, not UTF-8, or holds a NUL.
pub fn parse_search<'a>(
    search: &'a str,
    allowed: &[String],
) -> Result<Vec<Option<Cow<'a, str>>>, Vec<BindProblem>> {
    let mut values = Vec::with_capacity(allowed.len());
    let mut problems = Vec::new();
    for (value, name) in read(search, allowed).into_iter().zip(allowed) {
        match value.transpose() {
            Ok(value) => values.push(value),
            Err(kind) => problems.push(problem(name, kind)),
        }
    }
    if problems.is_empty() {
        Ok(values)
    } else {
        Err(problems)
    }
}

/// Like [`parse_search`], each value with its own problem.
pub(super) fn read<'a>(
    search: &'a str,
    allowed: &[String],
) -> Vec<Option<Result<Cow<'a, str>, BindKind>>> {
    let mut values = vec![None; allowed.len()];
    for pair in search.split('&').filter(|pair| !pair.is_empty()) {
        let (raw_name, raw_value) = pair.split_once('=').unwrap_or((pair, ""));
        let Ok(name) = decode(raw_name) else {
            continue;
        };
        let place = allowed
            .iter()
            .zip(&mut values)
            .find(|(own, _)| **own == name);
        if let Some((_, value)) = place {
            *value = Some(match value {
                None => decode(raw_value),
                Some(_) => Err(BindKind::Repeated),
            });
        }
    }
    values
}

/// A `%` that two hexadecimal digits do not follow stands for itself.
fn decode(raw: &str) -> Result<Cow<'_, str>, BindKind> {
    let text = if raw.contains('+') {
        let spaced = raw.replace('+', " ");
        let bytes: Cow<'_, [u8]> = percent_decode_str(&spaced).into();
        String::from_utf8(bytes.into_owned())
            .map(Cow::Owned)
            .map_err(|_| BindKind::NotUtf8)?
    } else {
        percent_decode_str(raw)
            .decode_utf8()
            .map_err(|_| BindKind::NotUtf8)?
    };
    if text.contains('\0') {
        return Err(ParamProblem::Nul.into());
    }
    Ok(text)
}
