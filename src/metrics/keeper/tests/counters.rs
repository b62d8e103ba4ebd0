//! What Prometheus sees of the running totals, while routes come and go.

use super::*;
use crate::metrics::frame::{Country, Measured};
use crate::metrics::prometheus::exposition;

/// The series and their values, without the quantiles.
fn counters(keepers: &[Keeper<Map>]) -> BTreeMap<String, f64> {
    let mut running = Frame::default();
    for keeper in keepers {
        let Ok(own) = keeper.running();
        running.gather(&own);
    }
    let text = exposition(&running, &Frame::default());
    let series = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.contains("quantile="));
    series
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

fn site(routes: impl IntoIterator<Item = String>) -> Names {
    Names {
        routes: routes.into_iter().collect(),
        ..Names::default()
    }
}

/// A batch of responses of these routes, each of some kinds and from some places.
fn of_routes(number: u64, second: u64, routes: &[String]) -> Batch {
    let mut frame = Frame::default();
    for (at, route) in routes.iter().enumerate() {
        for kind in 0..5_u16 {
            let failure = (kind == 4).then_some(crate::failure::Kind::Timeout);
            let letter = |n: usize| char::from(b'A' + (n % 26) as u8);
            let country = format!("{}{}", letter(at), letter(at / 26));
            frame.response(&Measured {
                status: 100 + kind * 100,
                failure,
                country: Country::of(&country),
                ..measured(Some(route))
            });
        }
    }
    Batch {
        frames: vec![(Slot::of(Length::TenSeconds, at(second)), frame)],
        ..batch("a", number, second, 1)
    }
}

fn clean_of(keeper: &mut Keeper<Map>, now: Timestamp, site: &Names) {
    assert!(keeper.clean_up(now, Some(site)).is_ok());
}

fn route(release: u64, number: u64) -> String {
    format!("GET /v{release}/{number}")
}

#[test]
fn renamed_routes_give_their_room_to_those_that_come() {
    const DAY: u64 = 86_400;
    let mut keeper = keeper();
    let own = |keeper: &Keeper<Map>, name: &str| {
        let all = counters(std::slice::from_ref(keeper));
        let labels = format!("route=\"{name}\"");
        let told = |series: &String| series.starts_with("forebay_requests_total");
        all.keys()
            .any(|series| told(series) && series.contains(&labels))
    };
    for release in 1..4 {
        let routes: Vec<String> = (0..150).map(|number| route(release, number)).collect();
        let (began_s, later_s) = (release * 3 * DAY, release * 3 * DAY + DAY);
        take(
            &mut keeper,
            &of_routes(2 * release, began_s, &routes),
            at(began_s),
        );
        // Two releases have more routes than there is room for.
        assert_eq!(own(&keeper, &format!("/v{release}/99")), release == 1);
        clean_of(&mut keeper, at(later_s), &site(routes.clone()));
        assert!(!own(&keeper, &format!("/v{}/0", release - 1)), "{release}");
        take(
            &mut keeper,
            &of_routes(2 * release + 1, later_s, &routes),
            at(later_s),
        );
        assert!(own(&keeper, &format!("/v{release}/99")), "{release}");
        assert!(own(&keeper, &format!("/v{release}/0")), "{release}");
    }
}

#[test]
fn what_another_release_still_answers_is_not_forgotten() {
    let mut keeper = keeper();
    take(&mut keeper, &of_routes(1, 0, &[route(1, 1)]), at(0));
    let others = site([route(2, 1)]);
    for (second, is_there) in [(10, true), (86_400, true), (2 * 86_400, false)] {
        clean_of(&mut keeper, at(second), &others);
        let Ok(running) = keeper.running();
        assert_eq!(
            running.names().routes.len(),
            usize::from(is_there),
            "{second}"
        );
    }
}

/// `None`: it is of no route, or of none with room of its own.
fn route_of(series: &str) -> Option<String> {
    let (_, rest) = series.split_once("route=\"/")?;
    let (path, _) = rest.split_once('"')?;
    Some(format!("GET /{path}"))
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// An object takes a batch of some routes of this release, or of the one before.
    Take {
        object: usize,
        ago: u64,
        first: u64,
    },
    Deploy,
    Wait(u64),
    CleanUp {
        object: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0_usize..2, 0_u64..2, 0_u64..200)
            .prop_map(|(object, ago, first)| Step::Take { object, ago, first }),
        1 => Just(Step::Deploy),
        2 => prop_oneof![10_u64..600, 20_000_u64..200_000].prop_map(Step::Wait),
        3 => (0_usize..2).prop_map(|object| Step::CleanUp { object }),
    ];
    prop::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Crowded or not; but of routes that the site has no more, and of which an object that forgets them
    /// has not heard for a day.
    #[test]
    fn a_counter_of_what_is_there_never_goes_back(steps in steps()) {
        let mut keepers = [keeper(), keeper()];
        let (mut now_s, mut release) = (0, 1);
        let mut heard: BTreeMap<(usize, String), u64> = BTreeMap::new();
        let names = |release: u64| site((0..270).map(|number| route(release, number)));
        let mut before = counters(&keepers);
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Deploy => release += 1,
                Step::Wait(seconds) => now_s += seconds,
                Step::Take { object, ago, first } => {
                    let routes: Vec<String> =
                        (first..first + 70).map(|number| route(release - ago, number)).collect();
                    heard.extend(routes.iter().map(|route| ((object, route.clone()), now_s)));
                    let batch = of_routes(number as u64, now_s, &routes);
                    take(&mut keepers[object], &batch, at(now_s));
                }
                Step::CleanUp { object } => {
                    clean_of(&mut keepers[object], at(now_s), &names(release));
                }
            }
            let after = counters(&keepers);
            let may_go = |series: &str| match step {
                Step::CleanUp { object } => route_of(series).is_some_and(|route| {
                    let told = heard.get(&(object, route.clone()));
                    !names(release).routes.contains(&route)
                        && told.is_some_and(|at_s| now_s - at_s >= 86_400)
                }),
                Step::Take { .. } | Step::Deploy | Step::Wait(_) => false,
            };
            for (series, value) in before.iter().filter(|(series, _)| !may_go(series)) {
                let now = after.get(series);
                prop_assert!(now.is_some_and(|now| now >= value), "{series}: {value} to {now:?}");
            }
            before = after;
        }
    }
}
