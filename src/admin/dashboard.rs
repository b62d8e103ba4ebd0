//! The dashboard as files: which one a path means, and the fields that it is sent with. Everybody may have
//! them; what they show is asked of the operator's endpoints.

use crate::respond::ResponseHead;
use crate::respond::cache_control::NO_STORE;

/// What lies under the dashboard's paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// The page, whatever view of it.
    Page,
    /// A file whose name holds its hash.
    Asset(&'a str),
    /// Signing in and out.
    Session,
}

const ROOT: &str = "/dashboard";

/// Where the page lies among the Worker's assets.
pub const PAGE: &str = "/dashboard/";

/// `None`: nothing of the dashboard's.
pub fn place(path: &str) -> Option<Place<'_>> {
    let rest = path.strip_prefix(ROOT)?;
    match rest.strip_prefix('/') {
        None => rest.is_empty().then_some(Place::Page),
        Some("session") => Some(Place::Session),
        Some(below) => match below.strip_prefix("assets/") {
            Some(name) => is_name(name).then_some(Place::Asset(path)),
            None => is_view(below).then_some(Place::Page),
        },
    }
}

/// The views' names are the page's business.
fn is_view(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_name(segment: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(plain)
}

/// Nothing but our own files, and nobody may frame the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What each of the dashboard's answers carries.
fn guarded(status: u16) -> ResponseHead {
    let mut head = ResponseHead::new(status);
    head.push("Content-Security-Policy", POLICY);
    head.push("X-Content-Type-Options", "nosniff");
    head.push("X-Frame-Options", "DENY");
    head.push("Referrer-Policy", "no-referrer");
    head.push("X-Robots-Tag", "noindex");
    head
}

/// The head of a file. `content_type`: as the assets have it.
pub fn file(place: Place<'_>, content_type: Option<String>) -> ResponseHead {
    let mut head = guarded(200);
    if let Some(content_type) = content_type {
        head.push("Content-Type", content_type);
    }
    let kept = match place {
        Place::Asset(_) => "public, max-age=31536000, immutable",
        Place::Page | Place::Session => "no-cache",
    };
    head.push("Cache-Control", kept);
    head
}

/// What comes of signing in, out, or asking whether one is; with the cookie that it sets.
pub fn session(cookie: Option<String>) -> ResponseHead {
    let mut head = guarded(204);
    head.push("Cache-Control", NO_STORE);
    if let Some(cookie) = cookie {
        head.push("Set-Cookie", cookie);
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_means_one_thing() {
        for (path, expected) in [
            ("/dashboard", Some(Place::Page)),
            ("/dashboard/", Some(Place::Page)),
            ("/dashboard/routes", Some(Place::Page)),
            ("/dashboard/session", Some(Place::Session)),
            (
                "/dashboard/assets/index-B_vf.css",
                Some(Place::Asset("/dashboard/assets/index-B_vf.css")),
            ),
            ("/dashboard/assets/", None),
            ("/dashboard/assets/../../secret", None),
            ("/dashboard/assets/..%2fsecret", None),
            ("/dashboard/assets/.hidden", None),
            ("/dashboard/index.html", None),
            ("/dashboard/a/b", None),
            ("/dashboards", None),
            ("/", None),
        ] {
            assert_eq!(place(path), expected, "{path}");
        }
    }

    #[test]
    fn what_has_a_hash_is_kept_and_the_page_is_not() {
        let kept = |place| file(place, None).get("Cache-Control").map(str::to_owned);
        assert!(kept(Place::Asset("/x")).is_some_and(|kept| kept.contains("immutable")));
        assert_eq!(kept(Place::Page).as_deref(), Some("no-cache"));
        for head in [file(Place::Page, None), session(None)] {
            let policy = head.get("Content-Security-Policy").unwrap();
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(head.get("X-Frame-Options"), Some("DENY"));
            assert_eq!(head.get("X-Robots-Tag"), Some("noindex"));
        }
    }
}
