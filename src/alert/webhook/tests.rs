use super::super::Level;
use super::super::machine::Resolution;
use super::*;
use proptest::prelude::*;

fn notification(changes: Vec<Change>, purpose: Purpose) -> Notification {
    Notification::new(
        "7-1".into(),
        Timestamp::from_millis(90_000),
        changes,
        purpose,
    )
}

fn change(alert: &str, what: What, says: &str) -> Change {
    Change {
        alert: alert.into(),
        route: Some("GET /a".into()),
        what,
        since: Timestamp::from_millis(30_000),
        says: says.into(),
        was: None,
    }
}

#[test]
fn the_generic_form_tells_each_alert_and_the_worst_level() {
    let told = notification(
        vec![
            change("slow", What::Fired(Level::Warning), "It is slow."),
            change("errors", What::Raised, "It fails."),
            change("misses", What::Resolved(Resolution::Good), "It hits."),
        ],
        Purpose::Alert,
    );
    let document: serde_json::Value =
        serde_json::from_str(&body(Form::Generic, "demo", &told)).unwrap();
    let expected = serde_json::json!({
        "id": "7-1", "site": "demo", "at": 90, "test": false, "state": "firing", "level": "critical",
        "title": "demo: slow is warning, errors is critical now, misses is resolved",
        "alerts": [
            {"name": "slow", "route": "GET /a", "state": "firing", "what": "fired",
             "level": "warning", "since": 30, "says": "It is slow."},
            {"name": "errors", "route": "GET /a", "state": "firing", "what": "raised",
             "level": "critical", "since": 30, "says": "It fails."},
            {"name": "misses", "route": "GET /a", "state": "resolved", "what": "resolved",
             "level": null, "since": 30, "says": "It hits."},
        ],
    });
    assert_eq!(document, expected);
}

#[test]
fn slack_gets_a_text_in_which_nothing_of_ours_is_markup() {
    let told = notification(
        vec![
            change("slow", What::StillFiring(Level::Critical), "a < b & c > d."),
            change("errors", What::Resolved(Resolution::Removed), "Gone."),
        ],
        Purpose::Alert,
    );
    let document: serde_json::Value =
        serde_json::from_str(&body(Form::Slack, "demo", &told)).unwrap();
    let expected = "*demo: slow is still critical, errors is resolved*\n\
                    • a &lt; b &amp; c &gt; d.\n\
                    • Gone. It is resolved: the site has no such alert any more.";
    assert_eq!(document, serde_json::json!({"text": expected}));
}

#[test]
fn a_test_is_marked_as_one() {
    let told = notification(
        vec![change("slow", What::Fired(Level::Warning), "A test.")],
        Purpose::Test,
    );
    let document: serde_json::Value =
        serde_json::from_str(&body(Form::Generic, "demo", &told)).unwrap();
    assert_eq!(document["test"], true);
    assert!(
        document["title"]
            .as_str()
            .unwrap()
            .starts_with("demo: test: slow")
    );
}

/// Reckoned elsewhere: `printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key`.
#[test]
fn the_signature_is_that_of_other_tools() {
    let now = Timestamp::from_millis(1_700_000_000_999);
    let expected =
        "t=1700000000,v1=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03";
    assert_eq!(sign("key", "{\"a\":1}", now), expected);
}

#[test]
fn only_what_may_pass_is_tried_again_at_once() {
    for status in [408, 429, 500, 503, 599] {
        assert!(may_pass(status), "{status}");
    }
    for status in [200, 301, 400, 401, 404, 410, 600] {
        assert!(!may_pass(status), "{status}");
    }
}

proptest! {
    #[test]
    fn any_words_make_a_document(says in ".*", name in ".*", secret in ".*") {
        let told = notification(vec![change(&name, What::Lowered, &says)], Purpose::Alert);
        for form in [Form::Generic, Form::Slack] {
            let body = body(form, "demo", &told);
            prop_assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
            let signed = sign(&secret, &body, Timestamp::from_millis(5000));
            prop_assert_eq!(signed.len(), "t=5,v1=".len() + 64);
        }
    }
}
