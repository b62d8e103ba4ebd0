//! The site that is simulated: few rows, so that everything meets, and every kind of route.

use super::super::world::tier;
use crate::cache::tags::Tagging;
use crate::config::site::*;
use crate::key::CacheKey;
use crate::policy::{Eager, Layers, Tier};
use crate::route::pattern::MethodPattern;
use crate::route::table::RouteTable;
use crate::source::param::ParamType;
use crate::source::place::ReadFrom;
use crate::source::query::{Effect, Param, Query, Returns};
use crate::source::{breaker, pool, retry};
use std::time::Duration;

pub const DATABASE: &str = "main";
pub const ITEMS: usize = 3;
pub const GROUPS: usize = 2;

/// Which group an item belongs to.
pub fn group_of(item: usize) -> usize {
    item % GROUPS
}

/// What a route that reads answers about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An item, in every layer.
    Item(usize),
    /// An item on short terms, in memory and the colo.
    Brief(usize),
    /// An item for the bearer of the token, in memory alone.
    Private(usize),
    /// All items of a group.
    Group(usize),
}

impl Subject {
    pub fn all() -> Vec<Self> {
        let items = 0..ITEMS;
        let items = items.flat_map(|id| [Self::Item(id), Self::Brief(id), Self::Private(id)]);
        items.chain((0..GROUPS).map(Self::Group)).collect()
    }

    pub fn id(self) -> usize {
        match self {
            Self::Item(id) | Self::Brief(id) | Self::Private(id) | Self::Group(id) => id,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Item(_) => "items",
            Self::Brief(_) => "briefs",
            Self::Private(_) => "privates",
            Self::Group(_) => "groups",
        }
    }

    pub fn path(self) -> String {
        format!("/{}/{}", self.word(), self.id())
    }

    /// Whose answer a query gives.
    pub fn of_query(name: &str, id: usize) -> Option<Self> {
        let all = [
            Self::Item(id),
            Self::Brief(id),
            Self::Private(id),
            Self::Group(id),
        ];
        all.into_iter().find(|subject| subject.word() == name)
    }

    pub fn items(self) -> Vec<usize> {
        match self {
            Self::Item(id) | Self::Brief(id) | Self::Private(id) => vec![id],
            Self::Group(group) => (0..ITEMS).filter(|item| group_of(*item) == group).collect(),
        }
    }

    pub fn tag(self) -> String {
        match self {
            Self::Item(id) | Self::Brief(id) | Self::Private(id) => item_tag(id),
            Self::Group(id) => group_tag(id),
        }
    }

    pub fn key(self, site: &Site) -> CacheKey {
        let route = self.route(site);
        let id = self.id().to_string();
        CacheKey::new(
            &route.fingerprint,
            route.auth.principal(),
            [("id", Some(id.as_str()))],
        )
    }

    pub fn route(self, site: &Site) -> &Route {
        let pattern = format!("GET /{}/{{id}}", self.word());
        site.routes
            .iter()
            .find(|route| route.pattern == pattern)
            .unwrap()
    }
}

pub fn item_tag(id: usize) -> String {
    format!("item:{id}")
}

pub fn group_tag(id: usize) -> String {
    format!("group:{id}")
}

/// The routes that write: one says itself what it voids, the other leaves that to the triggers.
pub const TELLING: &str = "telling";
pub const SILENT: &str = "silent";

fn query(name: &str, effect: Effect) -> Query {
    let id = Param {
        name: "id".into(),
        kind: ParamType::Int8,
        required: true,
    };
    Query {
        name: name.into(),
        text: "…".into(),
        params: vec![id],
        returns: Returns::One,
        effect,
        database: DATABASE.into(),
        tables: Vec::new(),
        rows: Vec::new(),
        read_from: ReadFrom::Either,
        batch: None,
    }
}

