//! Which fields a gateway passes on (RFC 9110 §7.6.1), and which it never takes from outside.

/// Fields about one connection, whether or not `Connection` names them.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Fields by which an outsider could make an origin believe that another was asked for.
const NOT_FROM_OUTSIDE: [&str; 11] = [
    "host",
    "forwarded",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-forwarded-prefix",
    "x-original-url",
    "x-rewrite-url",
    "x-http-method-override",
    "x-host",
];

/// Fields that Forebay writes itself on every answer.
const OURS: [&str; 4] = [
    "server-timing",
    "x-cache-status",
    "x-edge-location",
    "x-request-id",
];

/// `connection`: the value of the message's `Connection` field.
pub fn passes_to_origin(name: &str, connection: Option<&str>) -> bool {
    is_end_to_end(name, connection) && !listed(&NOT_FROM_OUTSIDE, name)
}

/// `connection`: the value of the message's `Connection` field.
pub fn passes_to_client(name: &str, connection: Option<&str>) -> bool {
    is_end_to_end(name, connection) && !listed(&OURS, name)
}

fn is_end_to_end(name: &str, connection: Option<&str>) -> bool {
    let named = connection.unwrap_or("").split(',').map(str::trim);
    !listed(&HOP_BY_HOP, name)
        && !named
            .into_iter()
            .any(|option| option.eq_ignore_ascii_case(name))
}

fn listed(list: &[&str], name: &str) -> bool {
    list.iter().any(|listed| listed.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_fields_and_what_connection_names_stay_here() {
        for name in ["Connection", "TE", "keep-alive", "Transfer-Encoding"] {
            assert!(!passes_to_origin(name, None), "{name}");
            assert!(!passes_to_client(name, None), "{name}");
        }
        assert!(!passes_to_origin("X-Mine", Some("close, x-mine")));
        assert!(passes_to_origin("X-Mine", Some("close")));
    }

    #[test]
    fn an_outsider_cannot_say_which_host_was_asked() {
        for name in ["Host", "X-Forwarded-Host", "X-Original-URL", "forwarded"] {
            assert!(!passes_to_origin(name, None), "{name}");
        }
        assert!(passes_to_origin("Accept-Language", None));
    }

    #[test]
    fn an_origin_does_not_write_our_fields() {
        assert!(!passes_to_client("X-Cache-Status", None));
        assert!(passes_to_client("Set-Cookie", None));
    }
}
