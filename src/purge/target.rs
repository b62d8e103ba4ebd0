//! What a purge is aimed at, and how hard.

use serde::{Deserialize, Serialize};

/// Which stored responses a purge means.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Target {
    /// Those that carry this surrogate key.
    Tag(String),
    /// The one with this cache key (its text).
    Key(String),
    /// Those with a tag that begins so. The canonical path of an answer is one of its tags, so that
    /// `/api/pitches/` means every answer below it.
    Prefix(String),
    All,
}

/// A longer tag is purged by its beginning: what the log keeps of a target has a bound, whatever a row
/// holds that names it.
const TAG_BYTES_MAX: usize = 512;

impl Target {
    /// What carries this tag; of a very long one, also what carries others that begin like it.
    pub fn tagged(mut tag: String) -> Self {
        if tag.len() <= TAG_BYTES_MAX {
            return Self::Tag(tag);
        }
        let end = (0..=TAG_BYTES_MAX)
            .rev()
            .find(|end| tag.is_char_boundary(*end));
        tag.truncate(end.unwrap_or(0));
        Self::Prefix(tag)
    }

    pub fn kind(&self) -> TargetKind {
        match self {
            Self::Tag(_) => TargetKind::Tag,
            Self::Key(_) => TargetKind::Key,
            Self::Prefix(_) => TargetKind::Prefix,
            Self::All => TargetKind::All,
        }
    }

    /// What follows the kind; empty for `All`.
    pub fn text(&self) -> &str {
        match self {
            Self::Tag(text) | Self::Key(text) | Self::Prefix(text) => text,
            Self::All => "",
        }
    }
}

/// The kind alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TargetKind {
    Tag,
    Key,
    Prefix,
    All,
}

impl TargetKind {
    pub const EVERY: [Self; 4] = [Self::Tag, Self::Key, Self::Prefix, Self::All];

    /// Stable: what the log writes to its storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Key => "key",
            Self::Prefix => "prefix",
            Self::All => "all",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|kind| kind.as_str() == word)
    }

    pub fn target(self, text: String) -> Target {
        match self {
            Self::Tag => Target::Tag(text),
            Self::Key => Target::Key(text),
            Self::Prefix => Target::Prefix(text),
            Self::All => Target::All,
        }
    }
}

/// What becomes of what a purge meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "PurgeMode"))]
pub enum Mode {
    /// Stale from now on: may be served while it is refreshed, and if the source fails, within the
    /// windows of its tier.
    Soft,
    /// Gone.
    Hard,
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Soft => "soft",
            Self::Hard => "hard",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "soft" => Some(Self::Soft),
            "hard" => Some(Self::Hard),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_too_long_to_be_kept_is_purged_by_its_beginning() {
        let kept = "a".repeat(TAG_BYTES_MAX);
        assert_eq!(Target::tagged(kept.clone()), Target::Tag(kept.clone()));
        assert_eq!(Target::tagged(format!("{kept}b")), Target::Prefix(kept));
        // The bound is within a character of two bytes.
        let odd = format!("a{}", "é".repeat(TAG_BYTES_MAX));
        let Target::Prefix(prefix) = Target::tagged(odd.clone()) else {
            panic!("not a prefix");
        };
        assert_eq!(prefix.len(), TAG_BYTES_MAX - 1);
        assert!(odd.starts_with(&prefix));
    }
}
