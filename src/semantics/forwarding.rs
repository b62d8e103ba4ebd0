//! Which fields of a request reach an origin, and which of its answer reach the client: end-to-end ones
//! (RFC 9110 §7.6.1), less those by which an outsider could make an origin believe that something else
//! was asked for than what the key says. An answer that reflects such a field would be stored for
//! everybody.

use super::connection::{self, is_hop_by_hop};
use super::fields::Fields;
use serde::{Deserialize, Serialize};

/// Fields that frameworks, servers and proxies take for host, scheme, path, method or peer. Those whose
/// names begin with one of [`PREFIXES`] belong to them.
const NOT_FROM_OUTSIDE: [&str; 27] = [
    "client-ip",
    "fastly-client-ip",
    "forwarded",
    "front-end-https",
    "host",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-host",
    "x-http-host-override",
    "x-http-method",
    "x-http-method-override",
    "x-http-path-override",
    "x-invoke-path",
    "x-invoke-query",
    "x-method-override",
    "x-original-host",
    "x-original-method",
    "x-original-uri",
    "x-original-url",
    "x-originating-ip",
    "x-real-ip",
    "x-remote-addr",
    "x-remote-ip",
    "x-rewrite-url",
    "x-scheme",
    "x-url-scheme",
];

const PREFIXES: [&str; 6] = [
    // Of Cloudflare, about the client: an answer that is stored must not depend on who asked first.
    "cf-",
    // Of nginx, and what it does for those who may say it.
    "x-accel-",
    "x-forwarded",
    "x-matched-path",
    // Of Next.js: its own subrequests, which pass its checks.
    "x-middleware-",
    "x-nextjs-",
];

/// Fields that Forebay writes itself on every answer.
const OURS: [&str; 4] = [
    "server-timing",
    "x-cache-status",
    "x-edge-location",
    "x-request-id",
];

/// Cookies in which a browser keeps that an operator has signed in, on https and on http: they open
/// Forebay itself, so no origin gets them.
pub const SESSIONS: [&str; 2] = ["__Host-forebay", "forebay"];

/// What [`Reach::Only`] passes without being told: what HTTP itself gives a meaning.
const PLAIN: [&str; 24] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "access-control-request-headers",
    "access-control-request-method",
    "authorization",
    "cache-control",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "origin",
    "pragma",
    "range",
    "referer",
    "user-agent",
    "via",
];

/// How much of a client's request an origin sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Everything but what could mislead it; of that, what `allow` names.
    AllBut { allow: Vec<String> },
    /// What HTTP gives a meaning, and what `allow` names: for origins of which nobody knows what they
    /// reflect.
    Only { allow: Vec<String> },
}

impl Default for Reach {
    fn default() -> Self {
        Self::AllBut { allow: Vec::new() }
    }
}

/// What becomes of one field of a client's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    Pass,
    /// About the client's connection.
    HopByHop,
    /// It could make the origin believe that something else was asked for.
    Misleading,
    /// Not on the list.
    Unlisted,
}

impl Fate {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::HopByHop => "hop-by-hop",
            Self::Misleading => "misleading",
            Self::Unlisted => "unlisted",
        }
    }
}

impl Reach {
    /// `Host` never passes: whoever connects to the origin writes it. `allow` cannot change that, nor
    /// what is about a connection.
    pub fn fate(&self, name: &str) -> Fate {
        let (Self::AllBut { allow } | Self::Only { allow }) = self;
        let allowed = allow.iter().any(|own| own.eq_ignore_ascii_case(name));
        if is_hop_by_hop(name) {
            return Fate::HopByHop;
        }
        if name.eq_ignore_ascii_case("host") {
            return Fate::Misleading;
        }
        match self {
            Self::AllBut { .. } if misleads(name) && !allowed => Fate::Misleading,
            Self::Only { .. } if !listed(&PLAIN, name) && !allowed => Fate::Unlisted,
            Self::AllBut { .. } | Self::Only { .. } => Fate::Pass,
        }
    }
}

/// What Forebay itself tells the origin about the request, in `X-Forwarded-*`.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// As the key has it.
    pub host: &'a str,
    /// `https`, or `http`.
    pub scheme: &'a str,
    /// Only where the answer is for this client alone: an answer that is stored must not depend on who
    /// asked first.
    pub client_address: Option<&'a str>,
    /// How the client's request came, such as `HTTP/2`.
    pub protocol: &'a str,
}

/// Forebay's name in `Via`.
pub const PSEUDONYM: &str = "forebay";

/// The fields that go to the origin, in order: those that pass, then ours.
pub fn to_origin(request: &Fields, reach: &Reach, told: &Told<'_>) -> Fields {
    let mut fields = request.clone();
    connection::strip(&mut fields);
    fields.retain_names(|name| reach.fate(name) == Fate::Pass);
    remove_sessions(&mut fields);
    let address = told
        .client_address
        .map(|address| ("X-Forwarded-For", address));
    let own = [
        ("X-Forwarded-Host", told.host),
        ("X-Forwarded-Proto", told.scheme),
    ];
    for (name, value) in own.into_iter().chain(address) {
        // What the configuration lets in from outside comes from a proxy that it trusts.
        if !fields.contains(name) {
            fields.push(name, value);
        }
    }
    connection::append_via(&mut fields, told.protocol, PSEUDONYM);
    fields
}

