//! What a database server itself knows of how it is used, and what follows from it.

use serde::{Deserialize, Serialize};

/// The questions, each of which answers with one text, of JSON where there are rows.
pub const SCHEMA: &str = include_str!("examination/schema.sql");
pub const INDEXES: &str = include_str!("examination/indexes.sql");
pub const SCANS: &str = include_str!("examination/scans.sql");
pub const SINCE: &str = include_str!("examination/since.sql");

/// The question for the statements, asked of the extension where it is. `schema`: as SQL has it.
pub fn statements(schema: &str) -> String {
    include_str!("examination/statements.sql").replace("{schema}", schema)
}

/// The answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Examination {
    /// Most time in all first; `None`: the server does not count statements.
    pub statements: Option<Vec<StatementSeen>>,
    /// Largest first.
    pub unused_indexes: Vec<UnusedIndex>,
    /// Most rows read first.
    pub sequential_scans: Vec<SequentialScan>,
    /// What one must know to read the rest.
    pub notes: Vec<String>,
}

/// A statement as the server counts it: with whoever sends it, also past Forebay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StatementSeen {
    /// The first 500 characters.
    pub query: String,
    pub calls: u64,
    pub mean_ms: f64,
    pub rows: u64,
    pub total_ms: f64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UnusedIndex {
    /// As SQL has it.
    pub table: String,
    pub index: String,
    pub bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SequentialScan {
    /// As SQL has it.
    pub table: String,
    pub scans: u64,
    /// By all scans together.
    pub rows_read: u64,
    pub rows_live: u64,
}

impl Examination {
    /// `since`: when the server began to count, empty where it does not say.
    pub fn note_since(&mut self, since: &str) {
        if !since.is_empty() {
            self.notes.push(format!(
                "the server counts indexes and tables since {since}"
            ));
        }
        if !self.unused_indexes.is_empty() {
            let note = "an index that only a replica, or a yearly job, searches is unused by this server's count";
            self.notes.push(note.to_owned());
        }
    }
}

impl SequentialScan {
    /// In one sentence.
    pub fn suggestion(&self) -> String {
        let Self {
            table,
            scans,
            rows_read,
            rows_live,
        } = self;
        let each = rows_read / (*scans).max(1);
        if each.saturating_mul(2) < *rows_live {
            // A `limit` ends them early.
            return format!(
                "{table} ({rows_live} rows) was scanned {scans} times, {each} rows each: see whether an index gives the order that a limit ends"
            );
        }
        format!(
            "{table} ({rows_live} rows) was read whole {scans} times: an index on the columns that its queries compare would spare that"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_is_asked_where_it_was_created() {
        let text = statements("\"my ext\"");
        assert!(text.contains("from \"my ext\".pg_stat_statements"));
        assert!(!text.contains("{schema}"));
    }

    #[test]
    fn no_question_takes_parameters_or_ends_in_a_semicolon() {
        for text in [SCHEMA, INDEXES, SCANS, SINCE, &statements("public")] {
            assert!(!text.contains("$1") && !text.contains(';'), "{text}");
        }
    }

    #[test]
    fn a_scan_that_is_ended_early_is_told_from_one_that_reads_the_whole() {
        let scan = |rows_read| SequentialScan {
            table: "public.a".into(),
            scans: 10,
            rows_read,
            rows_live: 20_000,
        };
        assert!(
            scan(200_000)
                .suggestion()
                .contains("was read whole 10 times")
        );
        assert!(scan(1000).suggestion().contains("100 rows each"));
    }
}
