//! CORS (the Fetch standard, "HTTP-CORS protocol"), by configuration only.

use super::ResponseHead;
use crate::config::site::Cors;

const EXPOSED: &str = "Age, Cache-Status, ETag, Forebay-Bookmark, Retry-After, Server-Timing, \
     X-Cache-Status, X-Edge-Location, X-Request-ID";

/// What the `Access-Control-Allow-Origin` of an answer to `origin` is, if any.
fn allowed<'a>(cors: &'a Cors, origin: &'a str) -> Option<&'a str> {
    if cors.origins.iter().any(|allowed| allowed == "*") {
        return Some("*");
    }
    cors.origins
        .iter()
        .any(|allowed| allowed == origin)
        .then_some(origin)
}

/// Adds the fields of an actual (not preflight) answer.
pub fn decorate(head: &mut ResponseHead, cors: Option<&Cors>, origin: Option<&str>) {
    let Some(cors) = cors else { return };
    let everyone = cors.origins.iter().any(|allowed| allowed == "*");
    if !everyone {
        // Also for requests without Origin: a cache in front of us must not mix the two.
        head.append("Vary", "Origin");
    }
    let Some(allowed) = origin.and_then(|origin| allowed(cors, origin)) else {
        return;
    };
    head.push("Access-Control-Allow-Origin", allowed);
    if cors.credentials {
        head.push("Access-Control-Allow-Credentials", "true");
    }
    head.push("Access-Control-Expose-Headers", EXPOSED);
}

/// The answer to `OPTIONS` on a path whose routes take `allow`. With `preflight_method`
/// (`Access-Control-Request-Method`) it is a preflight. [`decorate`] adds the rest.
pub fn options(
    cors: Option<&Cors>,
    origin: Option<&str>,
    preflight_method: Option<&str>,
    allow: &[String],
) -> ResponseHead {
    let mut head = ResponseHead::new(204);
    let allow = allow.join(", ");
    let admitted = cors
        .zip(origin)
        .and_then(|(cors, origin)| allowed(cors, origin))
        .is_some();
    if let (Some(cors), Some(_), true) = (cors, preflight_method, admitted) {
        head.push("Access-Control-Allow-Methods", allow.clone());
        head.push("Access-Control-Allow-Headers", cors.headers.join(", "));
        head.push("Access-Control-Max-Age", cors.max_age.as_secs().to_string());
    }
    head.push("Allow", allow);
    head.push("Cache-Control", super::cache_control::NO_STORE);
    head
}

/// Whether a field is one of those that answer `Origin`.
pub fn is_cors(name: &str) -> bool {
    name.get(..15)
        .is_some_and(|start| start.eq_ignore_ascii_case("access-control-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn cors(origins: &[&str], credentials: bool) -> Cors {
        Cors {
            origins: origins.iter().map(ToString::to_string).collect(),
            headers: vec!["content-type".into()],
            max_age: Duration::from_secs(600),
            credentials,
        }
    }

    fn decorated(cors: Option<&Cors>, origin: Option<&str>) -> ResponseHead {
        let mut head = ResponseHead::new(200);
        decorate(&mut head, cors, origin);
        head
    }

    #[test]
    fn without_configuration_nothing_is_said() {
        assert_eq!(decorated(None, Some("https://a")).fields, []);
    }

    #[test]
    fn a_listed_origin_is_named_and_others_are_not() {
        let cors = cors(&["https://a"], true);
        let head = decorated(Some(&cors), Some("https://a"));
        assert_eq!(head.get("Access-Control-Allow-Origin"), Some("https://a"));
        assert_eq!(head.get("Access-Control-Allow-Credentials"), Some("true"));
        assert_eq!(head.get("Vary"), Some("Origin"));
        for other in [Some("https://b"), Some("https://a.evil"), None] {
            let head = decorated(Some(&cors), other);
            assert_eq!(head.get("Access-Control-Allow-Origin"), None);
            assert_eq!(head.get("Vary"), Some("Origin"));
        }
    }

    #[test]
    fn a_preflight_is_told_methods_and_a_stranger_only_allow() {
        let allow = ["GET".to_string(), "HEAD".to_string()];
        let cors = cors(&["*"], false);
        let head = options(Some(&cors), Some("https://x"), Some("GET"), &allow);
        assert_eq!(head.get("Access-Control-Allow-Methods"), Some("GET, HEAD"));
        assert_eq!(head.get("Access-Control-Max-Age"), Some("600"));
        let plain = options(None, Some("https://x"), Some("GET"), &allow);
        assert_eq!(plain.get("Access-Control-Allow-Methods"), None);
        assert_eq!((plain.status, plain.get("Allow")), (204, Some("GET, HEAD")));
    }
}
