//! From a URL as a client would ask for it to what is stored under it.

use crate::config::site::{RouteId, Site, Source};
use crate::failure::Failure;
use crate::key::CacheKey;
use crate::pipeline::origin::wanted::Wanted;
use crate::pipeline::plan::{Located, locate, target};
use crate::policy::Tier;
use crate::ports::operator::Unmatched;
use crate::semantics::fields::Fields;
use crate::semantics::request::RequestHead;

/// The name of a stored answer.
#[derive(Clone, Debug)]
pub struct Named<'s> {
    pub id: RouteId,
    pub route: &'s crate::config::site::Route,
    pub tier: &'s Tier,
    pub key: CacheKey,
    /// What an origin would be asked for; `None` for other sources.
    pub wanted: Option<Wanted>,
}

/// Finds the route, reads the values and makes the key, as for a `GET`. An answer behind a token has the
/// key of those who have the token.
///
/// # Errors
/// Why nothing is ever stored under this URL.
pub fn resolve<'s>(site: &'s Site, url: &str) -> Result<Named<'s>, Unmatched> {
    let unmatched = |why: String| Unmatched {
        url: url.to_owned(),
        why,
    };
    let request = request(url).map_err(|why| unmatched(why.to_owned()))?;
    let located = locate(site, &request).map_err(|failure| unmatched(reason(&failure)))?;
    let Some(tier) = &located.route.tier else {
        let pattern = &located.route.pattern;
        return Err(unmatched(format!(
            "answers of \"{pattern}\" are not stored: it has no tier"
        )));
    };
    let (key, wanted) = match located.route.source {
        Source::Origin(_) => {
            let wanted = wanted(site, &located, &request, Fields::new()).map_err(unmatched)?;
            (wanted.key.clone(), Some(wanted))
        }
        Source::Query(_) | Source::Assets => {
            let found = target(site, &located, &request, None);
            let target = found.map_err(|failure| unmatched(reason(&failure)))?;
            let none = || unmatched("the request has no cache key".into());
            (target.key.ok_or_else(none)?, None)
        }
    };
    Ok(Named {
        id: located.id,
        route: located.route,
        tier,
        key,
        wanted,
    })
}

/// What a request with these fields asks of an origin.
///
/// # Errors
/// Why nothing can be asked for, in words.
pub fn wanted(
    site: &Site,
    located: &Located<'_, '_>,
    request: &RequestHead<'_>,
    fields: Fields,
) -> Result<Wanted, String> {
    if request.base.is_empty() {
        let pattern = &located.route.pattern;
        return Err(format!(
            "\"{pattern}\" passes to an origin, whose answers are kept by their whole URL: \
             write https://, the host and the path"
        ));
    }
    Wanted::read(site, located, request, fields).map_err(|failure| reason(&failure))
}

/// The `GET` that a URL stands for.
///
/// # Errors
/// When it is neither a path nor an absolute URL.
pub fn request(url: &str) -> Result<RequestHead<'_>, &'static str> {
    let absolute = url.starts_with("https://") || url.starts_with("http://");
    if !url.starts_with('/') && !absolute {
        return Err("it is no URL: write a path that begins with /, or https://…");
    }
    // A path may hold a URL in its query, which must not be searched for a scheme.
    let (path, search) = RequestHead::split_url(url);
    Ok(RequestHead {
        method: "GET",
        base: RequestHead::base_of(url),
        path,
        search,
        ..RequestHead::default()
    })
}

/// A failure in a few words.
pub fn reason(failure: &Failure) -> String {
    let mut reason = failure.kind.title().to_lowercase();
    if !failure.public.is_empty() {
        reason.push_str(": ");
        reason.push_str(&failure.public);
    }
    for fault in &failure.faults {
        reason.push_str(&format!("; \"{}\" {}", fault.name, fault.reason));
    }
    reason
}
