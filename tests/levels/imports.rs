//! Which modules of the crate a file names: `crate::…`, `super::…`, and groups of both.

use super::tokens::Token;

/// A path from the root of the crate that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The first component under the root; `*` for a glob, `crate` for the root itself.
    pub room: String,
    pub line: usize,
}

/// `module`: the path of the file's module, e.g. `["cache", "record"]`. `root`: words that stand for the
/// crate's root, e.g. `crate`.
pub fn imports(tokens: &[Token], module: &[&str], roots: &[&str]) -> Vec<Import> {
    let mut found = Vec::new();
    // How many modules deep we are inside the file, and which braces opened them.
    let mut braces: Vec<bool> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" => braces.push(opens_module(tokens, at)),
            "}" => drop(braces.pop()),
            "super" if !follows_super(tokens, at) => {
                let depth = module.len() + braces.iter().filter(|opens| **opens).count();
                found.extend(from_super(tokens, at, module, depth));
            }
            word if roots.contains(&word)
                && !is_visibility(tokens, at)
                && starts_path(tokens, at) =>
            {
                found.extend(from_root(tokens, at));
            }
            _ => {}
        }
    }
    found
}

fn text(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

fn before(tokens: &[Token], at: usize, back: usize) -> &str {
    at.checked_sub(back).map_or("", |at| text(tokens, at))
}

/// `mod name {`
fn opens_module(tokens: &[Token], brace: usize) -> bool {
    before(tokens, brace, 2) == "mod"
}

/// `pub(crate)`
fn is_visibility(tokens: &[Token], at: usize) -> bool {
    before(tokens, at, 1) == "(" && text(tokens, at + 1) == ")" && before(tokens, at, 2) == "pub"
}

/// A path may begin here: `a::crate` is none, and `forebay` is a word like any other unless a path
/// goes on from it.
fn starts_path(tokens: &[Token], at: usize) -> bool {
    before(tokens, at, 1) != "::" && (text(tokens, at) == "crate" || text(tokens, at + 1) == "::")
}

/// The second word of `super::super`.
fn follows_super(tokens: &[Token], at: usize) -> bool {
    before(tokens, at, 1) == "::" && before(tokens, at, 2) == "super"
}

/// What is named from the root that stands at `at`.
fn from_root(tokens: &[Token], at: usize) -> Vec<Import> {
    if text(tokens, at + 1) != "::" {
        let line = tokens.get(at).map_or(0, |token| token.line);
        let room = "crate".to_owned();
        return vec![Import { room, line }];
    }
    heads(tokens, at + 2)
}

/// What `super` at `at`, inside a module `depth` deep, names from the root, if it goes that far up;
/// else the file's own room, which needs no check.
fn from_super(tokens: &[Token], at: usize, module: &[&str], depth: usize) -> Vec<Import> {
    let mut next = at;
    let mut up = 0;
    while text(tokens, next) == "super" {
        up += 1;
        next += if text(tokens, next + 1) == "::" { 2 } else { 1 };
    }
    let line = tokens.get(at).map_or(0, |token| token.line);
    if up < depth {
        return Vec::new();
    }
    let own_room = module.first().copied().unwrap_or("crate");
    heads(tokens, next)
        .into_iter()
        .map(|import| Import { line, ..import })
        .filter(|import| import.room != own_room)
        .collect()
}

/// The first words of the path, or of each member of the group, that begins at `at`.
fn heads(tokens: &[Token], at: usize) -> Vec<Import> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut member_begins = true;
    for token in tokens.iter().skip(at) {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            "," if depth == 1 => member_begins = true,
            word if member_begins && depth <= 1 => {
                let room = if word == "self" { "crate" } else { word }.to_owned();
                found.push(Import {
                    room,
                    line: token.line,
                });
                member_begins = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}