/// A request without a session keeps its cookies to the byte. Lines of `Cookie` that were joined as lists
/// are have commas between them, so whatever stands between those is looked at too.
fn remove_sessions(fields: &mut Fields) {
    let is_session = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default().trim();
        SESSIONS.contains(&name)
    };
    let lines: Vec<String> = fields.lines("cookie").map(str::to_owned).collect();
    if !lines
        .iter()
        .any(|line| line.split([';', ',']).any(is_session))
    {
        return;
    }
    fields.remove("cookie");
    for line in lines {
        let without_session = |pair: &str| {
            let parts = pair.split(',').filter(|part| !is_session(part));
            let kept = parts.collect::<Vec<_>>().join(",");
            Some(kept.trim().to_owned()).filter(|kept| !kept.is_empty())
        };
        let others: Vec<String> = line.split(';').filter_map(without_session).collect();
        if !others.is_empty() {
            fields.push("Cookie", others.join("; "));
        }
    }
}

/// How far a request may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reckoned {
    /// Its `Max-Forwards`, if it has one, counts this hop.
    GoesOn,
    /// Whoever gets it now is its last recipient.
    EndsHere,
}

/// RFC 9110 §7.6.2: `Max-Forwards`, which means something for these two methods alone.
pub fn reckon_max_forwards(method: &str, fields: &mut Fields) -> Reckoned {
    let left = fields.sole("max-forwards").map(str::parse::<u32>);
    match (method, left) {
        ("OPTIONS" | "TRACE", Some(Ok(left))) => match left.checked_sub(1) {
            Some(left) => {
                fields.set("Max-Forwards", left.to_string());
                Reckoned::GoesOn
            }
            None => Reckoned::EndsHere,
        },
        (_, Some(Ok(_) | Err(_)) | None) => Reckoned::GoesOn,
    }
}

/// The fields of an origin's answer that a client gets, in order and number.
pub fn to_client(response: &Fields) -> Fields {
    let mut fields = response.clone();
    connection::strip(&mut fields);
    fields.retain_names(|name| !listed(&OURS, name));
    fields
}

