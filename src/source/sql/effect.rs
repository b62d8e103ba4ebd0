//! What a statement does to the database, as far as its words tell. A function that the schema
//! defines is taken at its word: one that writes must be called from an `exec` query.

use super::Effect;
use super::lex::{Token, TokenKind};
use super::statement::Statement;

/// Functions whose outcome differs from call to call, or that do something.
const VOLATILE: &[&str] = &[
    "random",
    "random_normal",
    "setseed",
    "gen_random_uuid",
    "gen_random_bytes",
    "gen_salt",
    "uuidv4",
    "uuidv7",
    "clock_timestamp",
    "timeofday",
    "nextval",
    "setval",
    "currval",
    "lastval",
    "txid_current",
    "pg_current_xact_id",
    "pg_notify",
    "set_config",
];

/// Families of such functions, by how their names begin.
const VOLATILE_PREFIXES: &[&str] = &[
    "pg_sleep",
    "pg_advisory_",
    "pg_try_advisory_",
    "uuid_generate_",
    "dblink",
    "lo_",
];

const LIMITING: [&str; 3] = ["limit", "offset", "fetch"];

const MODIFYING: [&str; 4] = ["insert", "update", "delete", "merge"];

/// Statements that leave something behind in the connection, which others use after.
const SESSION: &[&str] = &[
    "abort",
    "begin",
    "close",
    "commit",
    "copy",
    "deallocate",
    "declare",
    "discard",
    "end",
    "execute",
    "fetch",
    "listen",
    "load",
    "lock",
    "move",
    "prepare",
    "release",
    "reset",
    "rollback",
    "savepoint",
    "set",
    "start",
    "unlisten",
];

pub fn of(statement: &Statement<'_>) -> Effect {
    let shape = Shape::of(statement);
    match shape.kind {
        Kind::Modify => Effect::Writes,
        Kind::With if shape.main_modifies => Effect::Writes,
        Kind::Session | Kind::Other => Effect::Acts,
        Kind::Select | Kind::With if shape.modifies || shape.locks => Effect::Acts,
        Kind::Select | Kind::With if calls_volatile(statement) => Effect::Volatile,
        Kind::Select | Kind::With => Effect::Reads,
    }
}

/// What a statement begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `select`, `values`, `table`, or one of them in parentheses.
    Select,
    With,
    /// `insert`, `update`, `delete`, `merge`
    Modify,
    /// What changes the connection or its transaction: `begin`, `set`, `prepare`…
    Session,
    /// Everything else: `call`, `refresh`, `truncate`…
    Other,
}

pub struct Shape {
    pub kind: Kind,
    /// Whether it, or one of its common table expressions, modifies rows or makes a table.
    pub modifies: bool,
    /// Whether the statement itself modifies rows, whatever its common table expressions do: then
    /// the rows that it affects are counted.
    pub main_modifies: bool,
    /// Whether it locks the rows that it reads.
    pub locks: bool,
    /// Whether it has a top-level `returning`.
    pub returning: bool,
    /// A top-level word that bounds the number of rows.
    pub limiting: Option<&'static str>,
}

impl Shape {
    pub fn of(statement: &Statement<'_>) -> Self {
        let words = words(statement);
        let kind = kind(&words);
        let places = || words.iter().enumerate();
        let modifies = places().any(|(at, _)| starts_modifying(&words, at, kind))
            || words
                .iter()
                .any(|word| word.depth == 0 && word.text == "into");
        Self {
            kind,
            modifies,
            main_modifies: places()
                .any(|(at, word)| word.depth == 0 && starts_modifying(&words, at, kind)),
            locks: places().any(|(at, word)| word.text == "for" && is_lock(&words, at + 1)),
            returning: words
                .iter()
                .any(|word| word.depth == 0 && word.text == "returning"),
            limiting: LIMITING.into_iter().find(|limiting| {
                words
                    .iter()
                    .any(|word| word.depth == 0 && word.text == *limiting)
            }),
        }
    }
}

struct Word {
    /// In lower case.
    text: String,
    /// How many parentheses are open around it.
    depth: usize,
    /// Whether `(` precedes it directly.
    after_open: bool,
    /// Whether `)` precedes it directly.
    after_close: bool,
}

/// The key words and plain names of a statement. A name after a point is none of them.
fn words(statement: &Statement<'_>) -> Vec<Word> {
    let mut words = Vec::new();
    let mut depth = 0_usize;
    let mut before: Option<&Token> = None;
    for token in statement.significant() {
        let follows = |symbol| before.is_some_and(|before| statement.is(before, symbol));
        if statement.is(token, "(") {
            depth += 1;
        } else if statement.is(token, ")") {
            depth = depth.saturating_sub(1);
        } else if token.kind == TokenKind::Word && !follows(".") {
            words.push(Word {
                text: statement.text(token).to_ascii_lowercase(),
                depth,
                after_open: follows("("),
                after_close: follows(")"),
            });
        }
        before = Some(token);
    }
    words
}

fn kind(words: &[Word]) -> Kind {
    match words.first().map(|word| word.text.as_str()) {
        Some("select" | "values" | "table") => Kind::Select,
        Some("with") => Kind::With,
        Some(word) if MODIFYING.contains(&word) => Kind::Modify,
        Some(word) if SESSION.contains(&word) => Kind::Session,
        Some(_) | None => Kind::Other,
    }
}

/// Whether a modifying statement starts at `at`: `insert into`, `delete from`, `merge into` wherever
/// they stand; `update`, which is also a kind of lock, where a statement can start.
fn starts_modifying(words: &[Word], at: usize, kind: Kind) -> bool {
    let followed_by = |text: &str| words.get(at + 1).is_some_and(|next| next.text == text);
    let Some(word) = words.get(at) else {
        return false;
    };
    match word.text.as_str() {
        "insert" | "merge" => followed_by("into"),
        "delete" => followed_by("from"),
        "update" => {
            let after_with = kind == Kind::With && word.depth == 0 && word.after_close;
            at == 0 || word.after_open || after_with
        }
        _ => false,
    }
}

/// Whether `update`, `share`, `no key update` or `key share` stands at `at`, after `for`.
fn is_lock(words: &[Word], at: usize) -> bool {
    let is = |at: usize, text: &str| words.get(at).is_some_and(|word| word.text == text);
    is(at, "update")
        || is(at, "share")
        || (is(at, "no") && is(at + 1, "key"))
        || (is(at, "key") && is(at + 1, "share"))
}

fn calls_volatile(statement: &Statement<'_>) -> bool {
    let tokens: Vec<_> = statement.significant().collect();
    tokens.iter().enumerate().any(|(at, token)| {
        let is_called = tokens
            .get(at + 1)
            .is_some_and(|next| statement.is(next, "("));
        let name = statement.text(token).to_ascii_lowercase();
        match token.kind {
            TokenKind::Word if name == "tablesample" => true,
            TokenKind::Word => is_called && is_volatile(&name),
            TokenKind::QuotedName => is_called && is_volatile(name.trim_matches('"')),
            TokenKind::Space
            | TokenKind::Comment
            | TokenKind::Text
            | TokenKind::Number
            | TokenKind::Named
            | TokenKind::Positional
            | TokenKind::Cast
            | TokenKind::Symbol => false,
        }
    })
}

fn is_volatile(name: &str) -> bool {
    VOLATILE.contains(&name)
        || VOLATILE_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}
