//! `[[route]]`: reads each route, joins it with what it names, and checks the whole.

mod check;
mod draft;
mod fallback;
mod fingerprint;
mod image;
mod params;
mod passing;
mod purges;
mod reserved;
mod tags;
mod warm;

use super::fields::Fields;
use super::names::Names;
use super::queries::Statement;
use super::reader::Reader;
use super::site::{Origin, OriginId, QueryId, Route, Source};
use crate::policy::Tier;
use crate::route::pattern::MethodPattern;
use crate::route::table::RouteTable;
use draft::{Draft, SourceName};
use fingerprint::Passed;

/// What routes refer to.
#[derive(Debug)]
pub struct Ground {
    pub tiers: Names<Tier>,
    pub queries: Names<Statement>,
    pub origins: Names<Origin>,
    /// Where queries are looked for; `None` when the directory is there.
    pub queries_missing: Option<String>,
}

/// The routes in the order of the file, and their table. What is returned is whole only when no
/// error was reported.
pub fn read(
    root: &mut Fields<'_>,
    ground: &mut Ground,
    reader: &mut Reader<'_>,
) -> (Vec<Route>, RouteTable) {
    let elements = root.list("route", reader);
    // A `route` that is no list is told already.
    if elements.is_empty() && !root.has("route") {
        reader.error(
            1,
            "the site has no routes",
            "add [[route]] with match = \"GET /…\" and a source",
        );
    }
    if u16::try_from(elements.len()).is_err() {
        let mend = "match several paths by one route, with {parameters}";
        reader.error(1, "the site has more than 65535 routes", mend);
        return (Vec::new(), RouteTable::default());
    }
    let drafts: Vec<Draft> = elements
        .into_iter()
        .map(|fields| draft::read(fields, reader))
        .collect();
    let routes = drafts
        .iter()
        .filter_map(|draft| resolve(draft, ground, reader))
        .collect();
    (routes, build_table(&drafts, reader))
}

fn resolve(draft: &Draft, ground: &mut Ground, reader: &mut Reader<'_>) -> Option<Route> {
    let source = draft
        .source
        .as_ref()
        .and_then(|name| resolve_source(name, ground, reader));
    let tier_index = draft
        .tier
        .as_ref()
        .and_then(|tier| ground.tiers.resolve(&tier.value, tier.line, reader));
    let pattern = draft.pattern.as_ref()?;
    let type_tiers = passing::type_tiers(draft, &pattern.value, &mut ground.tiers, reader);
    let tier = tier_index.and_then(|index| ground.tiers.get(index));
    let query = match source {
        Some(Source::Query(id)) => ground.queries.get(usize::from(id.0)),
        Some(Source::Origin(_) | Source::Assets) | None => None,
    };
    check_all(draft, &pattern.value, query, tier, &ground.tiers, reader);
    let query_rule = passing::query_rule(draft, reader);

    let source = source?;
    let warm = warm::resolve(draft, &pattern.value, &mut ground.queries, reader);
    let query = match source {
        Source::Query(id) => ground.queries.get(usize::from(id.0)),
        Source::Origin(_) | Source::Assets => None,
    };
    let mut allowed: Vec<String> = draft.query.iter().map(|name| name.value.clone()).collect();
    // The order of the list means nothing, so changing it must not change a key.
    allowed.sort();
    let origin = match source {
        Source::Origin(id) => ground.origins.get(usize::from(id.0)).map(|origin| Passed {
            origin,
            query_rule: &query_rule,
            image: draft.passing.image.as_ref(),
        }),
        Source::Query(_) | Source::Assets => None,
    };
    let tags = tags::tagging(draft, &pattern.value, query);
    let fingerprint = fingerprint::of(
        draft,
        &pattern.value,
        query,
        origin.as_ref(),
        &allowed,
        &tags,
    );
    Some(Route {
        pattern: pattern.value.to_string(),
        params: pattern.value.param_names().map(str::to_owned).collect(),
        source,
        tier: tier.cloned(),
        auth: draft.auth,
        query: allowed,
        fingerprint,
        tags,
        batch: draft.batch.as_ref().map(|batch| batch.value.clone()),
        purge: draft.purge.iter().map(|tag| tag.value.clone()).collect(),
        warm,
        fallback: draft.fallback.as_ref().map(|at| at.value.clone()),
        query_rule,
        image: draft.passing.image.clone(),
        type_tiers,
    })
}

fn check_all(
    draft: &Draft,
    pattern: &MethodPattern,
    query: Option<&Statement>,
    tier: Option<&Tier>,
    tiers: &Names<Tier>,
    reader: &mut Reader<'_>,
) {
    let line = draft
        .pattern
        .as_ref()
        .map_or(draft.source_line, |at| at.line);
    reserved::check(pattern, line, reader);
    params::check(draft, pattern, query, reader);
    tags::check(draft, pattern, reader);
    purges::check(draft, pattern, query, reader);
    check::method(pattern, line, reader);
    check::source(draft, pattern, query, reader);
    fallback::check(draft, pattern, query, reader);
    check::batch(draft, pattern, query, reader);
    check::tier(draft, pattern, query, tier, tiers, reader);
    passing::check(draft, pattern, reader);
}

fn resolve_source(
    name: &SourceName,
    ground: &mut Ground,
    reader: &mut Reader<'_>,
) -> Option<Source> {
    match name {
        SourceName::Assets => Some(Source::Assets),
        SourceName::Origin(name) => {
            let index = ground.origins.resolve(&name.value, name.line, reader)?;
            Some(Source::Origin(OriginId(u16::try_from(index).ok()?)))
        }
        SourceName::Query(name) => {
            if let Some(directory) = &ground.queries_missing {
                let what = format!(
                    "there is no directory {directory}, so no query \"{}\"",
                    name.value
                );
                let mend = format!(
                    "make it, and write the query into {directory}/{}.sql",
                    name.value
                );
                reader.error(name.line, what, mend);
                return None;
            }
            let index = ground.queries.resolve(&name.value, name.line, reader)?;
            Some(Source::Query(QueryId(u16::try_from(index).ok()?)))
        }
    }
}

/// The table of all patterns; an error for each two that no request can tell apart.
fn build_table(drafts: &[Draft], reader: &mut Reader<'_>) -> RouteTable {
    let patterns: Vec<(u32, &MethodPattern)> = drafts
        .iter()
        .filter_map(|draft| draft.pattern.as_ref())
        .map(|pattern| (pattern.line, &pattern.value))
        .collect();
    let owned: Vec<MethodPattern> = patterns
        .iter()
        .map(|(_, pattern)| (*pattern).clone())
        .collect();
    let built = RouteTable::build(&owned);
    let ambiguities = match built {
        Ok(table) => return table,
        Err(ambiguities) => ambiguities,
    };
    for ambiguity in ambiguities {
        let first = patterns.get(ambiguity.first);
        let second = patterns.get(ambiguity.second);
        if let (Some((first_line, first)), Some((line, second))) = (first, second) {
            reader.error(
                *line,
                format!("ambiguous routes: \"{second}\" matches what \"{first}\" on line {first_line} does"),
                "remove one, or make them differ in method or in a literal segment",
            );
        }
    }
    RouteTable::default()
}
