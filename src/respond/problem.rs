//! The one place where a failure becomes a response: `application/problem+json` (RFC 9457).

use super::{ResponseHead, cache_control::NO_STORE};
use crate::failure::{Failure, Kind};
use serde::Serialize;

/// A failure, as clients are told of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Problem<'a> {
    /// `urn:forebay:problem:` and a stable word.
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "str::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<_>"))]
    detail: &'a str,
    /// That of the log line.
    request_id: &'a str,
    /// What is wrong with which part of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<_>"))]
    parameters: Vec<Parameter<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "ProblemParameter"))]
pub(crate) struct Parameter<'a> {
    name: &'a str,
    reason: &'a str,
}

/// Head and body. Nothing of `failure.internal` is in either.
pub fn render(failure: &Failure, request_id: &str) -> (ResponseHead, String) {
    let status = failure.kind.status();
    let mut head = ResponseHead::new(status);
    head.push("Content-Type", "application/problem+json");
    head.push("Cache-Control", NO_STORE);
    if failure.kind == Kind::MethodNotAllowed {
        head.push("Allow", failure.allow.join(", "));
    }
    if failure.kind == Kind::Unauthorized {
        head.push("WWW-Authenticate", "Bearer");
    }
    if let Some(seconds) = failure.retry_after_s() {
        head.push("Retry-After", seconds.to_string());
    }
    let parameters = failure.faults.iter();
    let parameters = parameters
        .map(|f| Parameter {
            name: &f.name,
            reason: &f.reason,
        })
        .collect();
    let problem = Problem {
        r#type: format!("urn:forebay:problem:{}", failure.kind.as_str()),
        title: failure.kind.title(),
        status,
        detail: &failure.public,
        request_id,
        parameters,
    };
    // Strings and numbers alone: this cannot fail, and an empty body would still be a valid answer.
    (head, serde_json::to_string(&problem).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ParameterFault;

    #[test]
    fn a_problem_names_the_parameter_and_hides_the_inside() {
        let mut failure = Failure::new(Kind::BadParameters, "").because("SELECT secret FROM t");
        failure.faults.push(ParameterFault {
            name: "id".into(),
            reason: "must be \"x\"".into(),
        });
        let (head, body) = render(&failure, "r1");
        assert_eq!(head.status, 400);
        assert_eq!(head.get("cache-control"), Some("no-store"));
        assert_eq!(
            body,
            r#"{"type":"urn:forebay:problem:bad-parameters","title":"A parameter is wrong","status":400,"request_id":"r1","parameters":[{"name":"id","reason":"must be \"x\""}]}"#
        );
    }

    #[test]
    fn each_kind_brings_the_fields_that_it_needs() {
        let mut failure = Failure::new(Kind::MethodNotAllowed, "");
        failure.allow = vec!["GET".into(), "HEAD".into()];
        assert_eq!(render(&failure, "r").0.get("Allow"), Some("GET, HEAD"));
        let head = render(&Failure::new(Kind::Unauthorized, ""), "r").0;
        assert_eq!(head.get("WWW-Authenticate"), Some("Bearer"));
        let head = render(&Failure::new(Kind::Unavailable, ""), "r").0;
        assert_eq!((head.status, head.get("Retry-After")), (503, Some("2")));
        assert_eq!(
            render(&Failure::new(Kind::Conflict, ""), "r")
                .0
                .get("Retry-After"),
            None
        );
    }
}
