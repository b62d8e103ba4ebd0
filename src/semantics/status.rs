//! What a status code means to a cache (RFC 9110 §15, RFC 9111 §3).

/// A final status code (RFC 9110 §15). Beyond 599 there are none.
pub fn is_final(status: u16) -> bool {
    (200..=599).contains(&status)
}

/// Status codes that are defined as heuristically cacheable: those of RFC 9110 §15.1, and 451 (RFC 7725
/// §3).
pub fn is_heuristically_cacheable(status: u16) -> bool {
    matches!(
        status,
        200 | 203 | 204 | 206 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 451 | 501
    )
}

/// Status codes that Forebay understands in the sense of RFC 9111 §3: it knows them, and does what their
/// definitions ask of a cache. They are those of RFC 9110 §15 but the deprecated 305 and the unused 306
/// and 418, and the four of RFC 6585 and 451 (RFC 7725).
pub fn is_understood(status: u16) -> bool {
    matches!(status, 200..=206 | 300..=304 | 307 | 308 | 400..=417 | 421 | 422 | 426)
        || matches!(status, 428 | 429 | 431 | 451 | 500..=505 | 511)
}

/// Why no response of a status code is ever stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unstorable {
    /// 304 freshens what is stored (RFC 9111 §4.3.4); it is no representation itself.
    Freshens,
    /// RFC 6585 §§3–6: 428, 429, 431 and 511 must not be stored by a cache.
    ByDefinition,
    /// It answers something that only this request had: a precondition (412), a range (416), an
    /// expectation (417), an instance manipulation (226, RFC 3229 §10.4.1), or credentials that were
    /// missing (401, 407). The next request for the same URI has to be heard by the origin.
    OneRequestOnly,
}

pub fn unstorable(status: u16) -> Option<Unstorable> {
    match status {
        304 => Some(Unstorable::Freshens),
        428 | 429 | 431 | 511 => Some(Unstorable::ByDefinition),
        226 | 401 | 407 | 412 | 416 | 417 => Some(Unstorable::OneRequestOnly),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interim_and_impossible_codes_are_not_final() {
        for status in [0, 100, 101, 103, 199, 600, 999, u16::MAX] {
            assert!(!is_final(status), "{status}");
        }
        assert!(is_final(200) && is_final(299) && is_final(599));
    }

    #[test]
    fn what_is_heuristically_cacheable_is_understood() {
        for status in (0..700).filter(|status| is_heuristically_cacheable(*status)) {
            assert!(is_understood(status) && is_final(status), "{status}");
            assert_eq!(unstorable(status), None, "{status}");
        }
        for status in [201, 202, 302, 307, 400, 403, 500, 502, 503, 504, 599] {
            assert!(!is_heuristically_cacheable(status), "{status}");
        }
    }

    #[test]
    fn codes_that_nobody_defined_are_not_understood() {
        for status in [207, 208, 226, 299, 305, 306, 418, 499, 506, 599] {
            assert!(!is_understood(status), "{status}");
        }
    }

    #[test]
    fn some_codes_are_never_stored() {
        for (status, why) in [
            (304, Unstorable::Freshens),
            (429, Unstorable::ByDefinition),
            (511, Unstorable::ByDefinition),
            (416, Unstorable::OneRequestOnly),
            (401, Unstorable::OneRequestOnly),
        ] {
            assert_eq!(unstorable(status), Some(why), "{status}");
        }
    }
}
