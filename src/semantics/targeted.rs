//! Which field of a response sets the terms: the first targeted one that is valid and not empty, else
//! `Cache-Control` (RFC 9213 §2).

use super::cache_control::ResponseDirectives;
use super::directive::{Argument, Directive};
use super::fields::{Fields, is_token};
use serde::{Deserialize, Serialize};
use sfv::visitor::{DictionaryVisitor, EntryVisitor, Ignored, InnerListVisitor, ItemVisitor};
use sfv::{BareItemFromInput, KeyRef, Parser, Version};
use std::borrow::Cow;
use std::convert::Infallible;

/// The targeted fields that are heard, the most specific first (§2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetList(Vec<String>);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no field name")]
pub struct NoFieldName(String);

impl TargetList {
    /// # Errors
    /// The first name that no field can have.
    pub fn new(names: impl IntoIterator<Item = String>) -> Result<Self, NoFieldName> {
        let valid = |name: String| {
            if is_token(&name) {
                Ok(name)
            } else {
                Err(NoFieldName(name))
            }
        };
        names
            .into_iter()
            .map(valid)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Default for TargetList {
    fn default() -> Self {
        Self(
            ["Forebay-CDN-Cache-Control", "CDN-Cache-Control"]
                .map(str::to_owned)
                .to_vec(),
        )
    }
}

/// What sets the terms of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Governing {
    pub by: GovernedBy,
    pub directives: ResponseDirectives,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GovernedBy {
    /// A targeted field: `Cache-Control` and `Expires` are ignored.
    Targeted,
    /// `Cache-Control`, and `Expires` beside it.
    CacheControl,
}

pub fn governing(response: &Fields, targets: &TargetList) -> Governing {
    let targeted = targets.0.iter().find_map(|name| {
        let value = response.combined(name)?;
        directives_of(&value)
    });
    match targeted {
        Some(directives) => Governing {
            by: GovernedBy::Targeted,
            directives,
        },
        None => Governing {
            by: GovernedBy::CacheControl,
            directives: ResponseDirectives::of(response),
        },
    }
}

/// The directives of a targeted field. `None` when it is no Dictionary (RFC 8941 §3.2) or an empty one:
/// it is ignored as a whole then (§2.1).
fn directives_of(value: &str) -> Option<ResponseDirectives> {
    let members = Parser::new(value)
        .with_version(Version::Rfc8941)
        .parse_dictionary_with_visitor(Members::default())
        .ok()?;
    (!members.is_empty()).then(|| members.into_iter().filter_map(Member::directive).collect())
}

struct Member<'a> {
    key: &'a str,
    value: Value<'a>,
}

enum Value<'a> {
    Item(BareItemFromInput<'a>),
    InnerList,
}

impl<'a> Member<'a> {
    /// The directive that the member stands for, by the types that §2.1 infers; `None` for one that its
    /// `?0` takes back.
    ///
    /// DEPARTS FROM RFC 9213 §2.1: a value of another type should not be consumed, and it is not, but the
    /// directive is still known to be there. So a `no-store` with a number behind it forbids storing, a
    /// `max-age` that is text leaves the response stale, and nothing is permitted by either. To pass over
    /// a `private` because of its argument would put one user's answer before all.
    fn directive(self) -> Option<Directive<'a>> {
        use BareItemFromInput as Item;
        let counts_seconds = matches!(
            self.key,
            "max-age" | "s-maxage" | "stale-while-revalidate" | "stale-if-error"
        );
        let names_fields = matches!(self.key, "no-cache" | "private");
        let argument = match self.value {
            Value::Item(Item::Boolean(false)) => return None,
            Value::Item(Item::Boolean(true)) => Argument::Absent,
            Value::Item(Item::Integer(number)) if counts_seconds => {
                Argument::Text(Cow::Owned(number.to_string()))
            }
            Value::Item(Item::String(text)) if names_fields => {
                Argument::Text(Cow::Owned(text.as_str().to_owned()))
            }
            Value::Item(
                Item::Integer(_)
                | Item::String(_)
                | Item::Decimal(_)
                | Item::ByteSequence(_)
                | Item::Token(_)
                | Item::Date(_)
                | Item::DisplayString(_),
            )
            | Value::InnerList => Argument::Malformed,
        };
        Some(Directive {
            name: self.key,
            argument,
        })
    }
}

/// Collects the members; of several with one key the last stays (RFC 8941 §4.2.2).
#[derive(Default)]
struct Members<'a>(Vec<Member<'a>>);

impl<'a> Members<'a> {
    fn put(&mut self, key: &'a str, value: Value<'a>) {
        self.0.retain(|member| member.key != key);
        self.0.push(Member { key, value });
    }
}

impl<'a> DictionaryVisitor<'a> for Members<'a> {
    type Out = Vec<Member<'a>>;
    type Error = Infallible;

    fn entry(&mut self, key: &'a KeyRef) -> Result<impl EntryVisitor<'a>, Infallible> {
        Ok(Entry {
            members: self,
            key: key.as_str(),
        })
    }

    fn finish(self) -> Result<Self::Out, Infallible> {
        Ok(self.0)
    }
}

struct Entry<'m, 'a> {
    members: &'m mut Members<'a>,
    key: &'a str,
}

impl<'a> EntryVisitor<'a> for Entry<'_, 'a> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'a>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'a>, Infallible> {
        self.members.put(self.key, Value::InnerList);
        Ok(Ignored)
    }
}

impl<'a> ItemVisitor<'a> for Entry<'_, 'a> {
    type Out = ();
    type Error = Infallible;

    /// Parameters are ignored (§2.1).
    fn bare_item(
        self,
        item: BareItemFromInput<'a>,
    ) -> Result<impl sfv::visitor::ParameterVisitor<'a, Out = ()>, Infallible> {
        self.members.put(self.key, Value::Item(item));
        Ok(Ignored)
    }
}

#[cfg(test)]
mod tests;
