//! `warm`: which of a route's URLs are fetched before anybody asks.

use super::draft::{Draft, SourceName, WarmDraft};
use crate::config::listings::lists;
use crate::config::names::Names;
use crate::config::queries::Statement;
use crate::config::reader::{At, Reader};
use crate::config::site::{QueryId, Warm};
use crate::route::pattern::MethodPattern;
use crate::route::table::{Match, RouteTable};
use crate::semantics::request::RequestHead;
use crate::semantics::uri::{Origin, Scheme};

/// `None` when the route has none, or one in error.
pub fn resolve(
    draft: &Draft,
    pattern: &MethodPattern,
    queries: &mut Names<Statement>,
    reader: &mut Reader<'_>,
) -> Option<Warm> {
    let At { value: warm, line } = draft.warm.as_ref()?;
    if draft.tier.is_none() {
        let what = format!("\"{pattern}\" has warm but no tier, so nothing would be kept");
        reader.error(*line, what, "give the route a tier, or remove warm");
    }
    match warm {
        WarmDraft::Rows { query, limit } => {
            if let Some(SourceName::Origin(_)) = &draft.source {
                let what = format!("warm of \"{pattern}\" makes paths of rows, which have no host");
                let mend = "list whole URLs, such as warm = [\"https://www.example.com/items/1\"]";
                reader.error(*line, what, mend);
            }
            let index = queries.resolve(&query.value, query.line, reader)?;
            if let Some(statement) = queries.get(index) {
                check_listing(statement, query.line, reader);
            }
            let id = QueryId(u16::try_from(index).ok()?);
            Some(Warm::Rows {
                query: id,
                limit: u32::from(*limit),
            })
        }
        WarmDraft::Urls(urls) => {
            let check = match &draft.source {
                Some(SourceName::Origin(_)) => check_whole_url,
                Some(SourceName::Query(_) | SourceName::Assets) | None => check_url,
            };
            urls.iter().for_each(|url| check(url, pattern, reader));
            let urls = urls.iter().map(|url| url.value.clone());
            Some(Warm::Urls(urls.collect()))
        }
    }
}

fn check_listing(statement: &Statement, line: u32, reader: &mut Reader<'_>) {
    let query = &statement.compiled.query;
    if !lists(query) {
        let (name, returns) = (&query.name, query.returns.as_str());
        let what = match query.effect.is_write() {
            true => format!("warm cannot run query \"{name}\", which writes"),
            false => format!("warm wants many rows, but query \"{name}\" returns {returns}"),
        };
        let mend = "name a query with `-- returns: many` whose columns are called as the route's parameters";
        reader.error(line, what, mend);
    }
    let foreign = query.params.iter();
    for param in foreign.filter(|param| param.required && param.name != "limit") {
        let what = format!(
            "query \"{}\" requires :{}, which warm cannot give",
            query.name, param.name
        );
        reader.error(line, what, "name a query that takes nothing but :limit");
    }
}

/// Each must be the route's own: warming it would fill another route else, or none.
fn check_url(url: &At<String>, pattern: &MethodPattern, reader: &mut Reader<'_>) {
    if !(url.value.starts_with('/') && is_of(pattern, &url.value)) {
        let mend = "write paths of this route with their query, such as \"/api/items/1\"";
        refuse(url, pattern, mend, reader);
    }
}

/// The host is part of what an origin's answers are kept by.
fn check_whole_url(url: &At<String>, pattern: &MethodPattern, reader: &mut Reader<'_>) {
    let base = RequestHead::base_of(&url.value);
    let origin = base
        .split_once("://")
        .and_then(|(scheme, authority)| Origin::new(Scheme::parse(scheme)?, authority));
    if origin.is_none() || !is_of(pattern, &url.value) {
        let mend = "write whole URLs of this route, such as \"https://www.example.com/items/1\"";
        refuse(url, pattern, mend, reader);
    }
}

fn is_of(pattern: &MethodPattern, url: &str) -> bool {
    let (path, _) = RequestHead::split_url(url);
    let table = RouteTable::build(std::slice::from_ref(pattern)).unwrap_or_default();
    matches!(table.find("GET", path), Match::Found { .. })
}

fn refuse(url: &At<String>, pattern: &MethodPattern, mend: &'static str, reader: &mut Reader<'_>) {
    let what = format!(
        "warm lists \"{}\", which \"{pattern}\" does not match",
        url.value
    );
    reader.error(url.line, what, mend);
}
