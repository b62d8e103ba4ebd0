//! Names that one part of the site gives and another refers to: tiers, queries, databases, origins.

use super::reader::Reader;

/// Everything of one kind that has a name. An entry whose text had an error is kept without a value,
/// so that referring to it is not a second error.
#[derive(Debug)]
pub struct Names<T> {
    /// The word for one of them: `tier`.
    kind: &'static str,
    entries: Vec<Entry<T>>,
}

#[derive(Debug)]
struct Entry<T> {
    name: String,
    file: String,
    line: u32,
    value: Option<T>,
    used: bool,
}

impl<T> Names<T> {
    pub fn new(kind: &'static str) -> Self {
        Self {
            kind,
            entries: Vec::new(),
        }
    }

    pub fn add(&mut self, name: &str, file: &str, line: u32, value: Option<T>) {
        self.entries.push(Entry {
            name: name.to_owned(),
            file: file.to_owned(),
            line,
            value,
            used: false,
        });
    }

    /// The index of `name`, which is used from here on; or an error with the nearest name.
    pub fn resolve(&mut self, name: &str, line: u32, reader: &mut Reader<'_>) -> Option<usize> {
        let index = self.position(name);
        if index.is_none() {
            let what = format!("unknown {} \"{name}\"", self.kind);
            reader.error(line, what, self.hint(name));
        }
        // Whoever was meant is used: to call it unused would be a second complaint.
        let known = self.entries.iter().map(|entry| entry.name.as_str());
        let meant = index.or_else(|| self.position(nearest(name, known)?));
        if let Some(meant) = meant {
            self.mark_used(meant);
        }
        index
    }

    /// `None` also for an entry whose text had an error.
    pub fn get(&self, index: usize) -> Option<&T> {
        self.entries.get(index)?.value.as_ref()
    }

    pub fn get_mut_by_name(&mut self, name: &str) -> Option<&mut T> {
        let entry = self.entries.iter_mut().find(|entry| entry.name == name)?;
        entry.value.as_mut()
    }

    /// With the name, its file and its line; entries in error left out.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, u32, &T)> {
        self.entries.iter().filter_map(|entry| {
            Some((
                entry.name.as_str(),
                entry.file.as_str(),
                entry.line,
                entry.value.as_ref()?,
            ))
        })
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is such a name, which is used from here on.
    pub fn mark_used_by_name(&mut self, name: &str) -> bool {
        let index = self.position(name);
        if let Some(index) = index {
            self.mark_used(index);
        }
        index.is_some()
    }

    /// What to write instead of an unknown `name`.
    pub fn hint(&self, name: &str) -> String {
        hint(name, self.entries.iter().map(|entry| entry.name.as_str()))
            .unwrap_or_else(|| format!("there is no {} yet: add one, or remove this", self.kind))
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.name == name)
    }

    fn mark_used(&mut self, index: usize) {
        if let Some(entry) = self.entries.get_mut(index) {
            entry.used = true;
        }
    }

    pub fn warn_unused(&self, mend: &str, reader: &mut Reader<'_>) {
        for entry in self.entries.iter().filter(|entry| !entry.used) {
            let what = format!("{} \"{}\" is not used", self.kind, entry.name);
            reader.warning_in(&entry.file, entry.line, what, mend);
        }
    }

    pub fn into_values(self) -> Vec<T> {
        self.entries
            .into_iter()
            .filter_map(|entry| entry.value)
            .collect()
    }
}

/// The nearest of `known`, or all of them when none is near; `None` when there are none.
pub fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(nearest) = nearest(name, known.clone()) {
        return Some(format!("did you mean \"{nearest}\"?"));
    }
    let mut all: Vec<&str> = known.collect();
    all.sort_unstable();
    match all.as_slice() {
        [] => None,
        [only] => Some(format!("there is only \"{only}\"")),
        many => Some(format!("use one of: {}", list(many))),
    }
}

/// Quoted, with commas; a long list is cut.
fn list(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let quoted: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("\"{name}\""))
        .collect();
    match names.len().saturating_sub(SHOWN) {
        0 => quoted.join(", "),
        more => format!("{}, and {more} more", quoted.join(", ")),
    }
}

/// A name that somebody who typed `name` may have meant.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A third of the letters may be wrong, one at least: `pich` means `pitch`, `x` means nothing.
    let allowed = (name.chars().count() / 3).max(1);
    known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= allowed && *distance < candidate.chars().count()
        })
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, known: &[&str], expected: Option<&str>) {
        assert_eq!(hint(name, known.iter().copied()).as_deref(), expected);
    }

    #[test]
    fn hints() {
        check(
            "pich",
            &["pitch", "search"],
            Some("did you mean \"pitch\"?"),
        );
        check(
            "serach",
            &["pitch", "search"],
            Some("did you mean \"search\"?"),
        );
        check(
            "tags",
            &["tier", "auth"],
            Some("use one of: \"auth\", \"tier\""),
        );
        check("zzz", &["pitch"], Some("there is only \"pitch\""));
        check("x", &["a"], Some("there is only \"a\""));
        check("zzz", &[], None);
    }
}
