//! What can be said of a request without asking any layer; the command line says the same.

use crate::cache::receipt::uri_tag;
use crate::cache::tags;
use crate::config::site::{Origin, Route, Site, Source};
use crate::key::uri;
use crate::pipeline::origin::wanted::Wanted;
use crate::pipeline::plan::{Located, Target};
use crate::semantics::request::RequestHead;
use crate::source::bind::parse_search;
use crate::source::upstream::Upstream;

/// Where the route's answers come from.
pub fn source(site: &Site, route: &Route) -> String {
    let found = match route.source {
        Source::Query(id) => site.query(id).map(|query| {
            let (name, returns, database) = (&query.name, query.returns.as_str(), &query.database);
            format!("query {name} (returns {returns}) on database {database}")
        }),
        Source::Origin(id) => site.origin(id).map(|origin| servers(site, origin)),
        Source::Assets => Some("static assets".to_owned()),
    };
    found.unwrap_or_default()
}

fn servers(site: &Site, origin: &Origin) -> String {
    let one = |server: &Upstream| match origin.upstreams.len() {
        1 => server.url.clone(),
        _ => format!("{} with weight {}", server.url, server.weight),
    };
    let servers: Vec<String> = origin.upstreams.iter().map(one).collect();
    let text = format!("origin {} ({})", origin.name, servers.join(", "));
    match origin.fallback.and_then(|id| site.origin(id)) {
        Some(other) => format!("{text}, or else origin {}", other.name),
        None => text,
    }
}

/// Why a request's answer is neither looked up nor stored.
pub fn why_not_cached(site: &Site, route: &Route, request: &RequestHead<'_>) -> String {
    if !request.is_read() {
        return format!("only GET and HEAD are, and this is {}", request.method);
    }
    match route.source {
        Source::Origin(_) => "the route has no tier, so its origin is asked every time".to_owned(),
        Source::Query(id) => match site.query(id) {
            Some(query) => {
                let name = &query.name;
                format!("the route has no tier, so query {name} runs for every request")
            }
            None => "the route has no tier".to_owned(),
        },
        Source::Assets => "the route has no tier".to_owned(),
    }
}

/// The same for an origin's route, whose site says which parameters count.
pub fn ignored_by_origin<'r>(wanted: &Wanted, route: &Route, search: &'r str) -> Vec<&'r str> {
    let pairs = search.split('&').filter(|pair| !pair.is_empty());
    let name = |pair: &'r str| pair.split('=').next().unwrap_or(pair);
    // It is part of the key as the width that it comes to.
    let negotiated = |pair: &str| route.image.is_some() && name_is_width(pair);
    let counts = |pair: &str| {
        let alone = uri::canonical(
            wanted.uri.origin.clone(),
            "/",
            Some(pair),
            &route.query_rule,
        );
        alone.is_ok_and(|uri| uri.query.is_some())
    };
    pairs
        .filter(|pair| !counts(pair) && !negotiated(pair))
        .map(name)
        .collect()
}

fn name_is_width(pair: &str) -> bool {
    pair == "w" || pair.starts_with("w=")
}

/// The parts of the key of what an origin is asked for, in its order.
pub fn parts_of_origin(wanted: &Wanted) -> Vec<(String, Option<String>)> {
    let authority = wanted.uri.origin.authority();
    let own = uri::parts(&wanted.uri, &authority)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
    let image = wanted.image.map(|options| options.key_parts());
    let image = image.into_iter().flatten();
    own.chain(image.map(|(name, value)| (name.to_owned(), value)))
        .collect()
}

/// What a stored answer to it is tagged with, besides what the origin says.
pub fn tags_of_origin(wanted: &Wanted) -> Vec<String> {
    let mut tags = wanted.tags.clone();
    tags.push(uri_tag(&wanted.uri));
    tags
}

/// What of the query string reaches neither key nor source, by its raw names.
pub fn ignored<'r>(route: &Route, request: &RequestHead<'r>) -> Vec<&'r str> {
    let pairs = request.search.split('&').filter(|pair| !pair.is_empty());
    let foreign = pairs.filter(|pair| {
        let read = parse_search(pair, &route.query);
        read.is_ok_and(|values| values.iter().all(Option::is_none))
    });
    foreign
        .map(|pair| pair.split('=').next().unwrap_or(pair))
        .collect()
}

/// The names and canonical values that make the key, in its order.
pub fn parts<'t>(
    site: &'t Site,
    located: &'t Located<'_, '_>,
    target: &'t Target,
) -> Vec<(&'t str, Option<&'t str>)> {
    match located.route.source {
        Source::Query(id) => {
            let query = site.query(id);
            let params = query.map_or(&[][..], |query| query.params.as_slice());
            let names = params.iter().map(|param| param.name.as_str());
            names
                .zip(target.values.iter().map(Option::as_deref))
                .collect()
        }
        Source::Origin(_) | Source::Assets => vec![("path", Some(target.path.as_str()))],
    }
}

/// What a stored answer is tagged with.
pub fn tags(site: &Site, located: &Located<'_, '_>, target: &Target) -> Vec<String> {
    let route = located.route;
    // The query's values come first: they are canonical, `7` for `007`.
    let bound = parts(site, located, target).into_iter();
    let bound = bound.map(|(name, value)| (name, value.unwrap_or_default()));
    let names = route.params.iter().map(String::as_str);
    let path = names.zip(located.values.iter().map(AsRef::as_ref));
    match route.source {
        Source::Query(_) => {
            let values: Vec<(&str, &str)> = bound.chain(path).collect();
            tags::fill(&route.tags, &values)
        }
        Source::Origin(_) | Source::Assets => {
            let values: Vec<(&str, &str)> = path.collect();
            tags::fill_at(&route.tags, &values, &target.path)
        }
    }
}
