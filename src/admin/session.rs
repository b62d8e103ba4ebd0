//! The dashboard's session: who has shown the admin token once gets a cookie that says so until a moment,
//! and a mac by the token that nobody else can make. Nothing is kept: a changed token ends every session.

use super::form::Form;
use crate::failure::{Failure, Kind};
use crate::key::{hex, unhex};
use crate::ports::Secrets;
use crate::semantics::forwarding::SESSIONS;
use crate::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::net::IpAddr;
use std::time::Duration;

/// How long a session lasts.
pub const LASTS: Duration = Duration::from_secs(12 * 3600);

/// What the mac is about, so that it says nothing anywhere else.
const PURPOSE: &[u8] = b"forebay dashboard session 1\n";

/// On https the prefix keeps other hosts of the domain from setting one (RFC 6265bis, 4.1.3.2); on http,
/// which is for one's own machine, browsers would not take it.
fn name(base: &str) -> &'static str {
    let [secure, plain] = SESSIONS;
    match is_secure(base) {
        true => secure,
        false => plain,
    }
}

fn is_secure(base: &str) -> bool {
    base.starts_with("https://")
}

/// Whether anybody can sign in there at all.
///
/// # Errors
/// `Misconfigured` without a token; `BadBody` where it would travel in the clear.
pub fn may_begin(base: &str, secrets: &Secrets) -> Result<(), Failure> {
    let token = secrets.admin_token.as_deref();
    if token.unwrap_or_default().is_empty() {
        let mend =
            "The Worker has no secret ADMIN_TOKEN: `wrangler secret put ADMIN_TOKEN` sets it.";
        return Err(Failure::new(Kind::Misconfigured, mend).because(mend));
    }
    if !is_secure(base) && !is_own_machine(base) {
        let mend = "Sign in over https: the token would travel in the clear.";
        return Err(Failure::new(Kind::BadBody, mend));
    }
    Ok(())
}

fn is_own_machine(base: &str) -> bool {
    let authority = base.strip_prefix("http://").unwrap_or(base);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) | None => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = address.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
    is_loopback || host == "localhost" || host.ends_with(".localhost")
}

/// The value of `Set-Cookie` that begins a session. `base`: scheme and authority of the request.
pub fn begin(admin_token: &str, base: &str, now: Timestamp) -> String {
    let ends_s = (now.as_millis() / 1000).saturating_add(LASTS.as_secs());
    let value = format!("{ends_s}.{}", hex(&mac(admin_token, ends_s)));
    set_cookie(base, &value, LASTS.as_secs())
}

/// The value of `Set-Cookie` that ends one in the browser.
pub fn end(base: &str) -> String {
    set_cookie(base, "", 0)
}

fn set_cookie(base: &str, value: &str, max_age_s: u64) -> String {
    let (name, secure) = match is_secure(base) {
        true => (name(base), "; Secure"),
        false => (name(base), ""),
    };
    format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}")
}

/// Whether one of the cookies is a session that lasts. `cookies`: the value of `Cookie`.
pub fn lasts(cookies: &str, admin_token: Option<&str>, base: &str, now: Timestamp) -> Lasts {
    let Some(token) = admin_token.filter(|token| !token.is_empty()) else {
        return Lasts::Not;
    };
    let name = name(base);
    let values = cookies.split([';', ',']).filter_map(|pair| {
        let (given, value) = pair.trim().split_once('=')?;
        (given == name).then_some(value)
    });
    let mut values = values.take(COOKIES_MAX);
    match values.any(|value| is_good(value, token, now)) {
        true => Lasts::Yes,
        false => Lasts::Not,
    }
}

/// What a session's cookie is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    Yes,
    /// There is none, or it has ended, or it was made by another token.
    Not,
}

/// What signing in may weigh, in bytes.
pub const BODY_BYTES_MAX: u64 = 4096;