/// Servers that hand fields to CGI write `-` and `_` alike (RFC 3875 §4.1.18), so both are refused.
fn misleads(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    listed(&NOT_FROM_OUTSIDE, &name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn listed(list: &[&str], name: &str) -> bool {
    list.iter().any(|listed| listed.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: Told<'_> = Told {
        host: "example.com",
        scheme: "https",
        client_address: None,
        protocol: "HTTP/2",
    };

    fn fields(lines: &[(&str, &str)]) -> Fields {
        lines.iter().copied().collect()
    }

    #[test]
    fn connection_fields_and_what_connection_names_stay_here() {
        for name in ["Connection", "TE", "keep-alive", "Transfer-Encoding"] {
            assert_eq!(Reach::default().fate(name), Fate::HopByHop, "{name}");
            assert!(!to_client(&fields(&[(name, "1")])).contains(name), "{name}");
        }
        for (options, passes) in [("close, x-mine", false), ("close", true)] {
            let sent = fields(&[("X-Mine", "1"), ("Connection", options)]);
            let at_origin = to_origin(&sent, &Reach::default(), &TOLD);
            assert_eq!(at_origin.contains("x-mine"), passes, "{options}");
            assert_eq!(to_client(&sent).contains("x-mine"), passes, "{options}");
        }
    }

    #[test]
    fn an_outsider_cannot_say_which_host_was_asked() {
        for name in [
            "Host",
            "X-Forwarded-Host",
            "X-Forwarded-Anything",
            "x_forwarded_host",
            "X-Original-URL",
            "X-Rewrite-URL",
            "X-Host",
            "X-HTTP-Method-Override",
            "forwarded",
            "X-Middleware-Subrequest",
            "X-Accel-Redirect",
        ] {
            assert_eq!(Reach::default().fate(name), Fate::Misleading, "{name}");
        }
        assert_eq!(Reach::default().fate("Proxy"), Fate::HopByHop);
        for name in ["Accept-Language", "Cookie", "X-Mine", "X-Forward", "Via"] {
            assert_eq!(Reach::default().fate(name), Fate::Pass, "{name}");
        }
    }

    #[test]
    fn an_origin_does_not_write_our_fields() {
        let answer = fields(&[
            ("A", "1"),
            ("X-Cache-Status", "HIT"),
            ("Connection", "b"),
            ("B", "2"),
            ("Set-Cookie", "c=d"),
            ("a", "3"),
        ]);
        let sent = to_client(&answer);
        assert_eq!(
            sent.iter().collect::<Vec<_>>(),
            [("A", "1"), ("Set-Cookie", "c=d"), ("a", "3")]
        );
    }

    #[test]
    fn rfc_9110_7_6_2_forwards_are_counted() {
        for (method, before, after, expected) in [
            ("OPTIONS", "3", "2", Reckoned::GoesOn),
            ("TRACE", "1", "0", Reckoned::GoesOn),
            ("TRACE", "0", "0", Reckoned::EndsHere),
            ("OPTIONS", "0", "0", Reckoned::EndsHere),
            ("OPTIONS", "many", "many", Reckoned::GoesOn),
            ("GET", "0", "0", Reckoned::GoesOn),
        ] {
            let mut sent = fields(&[("Max-Forwards", before)]);
            assert_eq!(reckon_max_forwards(method, &mut sent), expected, "{method}");
            assert_eq!(sent.first("max-forwards"), Some(after), "{method}");
        }
        assert_eq!(
            reckon_max_forwards("TRACE", &mut Fields::new()),
            Reckoned::GoesOn
        );
    }

    #[test]
    fn what_the_site_allows_passes_but_for_host_and_connections() {
        let allow: Vec<String> = ["x-forwarded-host", "HOST", "TE", "X-Tenant"]
            .map(str::to_owned)
            .to_vec();
        let (all_but, only) = (
            Reach::AllBut {
                allow: allow.clone(),
            },
            Reach::Only { allow },
        );
        for (name, in_all_but, in_only) in [
            ("X-Forwarded-Host", Fate::Pass, Fate::Pass),
            ("X-Forwarded-Proto", Fate::Misleading, Fate::Unlisted),
            ("Host", Fate::Misleading, Fate::Misleading),
            ("TE", Fate::HopByHop, Fate::HopByHop),
            ("X-Tenant", Fate::Pass, Fate::Pass),
            ("X-Other", Fate::Pass, Fate::Unlisted),
            ("Accept", Fate::Pass, Fate::Pass),
        ] {
            assert_eq!(all_but.fate(name), in_all_but, "{name}");
            assert_eq!(only.fate(name), in_only, "{name}");
        }
    }

    #[test]
    fn the_origin_is_told_what_the_key_says() {
        let request = fields(&[
            ("Accept", "a/b"),
            ("X-Forwarded-Host", "evil.example"),
            ("Connection", "x-hop"),
            ("X-Hop", "1"),
            ("Via", "1.0 fred"),
        ]);
        let sent = to_origin(&request, &Reach::default(), &TOLD);
        assert_eq!(
            sent.iter().collect::<Vec<_>>(),
            [
                ("Accept", "a/b"),
                ("Via", "1.0 fred"),
                ("X-Forwarded-Host", "example.com"),
                ("X-Forwarded-Proto", "https"),
                ("Via", "2 forebay"),
            ]
        );
        let private = Told {
            client_address: Some("192.0.2.1"),
            ..TOLD
        };
        let sent = to_origin(&request, &Reach::default(), &private);
        assert_eq!(sent.first("x-forwarded-for"), Some("192.0.2.1"));
        let trusting = Reach::AllBut {
            allow: vec!["X-Forwarded-Host".to_owned()],
        };
        let sent = to_origin(&request, &trusting, &TOLD);
        assert_eq!(
            sent.combined("x-forwarded-host").as_deref(),
            Some("evil.example")
        );
    }

    #[test]
    fn an_operators_session_stays_here_and_other_cookies_go_on() {
        let sent = |cookies: &[&str]| {
            let mut request = Fields::default();
            for line in cookies {
                request.push("Cookie", *line);
            }
            let told = Told {
                host: "h",
                scheme: "https",
                client_address: None,
                protocol: "HTTP/2",
            };
            let fields = to_origin(&request, &Reach::default(), &told);
            let lines: Vec<String> = fields.lines("cookie").map(str::to_owned).collect();
            lines
        };
        for (cookies, expected) in [
            (&["a=1;b=2"][..], &["a=1;b=2"][..]),
            (&["forebay=9.ab"], &[]),
            (&["__Host-forebay=9.ab"], &[]),
            (&["a=1; forebay=9.ab; b=2"], &["a=1; b=2"]),
            (&["a=1", "__Host-forebay=9.ab", "b=2"], &["a=1", "b=2"]),
            (&["forebay=1; forebay=2;a"], &["a"]),
            (&["forebay"], &[]),
            (&["a=1,2; forebay=9.ab"], &["a=1,2"]),
            (&["a=1, __Host-forebay=9.ab, b=2"], &["a=1, b=2"]),
            (&["forebay=9.ab,a=1"], &["a=1"]),
            (
                &["forebay-bookmark=7; xforebay=1"],
                &["forebay-bookmark=7; xforebay=1"],
            ),
        ] {
            assert_eq!(sent(cookies), expected, "{cookies:?}");
        }
    }
}
