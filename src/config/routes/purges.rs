//! `purge` of a route that writes: which surrogate keys its success voids.

use super::draft::Draft;
use super::tags::placeholders;
use crate::config::names::hint;
use crate::config::queries::Statement;
use crate::config::reader::Reader;
use crate::route::pattern::MethodPattern;
use crate::source::query::Returns;

const TEMPLATE_BYTES_MAX: usize = 128;

pub fn check(
    draft: &Draft,
    pattern: &MethodPattern,
    query: Option<&Statement>,
    reader: &mut Reader<'_>,
) {
    let Some(first) = draft.purge.first() else {
        return;
    };
    let writes = query.is_some_and(|query| query.compiled.query.effect.is_write());
    if !writes && draft.source.is_some() {
        let mend = "remove purge, or give the route a query that inserts, updates or deletes";
        let what = format!("\"{pattern}\" has purge, but it does not write");
        reader.error(first.line, what, mend);
        return;
    }
    let streams = query.is_some_and(|query| query.compiled.query.returns == Returns::Stream);
    if streams {
        let what = format!("\"{pattern}\" has purge, but its query returns stream");
        let mend = "write `-- returns: many`: an answer that is sent as it comes ends before it is known \
                    whether the write was committed, and purges nothing";
        reader.error(first.line, what, mend);
        return;
    }
    for template in &draft.purge {
        if let Err((what, mend)) = check_template(&template.value, pattern, query) {
            let what = format!("bad purge \"{}\": {what}", template.value);
            reader.error(template.line, what, mend);
        }
    }
}

type Problem = (String, String);

fn check_template(
    template: &str,
    pattern: &MethodPattern,
    query: Option<&Statement>,
) -> Result<(), Problem> {
    const FORM: &str = "write tags such as \"pitches\", \"pitch:{id}\" or \"pitch:{row.id}\", a path, \
                        or a beginning of them such as \"search:*\"";
    let problem = |what: &str| Err((what.to_owned(), FORM.to_owned()));
    if template.is_empty() || template.len() > TEMPLATE_BYTES_MAX {
        return problem("it is empty or longer than 128 bytes");
    }
    let text = template.strip_suffix('*').unwrap_or(template);
    let strange = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '*');
    if text.chars().any(strange) {
        return problem("it holds white space, a comma or a star that is not its end");
    }
    if text.is_empty() {
        return problem("it would purge everything");
    }
    let Some(names) = placeholders(text) else {
        return problem("its braces do not match");
    };
    names
        .into_iter()
        .try_for_each(|name| check_name(name, pattern, query))
}

fn check_name(
    name: &str,
    pattern: &MethodPattern,
    query: Option<&Statement>,
) -> Result<(), Problem> {
    let Some(query) = query.map(|query| &query.compiled.query) else {
        return Ok(());
    };
    if name.starts_with("row.") {
        return match query.returns {
            Returns::One | Returns::Many => Ok(()),
            Returns::Exec | Returns::Stream => Err((
                format!(
                    "{{{name}}} wants a row, but query \"{}\" returns {}",
                    query.name,
                    query.returns.as_str()
                ),
                "add a returning clause and `-- returns: one`, or name a parameter".to_owned(),
            )),
        };
    }
    let plain = name
        .strip_prefix("path.")
        .or_else(|| name.strip_prefix("body."))
        .unwrap_or(name);
    let known: Vec<&str> = query
        .params
        .iter()
        .map(|param| param.name.as_str())
        .chain(pattern.param_names())
        .collect();
    if known.contains(&plain) {
        return Ok(());
    }
    let mend = hint(plain, known.into_iter());
    Err((
        format!("the query has no parameter {{{name}}}"),
        mend.unwrap_or_else(|| "name a parameter, or a column that comes back: {row.id}".into()),
    ))
}
