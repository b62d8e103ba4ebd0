//! What the cache directives of a response (RFC 9111 §5.2.2, RFC 5861, RFC 8246) and of a request
//! (§5.2.1) ask for.
//!
//! §4.2.1 decides between repeated and conflicting ones: of several values the first counts, a value
//! that is no number makes the response stale, and of directives that contradict each other the most
//! restrictive is obeyed. A directive that takes no argument and has one still restricts, and permits
//! nothing. Directives that Forebay does not know change nothing here; they are forwarded because field
//! lines are forwarded as received.

use super::delta_seconds::DeltaSeconds;
use super::directive::{Argument, Directive, directives};
use super::fields::Fields;
use std::time::Duration;

/// The argument of a directive that counts seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seconds {
    Given(DeltaSeconds),
    /// Absent, or no number.
    Invalid,
}

impl Seconds {
    fn of(argument: &Argument<'_>) -> Self {
        argument.seconds().map_or(Self::Invalid, Self::Given)
    }

    /// §4.2.1: an invalid lifetime is none.
    pub fn or_zero(self) -> Duration {
        match self {
            Self::Given(seconds) => seconds.duration(),
            Self::Invalid => Duration::ZERO,
        }
    }
}

/// A directive that takes no argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flag {
    /// As it is defined.
    Plain,
    /// With an argument, or malformed: it restricts, and permits nothing.
    Doubtful,
}

/// What `private` and `no-cache` are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole response: no argument, or one that is no list of field names.
    Response,
    /// Fields alone, their names in small letters.
    Fields(Vec<String>),
}

impl Scope {
    fn of(argument: &Argument<'_>) -> Self {
        argument.field_names().map_or(Self::Response, Self::Fields)
    }

    /// The more restrictive of both.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Fields(mut names), Self::Fields(more)) => {
                names.extend(more);
                Self::Fields(names)
            }
            (Self::Response, _) | (_, Self::Response) => Self::Response,
        }
    }
}

/// The directives of a response that a shared cache obeys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseDirectives {
    pub max_age: Option<Seconds>,
    pub s_maxage: Option<Seconds>,
    pub no_store: Option<Flag>,
    pub no_cache: Option<Scope>,
    pub private: Option<Scope>,
    pub public: Option<Flag>,
    pub must_revalidate: Option<Flag>,
    pub proxy_revalidate: Option<Flag>,
    pub must_understand: Option<Flag>,
    pub no_transform: Option<Flag>,
    /// RFC 8246.
    pub immutable: Option<Flag>,
    /// RFC 5861 §3.
    pub stale_while_revalidate: Option<Seconds>,
    /// RFC 5861 §4.
    pub stale_if_error: Option<Seconds>,
}

impl ResponseDirectives {
    /// Those of `Cache-Control`.
    pub fn of(response: &Fields) -> Self {
        directives(response, "Cache-Control").collect()
    }

    fn add(&mut self, directive: &Directive<'_>) {
        let argument = &directive.argument;
        let seconds = |slot: &mut Option<Seconds>| {
            slot.get_or_insert(Seconds::of(argument));
        };
        let flag = |slot: &mut Option<Flag>| add_flag(slot, argument);
        let scope = |slot: &mut Option<Scope>| {
            let scope = Scope::of(argument);
            *slot = Some(match slot.take() {
                Some(before) => before.and(scope),
                None => scope,
            });
        };
        match directive.name.to_ascii_lowercase().as_str() {
            "max-age" => seconds(&mut self.max_age),
            "s-maxage" => seconds(&mut self.s_maxage),
            "stale-while-revalidate" => seconds(&mut self.stale_while_revalidate),
            "stale-if-error" => seconds(&mut self.stale_if_error),
            "no-store" => flag(&mut self.no_store),
            "public" => flag(&mut self.public),
            "must-revalidate" => flag(&mut self.must_revalidate),
            "proxy-revalidate" => flag(&mut self.proxy_revalidate),
            "must-understand" => flag(&mut self.must_understand),
            "no-transform" => flag(&mut self.no_transform),
            "immutable" => flag(&mut self.immutable),
            "no-cache" => scope(&mut self.no_cache),
            "private" => scope(&mut self.private),
            _ => {}
        }
    }
}

impl<'a> FromIterator<Directive<'a>> for ResponseDirectives {
    fn from_iter<I: IntoIterator<Item = Directive<'a>>>(directives: I) -> Self {
        let mut found = Self::default();
        for directive in directives {
            found.add(&directive);
        }
        found
    }
}

/// One plain occurrence is enough to permit; the others say nothing more.
fn add_flag(slot: &mut Option<Flag>, argument: &Argument<'_>) {
    if argument.is_absent() {
        *slot = Some(Flag::Plain);
    } else {
        slot.get_or_insert(Flag::Doubtful);
    }
}

/// How stale a response a client accepts (§5.2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaxStale {
    Any,
    /// An argument that is no number accepts nothing.
    By(Seconds),
}

/// The directives of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestDirectives {
    pub max_age: Option<Seconds>,
    pub min_fresh: Option<Seconds>,
    pub max_stale: Option<MaxStale>,
    pub no_cache: Option<Flag>,
    pub no_store: Option<Flag>,
    pub no_transform: Option<Flag>,
    pub only_if_cached: Option<Flag>,
    /// RFC 5861 §4.
    pub stale_if_error: Option<Seconds>,
}

impl RequestDirectives {
    /// Those of `Cache-Control`; without that field, those of `Pragma`, which has one (§5.4).
    pub fn of(request: &Fields) -> Self {
        let mut found = Self::default();
        for directive in directives(request, "Cache-Control") {
            found.add(&directive);
        }
        if !request.contains("Cache-Control") && pragma_no_cache(request) {
            found.no_cache = Some(Flag::Plain);
        }
        found
    }

    fn add(&mut self, directive: &Directive<'_>) {
        let argument = &directive.argument;
        let seconds = |slot: &mut Option<Seconds>| {
            slot.get_or_insert(Seconds::of(argument));
        };
        match directive.name.to_ascii_lowercase().as_str() {
            "max-age" => seconds(&mut self.max_age),
            "min-fresh" => seconds(&mut self.min_fresh),
            "stale-if-error" => seconds(&mut self.stale_if_error),
            "max-stale" => {
                self.max_stale.get_or_insert(match argument {
                    Argument::Absent => MaxStale::Any,
                    Argument::Text(_) | Argument::Malformed => MaxStale::By(Seconds::of(argument)),
                });
            }
            "no-cache" => add_flag(&mut self.no_cache, argument),
            "no-store" => add_flag(&mut self.no_store, argument),
            "no-transform" => add_flag(&mut self.no_transform, argument),
            "only-if-cached" => add_flag(&mut self.only_if_cached, argument),
            _ => {}
        }
    }
}

fn pragma_no_cache(request: &Fields) -> bool {
    request
        .members("Pragma")
        .any(|member| member.eq_ignore_ascii_case("no-cache"))
}

#[cfg(test)]
mod tests;
