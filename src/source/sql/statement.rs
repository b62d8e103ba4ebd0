//! The one statement of a query file.

use super::SqlProblem;
use super::lex::{Token, TokenKind, lex};

/// A statement's text and tokens, from its first word to its last token; what precedes, the `;` and
/// what follows it are left out.
pub struct Statement<'a> {
    /// The whole file; ranges and lines are those of it.
    file: &'a str,
    pub tokens: Vec<Token>,
}

impl<'a> Statement<'a> {
    /// Reads what follows the header, which ends at byte `start`.
    pub fn read(file: &'a str, start: usize, problems: &mut Vec<SqlProblem>) -> Self {
        let mut tokens = lex(file.get(start..).unwrap_or_default());
        for token in &mut tokens {
            token.range = token.range.start + start..token.range.end + start;
        }
        let mut statement = Self { file, tokens };
        let told = problems.len();
        statement.check_closed(problems);
        let is_closed = problems.len() == told;
        statement.cut_at_semicolon(problems);
        statement.trim();
        // What an open string has swallowed is not missing.
        if is_closed {
            statement.check_parentheses(problems);
        }
        if statement.tokens.is_empty() {
            let line = file.lines().count().max(1);
            problems.push(SqlProblem::new(
                line,
                "the file holds no statement",
                "write the SQL below the header",
            ));
        }
        statement
    }

    pub fn text(&self, token: &Token) -> &'a str {
        self.file.get(token.range.clone()).unwrap_or_default()
    }

    /// The line of the file, counted from 1.
    pub fn line(&self, token: &Token) -> usize {
        let before = self.file.get(..token.range.start).unwrap_or_default();
        before.matches('\n').count() + 1
    }

    /// The line on which the statement starts.
    pub fn first_line(&self) -> usize {
        self.tokens.first().map_or(1, |token| self.line(token))
    }

    /// The tokens that are neither space nor comment.
    pub fn significant(&self) -> impl Iterator<Item = &Token> + Clone {
        self.tokens.iter().filter(|token| token.is_significant())
    }

    fn check_closed(&self, problems: &mut Vec<SqlProblem>) {
        for token in self.tokens.iter().filter(|token| token.is_open) {
            let what = match token.kind {
                TokenKind::Comment => "a comment does not end",
                TokenKind::QuotedName => "a quoted name does not end",
                TokenKind::Text
                | TokenKind::Space
                | TokenKind::Word
                | TokenKind::Number
                | TokenKind::Named
                | TokenKind::Positional
                | TokenKind::Cast
                | TokenKind::Symbol => "a string does not end",
            };
            problems.push(SqlProblem::new(self.line(token), what, "close it"));
        }
    }

    fn cut_at_semicolon(&mut self, problems: &mut Vec<SqlProblem>) {
        let Some(at) = self.tokens.iter().position(|token| self.is(token, ";")) else {
            return;
        };
        let after = self.tokens.split_off(at);
        if let Some(second) = after.iter().skip(1).find(|token| token.is_significant()) {
            problems.push(SqlProblem::new(
                self.line(second),
                "something follows the statement's `;`",
                "keep one statement in a file",
            ));
        }
    }

    fn trim(&mut self) {
        let first = self.tokens.iter().position(Token::is_significant);
        let last = self.tokens.iter().rposition(Token::is_significant);
        self.tokens.truncate(last.map_or(0, |last| last + 1));
        self.tokens.drain(..first.unwrap_or(0));
    }

    /// INVARIANT: parentheses are balanced, so that a wrapper's own are not closed by the statement.
    fn check_parentheses(&self, problems: &mut Vec<SqlProblem>) {
        let mut open = Vec::new();
        let mut stray = None;
        for token in self.significant() {
            if self.is(token, "(") {
                open.push(token);
            } else if self.is(token, ")") && open.pop().is_none() {
                stray = stray.or(Some(token));
            }
        }
        let stray = stray.map(|token| (token, "a `)` closes nothing", "remove it"));
        let unclosed = open
            .pop()
            .map(|token| (token, "a `(` is not closed", "close it"));
        for (token, what, mend) in stray.into_iter().chain(unclosed) {
            problems.push(SqlProblem::new(self.line(token), what, mend));
        }
    }

    pub fn is(&self, token: &Token, symbol: &str) -> bool {
        token.kind == TokenKind::Symbol && self.text(token) == symbol
    }
}
