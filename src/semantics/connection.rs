//! Which fields are about one connection (RFC 9110 §7.6.1), so that they are neither forwarded nor
//! stored (RFC 9111 §3.1), and `Via` (RFC 9110 §7.6.3).

use super::fields::{Fields, is_token};

/// Fields about one connection, whether or not `Connection` names them. Trailers end here as well: no
/// platform of ours passes them on, so nobody is told that they would come.
const HOP_BY_HOP: [&str; 7] = [
    "connection",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Fields that a nomination cannot take away: what decides who may see an answer, for how long, and
/// what its bytes are. §7.6.1 forbids to nominate fields that are meant for all recipients.
///
/// DEPARTS FROM RFC 9110 §7.6.1: whoever nominates one of them would otherwise turn a private answer
/// into a public one, or a request into another than the one that was judged.
const NEVER_NOMINATED: [&str; 20] = [
    "age",
    "authorization",
    "cache-control",
    "cdn-cache-control",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "etag",
    "expires",
    "forebay-cdn-cache-control",
    "host",
    "last-modified",
    "pragma",
    "set-cookie",
    "vary",
];

/// Whether `name` always is about one connection. All fields called `Proxy-…` are between a client and
/// its own proxy, which Forebay is not; and the bare `Proxy` is read as an environment variable by CGI.
pub fn is_hop_by_hop(name: &str) -> bool {
    let is_proxy = name
        .get(..6)
        .is_some_and(|start| start.eq_ignore_ascii_case("proxy-"));
    is_proxy || name.eq_ignore_ascii_case("proxy") || listed(&HOP_BY_HOP, name)
}

/// Whether one of the options of a `Connection` field takes `name` away.
pub fn is_nominated<'a>(name: &str, mut options: impl Iterator<Item = &'a str>) -> bool {
    !listed(&NEVER_NOMINATED, name) && options.any(|option| option.eq_ignore_ascii_case(name))
}

/// Leaves the fields that go from end to end.
pub fn strip(message: &mut Fields) {
    let options: Vec<String> = message.members("connection").map(str::to_owned).collect();
    message.retain_names(|name| {
        !is_hop_by_hop(name) && !is_nominated(name, options.iter().map(String::as_str))
    });
}

/// What of a response is kept with it: neither what is about its connection (RFC 9111 §3.1), nor what
/// is reckoned anew whenever it is served. `omitted`: what the directives leave out, in lower case.
///
/// DEPARTS FROM RFC 9111 §7.3: `Set-Cookie` is never stored, since a cookie that reaches a second
/// client is a session that does.
pub fn storable(response: &Fields, omitted: &[String]) -> Fields {
    let mut kept = response.clone();
    strip(&mut kept);
    kept.remove("set-cookie");
    kept.remove("age");
    for name in omitted {
        kept.remove(name);
    }
    kept
}

/// Whether a message has passed through `pseudonym`: a loop, unless it comes back as an answer.
pub fn has_passed(message: &Fields, pseudonym: &str) -> bool {
    let received_by = |member: &str| {
        let mut words = member.split([' ', '\t']).filter(|word| !word.is_empty());
        let by = words.nth(1);
        by.is_some_and(|by| by.eq_ignore_ascii_case(pseudonym))
    };
    message.members("via").any(received_by)
}

/// Adds ourselves at the end of `Via`, in a line of our own. `protocol`: how the message came, such as
/// `HTTP/1.1`; one that is no protocol is called 1.1, which every recipient can read.
pub fn append_via(message: &mut Fields, protocol: &str, pseudonym: &str) {
    // §7.6.3: the name is left out when it is HTTP.
    let version = protocol.strip_prefix("HTTP/").unwrap_or(protocol);
    let is_plain = |part: &str| is_token(part);
    let is_valid = version.splitn(2, '/').all(is_plain);
    let version = if is_valid { version } else { "1.1" };
    message.push("Via", format!("{version} {pseudonym}"));
}

fn listed(list: &[&str], name: &str) -> bool {
    list.iter().any(|listed| listed.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(lines: &[(&str, &str)]) -> Fields {
        lines.iter().copied().collect()
    }

    fn left(lines: &[(&str, &str)]) -> Vec<String> {
        let mut message = fields(lines);
        strip(&mut message);
        message.iter().map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn rfc_9110_7_6_1_what_always_is_about_one_connection() {
        for name in [
            "Connection",
            "Keep-Alive",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
            "Proxy",
            "Proxy-Authenticate",
            "Proxy-Authentication-Info",
            "Proxy-Authorization",
            "proxy-connection",
        ] {
            assert!(left(&[(name, "x")]).is_empty(), "{name}");
        }
        for name in ["Proxied", "Content-Length", "X-Proxy-By", "Via", "Server"] {
            assert_eq!(left(&[(name, "x")]), [name]);
        }
    }

    #[test]
    fn rfc_9110_7_6_1_what_connection_names() {
        let others = [("a", "1"), ("B", "2"), ("c", "3"), ("b", "4")];
        for options in [
            &[("Connection", "a, b")][..],
            &[("connection", "A"), ("Connection", " ,\tb ,")],
            &[("Connection", "close, b, a, absent")],
        ] {
            assert_eq!(left(&[options, &others].concat()), ["c"], "{options:?}");
        }
    }

    #[test]
    fn a_nomination_does_not_make_a_private_answer_public() {
        let answer = [
            ("Connection", "cache-control, Set-Cookie, vary"),
            ("Cache-Control", "private"),
            ("Set-Cookie", "a=b"),
            ("Vary", "Cookie"),
        ];
        assert_eq!(left(&answer), ["Cache-Control", "Set-Cookie", "Vary"]);
    }

    #[test]
    fn rfc_9111_3_1_what_is_stored_keeps_order_and_number() {
        let stored = storable(
            &fields(&[
                ("Link", "1"),
                ("Age", "3"),
                ("Date", "x"),
                ("link", "2"),
                ("Set-Cookie", "a=b"),
                ("Connection", "close"),
                ("Set-Cookie2", "c=d"),
                ("X-User", "7"),
            ]),
            &["x-user".to_owned()],
        );
        let lines: Vec<_> = stored.iter().collect();
        assert_eq!(
            lines,
            [
                ("Link", "1"),
                ("Date", "x"),
                ("link", "2"),
                ("Set-Cookie2", "c=d")
            ]
        );
    }

    #[test]
    fn rfc_9110_7_6_3_via() {
        for (protocol, expected) in [
            ("HTTP/1.1", "1.1 forebay"),
            ("HTTP/2", "2 forebay"),
            ("SPDY/3", "SPDY/3 forebay"),
            ("", "1.1 forebay"),
            ("HTTP/1.1\r\nX: y", "1.1 forebay"),
        ] {
            let mut message = fields(&[("Via", "1.0 fred"), ("A", "1")]);
            assert!(!has_passed(&message, "forebay"));
            append_via(&mut message, protocol, "forebay");
            let lines: Vec<_> = message.lines("via").collect();
            assert_eq!(lines, ["1.0 fred", expected]);
            assert!(has_passed(&message, "Forebay"));
        }
        for (via, expected) in [
            ("1.1 a, 1.1 forebay (x), 2 b", true),
            ("1.1\tforebay:80", false),
            ("forebay", false),
            ("1.1 x (1.1 forebay)", false),
        ] {
            assert_eq!(
                has_passed(&fields(&[("Via", via)]), "forebay"),
                expected,
                "{via}"
            );
        }
    }
}
