//! `http` and `https` URIs as strictly as RFC 3986 writes them: origin, path and query, resolution of
//! references (§5.2), and the normal form of paths and escapes (§6.2.2), which RFC 9110 §4.2.3 lets every
//! recipient use. What the grammar refuses is refused, so that nobody reads it in another way than we do.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("http") {
            Some(Self::Http)
        } else if text.eq_ignore_ascii_case("https") {
            Some(Self::Https)
        } else {
            None
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// RFC 9110 §4.3.1: scheme, host in lower case, and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    pub scheme: Scheme,
    host: String,
    port: u16,
}

impl Origin {
    /// `authority`: as in `Host`. Without user information, which §4.2.4 tells recipients to distrust;
    /// a registered name of letters, digits, `.`, `-` and `_`, or an address.
    pub fn new(scheme: Scheme, authority: &str) -> Option<Self> {
        let (host, port) = split_port(authority)?;
        let port = match port {
            "" => scheme.default_port(),
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
            _ => return None,
        };
        is_host(host).then(|| Self {
            scheme,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// The host, and the port unless it is the scheme's own.
    pub fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

fn split_port(authority: &str) -> Option<(&str, &str)> {
    let host_end = match authority.strip_prefix('[') {
        Some(_) => authority.find(']')? + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at_checked(host_end)?;
    match rest.strip_prefix(':') {
        Some(port) => Some((host, port)),
        None => rest.is_empty().then_some((host, "")),
    }
}

fn is_host(host: &str) -> bool {
    let bracketed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match bracketed {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            !host.is_empty() && host.bytes().all(is_plain)
        }
    }
}

/// A target URI, without its fragment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpUri {
    pub origin: Origin,
    /// Begins with a slash; without dot segments.
    pub path: String,
    /// `None` without a `?`.
    pub query: Option<String>,
}

impl HttpUri {
    pub fn parse(text: &str) -> Option<Self> {
        Self::of(&Reference::parse(text)?)
    }

    /// A reference as a response to a request for `self` means it (RFC 3986 §5.2.2). `None` for what is
    /// no reference, or leads to another scheme.
    pub fn resolve(&self, text: &str) -> Option<Self> {
        let reference = Reference::parse(text)?;
        if reference.scheme.is_some() {
            return Self::of(&reference);
        }
        let query = reference.query.map(str::to_owned);
        let (origin, path, query) = match (reference.authority, reference.path) {
            (Some(authority), path) => {
                let origin = Origin::new(self.origin.scheme, authority)?;
                (origin, remove_dot_segments(path), query)
            }
            (None, "") => {
                let query = query.or_else(|| self.query.clone());
                (self.origin.clone(), self.path.clone(), query)
            }
            (None, path) if path.starts_with('/') => {
                (self.origin.clone(), remove_dot_segments(path), query)
            }
            (None, path) => {
                let directory = self.path.rfind('/').and_then(|at| self.path.get(..=at));
                let merged = format!("{}{path}", directory.unwrap_or("/"));
                (self.origin.clone(), remove_dot_segments(&merged), query)
            }
        };
        Some(Self {
            origin,
            path,
            query,
        })
    }

    fn of(reference: &Reference<'_>) -> Option<Self> {
        let scheme = Scheme::parse(reference.scheme?)?;
        Some(Self {
            origin: Origin::new(scheme, reference.authority?)?,
            path: remove_dot_segments(reference.path),
            query: reference.query.map(str::to_owned),
        })
    }
}

impl fmt::Display for HttpUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)?;
        match &self.query {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}

/// The components of a reference (RFC 3986 §4.1).
struct Reference<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Reference<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        if !is_in_grammar(text) {
            return None;
        }
        let (text, fragment) = split_mark(text, '#');
        if fragment.is_some_and(|fragment| fragment.contains('#')) {
            return None;
        }
        let (hierarchy, query) = split_mark(text, '?');
        let (scheme, rest) = match hierarchy.split_once(':') {
            Some((scheme, rest)) if !scheme.contains('/') => {
                // A relative reference has no colon in its first segment (§4.2).
                if !is_scheme(scheme) {
                    return None;
                }
                (Some(scheme), rest)
            }
            Some(_) | None => (None, hierarchy),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                let (authority, path) = rest.split_at_checked(end)?;
                (Some(authority), path)
            }
            None => (None, rest),
        };
        Some(Self {
            scheme,
            authority,
            path,
            query,
        })
    }
}

fn split_mark(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Reserved and unreserved characters and whole escapes (RFC 3986 §2). Brackets only stand around
/// addresses, which [`Origin::new`] sees to; browsers send them in queries as well.
fn is_in_grammar(text: &str) -> bool {
    let is_plain = |byte: u8| is_unreserved(byte) || b"!$&'()*+,;=:@/?#[]%".contains(&byte);
    text.bytes().all(is_plain) && escapes(text).all(|escape| escape.is_some())
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// What each `%` of a text stands for; `None` where two hexadecimal digits do not follow it.
fn escapes(text: &str) -> impl Iterator<Item = Option<u8>> {
    text.match_indices('%').map(|(at, _)| escape_at(text, at))
}

fn escape_at(text: &str, at: usize) -> Option<u8> {
    let digits = text.get(at + 1..at + 3)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex
        .then(|| u8::from_str_radix(digits, 16).ok())
        .flatten()
}

/// Of the path of a URI with authority; the empty one is `/` (RFC 9110 §4.2.3). An escaped dot is a dot
/// (RFC 3986 §6.2.2.3), as it is to browsers and to the runtimes that will ask the origin.
pub fn remove_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut ends_in_directory = true;
    for segment in path.split('/').skip(1) {
        let dots = dots_of(segment);
        ends_in_directory = dots.is_some();
        match dots {
            Some(Dots::Here) => {}
            Some(Dots::Up) => {
                kept.pop();
            }
            None => kept.push(segment),
        }
    }
    let mut out = String::with_capacity(path.len().max(1));
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    if ends_in_directory {
        out.push('/');
    }
    out
}

enum Dots {
    Here,
    Up,
}

fn dots_of(segment: &str) -> Option<Dots> {
    // The longest of them is `%2e%2e`.
    if segment.len() > 6 {
        return None;
    }
    match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
        "." => Some(Dots::Here),
        ".." => Some(Dots::Up),
        _ => None,
    }
}

/// The normal form of escapes (RFC 3986 §6.2.2.1, §6.2.2.2): an escaped unreserved character is the
/// character, and other escapes have upper-case digits. Nothing is decoded twice. `None` where a `%` is
/// no escape.
pub fn normal_escapes(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let byte = escape_at(rest, at)?;
        out.push_str(rest.get(..at)?);
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        rest = rest.get(at + 3..)?;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests;
