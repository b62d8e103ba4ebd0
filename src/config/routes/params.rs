//! Whether what a route takes and what its query takes are the same.

use super::draft::{Draft, SourceName};
use super::tags::names_near;
use crate::config::queries::Statement;
use crate::config::reader::Reader;
use crate::route::pattern::{MethodMatch, MethodPattern};

pub fn check(
    draft: &Draft,
    pattern: &MethodPattern,
    query: Option<&Statement>,
    reader: &mut Reader<'_>,
) {
    // An origin tells its path from its query string by itself.
    let is_joined = !matches!(draft.source, Some(SourceName::Origin(_)));
    for name in draft.query.iter().filter(|_| is_joined) {
        if pattern.param_names().any(|param| param == name.value) {
            let what = format!(
                "query lists \"{}\", which is a path parameter already",
                name.value
            );
            reader.error(name.line, what, "rename or remove one of them");
        }
    }
    let Some(query) = query else {
        return;
    };
    check_supplied(draft, pattern, query, reader);
    check_used(draft, pattern, query, reader);
}

/// Methods whose JSON body supplies what path and query string do not.
fn has_body(pattern: &MethodPattern) -> bool {
    match &pattern.method {
        MethodMatch::Any => false,
        MethodMatch::Named(name) => matches!(name.as_str(), "POST" | "PUT" | "PATCH" | "DELETE"),
    }
}

fn check_supplied(
    draft: &Draft,
    pattern: &MethodPattern,
    query: &Statement,
    reader: &mut Reader<'_>,
) {
    if has_body(pattern) {
        return;
    }
    for (index, param) in query.compiled.query.params.iter().enumerate() {
        let name = param.name.as_str();
        let in_path = pattern.param_names().any(|supplied| supplied == name);
        if in_path || draft.query.iter().any(|supplied| supplied.value == name) {
            continue;
        }
        let place = match query.compiled.param_lines.get(index) {
            Some(line) => format!("{}:{line}", query.file.path),
            None => query.file.path.clone(),
        };
        reader.error(
            draft.source_line,
            format!(
                "query \"{}\" takes :{name}, which nothing supplies",
                query.compiled.query.name
            ),
            format!(
                "add \"{name}\" to the route's query = […] or {{{name}}} to its path, \
                 or remove :{name} from {place}"
            ),
        );
    }
}

fn check_used(draft: &Draft, pattern: &MethodPattern, query: &Statement, reader: &mut Reader<'_>) {
    let params = &query.compiled.query.params;
    let known = || params.iter().map(|param| param.name.as_str());
    let name_of_query = &query.compiled.query.name;
    let path_line = draft
        .pattern
        .as_ref()
        .map_or(draft.source_line, |pattern| pattern.line);
    for name in pattern
        .param_names()
        .filter(|name| !known().any(|param| param == *name))
    {
        reader.error(
            path_line,
            format!("query \"{name_of_query}\" does not use the path parameter {{{name}}}"),
            mend_unused(name, known(), &query.file.path),
        );
    }
    for name in draft
        .query
        .iter()
        .filter(|name| !known().any(|param| param == name.value))
    {
        reader.error(
            name.line,
            format!(
                "query \"{name_of_query}\" does not use the parameter \"{}\"",
                name.value
            ),
            mend_unused(&name.value, known(), &query.file.path),
        );
    }
}

fn mend_unused<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone, file: &str) -> String {
    names_near(name, known)
        .unwrap_or_else(|| format!("use :{name} in {file}, or remove it from the route"))
}
