//! A JSON object read field by field. Everything that is wrong with it is told at once, each with what
//! to write instead.

use crate::failure::{Failure, Kind, ParameterFault};
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// So many faults are told; thousands of them would only hide what they have in common.
const FAULTS_MAX: usize = 20;

#[derive(Debug)]
pub struct Form {
    object: Map<String, Value>,
    known: Vec<&'static str>,
    faults: Vec<ParameterFault>,
}

/// How many texts a list may have, and how long each may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub count_max: usize,
    pub bytes_max: usize,
}

impl Form {
    /// # Errors
    /// `BadBody` when the body is no JSON object.
    pub fn read(body: Option<&[u8]>, example: &str) -> Result<Self, Failure> {
        let wrong = |what: String| {
            Failure::new(
                Kind::BadBody,
                format!("{what}: send a JSON object, such as {example}"),
            )
        };
        let body = body.filter(|body| !body.is_empty());
        let body = body.ok_or_else(|| wrong("The body is empty".into()))?;
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => Ok(Self {
                object,
                known: Vec::new(),
                faults: Vec::new(),
            }),
            Ok(other) => Err(wrong(format!("The body is {}", kind_of(&other)))),
            Err(error) => Err(wrong(format!("The body is no JSON ({error})"))),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// Whether nothing was found wrong so far.
    pub fn is_faultless(&self) -> bool {
        self.faults.is_empty()
    }

    /// Notes what is wrong with a field, and its mend.
    pub fn fault(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        let (name, reason) = (name.into(), reason.into());
        self.faults.push(ParameterFault { name, reason });
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.object.get_mut(name).map(Value::take)
    }

    /// A list of texts, none of them empty; an absent one is an empty list.
    pub fn texts(&mut self, name: &'static str, bounds: Bounds) -> Vec<String> {
        let Some(value) = self.take(name) else {
            return Vec::new();
        };
        let Value::Array(items) = value else {
            let found = kind_of(&value);
            self.fault(
                name,
                format!("is {found}: write a list of strings, [\"…\"]"),
            );
            return Vec::new();
        };
        if items.len() > bounds.count_max {
            let (count, max) = (items.len(), bounds.count_max);
            self.fault(
                name,
                format!("has {count} entries: send {max} at most in one request"),
            );
            return Vec::new();
        }
        let mut texts = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            match checked(item, bounds.bytes_max) {
                Ok(text) => texts.push(text),
                Err(reason) => self.fault(format!("{name}[{at}]"), reason),
            }
        }
        texts
    }

    pub fn text(&mut self, name: &'static str, bytes_max: usize) -> Option<String> {
        match checked(self.take(name)?, bytes_max) {
            Ok(text) => Some(text),
            Err(reason) => {
                self.fault(name, reason);
                None
            }
        }
    }

    /// A field that can only be true: leaving it out says the contrary.
    pub fn switch(&mut self, name: &'static str) -> Option<()> {
        let value = self.take(name)?;
        if value.as_bool().is_none() {
            let found = kind_of(&value);
            self.fault(name, format!("is {found}: write true, or leave it out"));
        }
        value.as_bool().filter(|on| *on).map(|_| ())
    }

    pub fn number(&mut self, name: &'static str, allowed: RangeInclusive<u32>) -> Option<u32> {
        let value = self.take(name)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| allowed.contains(number));
        if number.is_none() {
            let (from, to) = (allowed.start(), allowed.end());
            self.fault(name, format!("must be a whole number from {from} to {to}"));
        }
        number
    }

    /// Call it last: every field that was not asked for is a fault.
    ///
    /// # Errors
    /// `BadBody` with each fault.
    pub fn finish(mut self) -> Result<(), Failure> {
        let known = self.known.join(", ");
        let foreign = self.object.keys();
        let foreign = foreign.filter(|name| !self.known.contains(&name.as_str()));
        let foreign: Vec<String> = foreign
            .take(FAULTS_MAX)
            .map(|name| shortened(name))
            .collect();
        for name in foreign {
            self.fault(name, format!("is no field of this request: use {known}"));
        }
        if self.faults.is_empty() {
            return Ok(());
        }
        let more = self.faults.len().saturating_sub(FAULTS_MAX);
        let detail = match more {
            0 => String::new(),
            more => format!("and {more} faults more"),
        };
        self.faults.truncate(FAULTS_MAX);
        let mut failure = Failure::new(Kind::BadBody, detail);
        failure.faults = self.faults;
        Err(failure)
    }
}

