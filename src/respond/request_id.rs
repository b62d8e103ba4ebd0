//! `X-Request-ID`: the caller's, when it is well-formed, so that a trace goes through; else ours.

const BYTES_MAX: usize = 128;

/// The caller's id, if it may be repeated in a header and a log line.
pub fn accept(given: Option<&str>) -> Option<&str> {
    given.filter(|id| {
        (1..=BYTES_MAX).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_short_ids_pass() {
        assert_eq!(accept(Some("req-1:a.b_C")), Some("req-1:a.b_C"));
        for bad in ["", "a b", "a\"b", "ä", "a,b", "<x>"] {
            assert_eq!(accept(Some(bad)), None, "{bad}");
        }
        assert_eq!(accept(Some(&"a".repeat(128))).map(str::len), Some(128));
        assert_eq!(accept(Some(&"a".repeat(129))), None);
    }
}
