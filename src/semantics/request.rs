//! The parts of a request that Forebay decides by, borrowed from wherever the platform holds them.

/// Method, target and the few fields that matter. `None` is an absent field; a repeated field is
/// combined with commas, as the platform does (RFC 9110 §5.2).
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestHead<'a> {
    /// As sent, in its own case: methods are case-sensitive (RFC 9110 §9.1).
    pub method: &'a str,
    /// Scheme and authority of the URL that was asked for: `https://example.com`.
    pub base: &'a str,
    /// Raw, still percent-encoded.
    pub path: &'a str,
    /// Raw, without the `?`.
    pub search: &'a str,
    pub authorization: Option<&'a str>,
    pub if_none_match: Option<&'a str>,
    pub if_modified_since: Option<&'a str>,
    pub accept_encoding: Option<&'a str>,
    /// `X-No-Compression`: present with any value but `0` or `false`.
    pub no_compression: Option<&'a str>,
    pub origin: Option<&'a str>,
    pub request_id: Option<&'a str>,
    pub content_type: Option<&'a str>,
    /// `Access-Control-Request-Method`: makes an `OPTIONS` a preflight.
    pub preflight_method: Option<&'a str>,
    /// `Forebay-Bookmark`.
    pub bookmark: Option<&'a str>,
    /// `Cookie`, where it holds a bookmark.
    pub cookie: Option<&'a str>,
    /// `CF-IPCountry`: the client's, by the network's reckoning.
    pub country: Option<&'a str>,
}

impl<'a> RequestHead<'a> {
    /// Splits an absolute URL into path and search. The scheme, host and fragment are not kept.
    pub fn split_url(url: &'a str) -> (&'a str, &'a str) {
        let http = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        let after_scheme = http.unwrap_or(url);
        let target = after_scheme
            .find(['/', '?', '#'])
            .and_then(|at| after_scheme.get(at..))
            .unwrap_or("/");
        let target = target.split('#').next().unwrap_or("/");
        match target.split_once('?') {
            Some(("", search)) => ("/", search),
            Some((path, search)) => (path, search),
            None if target.is_empty() => ("/", ""),
            None => (target, ""),
        }
    }

    /// What [`Self::split_url`] leaves out before the path: scheme and authority.
    pub fn base_of(url: &'a str) -> &'a str {
        let authority = ["https://", "http://"]
            .iter()
            .find(|scheme| url.starts_with(**scheme))
            .map_or(0, |scheme| scheme.len());
        let rest = url.get(authority..).unwrap_or_default();
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        url.get(..authority + end).unwrap_or(url)
    }

    /// A request reads when its method is safe and we know it (RFC 9110 §9.2.1).
    pub fn is_read(&self) -> bool {
        matches!(self.method, "GET" | "HEAD")
    }

    pub fn wants_no_compression(&self) -> bool {
        self.no_compression
            .is_some_and(|value| !matches!(value.trim(), "0" | "false"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_scheme_and_authority() {
        for (url, expected) in [
            ("https://h:8787/a?q=https://x/", "https://h:8787"),
            ("http://h?q=1", "http://h"),
            ("https://h", "https://h"),
            ("/a?u=https://x/y", ""),
            ("", ""),
        ] {
            assert_eq!(RequestHead::base_of(url), expected, "{url}");
        }
    }

    #[test]
    fn urls_split_into_path_and_search() {
        for (url, expected) in [
            ("https://h/a/b?q=1&r=2", ("/a/b", "q=1&r=2")),
            ("https://h:8787/a", ("/a", "")),
            ("https://h", ("/", "")),
            ("https://h?q=1", ("/", "q=1")),
            ("https://h/a#f?x", ("/a", "")),
            ("https://h/a?u=https://x/y", ("/a", "u=https://x/y")),
            ("", ("/", "")),
        ] {
            assert_eq!(RequestHead::split_url(url), expected, "{url}");
        }
    }
}
