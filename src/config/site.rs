//! The compiled site: the one value that tells the Worker what to do, and its bytes.

mod metering;

pub use metering::{FlushWhen, Metering, Record};

use crate::alert::rule::Alerting;
use crate::cache::tags::Tagging;
use crate::key::uri::QueryRule;
use crate::policy::Tier;
use crate::purge::view::Lag;
use crate::route::table::RouteTable;
use crate::semantics::fields::trim_ows;
use crate::semantics::forwarding::Reach;
use crate::source::query::Query;
use crate::source::upstream::{self, Upstream};
use crate::source::{batch, breaker, image, pool, retry};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Index into [`Site::routes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RouteId(pub u16);

/// Index into [`Site::queries`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QueryId(pub u16);

/// Index into [`Site::origins`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OriginId(pub u16);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    pub name: String,
    /// SHA-256 of the sources, hex, first 16 digits: `health` shows it.
    pub hash: String,
    /// In the order of the file; `table` holds the order of matching.
    pub routes: Vec<Route>,
    pub table: RouteTable,
    pub queries: Vec<Query>,
    pub databases: Vec<Database>,
    pub origins: Vec<Origin>,
    pub shield: Shield,
    pub purge: Purge,
    pub limits: Limits,
    pub cors: Option<Cors>,
    pub log: Log,
    pub metrics: Metering,
    /// Queries that list things, as routes that no path leads to: what warming asks the shield for.
    pub listings: Vec<Route>,
    /// How often cron warms the routes that ask for it.
    pub warm_every: Duration,
    /// When people are called.
    pub alerting: Alerting,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// As written: `GET /api/pitches/{id}`.
    pub pattern: String,
    /// The names of its path parameters, in order.
    pub params: Vec<String>,
    pub source: Source,
    /// `None`: answers are neither looked up nor stored.
    pub tier: Option<Tier>,
    pub auth: Auth,
    /// The query parameters that this route takes, in canonical order; nothing else in the query
    /// string is part of the key or reaches the source.
    pub query: Vec<String>,
    /// Hex; part of every key. Changes with the source, the SQL, the parameters and the principal.
    pub fingerprint: String,
    /// What its stored answers are tagged with.
    pub tags: Tagging,
    /// Whether requests that come together share a statement.
    pub batch: Option<batch::Settings>,
    /// What a successful write purges: templates over parameters (`pitch:{id}`) and the row that came
    /// back (`pitch:{row.id}`).
    pub purge: Vec<String>,
    /// What of it is fetched before anybody asks: after a deploy, and by cron.
    pub warm: Option<Warm>,
    /// What answers a read when the source fails and nothing stale may stand in.
    pub fallback: Option<Fallback>,
    /// Of an origin's route: which part of the query string counts.
    pub query_rule: QueryRule,
    /// Of an origin's route: what the platform makes of its images.
    pub image: Option<image::Rule>,
    /// Of an origin's route: the tiers of answers by their media type, the first that matches.
    pub type_tiers: Vec<TypeTier>,
}

/// The tier of answers of one media type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeTier {
    /// `image/png`, or `image/*`; in lower case.
    pub media_type: String,
    pub tier: Tier,
}

impl Route {
    /// The tier of an answer of this media type: the first of `type_tiers` that matches, else the route's.
    pub fn tier_of(&self, content_type: Option<&str>) -> Option<&Tier> {
        let essence = content_type.unwrap_or_default().split(';').next();
        let essence = essence.map(trim_ows).unwrap_or_default();
        let essence = essence.to_ascii_lowercase();
        let matches = |own: &&TypeTier| match own.media_type.strip_suffix('*') {
            Some(start) => essence.starts_with(start),
            None => essence == own.media_type,
        };
        let own = self.type_tiers.iter().find(matches);
        own.map(|own| &own.tier).or(self.tier.as_ref())
    }
}

/// Where a route's URLs to be warmed come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Warm {
    /// Made from a query's rows, whose columns have the names of the route's parameters.
    Rows {
        query: QueryId,
        limit: u32,
    },
    Urls(Vec<String>),
}

/// A static answer for bad days; never stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    /// 200 to 599, and one that may have a body.
    pub status: u16,
    pub content_type: String,
    pub body: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    Query(QueryId),
    Origin(OriginId),
    /// The Worker's static assets.
    Assets,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Auth {
    None,
    /// `Authorization: Bearer` equal to the secret `API_TOKEN`.
    Token,
}

impl Auth {
    /// The class of caller that an answer belongs to; part of the key.
    pub fn principal(self) -> &'static str {
        match self {
            Self::None => "public",
            Self::Token => "token",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    pub name: String,
    /// A Hyperdrive binding of the Worker.
    pub binding: String,
    /// The connections of each shield object.
    pub pool: pool::Settings,
    pub connect_timeout: Duration,
    pub query_timeout: Duration,
    /// How long a request waits for a free connection.
    pub pool_timeout: Duration,
    pub breaker: breaker::Settings,
    pub retry: retry::Settings,
    /// Set when this is the replica of another.
    pub replica: Option<Replica>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    /// The primary's name.
    pub of: String,
    /// It is never further behind than this, as the operator has it.
    pub lag_max: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub name: String,
    /// One at least.
    pub upstreams: Vec<Upstream>,
    pub health: upstream::Settings,
    /// How long the head of an answer is waited for, connecting included: the runtime does not tell the
    /// two apart.
    pub timeout: Duration,
    /// How long a whole answer may take that is to be stored, and how long any body may pause.
    pub body_timeout: Duration,
    pub breaker: breaker::Settings,
    pub retry: retry::Settings,
    /// Who is asked when none of the servers answers.
    pub fallback: Option<OriginId>,
    /// Which of a client's fields reach it.
    pub reach: Reach,
    /// Whether clients are shown `Surrogate-Key` and `Cache-Tag`.
    pub tag_fields: TagFields,
}

/// What becomes of the fields by which an origin tags its answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TagFields {
    #[default]
    Stripped,
    Passed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shield {
    pub shards: u16,
    /// A Cloudflare location hint such as `weur`; none by default.
    pub location_hint: Option<String>,
    /// How long a fill may take before its waiters are told that it failed.
    pub fill_timeout: Duration,
    /// How long one request waits for another's fill.
    pub wait_timeout: Duration,
    /// A fill that has run for longer is joined no more.
    pub lease: Duration,
    /// Live fills of one object at once.
    pub fills_max: u16,
    /// Requests behind one fill.
    pub waiters_max: u16,
}

/// How purges reach the places where answers are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purge {
    /// How old the knowledge of purges may be before it is renewed.
    pub poll: Duration,
    /// How old it may be at all when it tells that an answer is valid.
    pub max_lag: Duration,
    /// Purged targets that are kept apart; beyond, the oldest purges count for everything.
    pub index_max: u32,
    /// Databases whose table `forebay_outbox` tells of changes.
    pub outbox: Vec<String>,
    /// Whether a write sets the bookmark as a cookie too.
    pub cookie: BookmarkCookie,
}

impl Purge {
    pub fn lag(&self) -> Lag {
        Lag {
            poll: self.poll,
            max: self.max_lag,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookmarkCookie {
    Set,
    Never,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The memory layer of one isolate.
    pub memory_bytes_max: u64,
    /// A larger body, uncompressed, is streamed through and not stored.
    pub stored_body_bytes_max: u64,
    /// A larger request body is refused with 413.
    pub request_body_bytes_max: u64,
    /// A longer parameter value is refused with 400.
    pub param_bytes_max: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    /// Exact origins, or one `*`.
    pub origins: Vec<String>,
    /// Request headers that a preflight may ask for.
    pub headers: Vec<String>,
    pub max_age: Duration,
    pub credentials: bool,
}

/// Which requests get a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogRequests {
    All,
    /// All but fresh memory hits.
    Misses,
    /// Only answers of status 500 and more.
    Errors,
}

impl LogRequests {
    /// The words of `[log] requests` and of the Worker's variable `FOREBAY_LOG`.
    pub const WORDS: [&str; 3] = ["all", "misses", "errors"];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "all" => Some(Self::All),
            "misses" => Some(Self::Misses),
            "errors" => Some(Self::Errors),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    pub requests: LogRequests,
    /// Prefix of every line: `""`, or `"Performance: "` for `wrangler tail --format=pretty`.
    pub prefix: String,
}

impl Site {
    pub fn route(&self, id: RouteId) -> Option<&Route> {
        self.routes.get(usize::from(id.0))
    }

    /// The listing that runs this query.
    pub fn listing(&self, id: QueryId) -> Option<&Route> {
        let mut listings = self.listings.iter();
        listings.find(|listing| listing.source == Source::Query(id))
    }

    pub fn query(&self, id: QueryId) -> Option<&Query> {
        self.queries.get(usize::from(id.0))
    }

    pub fn origin(&self, id: OriginId) -> Option<&Origin> {
        self.origins.get(usize::from(id.0))
    }

    /// The origin that a route asks.
    pub fn origin_of(&self, route: &Route) -> Option<&Origin> {
        match route.source {
            Source::Origin(id) => self.origin(id),
            Source::Query(_) | Source::Assets => None,
        }
    }

    pub fn database(&self, name: &str) -> Option<&Database> {
        self.databases.iter().find(|database| database.name == name)
    }

    /// The replica of a database, if it has one.
    pub fn replica_of(&self, primary: &str) -> Option<&Database> {
        let is_it = |replica: &Replica| replica.of == primary;
        self.databases
            .iter()
            .find(|database| database.replica.as_ref().is_some_and(is_it))
    }

    /// The bytes of `build/site.bin`: what it is, a CRC-32 of the rest, and the rest.
    ///
    /// # Errors
    /// When the value cannot be encoded, which no site that the compiler makes can bring about.
    pub fn encode(&self) -> Result<Vec<u8>, SiteError> {
        let body = postcard::to_stdvec(self).map_err(|_| SiteError::Malformed)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(crc32fast::hash(&body).to_le_bytes());
        bytes.extend(body);
        Ok(bytes)
    }

    /// # Errors
    /// When the bytes are not a site, or one of another version of Forebay.
    pub fn decode(bytes: &[u8]) -> Result<Self, SiteError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(SiteError::Version)?;
        let (crc, body) = rest.split_first_chunk().ok_or(SiteError::Malformed)?;
        // Checked first: a damaged site that still decodes would be a wrong site.
        if crc32fast::hash(body) != u32::from_le_bytes(*crc) {
            return Err(SiteError::Malformed);
        }
        postcard::from_bytes(body).map_err(|_| SiteError::Malformed)
    }
}

/// Changes with every change of [`Site`]'s shape.
const MAGIC: &[u8; 8] = b"FBSITE\0\x0A";

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    #[error("site.bin is not a site of this version of Forebay; run `forebay compile` again")]
    Version,
    #[error("site.bin is damaged; run `forebay compile` again")]
    Malformed,
}

#[cfg(test)]
mod tests;
