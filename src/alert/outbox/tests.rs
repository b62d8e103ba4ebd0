use super::*;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn change(alert: &str, was: Option<Told>) -> Change {
    Change {
        alert: alert.into(),
        route: None,
        what: What::Fired(Level::Warning),
        since: at(0),
        says: String::new(),
        was,
    }
}

fn push(outbox: &mut Outbox, id: &str, alerts: &[&str], now: Timestamp) {
    let changes = alerts.iter().map(|alert| change(alert, None)).collect();
    let notification = Notification::new(id.into(), now, changes, Purpose::Alert);
    outbox.push(notification, Form::Generic, now);
}

fn ids(claimed: &[Notification]) -> Vec<&str> {
    claimed.iter().map(|each| each.id.as_str()).collect()
}

fn failed() -> Sent {
    Sent::Failed("status 503".into())
}

#[test]
fn who_has_claimed_one_has_it_alone_until_he_is_taken_to_have_crashed() {
    let mut outbox = Outbox::default();
    push(&mut outbox, "1", &["a"], at(0));
    assert_eq!(ids(&outbox.claim(Form::Generic, at(0))), ["1"]);
    assert!(outbox.claim(Form::Generic, at(0)).is_empty());
    assert!(outbox.claim(Form::Generic, at(119)).is_empty());
    assert_eq!(ids(&outbox.claim(Form::Generic, at(120))), ["1"]);
}

#[test]
fn what_was_taken_leaves_the_outbox_and_is_recorded() {
    let mut outbox = Outbox::default();
    push(&mut outbox, "1", &["a", "b"], at(0));
    outbox.claim(Form::Slack, at(0));
    outbox.settle("1", &Sent::Taken, 1, Form::Slack, at(1));
    // Somebody who was late says so too.
    outbox.settle("1", &failed(), 3, Form::Slack, at(2));
    assert!(outbox.waiting().is_empty());
    let expected = Delivery {
        id: "1".into(),
        at: at(1),
        to: Form::Slack,
        alert: "a, b".into(),
        state: "firing".into(),
        result: "sent".into(),
        attempts: 1,
    };
    assert_eq!(outbox.deliveries, [expected]);
}

#[test]
fn failures_are_tried_again_ever_later_and_given_up_after_a_day() {
    let mut outbox = Outbox::default();
    push(&mut outbox, "1", &["a"], at(0));
    let mut now = 0;
    let mut tried = Vec::new();
    while !outbox.waiting().is_empty() {
        for claimed in outbox.claim(Form::Generic, at(now)) {
            tried.push(now / 60);
            outbox.settle(&claimed.id, &failed(), 3, Form::Generic, at(now));
        }
        now += 60;
    }
    assert_eq!(tried[..8], [0, 1, 3, 7, 15, 31, 63, 123]);
    assert_eq!(now, 24 * 3600 + 60);
    let [last] = outbox.deliveries.as_slice() else {
        panic!("one record for each notification: {:?}", outbox.deliveries);
    };
    assert!(last.result.starts_with("given up"), "{}", last.result);
    assert_eq!(last.attempts as usize, tried.len() * 3);
}

#[test]
fn what_waits_and_what_is_remembered_is_bounded() {
    let mut outbox = Outbox::default();
    for number in 0..200 {
        push(&mut outbox, &number.to_string(), &["a"], at(number));
    }
    assert_eq!(outbox.waiting().len(), WAITING_MAX);
    assert_eq!(outbox.deliveries.len(), DELIVERIES_MAX);
    assert_eq!(
        outbox.waiting().last().map(|last| last.id.as_str()),
        Some("199")
    );
    assert!(outbox.waiting().iter().all(|each| each.changes.len() == 1));
    // Newest first.
    assert_eq!(outbox.deliveries[0].id, "135");
    assert_eq!(outbox.deliveries[0].result, "told together with 136");
}

#[test]
fn however_many_alerts_wait_to_be_told_none_is_lost() {
    let mut outbox = Outbox::default();
    push(&mut outbox, "sent", &["at once"], at(0));
    outbox.claim(Form::Generic, at(0));
    for number in 0..200 {
        push(
            &mut outbox,
            &number.to_string(),
            &[&format!("alert {number}")],
            at(0),
        );
    }
    assert_eq!(outbox.waiting().len(), WAITING_MAX);
    // What is being sent is as it was.
    assert_eq!(
        (
            outbox.waiting()[0].id.as_str(),
            outbox.waiting()[0].changes.len()
        ),
        ("sent", 1)
    );
    let told: BTreeSet<&str> = outbox
        .waiting()
        .iter()
        .flat_map(|each| each.changes.iter().map(|change| change.alert.as_str()))
        .collect();
    assert_eq!(told.len(), 201);
}

