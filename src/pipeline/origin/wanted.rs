//! What a request for an origin asks for: its URI in canonical form, its key, its fields as they go on.

use crate::cache::{receipt, tags};
use crate::config::site::{Auth, OriginId, Route, RouteId, Site, Source};
use crate::failure::{Failure, Kind, ParameterFault};
use crate::key::{CacheKey, uri};
use crate::pipeline::plan::Located;
use crate::pipeline::sight::{Sight, Trust};
use crate::policy::auth::check_bearer;
use crate::policy::storable::Authorization;
use crate::ports::Secrets;
use crate::purge::seq::PurgeSeq;
use crate::semantics::cache_control::RequestDirectives;
use crate::semantics::fields::Fields;
use crate::semantics::forwarding::{Reckoned, Told, reckon_max_forwards, to_origin};
use crate::semantics::method::Method;
use crate::semantics::no_vary_search::Variance;
use crate::semantics::preconditions::GUARDS;
use crate::semantics::request::RequestHead;
use crate::semantics::uri::{HttpUri, Origin as WebOrigin, Scheme};
use crate::source::fetch::Fetch;
use crate::source::image;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// See the module.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub id: RouteId,
    pub origin: OriginId,
    pub method: String,
    /// As the client sent them.
    pub fields: Fields,
    /// As they go on: only they can select an answer.
    pub forwarded: Fields,
    pub directives: RequestDirectives,
    pub authorization: Authorization,
    pub uri: HttpUri,
    pub image: Option<image::Options>,
    /// Of the URI; of all URIs that its origin has called the same (`No-Vary-Search`).
    pub key: CacheKey,
    /// How much the query matters to `key`, where that is less than all.
    pub variance: Option<Variance>,
    /// Under which it is known how much the query matters.
    pub path_key: CacheKey,
    /// Fingerprint and principal of every key.
    stem: (String, &'static str),
    /// The route's own.
    pub tags: Vec<String>,
    pub sight: Sight,
    pub shown_key: ShownKey,
}

/// The field by which an operator asks for the key in `Cache-Status`.
const DEBUG: &str = "forebay-debug";

/// A longer key is shown as its digest.
const SHOWN_BYTES_MAX: usize = 512;

/// What `Cache-Status` tells of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownKey {
    Nothing,
    /// Enough to see whether two requests meet in one key.
    Digest,
    Text,
}

impl ShownKey {
    /// The text is for those who have the admin token.
    pub fn asked_for(fields: &Fields, secrets: &Secrets) -> Self {
        let Some(given) = fields.first(DEBUG) else {
            return Self::Nothing;
        };
        let as_bearer = format!("Bearer {given}");
        match check_bearer(Some(&as_bearer), secrets.admin_token.as_deref()) {
            Ok(()) => Self::Text,
            Err(_) => Self::Digest,
        }
    }
}

/// Its name as a protocol (RFC 6455 §4.1).
const WEBSOCKET: &str = "websocket";

impl Wanted {
    /// # Errors
    /// `BadPath`: a path or a query that nobody is to be asked for. `BadParameters`: a width that is none.
    pub fn read(
        site: &Site,
        located: &Located<'_, '_>,
        request: &RequestHead<'_>,
        fields: Fields,
    ) -> Result<Self, Failure> {
        let route = located.route;
        let Source::Origin(id) = route.source else {
            return Err(Failure::new(Kind::Internal, "").because("the route has no origin"));
        };
        let origin = site.origin(id).ok_or_else(|| {
            Failure::new(Kind::Internal, "").because("the route's origin is gone")
        })?;
        let (image, search) = image_of(route, request, &fields)?;
        let uri = uri_of(route, request, search.as_deref())?;
        let stem = (route.fingerprint.clone(), route.auth.principal());
        let key = key_of(&stem, &uri, image);
        let path_key = path_key_of(&stem, &uri);
        let mut own = fields.clone();
        // It may hold a secret of this site.
        own.remove(DEBUG);
        match route.auth {
            // The token that opened the route is this site's secret, not the origin's.
            Auth::Token => own.remove("authorization"),
            Auth::None => {}
        }
        let authority = uri.origin.authority();
        let told = Told {
            host: &authority,
            scheme: uri.origin.scheme.as_str(),
            client_address: None,
            protocol: "HTTP/1.1",
        };
        let forwarded = counted(request.method, to_origin(&own, &origin.reach, &told))?;
        let honors = route
            .tier
            .as_ref()
            .is_some_and(|tier| tier.honor_origin.is_some());
        Ok(Self {
            id: located.id,
            origin: id,
            method: request.method.to_owned(),
            directives: if honors {
                RequestDirectives::of(&fields)
            } else {
                // A tier's own TTL is the operator's word, against clients too.
                RequestDirectives::default()
            },
            authorization: if forwarded.contains("authorization") {
                Authorization::Present
            } else {
                Authorization::Absent
            },
            tags: route_tags(located, request),
            fields,
            forwarded,
            uri,
            image,
            key,
            variance: None,
            path_key,
            stem,
            sight: Sight {
                bookmark: PurgeSeq::ZERO,
                trust: Trust::View,
                note: None,
            },
            shown_key: ShownKey::Nothing,
        })
    }

