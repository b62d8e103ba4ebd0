//! Every name that an SQL text holds, for questions that only a schema can answer.

use super::lex::{Token, TokenKind, lex};

/// A key word or an identifier, folded as Postgres folds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub then: Then,
}

/// What stands behind a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// `(`, as behind a function that is called.
    Parenthesis,
    Other,
}

/// In their order; those in strings and comments are left out.
pub fn names(sql: &str) -> Vec<Name> {
    let tokens: Vec<Token> = lex(sql).into_iter().filter(Token::is_significant).collect();
    let text = |token: &Token| sql.get(token.range.clone()).unwrap_or_default();
    let followers = tokens.iter().skip(1).map(Some).chain([None]);
    let named = tokens.iter().zip(followers).filter_map(|(token, next)| {
        let name = folded(token.kind, text(token))?;
        let then = match next.map(text) {
            Some("(") => Then::Parenthesis,
            Some(_) | None => Then::Other,
        };
        Some(Name { text: name, then })
    });
    named.collect()
}

fn folded(kind: TokenKind, text: &str) -> Option<String> {
    match kind {
        TokenKind::Word => Some(text.to_lowercase()),
        TokenKind::QuotedName => {
            let inner = text.strip_prefix('"').unwrap_or(text);
            let inner = inner.strip_suffix('"').unwrap_or(inner);
            Some(inner.replace("\"\"", "\""))
        }
        TokenKind::Space
        | TokenKind::Comment
        | TokenKind::Text
        | TokenKind::Number
        | TokenKind::Named
        | TokenKind::Positional
        | TokenKind::Cast
        | TokenKind::Symbol => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_and_tell_what_follows_them() {
        let sql = "select Now (), \"It\"\"s\"(1), 'no(x)' /* no(y) */ -- no(z)\n from App.T";
        let found = names(sql);
        let shown: Vec<(&str, Then)> = found
            .iter()
            .map(|name| (name.text.as_str(), name.then))
            .collect();
        assert_eq!(
            shown,
            [
                ("select", Then::Other),
                ("now", Then::Parenthesis),
                ("It\"s", Then::Parenthesis),
                ("from", Then::Other),
                ("app", Then::Other),
                ("t", Then::Other),
            ]
        );
        assert_eq!(names(""), []);
        assert_eq!(names("\"open")[0].text, "open");
    }
}
