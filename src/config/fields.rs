//! A TOML table read field by field. What is asked for is known; whatever else stands in the table is
//! an unknown field, reported with the nearest known name.

use super::names::hint;
use super::reader::{At, Reader};
use super::units::{DURATION_FORMS, SIZE_FORMS, parse_duration, parse_size, show_size};
use std::ops::{Range, RangeInclusive};
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

#[derive(Debug)]
pub struct Fields<'a> {
    table: &'a DeTable<'a>,
    /// Names the table in messages: `tier "pitch"`.
    of: String,
    line: u32,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub fn new(table: &'a DeTable<'a>, of: impl Into<String>, line: u32) -> Self {
        Self {
            table,
            of: of.into(),
            line,
            known: Vec::new(),
        }
    }

    /// The fields of a value that must be a table.
    pub fn of_value(
        value: &'a Spanned<DeValue<'a>>,
        of: impl Into<String>,
        line: u32,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let of = of.into();
        match value.get_ref().as_table() {
            Some(table) => Some(Self::new(table, of, line)),
            None => {
                let found = with_article(value.get_ref().type_str());
                reader.error(
                    line,
                    format!("{of} must be a table, not {found}"),
                    "write it as `name = { field = value, … }`",
                );
                None
            }
        }
    }

    pub fn of(&self) -> &str {
        &self.of
    }

    /// Where the table begins.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The line of a field, or of the table when it is absent.
    pub fn line_of(&self, name: &str, reader: &Reader<'_>) -> u32 {
        let key = self.table.get_key_value(name);
        key.map_or(self.line, |(key, _)| reader.line(&key.span()))
    }

    pub fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// Call it last: every field that was not asked for is an error.
    pub fn finish(self, reader: &mut Reader<'_>) {
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if self.known.contains(&name) {
                continue;
            }
            let mend =
                hint(name, self.known.iter().copied()).unwrap_or_else(|| "remove it".to_owned());
            let line = reader.line(&key.span());
            reader.error(
                line,
                format!("unknown field \"{name}\" in {}", self.of),
                mend,
            );
        }
    }

    pub fn text(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Option<At<&'a str>> {
        let value = self.take(name)?;
        match value.get_ref().as_str() {
            Some(text) => Some(At {
                value: text,
                line: reader.line(&value.span()),
            }),
            None => self.mistyped(name, value, "a string in quotes", reader),
        }
    }

    /// As [`Self::text`]; an error when it is absent or empty.
    pub fn required_text(
        &mut self,
        name: &'static str,
        example: &str,
        reader: &mut Reader<'_>,
    ) -> Option<At<&'a str>> {
        let mend = format!("add {name} = {example}");
        if !self.has(name) {
            self.known.push(name);
            reader.error(self.line, format!("{} has no {name}", self.of), mend);
            return None;
        }
        let text = self.text(name, reader)?;
        if text.value.trim().is_empty() {
            reader.error(text.line, format!("{name} of {} is empty", self.of), mend);
            return None;
        }
        Some(text)
    }

    pub fn flag(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Option<At<bool>> {
        let value = self.take(name)?;
        match value.get_ref().as_bool() {
            Some(flag) => Some(At {
                value: flag,
                line: reader.line(&value.span()),
            }),
            None => self.mistyped(name, value, "true or false", reader),
        }
    }

    pub fn number(
        &mut self,
        name: &'static str,
        default: u16,
        allowed: RangeInclusive<u16>,
        reader: &mut Reader<'_>,
    ) -> u16 {
        let Some(value) = self.take(name) else {
            return default;
        };
        let (from, to) = (allowed.start(), allowed.end());
        let Some(integer) = value.get_ref().as_integer() else {
            let _: Option<()> = self.mistyped(name, value, "a whole number", reader);
            return default;
        };
        let parsed = u16::from_str_radix(integer.as_str(), integer.radix()).ok();
        parsed
            .filter(|number| allowed.contains(number))
            .unwrap_or_else(|| {
                reader.error(
                    reader.line(&value.span()),
                    format!("{name} = {integer} of {} is out of range", self.of),
                    format!("write a number from {from} to {to}"),
                );
                default
            })
    }

    pub fn texts(
        &mut self,
        name: &'static str,
        reader: &mut Reader<'_>,
    ) -> Option<Vec<At<&'a str>>> {
        let value = self.take(name)?;
        let Some(array) = value.get_ref().as_array() else {
            return self.mistyped(name, value, "a list of strings, [\"…\", \"…\"]", reader);
        };
        let mut texts = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_str() {
                Some(text) => texts.push(At {
                    value: text,
                    line: reader.line(&item.span()),
                }),
                None => self.mistyped(name, item, "a list of strings, [\"…\", \"…\"]", reader)?,
            }
        }
        Some(texts)
    }

    pub fn table(
        &mut self,
        name: &'static str,
        of: impl Into<String>,
        reader: &mut Reader<'_>,
    ) -> Option<Fields<'a>> {
        let line = self.line_of(name, reader);
        let value = self.take(name)?;
        Fields::of_value(value, of, line, reader)
    }

    /// The named tables below `[name]`, with their keys.
    pub fn tables(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Vec<Named<'a>> {
        let Some(value) = self.take(name) else {
            return Vec::new();
        };
        let line = self.line_of(name, reader);
        let Some(outer) = Fields::of_value(value, format!("[{name}]"), line, reader) else {
            return Vec::new();
        };
        let entries = outer.table.iter().map(|(key, value)| {
            let key_line = reader.line(&key.span());
            let of = format!("{name} \"{}\"", key.get_ref());
            Named {
                name: key.get_ref(),
                line: key_line,
                fields: Fields::of_value(value, of, key_line, reader),
            }
        });
        entries.collect()
    }

    /// The elements of `[[name]]`.
    pub fn list(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Vec<Fields<'a>> {
        let Some(value) = self.take(name) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            let _: Option<()> = self.mistyped(name, value, &format!("a list: [[{name}]]"), reader);
            return Vec::new();
        };
        let elements = array.iter().filter_map(|element| {
            let line = reader.line(&element.span());
            Fields::of_value(element, format!("a [[{name}]]"), line, reader)
        });
        elements.collect()
    }

    pub fn duration(
        &mut self,
        name: &'static str,
        reader: &mut Reader<'_>,
    ) -> Option<At<Duration>> {
        let value = self.take(name)?;
        let line = reader.line(&value.span());
        let Some(text) = value.get_ref().as_str() else {
            let found = with_article(value.get_ref().type_str());
            let mend = match value.get_ref().as_integer() {
                Some(number) => format!("did you mean {name} = \"{number}s\"?"),
                None => DURATION_FORMS.to_owned(),
            };
            let what = format!(
                "{name} of {} must be a duration in quotes, not {found}",
                self.of
            );
            reader.error(line, what, mend);
            return None;
        };
        let parsed = parse_duration(text);
        if parsed.is_none() {
            let what = format!("bad duration \"{text}\" for {name} of {}", self.of);
            reader.error(line, what, format!("{DURATION_FORMS}, a year at most"));
        }
        parsed.map(|value| At { value, line })
    }

    /// A time limit: a duration that may not be zero.
    pub fn timeout(
        &mut self,
        name: &'static str,
        default: Duration,
        reader: &mut Reader<'_>,
    ) -> Duration {
        match self.duration(name, reader) {
            Some(found) if found.value.is_zero() => {
                let what = format!("{name} of {} is zero: everything would time out", self.of);
                reader.error(found.line, what, format!("remove it, or {DURATION_FORMS}"));
                default
            }
            Some(found) => found.value,
            None => default,
        }
    }

    pub fn size(
        &mut self,
        name: &'static str,
        default: u64,
        allowed: RangeInclusive<u64>,
        reader: &mut Reader<'_>,
    ) -> u64 {
        let Some(text) = self.text(name, reader) else {
            return default;
        };
        let (from, to) = (show_size(*allowed.start()), show_size(*allowed.end()));
        match parse_size(text.value) {
            Some(bytes) if allowed.contains(&bytes) => bytes,
            Some(_) => {
                let what = format!("{name} = \"{}\" of {} is out of range", text.value, self.of);
                reader.error(text.line, what, format!("write a size from {from} to {to}"));
                default
            }
            None => {
                let what = format!("bad size \"{}\" for {name} of {}", text.value, self.of);
                reader.error(text.line, what, SIZE_FORMS);
                default
            }
        }
    }

    fn take(&mut self, name: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.push(name);
        self.table.get(name)
    }

    fn mistyped<T>(
        &self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
        wanted: &str,
        reader: &mut Reader<'_>,
    ) -> Option<T> {
        let span: Range<usize> = value.span();
        let found = with_article(value.get_ref().type_str());
        let what = format!("{name} of {} is {found}", self.of);
        reader.error(reader.line(&span), what, format!("write {wanted}"));
        None
    }
}

/// One entry of a table of named tables, such as `[tier] pitch = { … }`.
#[derive(Debug)]
pub struct Named<'a> {
    pub name: &'a str,
    pub line: u32,
    /// `None` when it is not a table, which is reported.
    pub fields: Option<Fields<'a>>,
}

fn with_article(noun: &str) -> String {
    let article = match noun.chars().next() {
        Some('a' | 'e' | 'i' | 'o' | 'u') => "an",
        _ => "a",
    };
    format!("{article} {noun}")
}