    pub fn is_read(&self) -> bool {
        matches!(Method::parse(&self.method), Method::Get | Method::Head)
    }

    /// Nothing else than a WebSocket is ever upgraded to (RFC 9110 §7.8: an upgrade may be ignored).
    pub fn asks_for_websocket(&self) -> bool {
        // RFC 6455 §4.1: with GET. What may change something goes where it invalidates.
        if self.method != "GET" {
            return false;
        }
        let mut protocols = self.fields.members("upgrade");
        protocols.any(|protocol| protocol.eq_ignore_ascii_case(WEBSOCKET))
    }

    /// From now on under the key where the query matters only so much.
    pub fn key_by(&mut self, variance: Variance) {
        self.key = self.key_under(&variance);
        self.variance = (!variance.is_default()).then_some(variance);
    }

    fn key_under(&self, variance: &Variance) -> CacheKey {
        let uri = HttpUri {
            query: variance.canonical(self.uri.query.as_deref()),
            ..self.uri.clone()
        };
        key_of(&self.stem, &uri, self.image)
    }

    /// The key leaves out of the query what the path's last answer has called irrelevant; for each stored
    /// response its own word counts (`No-Vary-Search`).
    pub fn is_for_other_queries_than(&self, stored: &[(String, String)]) -> bool {
        self.variance.as_ref().is_some_and(|keyed_by| {
            let fields: Fields = stored.iter().cloned().collect();
            Variance::of(&fields) != *keyed_by
        })
    }

    /// The request as it came, for an answer that is for nobody else.
    pub fn fetch_as_it_came(&self) -> Fetch {
        let mut fields = self.forwarded.clone();
        if self.asks_for_websocket() {
            fields.push("Upgrade", WEBSOCKET);
        }
        if let Some(address) = self.fields.sole("cf-connecting-ip")
            && !fields.contains("x-forwarded-for")
        {
            fields.push("X-Forwarded-For", address);
        }
        self.fetch_with(fields)
    }

    pub fn fetch_with(&self, fields: Fields) -> Fetch {
        let query = self.uri.query.as_deref().map(|query| format!("?{query}"));
        Fetch {
            method: self.method.clone(),
            target: format!("{}{}", self.uri.path, query.unwrap_or_default()),
            fields,
            image: self.image,
        }
    }

    /// Whether another's answer may be taken for this one: the client has not said how old it may be, and
    /// there are no credentials that it could depend on.
    pub fn may_share(&self) -> bool {
        let asks = &self.directives;
        let is_particular = asks.no_cache.is_some()
            || asks.no_store.is_some()
            || asks.max_age.is_some()
            || asks.min_fresh.is_some();
        !is_particular
            && self.authorization == Authorization::Absent
            && !GUARDS.iter().any(|name| self.fields.contains(name))
    }

    pub fn receipt(&self) -> receipt::Request<'_> {
        receipt::Request {
            method: Method::parse(&self.method),
            directives: &self.directives,
            authorization: self.authorization,
            fields: &self.forwarded,
            target: &self.uri,
        }
    }

    /// What is shown of the key.
    pub fn key_text(&self) -> Option<String> {
        let text = self.key.as_str();
        let is_shown =
            text.len() <= SHOWN_BYTES_MAX && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        match self.shown_key {
            ShownKey::Nothing => None,
            ShownKey::Text if is_shown => Some(text.to_owned()),
            ShownKey::Text | ShownKey::Digest => Some(self.key.digest_hex()),
        }
    }
}

