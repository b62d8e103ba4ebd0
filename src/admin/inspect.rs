//! Reads `POST /admin/inspect`.

use super::form::{Bounds, Form};
use crate::failure::Failure;
use serde::Serialize;

/// Each key is read in two layers that are far away.
const KEYS: Bounds = Bounds {
    count_max: 100,
    bytes_max: 8192,
};

/// What was found under each key.
#[derive(Clone, Debug, Serialize)]
pub struct Report<T> {
    pub keys: Vec<T>,
}

/// The URLs to be looked at.
///
/// # Errors
/// `BadBody`, with everything that is wrong.
pub fn parse(body: Option<&[u8]>) -> Result<Vec<String>, Failure> {
    let mut form = Form::read(body, r#"{"keys":["/api/pitches/7"]}"#)?;
    let keys = form.texts("keys", KEYS);
    if keys.is_empty() && form.is_faultless() {
        form.fault("keys", "nothing is named: give URLs, [\"/api/pitches/7\"]");
    }
    form.finish()?;
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_up_to_a_hundred() {
        assert_eq!(parse(Some(br#"{"keys":["/a"]}"#)), Ok(vec!["/a".into()]));
        let many = format!("{{\"keys\":[{}]}}", ["\"/a\""; 101].join(","));
        for body in [
            "{}",
            r#"{"keys":[]}"#,
            r#"{"keys":"/a"}"#,
            r#"{"key":["/a"]}"#,
            &many,
        ] {
            assert!(parse(Some(body.as_bytes())).is_err(), "{body}");
        }
    }
}
