//! Which of the operator's endpoints a request means. Without the token all of them, and all paths
//! where one could be, answer alike.

use crate::failure::{Failure, Kind};
use crate::policy::auth::{AuthRefusal, check_bearer};
use crate::ports::Secrets;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Purge,
    Inspect,
    Warm,
    Explain,
    Shield,
}

impl Endpoint {
    const EVERY: [Self; 5] = [
        Self::Purge,
        Self::Inspect,
        Self::Warm,
        Self::Explain,
        Self::Shield,
    ];

    pub fn path(self) -> &'static str {
        match self {
            Self::Purge => "/admin/purge",
            Self::Inspect => "/admin/inspect",
            Self::Warm => "/admin/warm",
            Self::Explain => "/debug/explain",
            Self::Shield => "/debug/shield",
        }
    }

    fn method(self) -> &'static str {
        match self {
            Self::Purge | Self::Inspect | Self::Warm => "POST",
            Self::Explain | Self::Shield => "GET",
        }
    }

    /// What a request's body may weigh.
    pub fn body_bytes_max(self) -> u64 {
        match self {
            // Ten thousand tags and URLs of a few hundred bytes each.
            Self::Purge | Self::Warm => 4 * 1024 * 1024,
            Self::Inspect => 256 * 1024,
            Self::Explain | Self::Shield => 0,
        }
    }
}

/// Whether a path is the operator's, so that no route is asked for it.
pub fn is_operators(path: &str) -> bool {
    ["/admin", "/debug"].into_iter().any(|root| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// What Forebay itself answers under a path, before any route is tried.
pub fn own(path: &str) -> Option<&'static str> {
    if super::health::PATHS.contains(&path) {
        return Some("the report on its health");
    }
    is_operators(path).then_some("what operators ask for")
}

/// # Errors
/// `Unauthorized`, whatever was asked for, without the token; else `NoRoute` or `MethodNotAllowed`.
pub fn find(
    method: &str,
    path: &str,
    authorization: Option<&str>,
    secrets: &Secrets,
) -> Result<Endpoint, Failure> {
    check_bearer(authorization, secrets.admin_token.as_deref()).map_err(refused)?;
    let endpoint = Endpoint::EVERY
        .into_iter()
        .find(|endpoint| endpoint.path() == path)
        .ok_or_else(|| Failure::new(Kind::NoRoute, ""))?;
    if endpoint.method() != method {
        let mut failure = Failure::new(Kind::MethodNotAllowed, "");
        failure.allow = vec![endpoint.method().to_owned()];
        return Err(failure);
    }
    Ok(endpoint)
}

fn refused(refusal: AuthRefusal) -> Failure {
    let why = match refusal {
        AuthRefusal::Missing => "no admin token",
        AuthRefusal::Wrong => "wrong admin token",
        AuthRefusal::NotConfigured => "the Worker has no secret ADMIN_TOKEN",
    };
    Failure::new(Kind::Unauthorized, "").because(why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::respond::problem;

    const TOKEN: Option<&str> = Some("Bearer a-token");

    fn secrets(admin: Option<&str>) -> Secrets {
        Secrets {
            api_token: Some("b-token".into()),
            admin_token: admin.map(str::to_owned),
        }
    }

    #[test]
    fn the_operators_paths_are_whole_segments() {
        for path in ["/admin", "/admin/", "/admin/purge", "/debug/x/y", "/debug"] {
            assert!(is_operators(path), "{path}");
        }
        for path in [
            "/",
            "/administration",
            "/debugger/x",
            "/api/admin/purge",
            "",
        ] {
            assert!(!is_operators(path), "{path}");
        }
    }

    #[test]
    fn with_the_token_each_endpoint_answers_to_its_method() {
        let ask = |method, path| find(method, path, TOKEN, &secrets(Some("a-token")));
        for endpoint in Endpoint::EVERY {
            assert_eq!(ask(endpoint.method(), endpoint.path()), Ok(endpoint));
            let failure = ask("DELETE", endpoint.path()).unwrap_err();
            assert_eq!(failure.kind, Kind::MethodNotAllowed);
            assert_eq!(failure.allow, [endpoint.method()]);
        }
        let unknown = ask("POST", "/admin/purges").unwrap_err();
        assert_eq!(unknown.kind, Kind::NoRoute);
    }

    #[test]
    fn without_the_token_every_refusal_is_the_same_document() {
        let document = |authorization, admin, method, path| {
            let failure = find(method, path, authorization, &secrets(admin)).unwrap_err();
            problem::render(&failure, "id")
        };
        let expected = document(None, Some("a-token"), "POST", "/admin/purge");
        assert_eq!(expected.0.status, 401);
        for authorization in [
            None,
            Some("Bearer x"),
            Some("Bearer b-token"),
            Some("Basic a-token"),
        ] {
            for (method, path) in [
                ("POST", "/admin/purge"),
                ("GET", "/admin/purge"),
                ("GET", "/admin/nothing"),
                ("OPTIONS", "/debug/explain"),
                ("GET", "/debug"),
            ] {
                let found = document(authorization, Some("a-token"), method, path);
                assert_eq!(found, expected, "{authorization:?} {method} {path}");
            }
        }
        for admin in [None, Some("")] {
            assert_eq!(document(TOKEN, admin, "POST", "/admin/purge"), expected);
            assert_eq!(document(Some("Bearer "), admin, "GET", "/debug"), expected);
        }
    }
}