fn route(method: &str, word: &str, query: u16, tier: Option<Tier>) -> Route {
    let private = tier.as_ref().is_some_and(|tier| tier.private);
    Route {
        pattern: format!("{method} /{word}/{{id}}"),
        params: vec!["id".into()],
        source: Source::Query(QueryId(query)),
        auth: if private { Auth::Token } else { Auth::None },
        tier,
        query: Vec::new(),
        fingerprint: format!("f{query}"),
        tags: Tagging::default(),
        batch: None,
        purge: Vec::new(),
        warm: None,
        fallback: None,
        query_rule: crate::key::uri::QueryRule::default(),
        image: None,
        type_tiers: Vec::new(),
    }
}

fn routes() -> Vec<Route> {
    let brief = Tier {
        layers: Layers {
            global: false,
            ..Layers::ALL
        },
        ..tier("brief", 6, 4, 20, false)
    };
    let item = Tier {
        eager: Eager::from_thousandths(800),
        soft_timeout: Some(Duration::from_millis(700)),
        ..tier("item", 70, 20, 120, false)
    };
    let mut routes = vec![
        route("GET", "items", 0, Some(item)),
        route("GET", "briefs", 1, Some(brief)),
        route("GET", "privates", 2, Some(tier("private", 40, 0, 30, true))),
        route("GET", "groups", 3, Some(tier("group", 60, 30, 60, false))),
        route("POST", TELLING, 4, None),
        route("POST", SILENT, 5, None),
    ];
    for (route, tag) in routes.iter_mut().zip(["item", "item", "item", "group"]) {
        let path = MethodPattern::parse(&route.pattern).unwrap().segments;
        route.tags = Tagging {
            templates: vec![format!("{tag}:{{id}}")],
            tables: Vec::new(),
            path,
        };
    }
    routes[4].purge = vec!["item:{id}".into(), "group:{row.group}".into()];
    routes
}

/// What a seed chooses of a site.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    pub shards: u16,
    pub fill_timeout_ms: u64,
    pub index_max: u32,
    /// How far a replica may lag, if there is one.
    pub replica_lag_ms: Option<u64>,
}

fn database(name: &str, replica: Option<Replica>) -> Database {
    let timeout = Duration::from_secs(8);
    Database {
        name: name.into(),
        binding: name.into(),
        pool: pool::Settings::default(),
        connect_timeout: timeout,
        query_timeout: timeout,
        pool_timeout: timeout,
        breaker: breaker::Settings::default(),
        retry: retry::Settings::default(),
        replica,
    }
}

fn databases(replica_lag_ms: Option<u64>) -> Vec<Database> {
    let replica = replica_lag_ms.map(|lag_ms| Replica {
        of: DATABASE.into(),
        lag_max: Duration::from_millis(lag_ms),
    });
    let copy = replica.map(|replica| database("copy", Some(replica)));
    std::iter::once(database(DATABASE, None))
        .chain(copy)
        .collect()
}

pub fn site(choice: Choice) -> Site {
    let reads = ["items", "briefs", "privates", "groups"].map(|name| query(name, Effect::Reads));
    let writes = [TELLING, SILENT].map(|name| query(name, Effect::Writes));
    let routes = routes();
    let patterns: Vec<MethodPattern> = routes
        .iter()
        .map(|route| MethodPattern::parse(&route.pattern).unwrap())
        .collect();
    let model = super::super::world::site();
    Site {
        table: RouteTable::build(&patterns).unwrap(),
        routes,
        queries: reads.into_iter().chain(writes).collect(),
        databases: databases(choice.replica_lag_ms),
        shield: Shield {
            shards: choice.shards,
            fill_timeout: Duration::from_millis(choice.fill_timeout_ms),
            wait_timeout: Duration::from_millis(choice.fill_timeout_ms),
            lease: Duration::from_millis(choice.fill_timeout_ms),
            ..model.shield
        },
        purge: Purge {
            index_max: choice.index_max,
            outbox: vec![DATABASE.into()],
            ..model.purge
        },
        ..model
    }
}
