//! Surrogate keys: the templates of a route, such as `pitch:{id}`, and what its query reads.

use super::draft::Draft;
use crate::cache::tags::{ROWS, TABLE, Tagging, table_tags};
use crate::config::names::{hint, nearest};
use crate::config::queries::Statement;
use crate::config::reader::{At, Reader};
use crate::route::pattern::MethodPattern;

/// A longer template is surely a mistake.
const TAG_BYTES_MAX: usize = 128;

pub fn check(draft: &Draft, pattern: &MethodPattern, reader: &mut Reader<'_>) {
    for tag in &draft.tags {
        if let Err((what, mend)) = check_template(&tag.value, draft, pattern) {
            reader.error(tag.line, format!("bad tag \"{}\": {what}", tag.value), mend);
        }
    }
    if let (None, Some(At { line, .. })) = (&draft.tier, draft.tags.first()) {
        let mend = "give the route a tier, or remove tags";
        reader.warning(
            *line,
            "the route has tags but no tier, so nothing is stored to tag",
            mend,
        );
    }
}

/// What the answers of a route are tagged with.
pub fn tagging(draft: &Draft, pattern: &MethodPattern, query: Option<&Statement>) -> Tagging {
    let templates: Vec<String> = draft.tags.iter().map(|tag| tag.value.clone()).collect();
    let tables = query.map_or_else(Vec::new, |query| {
        let query = &query.compiled.query;
        table_tags(&templates, &query.tables, &query.rows)
    });
    Tagging {
        templates,
        tables,
        path: pattern.segments.clone(),
    }
}

type Problem = (String, String);

fn check_template(tag: &str, draft: &Draft, pattern: &MethodPattern) -> Result<(), Problem> {
    const FORM: &str = "write words and parameters, such as \"pitches\" or \"pitch:{id}\"";
    let problem = |what: &str| Err((what.to_owned(), FORM.to_owned()));
    if tag.is_empty() || tag.len() > TAG_BYTES_MAX {
        return problem("it is empty or longer than 128 bytes");
    }
    // Purges are told as `tag`, `tag:*` and lists of both, so these must not stand in a tag.
    if tag
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || matches!(c, ',' | '*'))
    {
        return problem("it holds white space, a comma or a star");
    }
    if let Some(what) = reserved(tag) {
        return problem(&what);
    }
    let Some(names) = placeholders(tag) else {
        return problem("its braces do not match");
    };
    let allowed = draft.query.iter().map(|name| name.value.as_str());
    let known: Vec<&str> = pattern.param_names().chain(allowed).collect();
    match names.into_iter().find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(name) => {
            let mend = hint(name, known.into_iter());
            Err((
                format!("the route has no parameter {{{name}}}"),
                mend.unwrap_or_else(|| "write it without {…}: the route has no parameters".into()),
            ))
        }
    }
}

/// Why a tag may not begin as it does: what stands there could be a tag that Forebay makes itself.
fn reserved(tag: &str) -> Option<String> {
    let made = [
        (TABLE, "from the tables that are read"),
        (ROWS, "from the tables that are read"),
        ("/", "from the path of the answer"),
    ];
    if tag.starts_with('{') {
        return Some("it begins with a parameter, whose value may look like another tag".into());
    }
    let (start, from) = made.into_iter().find(|(start, _)| tag.starts_with(start))?;
    Some(format!("tags that begin with \"{start}\" are made {from}"))
}

/// The names in braces; `None` when the braces do not match.
pub fn placeholders(tag: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = tag;
    while let Some(at) = rest.find(['{', '}']) {
        let inner = rest.get(at..)?.strip_prefix('{')?;
        let (name, after) = inner.split_once('}')?;
        if name.is_empty() || name.contains('{') {
            return None;
        }
        names.push(name);
        rest = after;
    }
    Some(names)
}

/// A suggestion, when one of `known` is near.
pub fn names_near<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    nearest(name, known).map(|nearest| format!("did you mean \"{nearest}\"?"))
}
