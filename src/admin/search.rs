//! Query strings of the operator's endpoints.

use crate::failure::{Failure, Kind, ParameterFault};
use crate::source::bind::parse_search;

/// The parameters of these names; none of them twice, and no others.
///
/// # Errors
/// `BadParameters`: the first thing that is wrong.
pub(super) fn read<const N: usize>(
    search: &str,
    names: [&str; N],
) -> Result<[Option<String>; N], Failure> {
    let given = search.split('&').filter(|pair| !pair.is_empty());
    let mut given = given.filter_map(|pair| pair.split('=').next());
    if let Some(foreign) = given.find(|name| !names.contains(name)) {
        let foreign: String = foreign.chars().take(NAME_SHOWN_MAX).collect();
        let reason = format!("is no parameter here: use {}", names.join(", "));
        return Err(wrong(&foreign, &reason));
    }
    let owned = names.map(str::to_owned);
    let unread = || wrong(names.first().copied().unwrap_or_default(), "cannot be read");
    let values = parse_search(search, &owned).map_err(|problems| {
        let first = problems.first();
        first.map_or_else(unread, |problem| {
            wrong(&problem.param, &problem.kind.to_string())
        })
    })?;
    let values: Vec<Option<String>> = values
        .into_iter()
        .map(|value| value.map(Into::into))
        .collect();
    values.try_into().map_err(|_| unread())
}

/// A foreign name may be of any length.
const NAME_SHOWN_MAX: usize = 64;

/// One parameter, and what it must be.
pub(super) fn wrong(name: &str, reason: &str) -> Failure {
    let mut failure = Failure::new(Kind::BadParameters, "");
    let (name, reason) = (name.to_owned(), reason.to_owned());
    failure.faults.push(ParameterFault { name, reason });
    failure
}