fn checked(value: Value, bytes_max: usize) -> Result<String, String> {
    let Value::String(text) = value else {
        return Err(format!("is {}: write a string in quotes", kind_of(&value)));
    };
    match text.len() {
        0 => Err("is empty: leave it out".into()),
        bytes if bytes > bytes_max => Err(format!("is {bytes} bytes long: {bytes_max} at most")),
        _ => Ok(text),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A foreign name may be of any length.
fn shortened(name: &str) -> String {
    name.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        count_max: 3,
        bytes_max: 5,
    };

    fn form(body: &str) -> Form {
        Form::read(Some(body.as_bytes()), "{}").unwrap()
    }

    fn faults(form: Form) -> Vec<(String, String)> {
        let failure = form.finish().unwrap_err();
        assert_eq!(failure.kind, Kind::BadBody);
        let faults = failure.faults.into_iter();
        faults.map(|fault| (fault.name, fault.reason)).collect()
    }

    #[test]
    fn a_body_that_is_no_object_is_told_what_it_is() {
        for (body, expected) in [
            (None, "The body is empty"),
            (Some(""), "The body is empty"),
            (Some("[1]"), "The body is a list"),
            (Some("null"), "The body is null"),
            (Some("{\"a\":"), "The body is no JSON (EOF"),
            (Some("\u{0}"), "The body is no JSON"),
        ] {
            let failure = Form::read(body.map(str::as_bytes), "{\"a\":1}").unwrap_err();
            assert_eq!(failure.kind, Kind::BadBody);
            assert!(failure.public.starts_with(expected), "{}", failure.public);
            assert!(
                failure.public.ends_with("such as {\"a\":1}"),
                "{}",
                failure.public
            );
        }
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let mut form = form(r#"{"a":["x",1,"","123456"],"b":"x","c":[1,2,3,4],"e":0,"z":1}"#);
        let wide = Bounds {
            count_max: 4,
            ..BOUNDS
        };
        assert_eq!(form.texts("a", wide), ["x"]);
        assert!(form.texts("b", BOUNDS).is_empty());
        assert!(form.texts("c", BOUNDS).is_empty());
        assert!(form.texts("d", BOUNDS).is_empty());
        assert_eq!(form.number("e", 1..=9), None);
        let own = |name: &str, reason: &str| (name.to_owned(), reason.to_owned());
        assert_eq!(
            faults(form),
            [
                own("a[1]", "is a number: write a string in quotes"),
                own("a[2]", "is empty: leave it out"),
                own("a[3]", "is 6 bytes long: 5 at most"),
                own("b", "is a string: write a list of strings, [\"…\"]"),
                own("c", "has 4 entries: send 3 at most in one request"),
                own("e", "must be a whole number from 1 to 9"),
                own("z", "is no field of this request: use a, b, c, d, e"),
            ]
        );
    }

    #[test]
    fn what_is_right_is_read() {
        let mut form = form(r#"{"t":"word","n":3,"s":true,"o":false}"#);
        assert_eq!(form.text("t", 5).as_deref(), Some("word"));
        assert_eq!(form.number("n", 1..=9), Some(3));
        assert_eq!((form.switch("s"), form.switch("o")), (Some(()), None));
        assert_eq!(form.finish(), Ok(()));
    }

    #[test]
    fn thousands_of_faults_are_cut_short() {
        let body = format!("{{\"a\":[{}]}}", ["1"; 300].join(","));
        let mut form = form(&body);
        form.texts(
            "a",
            Bounds {
                count_max: 300,
                ..BOUNDS
            },
        );
        let failure = form.finish().unwrap_err();
        assert_eq!(failure.faults.len(), FAULTS_MAX);
        assert_eq!(failure.public, "and 280 faults more");
    }
}
