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
    // A name that is written wrongly would otherwise get the answer to another question.
    let mut given = search.split('&').filter(|pair| !pair.is_empty());
    let unknown = given.find_map(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        (!names.contains(&name)).then_some(name)
    });
    if let Some(name) = unknown {
        return Err(wrong(
            name,
            &format!("is no parameter here: use {}", names.join(", ")),
        ));
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

/// One parameter, and what it must be.
pub(super) fn wrong(name: &str, reason: &str) -> Failure {
    let mut failure = Failure::new(Kind::BadParameters, "");
    let (name, reason) = (name.to_owned(), reason.to_owned());
    failure.faults.push(ParameterFault { name, reason });
    failure
}
