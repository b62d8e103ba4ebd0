//! Who may use the operator's endpoints: who shows the admin token, or has the dashboard's session. A
//! browser sends the session by itself, also for pages of other hosts of the same site. So with it nothing is
//! answered where another origin is told, or `[cors]` would have such a page read; and what changes
//! something must carry the dashboard's own field, which no page of others can set.

use super::session::{Lasts, lasts};
use crate::failure::{Failure, Kind};
use crate::policy::auth::{AuthRefusal, check_bearer};
use crate::ports::Secrets;
use crate::semantics::request::RequestHead;
use crate::time::Timestamp;

/// The field that the dashboard sends with each of its questions.
pub const MARK: &str = "Forebay-Dashboard";

/// Why somebody may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    Token(AuthRefusal),
    /// There is a session, but it may not have been its owner who asked.
    Unmarked,
    /// There is a session, and another page asked.
    OtherOrigin,
}

/// `mark`: the value of the field [`MARK`].
///
/// # Errors
/// Why it is denied.
pub fn check(
    request: &RequestHead<'_>,
    mark: Option<&str>,
    secrets: &Secrets,
    now: Timestamp,
) -> Result<(), Denied> {
    let token = secrets.admin_token.as_deref();
    let refusal = match check_bearer(request.authorization, token) {
        Ok(()) => return Ok(()),
        Err(refusal) => refusal,
    };
    // Who shows a token means it, and is told that it is wrong.
    if refusal != AuthRefusal::Missing {
        return Err(Denied::Token(refusal));
    }
    match lasts(request.cookie.unwrap_or_default(), token, request.base, now) {
        Lasts::Yes if request.is_read() => from_own_origin(request),
        Lasts::Yes => from_ourselves(request, mark),
        Lasts::Not => Err(Denied::Token(refusal)),
    }
}

/// Whether a request that changes something comes from the dashboard.
///
/// # Errors
/// Why it is denied.
pub fn from_ourselves(request: &RequestHead<'_>, mark: Option<&str>) -> Result<(), Denied> {
    if mark != Some("1") {
        return Err(Denied::Unmarked);
    }
    from_own_origin(request)
}

/// Browsers tell the origin of whatever a page of another one might read.
fn from_own_origin(request: &RequestHead<'_>) -> Result<(), Denied> {
    match request.origin {
        Some(origin) if origin != request.base => Err(Denied::OtherOrigin),
        Some(_) | None => Ok(()),
    }
}

impl From<Denied> for Failure {
    /// The same to all of them: only the log tells the difference.
    fn from(denied: Denied) -> Self {
        let why = match denied {
            Denied::Token(AuthRefusal::Missing) => "no admin token and no session",
            Denied::Token(AuthRefusal::Wrong) => "wrong admin token",
            Denied::Token(AuthRefusal::NotConfigured) => "the Worker has no secret ADMIN_TOKEN",
            Denied::Unmarked => "a session without the field Forebay-Dashboard",
            Denied::OtherOrigin => "a session, asked by a page of another origin",
        };
        Self::new(Kind::Unauthorized, "").because(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::session;

    const BASE: &str = "https://example.com";
    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn secrets() -> Secrets {
        Secrets {
            api_token: Some("b-token".into()),
            admin_token: Some("a-token".into()),
        }
    }

    fn cookie() -> String {
        let set = session::begin("a-token", BASE, NOW);
        set.split(';').next().unwrap().to_owned()
    }

    #[test]
    fn a_session_reads_and_changes_only_what_the_dashboard_asks() {
        let cookie = cookie();
        let ask = |method, mark, origin| {
            let request = RequestHead {
                method,
                base: BASE,
                cookie: Some(&cookie),
                origin,
                ..RequestHead::default()
            };
            check(&request, mark, &secrets(), NOW)
        };
        let elsewhere = Some("https://elsewhere.example");
        for (method, mark, origin, expected) in [
            ("GET", None, None, Ok(())),
            ("GET", None, Some(BASE), Ok(())),
            ("GET", None, elsewhere, Err(Denied::OtherOrigin)),
            ("HEAD", Some("1"), elsewhere, Err(Denied::OtherOrigin)),
            ("POST", Some("1"), None, Ok(())),
            ("POST", Some("1"), Some(BASE), Ok(())),
            ("DELETE", Some("1"), Some(BASE), Ok(())),
            ("POST", None, Some(BASE), Err(Denied::Unmarked)),
            ("POST", Some("0"), Some(BASE), Err(Denied::Unmarked)),
            ("POST", Some("1"), elsewhere, Err(Denied::OtherOrigin)),
            ("POST", Some("1"), Some("null"), Err(Denied::OtherOrigin)),
        ] {
            let found = ask(method, mark, origin);
            assert_eq!(found, expected, "{method} {mark:?} {origin:?}");
        }
    }

    #[test]
    fn a_token_needs_no_mark_and_a_wrong_one_no_session_helps() {
        let cookie = cookie();
        let ask = |authorization, cookie| {
            let request = RequestHead {
                method: "POST",
                base: BASE,
                authorization,
                cookie,
                ..RequestHead::default()
            };
            check(&request, None, &secrets(), NOW)
        };
        assert_eq!(ask(Some("Bearer a-token"), None), Ok(()));
        let wrong = Err(Denied::Token(AuthRefusal::Wrong));
        assert_eq!(ask(Some("Bearer x"), Some(cookie.as_str())), wrong);
        let missing = Err(Denied::Token(AuthRefusal::Missing));
        assert_eq!(ask(None, None), missing);
        assert_eq!(ask(None, Some("__Host-forebay=1.00")), missing);
    }
}
