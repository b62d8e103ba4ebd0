use super::*;
use proptest::prelude::*;

fn retries(attempts: u16) -> Retries {
    Retries::new(Settings {
        attempts,
        backoff: Duration::from_millis(50),
        budget_permille: 100,
    })
}

/// What is done after each break in turn, with the longest pause that may be drawn.
#[track_caller]
fn check(attempts: u16, repeat: Repeat, breaks: &[Break], expected: &[Next]) {
    let mut retries = retries(attempts);
    let mut tries = retries.begin(repeat);
    let got: Vec<Next> = breaks
        .iter()
        .map(|broke| retries.next(&mut tries, *broke, u32::MAX))
        .collect();
    assert_eq!(got, expected, "{attempts} {repeat:?} {breaks:?}");
}

#[test]
fn what_is_tried_again() {
    use Break::{Connecting, New, Reused};
    use Next::{After, Fresh, GiveUp};
    let ms = |millis| After(Duration::from_millis(millis));
    let ended = GiveUp(Why::Attempts);
    let read = Repeat::Allowed;
    let write = Repeat::Never;
    check(2, read, &[New, New], &[ms(50), ended]);
    check(2, read, &[Connecting, New], &[ms(50), ended]);
    check(1, read, &[New], &[ended]);
    // An old connection's death is not counted, once.
    check(2, read, &[Reused, New, New], &[Fresh, ms(50), ended]);
    check(1, read, &[Reused, Reused], &[Fresh, ended]);
    // Nothing was sent, so a write may be sent too; else it may have run.
    check(2, write, &[Connecting], &[ms(50)]);
    check(2, write, &[New], &[GiveUp(Why::Unsafe)]);
    check(2, write, &[Reused], &[GiveUp(Why::Unsafe)]);
    check(4, read, &[New; 4], &[ms(50), ms(100), ms(200), ended]);
}

#[test]
fn the_pause_is_drawn_between_nothing_and_its_bound() {
    for (random, expected) in [(0, 0), (u32::MAX / 2, 25), (u32::MAX, 50)] {
        let mut retries = retries(9);
        let mut tries = retries.begin(Repeat::Allowed);
        match retries.next(&mut tries, Break::New, random) {
            Next::After(pause) => assert_eq!(pause.as_millis(), expected),
            other @ (Next::Fresh | Next::GiveUp(_)) => panic!("{other:?}"),
        }
    }
}

#[test]
fn without_budget_there_is_no_retry_until_requests_have_earned_one() {
    let mut retries = retries(2);
    let mut broken = |requests: usize| -> Vec<Next> {
        let each = (0..requests).map(|_| {
            let mut tries = retries.begin(Repeat::Allowed);
            retries.next(&mut tries, Break::New, 0)
        });
        each.collect()
    };
    let again = |all: &[Next]| {
        let pauses = all.iter().filter(|next| matches!(next, Next::After(_)));
        pauses.count()
    };
    assert_eq!(again(&broken(10)), 10);
    // Ten requests earned one while they took ten; a tenth of the requests from then on.
    assert_eq!(again(&broken(100)), 10);
    assert_eq!(again(&broken(1000)), 100);
    assert_eq!(retries.report().made, 120);
    assert_eq!(retries.report().refused, 1110 - 120);
}

proptest! {
    #[test]
    fn retries_are_bounded_by_the_budget_and_the_attempts(
        breaks in proptest::collection::vec(0_u8..3, 1..300),
        attempts in 1_u16..6,
        random: u32,
    ) {
        let mut retries = retries(attempts);
        let mut requests = 1_u64;
        let mut tries = retries.begin(Repeat::Allowed);
        let mut fresh = 0;
        for broke in breaks {
            let broke = [Break::Connecting, Break::Reused, Break::New][usize::from(broke)];
            match retries.next(&mut tries, broke, random) {
                Next::Fresh => fresh += 1,
                Next::After(pause) => prop_assert!(pause <= BACKOFF_MAX),
                Next::GiveUp(_) => {
                    tries = retries.begin(Repeat::Allowed);
                    requests += 1;
                    fresh = 0;
                }
            }
            prop_assert!(fresh <= 1);
            prop_assert!(retries.report().made <= 10 + requests / 10);
        }
    }
}
