//! Named parameters: `:name` directly followed by a cast. The cast stays where it is; the name becomes
//! `$n`, one number for each name.

use super::SqlProblem;
use super::header::nearest;
use super::lex::{Token, TokenKind};
use super::statement::Statement;
use crate::source::param::ParamType;
use crate::source::query::Param;

#[derive(Default)]
pub struct Params {
    pub list: Vec<Param>,
    /// For each of `list`, the line of its first use.
    pub lines: Vec<usize>,
    /// For each of `list`, the type as first written.
    types: Vec<String>,
}

pub fn read(
    statement: &Statement<'_>,
    require: &[(String, usize)],
    problems: &mut Vec<SqlProblem>,
) -> Params {
    let mut params = Params::default();
    for (index, token) in statement.tokens.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| statement.tokens.get(at));
        let after = statement.tokens.get(index + 1..).unwrap_or_default();
        let outcome = match token.kind {
            TokenKind::Named => params.take(statement, before, token, after),
            TokenKind::Positional => Err((
                format!("`{}` has no name", statement.text(token)),
                "write :name::type".to_owned(),
            )),
            TokenKind::Space
            | TokenKind::Comment
            | TokenKind::Word
            | TokenKind::QuotedName
            | TokenKind::Text
            | TokenKind::Number
            | TokenKind::Cast
            | TokenKind::Symbol => Ok(()),
        };
        if let Err((what, mend)) = outcome {
            problems.push(SqlProblem::new(statement.line(token), what, mend));
        }
    }
    for (name, line) in require {
        params.require(name, *line, problems);
    }
    params
}

impl Params {
    /// The statement with `$n` and `suffix` for each parameter, and every other byte as it was.
    pub fn number(&self, statement: &Statement<'_>, suffix: &str) -> String {
        let mut out = String::new();
        for token in &statement.tokens {
            let text = statement.text(token);
            match (token.kind == TokenKind::Named).then(|| self.place(name_of(text))) {
                Some(Some(place)) => out.push_str(&format!("${}{suffix}", place + 1)),
                Some(None) | None => out.push_str(text),
            }
        }
        out
    }

    /// The type of a parameter, as first written.
    pub fn type_of(&self, place: usize) -> &str {
        self.types.get(place).map_or("", String::as_str)
    }

    pub fn place(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|param| param.name == name)
    }

    /// Notes one use of a parameter, or says what is wrong with it and how to mend it.
    fn take(
        &mut self,
        statement: &Statement<'_>,
        before: Option<&Token>,
        token: &Token,
        after: &[Token],
    ) -> Result<(), (String, String)> {
        let text = statement.text(token);
        let name = name_of(text);
        let in_slice = "; in an array slice, put a space after the colon";
        if !after
            .first()
            .is_some_and(|next| next.kind == TokenKind::Cast)
        {
            return Err((
                format!("the parameter `{text}` has no type"),
                format!("write {text}::type{in_slice}"),
            ));
        }
        if before.is_some_and(|before| joins(statement, before)) {
            return Err((
                format!("`{text}` is written into what precedes it"),
                format!("put a space before the colon{in_slice}"),
            ));
        }
        if !name.is_ascii() || name.contains('$') {
            return Err((
                format!("`{name}` is no name of a parameter"),
                "use letters, digits and `_`".to_owned(),
            ));
        }
        let sql_type = cast_type(statement, after.get(1..).unwrap_or_default());
        if sql_type.is_empty() {
            return Err((
                format!("no type follows `{text}::`"),
                format!("write {text}::text, or the type of the column"),
            ));
        }
        self.add(name, sql_type, statement.line(token))
    }

    fn add(&mut self, name: &str, sql_type: String, line: usize) -> Result<(), (String, String)> {
        let kind = ParamType::from_cast(&sql_type);
        let known = self.place(name).and_then(|place| {
            let param = self.list.get(place)?;
            Some((param, self.types.get(place)?, self.lines.get(place)?))
        });
        if let Some((param, first_type, first_line)) = known {
            // Types that only Postgres knows are told apart by their names.
            let is_same = param.kind == kind
                && (!has_other(&kind) || first_type.eq_ignore_ascii_case(&sql_type));
            return if is_same {
                Ok(())
            } else {
                Err((
                    format!("`:{name}` is {sql_type} here and {first_type} on line {first_line}"),
                    format!("write :{name}::{first_type}, and cast the outcome if need be"),
                ))
            };
        }
        self.list.push(Param {
            name: name.to_owned(),
            kind,
            required: false,
        });
        self.types.push(sql_type);
        self.lines.push(line);
        Ok(())
    }

    fn require(&mut self, name: &str, line: usize, problems: &mut Vec<SqlProblem>) {
        if let Some(param) = self.list.iter_mut().find(|param| param.name == name) {
            param.required = true;
            return;
        }
        let names: Vec<_> = self.list.iter().map(|param| param.name.as_str()).collect();
        let mend = match nearest(name, &names) {
            Some(near) => format!("write `{near}`"),
            None => format!("use it as :{name}::type, or leave it out"),
        };
        let what = format!("`{name}` is required, but is no parameter of the query");
        problems.push(SqlProblem::new(line, what, mend));
    }
}

