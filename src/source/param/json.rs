//! Whether a text is JSON (RFC 8259), and how deep.

use super::ParamProblem;
use serde::de::IgnoredAny;

/// serde_json's own limit for what it builds; what it skips over has none.
pub const DEPTH_MAX: usize = 128;

/// Checks the text without building its value.
pub fn check(raw: &str) -> Result<(), ParamProblem> {
    // Depth first: it is what the parser must be spared.
    if depth(raw) > DEPTH_MAX {
        return Err(ParamProblem::JsonDepth { max: DEPTH_MAX });
    }
    serde_json::from_str::<IgnoredAny>(raw)
        .map(|_| ())
        .map_err(|_| ParamProblem::Json)
}

/// How deep brackets outside strings are nested, in valid JSON exactly; in other text a number that
/// no one relies on.
pub fn depth(raw: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    let mut bytes = raw.bytes();
    let mut in_string = false;
    while let Some(byte) = bytes.next() {
        match (in_string, byte) {
            (true, b'\\') => {
                bytes.next();
            }
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