/// Reads `POST /dashboard/session`: the token that is shown.
///
/// # Errors
/// `BadBody`, with everything that is wrong.
pub fn parse(body: Option<&[u8]>) -> Result<Option<String>, Failure> {
    let mut form = Form::read(body, r#"{"token":"…"}"#)?;
    let token = form.text("token", 1024);
    form.finish()?;
    Ok(token.filter(|token| !token.is_empty()))
}

/// More of one name are not looked at: each costs a hash.
const COOKIES_MAX: usize = 4;

fn is_good(value: &str, token: &str, now: Timestamp) -> bool {
    let Some((ends, given)) = value.split_once('.') else {
        return false;
    };
    let Some((ends_s, given)) = ends.parse::<u64>().ok().zip(unhex(given)) else {
        return false;
    };
    let now_s = now.as_millis() / 1000;
    // In time that does not depend on where they differ.
    keyed(token, ends_s).verify_slice(&given).is_ok() && now_s < ends_s
}

fn mac(token: &str, ends_s: u64) -> [u8; 32] {
    keyed(token, ends_s).finalize().into_bytes().into()
}

fn keyed(token: &str, ends_s: u64) -> Hmac<Sha256> {
    #[expect(
        clippy::expect_used,
        reason = "HMAC takes a key of any length (RFC 2104)"
    )]
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("a key");
    mac.update(PURPOSE);
    mac.update(ends_s.to_string().as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HTTP: &str = "http://127.0.0.1:8787";
    const HTTPS: &str = "https://example.com";
    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    /// What the browser sends back.
    fn sent(set_cookie: &str) -> &str {
        set_cookie.split(';').next().unwrap()
    }

    fn after(seconds: u64) -> Timestamp {
        Timestamp::from_millis(NOW.as_millis() + seconds * 1000)
    }

    #[test]
    fn a_session_lasts_twelve_hours_and_not_a_second_more() {
        let cookie = begin("token", HTTP, NOW);
        for (seconds, expected) in [
            (0, Lasts::Yes),
            (12 * 3600 - 1, Lasts::Yes),
            (12 * 3600, Lasts::Not),
            (u64::from(u32::MAX), Lasts::Not),
        ] {
            let found = lasts(sent(&cookie), Some("token"), HTTP, after(seconds));
            assert_eq!(found, expected, "{seconds}");
        }
    }

    #[test]
    fn the_token_is_shown_over_https_or_on_ones_own_machine() {
        let begins = |base, token: Option<&str>| {
            let secrets = Secrets {
                api_token: None,
                admin_token: token.map(str::to_owned),
            };
            may_begin(base, &secrets).map_err(|failure| failure.kind)
        };
        for base in [
            HTTPS,
            HTTP,
            "http://localhost:8787",
            "http://localhost",
            "http://[::1]:8787",
            "http://forebay.localhost:1",
        ] {
            assert_eq!(begins(base, Some("token")), Ok(()), "{base}");
        }
        for base in [
            "http://example.com",
            "http://10.0.0.1:8787",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://[::2]:8787",
        ] {
            assert_eq!(begins(base, Some("token")), Err(Kind::BadBody), "{base}");
        }
        for token in [None, Some("")] {
            assert_eq!(begins(HTTPS, token), Err(Kind::Misconfigured), "{token:?}");
        }
    }

    #[test]
    fn another_token_or_none_ends_every_session() {
        let cookie = begin("token", HTTP, NOW);
        for token in [None, Some(""), Some("Token"), Some("token2")] {
            assert_eq!(
                lasts(sent(&cookie), token, HTTP, NOW),
                Lasts::Not,
                "{token:?}"
            );
        }
    }

    #[test]
    fn the_cookie_is_for_this_host_alone_and_no_script() {
        let secure = begin("token", HTTPS, NOW);
        assert!(secure.starts_with("__Host-forebay="), "{secure}");
        assert!(secure.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"));
        let plain = begin("token", HTTP, NOW);
        assert!(plain.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"));
        assert_eq!(lasts(sent(&plain), Some("token"), HTTPS, NOW), Lasts::Not);
        assert!(end(HTTPS).starts_with("__Host-forebay=; Path=/; Max-Age=0;"));
    }

    #[test]
    fn it_is_found_among_other_cookies() {
        let cookie = begin("token", HTTP, NOW);
        let among = format!("a=b; forebay=stale; {}; forebayx=1", sent(&cookie));
        assert_eq!(lasts(&among, Some("token"), HTTP, NOW), Lasts::Yes);
        let too_many = format!("{}{}", "forebay=x; ".repeat(9), sent(&cookie));
        assert_eq!(lasts(&too_many, Some("token"), HTTP, NOW), Lasts::Not);
    }

    proptest! {
        #[test]
        fn nothing_but_what_was_begun_is_a_session(cookies in ".*", value in "[0-9a-f.]{0,80}") {
            prop_assert_eq!(lasts(&cookies, Some("token"), HTTP, NOW), Lasts::Not);
            let cookie = format!("forebay={value}");
            prop_assert_eq!(lasts(&cookie, Some("token"), HTTP, NOW), Lasts::Not);
        }

        #[test]
        fn a_session_that_was_changed_anywhere_is_none(at in 0_usize..75, to in "[0-9a-f]") {
            let set = begin("token", HTTP, NOW);
            let cookie = sent(&set);
            let at = "forebay=".len() + at;
            let mut changed = cookie.to_owned();
            changed.replace_range(at..=at, &to);
            let expected = if changed == cookie { Lasts::Yes } else { Lasts::Not };
            prop_assert_eq!(lasts(&changed, Some("token"), HTTP, NOW), expected);
        }

        #[test]
        fn any_token_makes_sessions_for_itself_alone(one in ".+", other in ".+") {
            let cookie = begin(&one, HTTP, NOW);
            prop_assert_eq!(lasts(sent(&cookie), Some(&one), HTTP, NOW), Lasts::Yes);
            prop_assume!(one != other);
            prop_assert_eq!(lasts(sent(&cookie), Some(&other), HTTP, NOW), Lasts::Not);
        }
    }
}
