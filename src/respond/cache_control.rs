//! The outward `Cache-Control`: what browsers and caches in front of us may do with an answer.

use crate::policy::{Terms, Tier};

/// Answers that nobody may keep: errors, writes, uncached routes.
pub const NO_STORE: &str = "no-store";

/// The terms as RFC 9111 §5.2.2 and RFC 5861 §3 write them. `max-age` is the whole freshness
/// lifetime; `Age` tells how much of it has passed.
pub fn stored(tier: &Tier, terms: Terms, path: &str) -> String {
    let scope = if tier.private { "private" } else { "public" };
    let mut value = format!("{scope}, max-age={}", terms.fresh.as_secs());
    if is_content_hashed(path) {
        // RFC 8246: the bytes under this name never change.
        value.push_str(", immutable");
    } else if !terms.swr.is_zero() {
        value.push_str(&format!(", stale-while-revalidate={}", terms.swr.as_secs()));
    }
    value
}

/// The same for shared caches alone (RFC 9213 §3), for which a hash in the name changes nothing.
pub fn targeted(terms: Terms) -> String {
    let mut value = format!("max-age={}", terms.fresh.as_secs());
    if !terms.swr.is_zero() {
        value.push_str(&format!(", stale-while-revalidate={}", terms.swr.as_secs()));
    }
    value
}

/// Whether a path's file name carries a content hash: `name-` or `name.`, then at least eight hex
/// digits with a decimal digit among them (so that no word is taken for one), then an extension.
pub fn is_content_hashed(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let mut parts = file.split(['.', '-']);
    let (Some(first), Some(last)) = (parts.next(), parts.next_back()) else {
        return false;
    };
    if first.is_empty() || last.is_empty() {
        return false;
    }
    parts.any(|part| {
        part.len() >= 8
            && part.bytes().all(|byte| byte.is_ascii_hexdigit())
            && part.bytes().any(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Layers;
    use std::time::Duration;

    fn tier(private: bool) -> Tier {
        Tier {
            name: "t".into(),
            ttl: Duration::from_secs(900),
            swr: Duration::from_secs(60),
            sie: Duration::from_secs(3600),
            negative_ttl: Duration::from_secs(10),
            layers: Layers::ALL,
            private,
            eager: None,
            soft_timeout: None,
            honor_origin: None,
        }
    }

    #[test]
    fn the_tier_is_told_to_clients() {
        let terms = Terms {
            fresh: tier(false).ttl,
            swr: tier(false).swr,
            sie: tier(false).sie,
        };
        let check = |private, path| stored(&tier(private), terms, path);
        assert_eq!(
            check(false, "/a"),
            "public, max-age=900, stale-while-revalidate=60"
        );
        assert_eq!(
            check(true, "/a"),
            "private, max-age=900, stale-while-revalidate=60"
        );
        assert_eq!(
            check(false, "/app-1a2b3c4d.js"),
            "public, max-age=900, immutable"
        );
    }

    #[test]
    fn a_hash_is_hex_and_never_a_word() {
        for hashed in [
            "/assets/app-1a2b3c4d.js",
            "/x.0123456789abcdef.css",
            "/a-b-12345678.min.js",
        ] {
            assert!(is_content_hashed(hashed), "{hashed}");
        }
        for plain in [
            "/app.js",
            "/app-deadbeef.js",
            "/app-1a2b3c.js",
            "/1a2b3c4d",
            "/a-1a2b3c4g.js",
            "/",
            "",
        ] {
            assert!(!is_content_hashed(plain), "{plain}");
        }
    }
}
