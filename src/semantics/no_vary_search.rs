//! `No-Vary-Search` (draft-ietf-httpbis-no-vary-search): which parts of a query do not matter to a
//! response, so that it answers other queries as well. Whatever is not understood gives the default, by
//! which every byte of the query matters: that costs hits, and serves nobody another's answer.

use super::fields::Fields;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use sfv::visitor::{DictionaryVisitor, EntryVisitor, Ignored, InnerListVisitor, ItemVisitor};
use sfv::{BareItemFromInput, KeyRef, Parser};
use std::convert::Infallible;

/// How much a query matters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Variance {
    params: Params,
    order: KeyOrder,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Params {
    /// All but these, sorted.
    AllBut(Vec<String>),
    /// None but these, sorted.
    Only(Vec<String>),
}

impl Default for Params {
    fn default() -> Self {
        Self::AllBut(Vec::new())
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum KeyOrder {
    #[default]
    Matters,
    Ignored,
}

impl Variance {
    /// Section 5, "obtain a URL search variance".
    pub fn of(response: &Fields) -> Self {
        let Some(value) = response.combined("no-vary-search") else {
            return Self::default();
        };
        let read = Parser::new(value.as_ref()).parse_dictionary_with_visitor(Stated::default());
        let understood = read.ok().and_then(Self::from_stated);
        understood.unwrap_or_default()
    }

    /// "Parse a URL search variance"; `None` for the default.
    fn from_stated(stated: Stated) -> Option<Self> {
        let order = match stated.key_order {
            None | Some(Value::Flag(false)) => KeyOrder::Matters,
            Some(Value::Flag(true)) => KeyOrder::Ignored,
            Some(Value::Keys(_) | Value::Other) => return None,
        };
        let all = matches!(stated.params, Some(Value::Flag(true)));
        let params = match (stated.params, stated.except) {
            (None | Some(Value::Flag(false)), None) => Params::default(),
            (Some(Value::Keys(keys)), None) => Params::AllBut(sorted(keys)),
            (Some(Value::Flag(true)), None) => Params::Only(Vec::new()),
            (_, Some(Value::Keys(keys))) if all => Params::Only(sorted(keys)),
            (_, Some(_)) | (Some(Value::Other), None) => return None,
        };
        Some(Self { params, order })
    }

    /// Every byte matters.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Two queries are equivalent (section 6) when they are equal in this form. `query`: without its
    /// mark, `None` without one.
    ///
    /// By the default that is the query itself. Else it is read as a form, what does not matter is left
    /// out, and the rest is written with the fewest escapes that keep it apart.
    pub fn canonical(&self, query: Option<&str>) -> Option<String> {
        if self.is_default() {
            return query.map(str::to_owned);
        }
        let mut pairs = parse_form(query.unwrap_or_default());
        pairs.retain(|(name, _)| match &self.params {
            Params::AllBut(names) => names.binary_search(name).is_err(),
            Params::Only(names) => names.binary_search(name).is_ok(),
        });
        if self.order == KeyOrder::Ignored {
            // Stable, as the draft wants: values of one name keep their order. It compares code units of
            // UTF-16, but any order of names tells the same queries apart.
            pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        let texts: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        Some(texts.join("&"))
    }
}

fn sorted(mut keys: Vec<String>) -> Vec<String> {
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The `application/x-www-form-urlencoded` parser of the URL Standard.
fn parse_form(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let read = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    });
    read.collect()
}

/// "Parse a key", and what forms do with names and values alike.
fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    let bytes: Vec<u8> = percent_decode(spaced.as_bytes()).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn encode(text: &str) -> String {
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// The members that the draft knows, before they are understood.
#[derive(Default)]
struct Stated {
    key_order: Option<Value>,
    params: Option<Value>,
    except: Option<Value>,
}

enum Value {
    Flag(bool),
    /// An inner list of strings, decoded.
    Keys(Vec<String>),
    Other,
}

impl<'a> DictionaryVisitor<'a> for Stated {
    type Out = Self;
    type Error = Infallible;

    /// Unknown members are ignored, so that the draft can grow.
    fn entry(&mut self, key: &'a KeyRef) -> Result<impl EntryVisitor<'a>, Infallible> {
        let slot = match key.as_str() {
            "key-order" => &mut self.key_order,
            "params" => &mut self.params,
            "except" => &mut self.except,
            _ => return Ok(None),
        };
        Ok(Some(Slot(slot)))
    }

    fn finish(self) -> Result<Self, Infallible> {
        Ok(self)
    }
}

struct Slot<'s>(&'s mut Option<Value>);

impl<'a> EntryVisitor<'a> for Slot<'_> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'a>, Infallible> {
        Ok(|item: BareItemFromInput<'a>| {
            *self.0 = Some(item.as_boolean().map_or(Value::Other, Value::Flag));
            Ok::<_, Infallible>(Ignored)
        })
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'a>, Infallible> {
        *self.0 = Some(Value::Keys(Vec::new()));
        Ok(Keys(self.0))
    }
}

struct Keys<'s>(&'s mut Option<Value>);

impl<'a> InnerListVisitor<'a> for Keys<'_> {
    type Error = Infallible;

    fn item(&mut self) -> Result<impl ItemVisitor<'a>, Infallible> {
        Ok(|item: BareItemFromInput<'a>| {
            match (&mut *self.0, item.as_string()) {
                (Some(Value::Keys(keys)), Some(text)) => keys.push(decode(text.as_str())),
                (slot, _) => *slot = Some(Value::Other),
            }
            Ok::<_, Infallible>(Ignored)
        })
    }

    fn finish(self) -> Result<impl sfv::visitor::ParameterVisitor<'a>, Infallible> {
        Ok(Ignored)
    }
}

#[cfg(test)]
mod tests;
