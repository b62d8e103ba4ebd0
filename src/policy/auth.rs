//! Whether a request may have a route's answers at all. Decided before any lookup.

use sha2::{Digest, Sha256};

/// Why a bearer token is not accepted. Clients are told nothing of the difference but by challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthRefusal {
    /// No `Authorization`, or not `Bearer`.
    Missing,
    Wrong,
    /// The Worker has no such secret, so that nobody may pass.
    NotConfigured,
}

/// Checks `Authorization: Bearer …` (RFC 6750 §2.1) against a secret, in time that does not depend on
/// where they differ: their digests are compared, all bytes of them.
///
/// # Errors
/// The reason of the refusal.
pub fn check_bearer(authorization: Option<&str>, secret: Option<&str>) -> Result<(), AuthRefusal> {
    check_token(authorization.and_then(bearer_token), secret)
}

/// The same for a token that came in another way.
///
/// # Errors
/// The reason of the refusal.
pub fn check_token(token: Option<&str>, secret: Option<&str>) -> Result<(), AuthRefusal> {
    let secret = secret
        .filter(|secret| !secret.is_empty())
        .ok_or(AuthRefusal::NotConfigured)?;
    let token = token.ok_or(AuthRefusal::Missing)?;
    let (given, wanted) = (
        Sha256::digest(token.as_bytes()),
        Sha256::digest(secret.as_bytes()),
    );
    let difference = given
        .iter()
        .zip(wanted.iter())
        .fold(0, |acc, (a, b)| acc | (a ^ b));
    if difference == 0 {
        Ok(())
    } else {
        Err(AuthRefusal::Wrong)
    }
}

/// The scheme's name is case-insensitive (RFC 9110 §11.1).
fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_token_under_bearer_passes() {
        let check = |header| check_bearer(header, Some("s3cret"));
        assert_eq!(check(Some("Bearer s3cret")), Ok(()));
        assert_eq!(check(Some("bearer   s3cret ")), Ok(()));
        for wrong in ["Bearer s3cre", "Bearer s3cretx", "Bearer S3CRET"] {
            assert_eq!(check(Some(wrong)), Err(AuthRefusal::Wrong), "{wrong}");
        }
        for missing in ["", "s3cret", "Basic s3cret", "Bearer", "Bearer "] {
            assert_eq!(check(Some(missing)), Err(AuthRefusal::Missing), "{missing}");
        }
        assert_eq!(check(None), Err(AuthRefusal::Missing));
    }

    #[test]
    fn without_a_secret_nobody_passes() {
        for secret in [None, Some("")] {
            let refused = check_bearer(Some("Bearer "), secret);
            assert_eq!(refused, Err(AuthRefusal::NotConfigured));
        }
    }
}
