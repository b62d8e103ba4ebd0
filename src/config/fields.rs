//! A TOML table read field by field. What is asked for is known; whatever else stands in the table is
//! an unknown field, reported with the nearest known name.

mod measures;

use super::names::hint;
use super::reader::{At, Reader};
use std::ops::Range;
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

    /// The fields of a value that must be a table; `header` is how one would begin it.
    pub fn of_value(
        value: &'a Spanned<DeValue<'a>>,
        of: impl Into<String>,
        header: &str,
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
                    format!("write {header} and its fields on the lines below"),
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

    /// Whether a field that may be of several kinds is a table.
    pub fn is_table(&self, name: &str) -> bool {
        let value = self.table.get(name);
        value.is_some_and(|value| value.get_ref().as_table().is_some())
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
        Fields::of_value(value, of, &format!("[{name}]"), line, reader)
    }

    /// The named tables below `[name]`, with their keys.
    pub fn tables(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Vec<Named<'a>> {
        let Some(value) = self.take(name) else {
            return Vec::new();
        };
        let line = self.line_of(name, reader);
        let header = format!("[{name}.NAME]");
        let Some(outer) = Fields::of_value(value, format!("[{name}]"), &header, line, reader)
        else {
            return Vec::new();
        };
        let entries = outer.table.iter().map(|(key, value)| {
            let key_line = reader.line(&key.span());
            let of = format!("{name} \"{}\"", key.get_ref());
            Named {
                name: key.get_ref(),
                line: key_line,
                fields: Fields::of_value(value, of, &header, key_line, reader),
            }
        });
        entries.collect()
    }

    /// The elements of `[[name]]`.
    pub fn list(&mut self, name: &'static str, reader: &mut Reader<'_>) -> Vec<Fields<'a>> {
        let header = format!("[[{name}]]");
        self.elements(name, &format!("a {header}"), &header, reader)
    }

    /// The tables of a list; `of` names one of them, `header` is how one would begin it.
    pub fn elements(
        &mut self,
        name: &'static str,
        of: &str,
        header: &str,
        reader: &mut Reader<'_>,
    ) -> Vec<Fields<'a>> {
        let Some(value) = self.take(name) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            let _: Option<()> = self.mistyped(name, value, &format!("a list: {header}"), reader);
            return Vec::new();
        };
        let elements = array.iter().filter_map(|element| {
            let line = reader.line(&element.span());
            Fields::of_value(element, of, header, line, reader)
        });
        elements.collect()
    }

    /// A table of texts, in the order in which they were written.
    pub fn pairs(
        &mut self,
        name: &'static str,
        reader: &mut Reader<'_>,
    ) -> Option<Vec<(&'a str, At<&'a str>)>> {
        const WANTED: &str = "a table of strings, { \"…\" = \"…\" }";
        let value = self.take(name)?;
        let Some(table) = value.get_ref().as_table() else {
            return self.mistyped(name, value, WANTED, reader);
        };
        // The table itself is sorted by name.
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut pairs = Vec::new();
        for (key, value) in entries {
            match value.get_ref().as_str() {
                Some(text) => {
                    let line = reader.line(&key.span());
                    pairs.push((&**key.get_ref(), At { value: text, line }));
                }
                None => self.mistyped(name, value, WANTED, reader)?,
            }
        }
        Some(pairs)
    }

    /// Makes a field known that is not read, because it is reported already.
    pub fn know(&mut self, name: &'static str) {
        self.known.push(name);
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