fn name_of(text: &str) -> &str {
    text.strip_prefix(':').unwrap_or(text)
}

fn has_other(kind: &ParamType) -> bool {
    match kind {
        ParamType::Other => true,
        ParamType::Array(element) => has_other(element),
        ParamType::Int2
        | ParamType::Int4
        | ParamType::Int8
        | ParamType::Float
        | ParamType::Numeric
        | ParamType::Bool
        | ParamType::Text
        | ParamType::Uuid
        | ParamType::Date
        | ParamType::Timestamp
        | ParamType::Timestamptz
        | ParamType::Json => false,
    }
}

/// Whether a colon right after `token` is the middle of a slice, as in `a[1:n]`, or its `$n` would
/// melt into a word.
fn joins(statement: &Statement<'_>, token: &Token) -> bool {
    match token.kind {
        TokenKind::Word
        | TokenKind::QuotedName
        | TokenKind::Text
        | TokenKind::Number
        | TokenKind::Named
        | TokenKind::Positional => true,
        TokenKind::Symbol => statement.is(token, "]") || statement.is(token, ")"),
        TokenKind::Space | TokenKind::Comment | TokenKind::Cast => false,
    }
}

/// The type that `tokens` begin with, in one spelling; empty when there is none.
fn cast_type(statement: &Statement<'_>, tokens: &[Token]) -> String {
    let significant = tokens.iter().filter(|token| token.is_significant());
    let mut reader = TypeReader {
        statement,
        tokens: significant.collect(),
        at: 0,
        out: String::new(),
    };
    reader.read();
    reader.out
}

struct TypeReader<'a> {
    statement: &'a Statement<'a>,
    tokens: Vec<&'a Token>,
    at: usize,
    out: String,
}

impl TypeReader<'_> {
    fn read(&mut self) {
        if !self.take_name() {
            return;
        }
        while self.take_symbol(".") && self.take_name() {}
        match self.out.as_str() {
            "double" => self.take_words(&["precision"]),
            "character" | "char" | "bit" => self.take_words(&["varying"]),
            _ => {}
        }
        self.take_group("(", ")");
        if matches!(self.out.split('(').next(), Some("timestamp" | "time")) {
            self.take_words(&["with", "time", "zone"]);
            self.take_words(&["without", "time", "zone"]);
        }
        while self.take_group("[", "]") {}
        self.take_words(&["array"]);
    }

    fn peek(&self, ahead: usize) -> Option<(TokenKind, &str)> {
        let token = self.tokens.get(self.at + ahead)?;
        Some((token.kind, self.statement.text(token)))
    }

    fn take_name(&mut self) -> bool {
        let name = match self.peek(0) {
            Some((TokenKind::Word, text)) => text.to_ascii_lowercase(),
            Some((TokenKind::QuotedName, text)) => text.to_owned(),
            _ => return false,
        };
        self.out.push_str(&name);
        self.at += 1;
        true
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let is_next = self.peek(0) == Some((TokenKind::Symbol, symbol));
        if is_next {
            self.out.push_str(symbol);
            self.at += 1;
        }
        is_next
    }

    /// Takes all of `words`, or nothing.
    fn take_words(&mut self, words: &[&str]) {
        let is_next = words.iter().enumerate().all(|(ahead, word)| {
            self.peek(ahead).is_some_and(|(kind, text)| {
                kind == TokenKind::Word && text.eq_ignore_ascii_case(word)
            })
        });
        if is_next {
            self.at += words.len();
            for word in words {
                self.out.push(' ');
                self.out.push_str(word);
            }
        }
    }

    /// Takes `(10, 2)` or `[3]`, or nothing.
    fn take_group(&mut self, open: &str, close: &str) -> bool {
        if !self.take_symbol(open) {
            return false;
        }
        while let Some((kind, text)) = self.peek(0) {
            let is_inside = kind == TokenKind::Number || text == ",";
            if !is_inside {
                break;
            }
            let text = text.to_owned();
            self.out.push_str(&text);
            self.at += 1;
        }
        self.take_symbol(close)
    }
}
