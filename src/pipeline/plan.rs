//! From a request to what it asks for: its route, its values, its key. `explain` shows just this.

use crate::config::site::{Auth, Route, RouteId, Site, Source};
use crate::failure::{Failure, Kind, ParameterFault};
use crate::key::CacheKey;
use crate::policy::auth::{AuthRefusal, check_bearer};
use crate::ports::Secrets;
use crate::route::table::Match;
use crate::semantics::request::RequestHead;
use crate::source::bind::{BindProblem, Inputs, bind};
use std::borrow::Cow;

/// A matched route and the values of its path parameters.
#[derive(Clone, Debug)]
pub struct Located<'s, 'r> {
    pub id: RouteId,
    pub route: &'s Route,
    pub values: Vec<Cow<'r, str>>,
}

/// What a request asks for, free of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub id: RouteId,
    /// The query's parameters, in their order; empty for other sources.
    pub values: Vec<Option<String>>,
    /// `None` when the route's answers are neither looked up nor stored.
    pub key: Option<CacheKey>,
    pub path: String,
}

/// # Errors
/// `NoRoute`, `MethodNotAllowed` (with `allow`), `BadPath`.
pub fn locate<'s, 'r>(
    site: &'s Site,
    request: &RequestHead<'r>,
) -> Result<Located<'s, 'r>, Failure> {
    match site.table.find(request.method, request.path) {
        Match::Found { route, params } => {
            let id = RouteId(route);
            let route = site.route(id).ok_or_else(|| {
                Failure::new(Kind::Internal, "")
                    .because("the table names a route that is not there")
            })?;
            if forwards_path(route) && climbs(route, request.path, &params) {
                let why = "the path has an empty or a dot segment";
                return Err(Failure::new(Kind::BadPath, why));
            }
            Ok(Located {
                id,
                route,
                values: params,
            })
        }
        Match::MethodNotAllowed { allow } => {
            let mut failure = Failure::new(Kind::MethodNotAllowed, "");
            failure.allow = allow;
            Err(failure)
        }
        Match::NotFound => Err(Failure::new(Kind::NoRoute, "")),
        Match::BadPath(problem) => Err(Failure::new(Kind::BadPath, problem.to_string())),
    }
}

/// Whether the source reads the path by itself.
fn forwards_path(route: &Route) -> bool {
    match route.source {
        Source::Query(_) => false,
        Source::Origin(_) | Source::Assets => true,
    }
}

/// Whether a path could be read as another one than was matched: by a dot segment inside a parameter,
/// or by an empty segment, which many servers skip. An origin may give an empty segment a meaning of its
/// own, and is asked for just what the key says.
fn climbs(route: &Route, path: &str, values: &[Cow<'_, str>]) -> bool {
    let skips = match route.source {
        Source::Assets | Source::Query(_) => path.contains("//"),
        Source::Origin(_) => false,
    };
    let dots = |value: &Cow<'_, str>| {
        value
            .split(['/', '\\'])
            .any(|part| matches!(part, "." | ".."))
    };
    skips || values.iter().any(dots)
}

/// Decided before any lookup, so that no cached answer is reachable without the token.
///
/// # Errors
/// `Unauthorized`, the same for a missing and for a wrong token.
pub fn authorize(
    route: &Route,
    request: &RequestHead<'_>,
    secrets: &Secrets,
) -> Result<(), Failure> {
    match route.auth {
        Auth::None => Ok(()),
        Auth::Token => {
            check_bearer(request.authorization, secrets.api_token.as_deref()).map_err(refused)
        }
    }
}

fn refused(refusal: AuthRefusal) -> Failure {
    let why = match refusal {
        AuthRefusal::Missing => "no bearer token",
        AuthRefusal::Wrong => "wrong bearer token",
        AuthRefusal::NotConfigured => "the Worker has no secret API_TOKEN",
    };
    Failure::new(Kind::Unauthorized, "").because(why)
}

/// Binds the request's values and names the answer, of any source but an origin.
///
/// # Errors
/// `BadParameters`, naming each; nothing has been sent anywhere by then. `Internal` for an origin.
pub fn target(
    site: &Site,
    located: &Located<'_, '_>,
    request: &RequestHead<'_>,
    body: Option<&[u8]>,
) -> Result<Target, Failure> {
    let route = located.route;
    let names = route.params.iter().map(String::as_str);
    let path: Vec<(&str, Cow<'_, str>)> = names
        .zip(
            located
                .values
                .iter()
                .map(|value| Cow::Borrowed(value.as_ref())),
        )
        .collect();
    let (values, key) = match route.source {
        Source::Query(id) => {
            let query = site
                .query(id)
                .ok_or_else(|| Failure::new(Kind::Internal, ""))?;
            let inputs = Inputs {
                path: &path,
                search: request.search,
                allowed: &route.query,
                body,
                bytes_max: site.limits.param_bytes_max,
            };
            let values = bind(query, &inputs).map_err(bad_parameters)?.0;
            let parts = query.params.iter().zip(&values);
            let parts = parts.map(|(param, value)| (param.name.as_str(), value.as_deref()));
            let key = CacheKey::new(&route.fingerprint, route.auth.principal(), parts);
            (values, key)
        }
        Source::Origin(_) => {
            let why = "what is asked of an origin is read by `origin::wanted`";
            return Err(Failure::new(Kind::Internal, "").because(why));
        }
        Source::Assets => {
            // As it is fetched: what tells an encoded slash from a plain one must not share an answer.
            let parts = [("path", Some(request.path))];
            let key = CacheKey::new(&route.fingerprint, route.auth.principal(), parts);
            (Vec::new(), key)
        }
    };
    let key = (route.tier.is_some() && request.is_read()).then_some(key);
    Ok(Target {
        id: located.id,
        values,
        key,
        path: request.path.to_owned(),
    })
}

fn bad_parameters(problems: Vec<BindProblem>) -> Failure {
    let mut failure = Failure::new(Kind::BadParameters, "");
    failure.faults = problems
        .into_iter()
        .map(|problem| ParameterFault {
            reason: problem.kind.to_string(),
            name: problem.param,
        })
        .collect();
    failure
}
