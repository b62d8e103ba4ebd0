//! The rules that every file under `src` is held to, tests included.

use super::imports::imports;
use super::tokens::{Token, tokens};

/// What a room may name of the others.
#[derive(Clone, Copy, Debug)]
enum Sees {
    /// Rooms of lower levels.
    Below,
    Everything,
    EverythingBut(&'static str),
}

/// Room, level, what it may import. A room may always import itself.
const ROOMS: &[(&str, u8, Sees)] = &[
    ("failure", 0, Sees::Below),
    ("time", 0, Sees::Below),
    ("outcome", 1, Sees::Below),
    ("semantics", 1, Sees::Below),
    ("route", 1, Sees::Below),
    ("purge", 1, Sees::Below),
    ("key", 2, Sees::Below),
    ("policy", 2, Sees::Below),
    ("source", 2, Sees::Below),
    ("metrics", 2, Sees::Below),
    ("alert", 3, Sees::Below),
    ("cache", 3, Sees::Below),
    ("shield", 3, Sees::Below),
    ("respond", 5, Sees::Below),
    ("config", 4, Sees::Below),
    ("ports", 6, Sees::Below),
    ("pipeline", 7, Sees::Below),
    ("admin", 7, Sees::Below),
    ("jobs", 7, Sees::Below),
    ("platform", 8, Sees::Everything),
    ("cli", 8, Sees::EverythingBut("platform")),
    // The native program, which is the door to `cli`.
    ("bin", 8, Sees::EverythingBut("platform")),
    // Tests alone: the dashboard's types, made of what the endpoints answer.
    ("typescript", 8, Sees::EverythingBut("platform")),
];

/// Names that reach the outside world, and the rooms that may use them.
const OUTSIDE: &[(&[&str], &[&str])] = &[
    (&["SystemTime", "::", "now"], &["platform"]),
    (&["Instant", "::", "now"], &["platform"]),
    (&["js_sys"], &["platform"]),
    (&["web_sys"], &["platform"]),
    (&["worker", "::"], &["platform"]),
    (&["wasm_bindgen"], &["platform"]),
    (&["wasm_bindgen_futures"], &["platform"]),
    (&["tokio_postgres"], &["platform", "cli"]),
    (&["tokio", "::"], &["platform", "cli"]),
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "helpers", "manager", "common", "misc"];

/// Lines of a file, its tests not counted.
const LINES_MAX: usize = 400;

/// What is wrong with one file. `path` is relative to `src`, with slashes.
pub fn check(path: &str, source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let mut problems = name_problems(path, &tokens);
    problems.extend(import_problems(path, &tokens));
    problems.extend(outside_problems(path, &tokens));
    problems.extend(size_problem(path, source, &tokens));
    problems
}

/// The first component of a path under `src`.
fn room_of(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or_default();
    first.strip_suffix(".rs").unwrap_or(first)
}

fn name_problems(path: &str, tokens: &[Token]) -> Vec<String> {
    let parts = path
        .split('/')
        .map(|part| part.strip_suffix(".rs").unwrap_or(part));
    let inline = tokens.windows(2).filter_map(|pair| match pair {
        [first, name] if first.text == "mod" => Some(name.text.as_str()),
        _ => None,
    });
    let mut problems: Vec<String> = parts
        .chain(inline)
        .filter(|name| EMPTY_NAMES.contains(name))
        .map(|name| format!("{path}: `{name}` says nothing about what is inside"))
        .collect();
    if path == "mod.rs" || path.ends_with("/mod.rs") {
        problems.push(format!(
            "{path}: a module `foo` is `foo.rs`, never `foo/mod.rs`"
        ));
    }
    problems
}

fn import_problems(path: &str, tokens: &[Token]) -> Vec<String> {
    // The root declares the rooms; it has no business with what is in them.
    let room = room_of(path);
    if room == "lib" {
        return Vec::new();
    }
    let Some((_, level, sees)) = ROOMS.iter().find(|(name, _, _)| *name == room) else {
        return vec![format!(
            "{path}: `{room}` is in no level of tests/levels/rules.rs"
        )];
    };
    let module: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    // A program names the library from outside, by its name.
    let roots: &[&str] = if room == "bin" {
        &["forebay"]
    } else {
        &["crate", "forebay"]
    };
    imports(tokens, &module, roots)
        .into_iter()
        .filter_map(|import| {
            let problem = refusal(room, *level, *sees, &import.room)?;
            Some(format!("{path}:{}: {problem}", import.line))
        })
        .collect()
}

/// Why `room` may not import `other`.
fn refusal(room: &str, level: u8, sees: Sees, other: &str) -> Option<String> {
    if other == room {
        return None;
    }
    let Some((_, other_level, _)) = ROOMS.iter().find(|(name, _, _)| *name == other) else {
        return Some(match other {
            "*" | "crate" => "names the whole crate, which hides what it imports".to_owned(),
            _ => format!("names `{other}`, which is no room"),
        });
    };
    let allowed = match sees {
        Sees::Below => *other_level < level,
        Sees::Everything => true,
        Sees::EverythingBut(excluded) => other != excluded,
    };
    (!allowed).then(|| format!("`{room}` may not import `{other}`"))
}

fn outside_problems(path: &str, tokens: &[Token]) -> Vec<String> {
    let room = room_of(path);
    let mut problems = Vec::new();
    for (name, rooms) in OUTSIDE {
        if rooms.contains(&room) {
            continue;
        }
        for (at, window) in tokens.windows(name.len()).enumerate() {
            let named = window
                .iter()
                .zip(*name)
                .all(|(token, word)| token.text == **word);
            if named && begins_name(name, tokens, at) {
                let line = window.first().map_or(0, |token| token.line);
                let name = name.concat();
                problems.push(format!(
                    "{path}:{line}: `{name}` outside {}",
                    rooms.join(", ")
                ));
            }
        }
    }
    problems
}

/// `worker::` and `tokio::` are crates only where a path begins; the other names are what they are
/// anywhere.
fn begins_name(name: &[&str], tokens: &[Token], at: usize) -> bool {
    let inside = at
        .checked_sub(1)
        .and_then(|at| tokens.get(at))
        .is_some_and(|t| t.text == "::");
    // `::worker::` begins at its colons.
    let absolute = at < 2 || tokens.get(at - 2).is_none_or(|t| !is_path_part(&t.text));
    name.last() != Some(&"::") || !inside || absolute
}

fn is_path_part(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_') && text != "use" || text == ">"
}

fn size_problem(path: &str, source: &str, tokens: &[Token]) -> Option<String> {
    let is_tests = |part: &str| part == "tests" || part == "tests.rs";
    if path.split('/').any(is_tests) {
        return None;
    }
    let lines = source.lines().count() - test_lines(tokens);
    (lines > LINES_MAX)
        .then(|| format!("{path}: {lines} lines without tests; split past {LINES_MAX}"))
}

/// How many lines the items marked `#[cfg(test)]` take.
fn test_lines(tokens: &[Token]) -> usize {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut counted = 0;
    let mut counted_to = 0;
    for (at, window) in tokens.windows(MARK.len()).enumerate() {
        let marked = window
            .iter()
            .zip(MARK)
            .all(|(token, word)| token.text == word);
        let first = window.first().map_or(0, |token| token.line);
        if marked && first > counted_to {
            counted_to = item_end(tokens.get(at + MARK.len()..).unwrap_or_default());
            counted += (counted_to + 1).saturating_sub(first);
        }
    }
    counted
}

/// The last line of the item that `tokens` begin with: that of its closing brace, or its semicolon.
fn item_end(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for token in tokens {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(token.text.as_str(), "}" | ";") {
            return token.line;
        }
    }
    tokens.last().map_or(0, |token| token.line)
}
