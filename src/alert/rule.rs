//! The rules of alerting, as the site has them: what is watched, over which time, and from where on it is
//! bad.

use super::Level;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// `[alerts]`, `[[alert]]`, `[[objective]]` and `[protection]`, with every default filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerting {
    pub form: Form,
    /// Who still fires is told of again after this time.
    pub repeat: Duration,
    pub grouping: Grouping,
    /// Names are unique.
    pub rules: Vec<Rule>,
    /// How long past its freshness an answer is served at once under `stretch-ttl`, at the most.
    pub stretch_max: Duration,
}

/// Nothing is watched.
impl Default for Alerting {
    fn default() -> Self {
        Self {
            form: Form::Generic,
            repeat: Duration::from_secs(4 * 3600),
            grouping: Grouping::All,
            rules: Vec::new(),
            stretch_max: Duration::from_secs(3600),
        }
    }
}

/// What a webhook is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    Generic,
    Slack,
}

impl Form {
    pub const WORDS: [&str; 2] = ["generic", "slack"];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Slack => "slack",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "generic" => Some(Self::Generic),
            "slack" => Some(Self::Slack),
            _ => None,
        }
    }
}

/// Which alerts of one evaluation share a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grouping {
    All,
    /// Those of the same route.
    Route,
    /// None.
    Alert,
}

impl Grouping {
    pub const WORDS: [&str; 3] = ["all", "route", "alert"];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "all" => Some(Self::All),
            "route" => Some(Self::Route),
            "alert" => Some(Self::Alert),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub name: String,
    /// As the site writes it, `GET /api/pitches/{id}`; `None`: all requests.
    pub route: Option<String>,
    pub watch: Watch,
    /// For how long it must have been bad before it fires, and good before it is resolved.
    pub holds: Duration,
    /// Fewer samples tell nothing.
    pub samples_min: u32,
    pub on_fire: Option<Protection>,
}

/// What an alert does while it fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Protection {
    /// What is stale is served longer, and refreshed less.
    StretchTtl,
}

impl Protection {
    pub const WORDS: [&str; 1] = ["stretch-ttl"];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::StretchTtl => "stretch-ttl",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        (word == "stretch-ttl").then_some(Self::StretchTtl)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Watch {
    Threshold(Threshold),
    Objective(Objective),
}

/// A number that has a bound. One of the two levels is given at least.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    pub metric: Metric,
    pub over: Duration,
    pub warning: Option<Bound>,
    pub critical: Option<Bound>,
}

impl Threshold {
    /// The level of a number, if it has one.
    pub fn level_of(&self, value: f64) -> Option<Level> {
        let beyond = |bound: Option<Bound>| {
            bound.is_some_and(|bound| match self.metric.bad_side() {
                Side::Above => value > bound.value(),
                Side::Below => value < bound.value(),
            })
        };
        if beyond(self.critical) {
            return Some(Level::Critical);
        }
        beyond(self.warning).then_some(Level::Warning)
    }
}

/// A bound of a metric, in millionths of its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Bound(u64);

impl Bound {
    pub fn from_millionths(millionths: u64) -> Self {
        Self(millionths)
    }

    pub fn from_duration(duration: Duration) -> Self {
        // The longest duration of a configuration is a year, which fits many times over.
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(nanos)
    }

    /// In the metric's unit.
    pub fn value(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Metric {
    /// Quantiles of the time from a request's arrival to the head of its answer.
    P50,
    P95,
    P99,
    /// Of what a cache could have answered.
    HitRate,
    /// Of all answers, those with a status of 500 and more.
    ErrorRate,
    /// The 95th percentile of the statements' time.
    Database,
    /// Requests a second.
    Throughput,
    /// Sources whose breaker was open.
    BreakerOpen,
    /// The time since all outboxes were last drained.
    PurgeLag,
}

/// On which side of a bound it is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Above,
    Below,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Unit {
    Ms,
    Share,
    PerSecond,
    Count,
}

impl Metric {
    pub const EVERY: [Self; 9] = [
        Self::P50,
        Self::P95,
        Self::P99,
        Self::HitRate,
        Self::ErrorRate,
        Self::Database,
        Self::Throughput,
        Self::BreakerOpen,
        Self::PurgeLag,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::HitRate => "hit_rate",
            Self::ErrorRate => "error_rate",
            Self::Database => "database",
            Self::Throughput => "throughput",
            Self::BreakerOpen => "breaker_open",
            Self::PurgeLag => "purge_lag",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::EVERY
            .into_iter()
            .find(|metric| metric.as_str() == word)
    }

    pub fn unit(self) -> Unit {
        match self {
            Self::P50 | Self::P95 | Self::P99 | Self::Database | Self::PurgeLag => Unit::Ms,
            Self::HitRate | Self::ErrorRate => Unit::Share,
            Self::Throughput => Unit::PerSecond,
            Self::BreakerOpen => Unit::Count,
        }
    }

    pub fn bad_side(self) -> Side {
        match self {
            Self::HitRate | Self::Throughput => Side::Below,
            Self::P50
            | Self::P95
            | Self::P99
            | Self::ErrorRate
            | Self::Database
            | Self::BreakerOpen
            | Self::PurgeLag => Side::Above,
        }
    }

    /// Whether it can be told for one route.
    pub fn is_of_routes(self) -> bool {
        match self {
            Self::P50
            | Self::P95
            | Self::P99
            | Self::HitRate
            | Self::ErrorRate
            | Self::Throughput => true,
            Self::Database | Self::BreakerOpen | Self::PurgeLag => false,
        }
    }

    /// Whether few samples make it doubtful: that of none is as sure as any other here.
    pub fn needs_samples(self) -> bool {
        match self {
            Self::P50
            | Self::P95
            | Self::P99
            | Self::HitRate
            | Self::ErrorRate
            | Self::Database => true,
            Self::Throughput | Self::BreakerOpen | Self::PurgeLag => false,
        }
    }
}

/// A share of requests that is to be good, and how fast the rest may be used up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objective {
    /// What is bad.
    pub of: Bad,
    /// Of a million requests, so many may be bad: 1 at least.
    pub budget_ppm: u32,
    /// One at least.
    pub windows: Vec<Burn>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bad {
    /// A status of 500 and more.
    Errors,
    /// An answer that took longer.
    SlowerThan(Duration),
}

/// It is bad when the budget was used up faster than `factor` times evenly, over both windows: the long one
/// tells that it matters, the short one that it has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Burn {
    pub long: Duration,
    pub short: Duration,
    pub factor_thousandths: u32,
    pub level: Level,
}

impl Burn {
    pub fn factor(self) -> f64 {
        f64::from(self.factor_thousandths) / 1000.0
    }
}

impl Rule {
    /// The spans that it looks back over.
    pub fn spans(&self) -> Vec<Duration> {
        match &self.watch {
            Watch::Threshold(threshold) => vec![threshold.over],
            Watch::Objective(objective) => objective
                .windows
                .iter()
                .flat_map(|burn| [burn.long, burn.short])
                .collect(),
        }
    }
}

impl Alerting {
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == name)
    }
}