/// RFC 9110 §7.6.2: the last recipient answers, and Forebay has no resource of its own to tell of; nor does
/// it send a client's fields back to it.
fn counted(method: &str, mut forwarded: Fields) -> Result<Fields, Failure> {
    match reckon_max_forwards(method, &mut forwarded) {
        Reckoned::GoesOn => Ok(forwarded),
        Reckoned::EndsHere => {
            let why = "Max-Forwards let it come to here only";
            let mut failure = Failure::new(Kind::MethodNotAllowed, why);
            failure.allow = ["GET", "HEAD"].map(str::to_owned).to_vec();
            Err(failure)
        }
    }
}

fn uri_of(
    route: &Route,
    request: &RequestHead<'_>,
    search: Option<&str>,
) -> Result<HttpUri, Failure> {
    let origin = request
        .base
        .split_once("://")
        .and_then(|(scheme, authority)| WebOrigin::new(Scheme::parse(scheme)?, authority));
    let origin = origin.ok_or_else(|| {
        Failure::new(
            Kind::BadPath,
            "the URL has no host: write it whole, https://… and all",
        )
    })?;
    uri::canonical(origin, request.path, search, &route.query_rule)
        .map_err(|problem| Failure::new(Kind::BadPath, problem.as_str()))
}

fn key_of(stem: &(String, &'static str), uri: &HttpUri, image: Option<image::Options>) -> CacheKey {
    let authority = uri.origin.authority();
    let own = image.map(|options| options.key_parts());
    let own = own.iter().flatten();
    let parts = uri::parts(uri, &authority)
        .into_iter()
        .chain(own.map(|(name, value)| (*name, value.as_deref())));
    CacheKey::new(&stem.0, stem.1, parts)
}

fn path_key_of(stem: &(String, &'static str), uri: &HttpUri) -> CacheKey {
    let origin = uri.origin.to_string();
    let parts = [("origin", Some(origin.as_str())), ("path", Some(&uri.path))];
    CacheKey::new(&stem.0, stem.1, parts)
}

/// The outcome of the negotiation of an image, and the query string without what it was negotiated by.
fn image_of<'r>(
    route: &Route,
    request: &RequestHead<'r>,
    fields: &Fields,
) -> Result<(Option<image::Options>, Option<Cow<'r, str>>), Failure> {
    let search = (!request.search.is_empty()).then_some(Cow::Borrowed(request.search));
    let Some(rule) = &route.image else {
        return Ok((None, search));
    };
    let (own, others): (Vec<&str>, Vec<&str>) = request
        .search
        .split('&')
        .partition(|param| *param == WIDTH || param.starts_with(WIDTH_IS));
    let width = own.first().map(|param| {
        let text = param.strip_prefix(WIDTH_IS).unwrap_or_default();
        percent_decode_str(text).decode_utf8_lossy()
    });
    let accept = fields.combined("accept");
    let options = image::negotiate(rule, accept.as_deref(), width.as_deref());
    let options = options.map_err(|problem| {
        let mut failure = Failure::new(Kind::BadParameters, "");
        failure.faults = vec![ParameterFault {
            name: WIDTH.to_owned(),
            reason: problem.to_string(),
        }];
        failure
    })?;
    let rest = others.join("&");
    Ok((
        Some(options),
        (!rest.is_empty()).then_some(Cow::Owned(rest)),
    ))
}

/// The parameter by which a client asks for a width.
const WIDTH: &str = "w";
const WIDTH_IS: &str = "w=";

fn route_tags(located: &Located<'_, '_>, request: &RequestHead<'_>) -> Vec<String> {
    let route = located.route;
    let names = route.params.iter().map(String::as_str);
    let values: Vec<(&str, &str)> = names
        .zip(located.values.iter().map(AsRef::as_ref))
        .collect();
    tags::fill_at(&route.tags, &values, request.path)
}
