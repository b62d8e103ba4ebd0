use super::*;
use proptest::prelude::*;

const BODY_MAX: u64 = 1_000;

fn tier(ttl_s: u64, swr_s: u64, sie_s: u64, negative_s: u64) -> Tier {
    Tier {
        name: "t".to_owned(),
        ttl: Duration::from_secs(ttl_s),
        swr: Duration::from_secs(swr_s),
        sie: Duration::from_secs(sie_s),
        negative_ttl: Duration::from_secs(negative_s),
        layers: Layers::ALL,
        private: false,
        eager: None,
        soft_timeout: None,
        honor_origin: None,
    }
}

fn terms(fresh_s: u64, swr_s: u64, sie_s: u64) -> Terms {
    Terms {
        fresh: Duration::from_secs(fresh_s),
        swr: Duration::from_secs(swr_s),
        sie: Duration::from_secs(sie_s),
    }
}

/// Every case of the decision, in the order in which a refusal is looked for.
fn expected(tier: Option<&Tier>, status: u16, body_bytes: u64) -> StoreDecision {
    let refusals = [
        (tier.is_none(), Refusal::NoTier),
        (status != 200 && status != 404, Refusal::Status),
        (body_bytes > BODY_MAX, Refusal::TooLarge),
        (
            tier.is_some_and(|t| match status {
                404 => t.ttl.min(t.negative_ttl).is_zero(),
                _ => t.ttl.is_zero() && t.swr.is_zero(),
            }),
            Refusal::ZeroTtl,
        ),
    ];
    if let Some((_, refusal)) = refusals.into_iter().find(|(refused, _)| *refused) {
        return StoreDecision::Refuse(refusal);
    }
    StoreDecision::Store(match (tier, status) {
        (Some(t), 404) => Terms {
            fresh: t.ttl.min(t.negative_ttl),
            ..Terms::default()
        },
        (Some(t), _) => Terms {
            fresh: t.ttl,
            swr: t.swr,
            sie: t.sie,
        },
        (None, _) => unreachable!("no tier was refused"),
    })
}

#[test]
fn every_status_body_and_tier_is_decided_as_the_table_says() {
    let mut tiers = vec![None];
    for times in 0..16_u64 {
        let bit = |n: u64| (times >> n) & 1;
        tiers.push(Some(tier(bit(0) * 60, bit(1) * 5, bit(2) * 9, bit(3) * 30)));
    }
    for tier in &tiers {
        for status in 0..1_000 {
            for body_bytes in [0, BODY_MAX, BODY_MAX + 1] {
                let found = store(tier.as_ref(), status, body_bytes, BODY_MAX);
                let wanted = expected(tier.as_ref(), status, body_bytes);
                assert_eq!(found, wanted, "{status}, {body_bytes} bytes, {tier:?}");
            }
        }
    }
}

#[test]
fn a_miss_is_remembered_for_the_negative_ttl_and_never_served_stale() {
    let check = |tier: Tier, fresh_s| assert_eq!(terms_for(&tier, 404), Some(terms(fresh_s, 0, 0)));
    check(tier(60, 5, 9, 30), 30);
    check(tier(20, 5, 9, 30), 20);
    check(tier(60, 5, 9, 0), 0);
}

#[test]
fn failures_are_never_remembered_as_answers() {
    for status in (100..600).filter(|status| ![200, 404].contains(status)) {
        assert_eq!(terms_for(&tier(60, 5, 9, 30), status), None, "{status}");
    }
}

#[test]
fn what_is_never_fresh_is_stored_only_if_it_may_be_served_while_it_is_revalidated() {
    let decide = |tier: &Tier, status| store(Some(tier), status, 0, BODY_MAX);
    let zero = StoreDecision::Refuse(Refusal::ZeroTtl);
    assert_eq!(
        decide(&tier(0, 5, 0, 0), 200),
        StoreDecision::Store(terms(0, 5, 0))
    );
    assert_eq!(decide(&tier(0, 0, 9, 30), 200), zero);
    assert_eq!(decide(&tier(0, 5, 9, 30), 404), zero);
}

#[test]
fn bytes_are_kept_until_the_later_of_the_stale_windows_ends() {
    assert_eq!(terms(60, 5, 9).keep(), Duration::from_secs(69));
    assert_eq!(terms(60, 9, 5).keep(), Duration::from_secs(69));
    assert_eq!(terms(60, 0, 0).keep(), Duration::from_secs(60));
    let endless = Terms {
        fresh: Duration::MAX,
        ..terms(0, 5, 9)
    };
    assert_eq!(endless.keep(), Duration::MAX);
}

#[test]
fn what_is_fresh_for_under_a_minute_never_goes_to_the_global_layer() {
    let layers_of = |fresh| {
        let terms = Terms {
            fresh,
            ..terms(0, 600, 600)
        };
        write_layers(&tier(600, 600, 600, 30), terms)
    };
    let near = Layers {
        global: false,
        ..Layers::ALL
    };
    assert_eq!(layers_of(Duration::from_millis(59_999)), near);
    assert_eq!(layers_of(GLOBAL_TTL_MIN), Layers::ALL);
    assert_eq!(layers_of(Duration::MAX), Layers::ALL);
}

#[test]
fn layers_answer_for_themselves() {
    for bits in 0..8_u8 {
        let layers = Layers {
            memory: bits & 1 != 0,
            colo: bits & 2 != 0,
            global: bits & 4 != 0,
        };
        let found = Layer::ALL.map(|layer| layers.has(layer));
        assert_eq!(found, [layers.memory, layers.colo, layers.global]);
    }
}

#[test]
fn the_names_of_the_refusals_are_stable() {
    let names = [
        (Refusal::NoTier, "no-tier"),
        (Refusal::Status, "status"),
        (Refusal::TooLarge, "too-large"),
        (Refusal::ZeroTtl, "zero-ttl"),
    ];
    for (refusal, name) in names {
        assert_eq!(refusal.as_str(), name);
    }
}

proptest! {
    #[test]
    fn writing_never_adds_a_layer(memory: bool, colo: bool, global: bool, fresh_s in 0..120_u64) {
        let layers = Layers { memory, colo, global };
        let tier = Tier { layers, ..tier(600, 0, 0, 0) };
        let written = write_layers(&tier, terms(fresh_s, 0, 0));
        for layer in Layer::ALL {
            prop_assert!(layers.has(layer) || !written.has(layer));
        }
        prop_assert_eq!((written.memory, written.colo), (memory, colo));
    }

    #[test]
    fn what_is_stored_is_what_a_lookup_would_grant(
        times: (u16, u16, u16, u16), status in prop::sample::select(vec![200, 404, 500]),
    ) {
        let (ttl, swr, sie, negative) = times;
        let tier = tier(ttl.into(), swr.into(), sie.into(), negative.into());
        if let StoreDecision::Store(terms) = store(Some(&tier), status, 0, BODY_MAX) {
            prop_assert_eq!(Some(terms), terms_for(&tier, status));
        }
    }
}