#[test]
fn what_is_withdrawn_leaves_others_in_the_same_notification() {
    let mut outbox = Outbox::default();
    let first = Told {
        level: Level::Warning,
        at: at(0),
    };
    let later = Told {
        level: Level::Critical,
        at: at(9),
    };
    for (id, was) in [("1", Some(first)), ("2", Some(later))] {
        let changes = vec![change("a", was), change("b", None)];
        let notification = Notification::new(id.into(), at(9), changes, Purpose::Alert);
        outbox.push(notification, Form::Generic, at(9));
    }
    push(&mut outbox, "3", &["a"], at(9));
    assert_eq!(outbox.withdraw("a", at(9)), Some(Some(first)));
    assert_eq!(outbox.withdraw("a", at(9)), None);
    let left: Vec<_> = outbox
        .waiting()
        .iter()
        .map(|each| (each.id.as_str(), each.changes.len()))
        .collect();
    assert_eq!(left, [("1", 1), ("2", 1)]);
}

#[test]
fn what_is_told_of_one_alert_is_sent_in_its_order() {
    let mut outbox = Outbox::default();
    push(&mut outbox, "fired", &["a", "b"], at(0));
    outbox.claim(Form::Generic, at(0));
    outbox.settle("fired", &failed(), 6, Form::Generic, at(0));
    // The receiver is back before it is the first one's turn again.
    push(&mut outbox, "resolved", &["a"], at(60));
    push(&mut outbox, "of another", &["c"], at(60));
    push(&mut outbox, "resolved too", &["b"], at(60));
    push(&mut outbox, "fired again", &["a"], at(60));
    assert_eq!(ids(&outbox.claim(Form::Generic, at(60))), ["of another"]);
    let all = outbox.claim(Form::Generic, at(120));
    let expected = ["fired", "resolved", "resolved too", "fired again"];
    assert_eq!(ids(&all), expected);
}

#[test]
fn what_is_refused_holds_nothing_later_back() {
    let refused = Sent::Refused("it answered 400".into());
    let mut outbox = Outbox::default();
    push(&mut outbox, "fired", &["a", "b"], at(0));
    push(&mut outbox, "resolved", &["a"], at(0));
    assert_eq!(
        ids(&outbox.claim(Form::Generic, at(0))),
        ["fired", "resolved"]
    );
    outbox.settle("fired", &refused, 1, Form::Generic, at(0));
    // Of the other alert nothing later is told: that is tried again, without what is told later.
    let [first, second] = outbox.waiting() else {
        panic!("both wait: {:?}", outbox.waiting());
    };
    assert_eq!((first.id.as_str(), first.changes.len()), ("fired", 1));
    assert!(first.is_of("b") && second.is_being_sent(at(0)));
    outbox.settle("resolved", &Sent::Taken, 1, Form::Generic, at(0));
    push(&mut outbox, "b again", &["b"], at(60));
    assert_eq!(
        ids(&outbox.claim(Form::Generic, at(60))),
        ["fired", "b again"]
    );
    outbox.settle("fired", &refused, 1, Form::Generic, at(60));
    let left: Vec<_> = outbox.waiting().iter().map(|each| &each.id).collect();
    assert_eq!(left, ["b again"]);
    // The last word is kept, however often it is refused.
    outbox.settle("b again", &refused, 1, Form::Generic, at(60));
    assert_eq!(ids(&outbox.claim(Form::Generic, at(120))), ["b again"]);
}

#[test]
fn what_is_being_sent_is_not_withdrawn_before_it_has_failed() {
    let mut outbox = Outbox::default();
    push(&mut outbox, "1", &["a"], at(0));
    push(&mut outbox, "2", &["a"], at(0));
    outbox.claim(Form::Generic, at(0));
    push(&mut outbox, "3", &["a"], at(1));
    assert_eq!(outbox.withdraw("a", at(2)), Some(None));
    let left: Vec<_> = outbox.waiting().iter().map(|each| &each.id).collect();
    assert_eq!(left, ["1", "2"]);
    // Who has failed with the first does not try the second.
    outbox.settle("1", &failed(), 3, Form::Generic, at(3));
    assert_eq!(outbox.withdraw("a", at(3)), Some(None));
    assert!(outbox.waiting().is_empty());
    // Who has crashed sends no more.
    push(&mut outbox, "4", &["a"], at(10));
    outbox.claim(Form::Generic, at(10));
    assert_eq!(outbox.withdraw("a", at(129)), None);
    assert_eq!(outbox.withdraw("a", at(130)), Some(None));
}
