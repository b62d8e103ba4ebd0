//! What is asked of an HTTP origin, and what it answers, less the bodies.

use super::image;
use super::query::Repeat;
use crate::semantics::fields::Fields;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A request as it goes to the origin. Where it goes to, the configuration alone says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// As sent by the client: methods are case-sensitive.
    pub method: String,
    /// Path and query in canonical form: begins with a slash.
    pub target: String,
    /// All of them, `X-Forwarded-*` and `Via` included, in order; never `Host`.
    pub fields: Fields,
    /// What the platform is to make of an image, where it can.
    pub image: Option<image::Options>,
}

/// An origin's answer, as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchanged {
    /// 200 to 599: the runtime passes nothing else on. And 101, where the request has asked for a WebSocket.
    pub status: u16,
    /// In order and number, as the runtime tells them. Nothing is left out yet.
    pub fields: Fields,
    /// `request_time` of RFC 9111 §4.2.3.
    pub requested: Timestamp,
    /// `response_time`
    pub received: Timestamp,
}

impl Fetch {
    /// Whether sending it twice is as good as sending it once (RFC 9110 §9.2.2).
    pub fn repeat(&self) -> Repeat {
        match self.method.as_str() {
            "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE" => Repeat::Allowed,
            _ => Repeat::Never,
        }
    }
}

/// What an answer's status tells of the server that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Well,
    /// It, or what it depends on, cannot answer (502, 503, 504).
    Failing,
    /// In Cloudflare's own words there was no answer (520 to 526, 530): its network, and not the origin,
    /// has written this one.
    Unreached,
}

impl Exchanged {
    /// The length of the content that the origin has declared. Members that all say the same count as one
    /// (RFC 9110 §8.6): the runtime joins repeated lines.
    pub fn declared_length(&self) -> Option<u64> {
        let mut members = self.fields.members("content-length");
        let first = members.next()?;
        let agree = members.all(|member| member == first);
        first.parse().ok().filter(|_| agree)
    }

    pub fn standing(&self) -> Standing {
        match self.status {
            502..=504 => Standing::Failing,
            520..=526 | 530 => Standing::Unreached,
            _ => Standing::Well,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchanged(status: u16, fields: &[(&str, &str)]) -> Exchanged {
        Exchanged {
            status,
            fields: fields.iter().copied().collect(),
            requested: Timestamp::from_millis(0),
            received: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn a_length_counts_when_everything_that_declares_one_agrees() {
        let field = |value| ("Content-Length", value);
        for (fields, expected) in [
            (vec![], None),
            (vec![field("5")], Some(5)),
            (vec![field("5, 5")], Some(5)),
            (vec![field("5"), field("5")], Some(5)),
            (vec![field("5, 6")], None),
            (vec![field("5"), field("6")], None),
            (vec![field("-5")], None),
            (vec![field("")], None),
        ] {
            let length = exchanged(200, &fields).declared_length();
            assert_eq!(length, expected, "{fields:?}");
        }
    }

    #[test]
    fn only_statuses_of_a_gateway_speak_against_a_server() {
        for (statuses, expected) in [
            (
                vec![200, 304, 404, 429, 500, 501, 505, 519, 527, 529, 599],
                Standing::Well,
            ),
            (vec![502, 503, 504], Standing::Failing),
            (
                vec![520, 521, 522, 523, 524, 525, 526, 530],
                Standing::Unreached,
            ),
        ] {
            for status in statuses {
                assert_eq!(exchanged(status, &[]).standing(), expected, "{status}");
            }
        }
    }

    #[test]
    fn idempotent_methods_may_be_repeated_and_names_are_case_sensitive() {
        for (method, expected) in [
            ("GET", Repeat::Allowed),
            ("HEAD", Repeat::Allowed),
            ("OPTIONS", Repeat::Allowed),
            ("TRACE", Repeat::Allowed),
            ("PUT", Repeat::Allowed),
            ("DELETE", Repeat::Allowed),
            ("POST", Repeat::Never),
            ("PATCH", Repeat::Never),
            ("get", Repeat::Never),
            ("PROPFIND", Repeat::Never),
        ] {
            let fetch = Fetch {
                method: method.to_owned(),
                target: String::from("/"),
                fields: Fields::new(),
                image: None,
            };
            assert_eq!(fetch.repeat(), expected, "{method}");
        }
    }
}
