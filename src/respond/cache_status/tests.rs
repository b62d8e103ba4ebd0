use super::*;
use crate::outcome::{ForwardWhy, Purged};
use sfv::{BareItem, List, ListEntry, Parser};

fn layer(layer: Layer, finding: Finding, stored: bool) -> LayerReport {
    LayerReport {
        layer,
        finding,
        stored,
        took_ms: 0,
    }
}

fn outcome(
    verdict: CacheVerdict,
    layers: Vec<LayerReport>,
    shield: Option<ShieldReport>,
) -> Outcome {
    Outcome {
        verdict,
        layers,
        shield,
        ..Outcome::bypass(None)
    }
}

fn of_origin(outcome: Outcome, why: ForwardWhy, status: Option<u16>) -> Outcome {
    Outcome {
        forwarded: Some(Forwarded {
            why,
            status,
            validated: None,
        }),
        ..outcome
    }
}

const JOINED: ShieldReport = ShieldReport {
    collapsed: true,
    settled: false,
    source_ms: None,
    purged: Purged::Nothing,
};

#[test]
fn a_miss_names_every_layer_from_the_origin_outward() {
    let layers = vec![
        layer(Layer::Memory, Finding::Absent, true),
        layer(Layer::Colo, Finding::Failed, true),
        layer(Layer::Global, Finding::Unusable("version"), true),
    ];
    assert_eq!(
        render(&outcome(CacheVerdict::Miss, layers, Some(JOINED))),
        "forebay-shield; fwd=miss; collapsed, \
         forebay-global; fwd=miss; detail=version; stored, \
         forebay-colo; fwd=miss; detail=layer-failed; stored, \
         forebay-memory; fwd=uri-miss; stored"
    );
}

#[test]
fn a_hit_and_a_stale_hit_tell_their_ttl() {
    let fresh = vec![layer(Layer::Memory, Finding::Fresh { ttl_s: 12 }, false)];
    assert_eq!(
        render(&outcome(CacheVerdict::Hit, fresh, None)),
        "forebay-memory; hit; ttl=12"
    );
    let stale = Finding::ServedStale { ttl_s: -3 };
    let stale = vec![layer(Layer::Memory, stale, false)];
    assert_eq!(
        render(&outcome(CacheVerdict::Stale, stale, None)),
        "forebay-memory; hit; ttl=-3"
    );
}

#[test]
fn without_layers_the_verdict_or_the_reason_speaks() {
    let bypass = || outcome(CacheVerdict::Bypass, vec![], None);
    assert_eq!(render(&bypass()), "forebay; fwd=bypass");
    for (why, status, expected) in [
        (
            ForwardWhy::Bypass,
            Some(200),
            "forebay; fwd=bypass; fwd-status=200",
        ),
        (
            ForwardWhy::Method,
            Some(404),
            "forebay; fwd=method; fwd-status=404",
        ),
        (
            ForwardWhy::Request,
            Some(304),
            "forebay; fwd=request; fwd-status=304",
        ),
        (ForwardWhy::Request, None, "forebay; fwd=request"),
    ] {
        assert_eq!(render(&of_origin(bypass(), why, status)), expected);
    }
    let nobody = Outcome {
        detail: Some("only-if-cached"),
        ..outcome(CacheVerdict::Miss, vec![], None)
    };
    assert_eq!(render(&nobody), "forebay; detail=only-if-cached");
}

#[test]
fn the_status_is_told_by_who_asked_the_origin() {
    let layers = || {
        vec![
            layer(Layer::Memory, Finding::OtherVariants, true),
            layer(Layer::Global, Finding::Partial, false),
        ]
    };
    let miss = |shield| {
        of_origin(
            outcome(CacheVerdict::Miss, layers(), shield),
            ForwardWhy::Partial,
            Some(206),
        )
    };
    assert_eq!(
        render(&miss(Some(ShieldReport::default()))),
        "forebay-shield; fwd=miss; fwd-status=206, forebay-global; fwd=partial, \
         forebay-memory; fwd=vary-miss; stored"
    );
    assert_eq!(
        render(&miss(None)),
        "forebay-global; fwd=partial; fwd-status=206, forebay-memory; fwd=vary-miss; stored"
    );
    // The shield had it already.
    let settled = ShieldReport {
        settled: true,
        ..JOINED
    };
    assert!(render(&miss(Some(settled))).starts_with("forebay-shield; hit; collapsed, "));
}

#[test]
fn a_validation_is_told_by_the_layer_whose_response_it_was() {
    for (finding, why, expected) in [
        (
            Finding::Stale { ttl_s: -5 },
            ForwardWhy::Stale,
            "forebay-memory; fwd=stale; fwd-status=304; stored",
        ),
        (
            Finding::ToValidate { ttl_s: 5 },
            ForwardWhy::Request,
            "forebay-memory; fwd=request; fwd-status=304; stored",
        ),
        (
            Finding::Unusable("unverified"),
            ForwardWhy::Stale,
            "forebay-memory; fwd=stale; fwd-status=304; detail=unverified; stored",
        ),
    ] {
        let layers = vec![
            layer(Layer::Memory, finding, true),
            layer(Layer::Colo, Finding::Absent, false),
        ];
        let shield = Some(ShieldReport::default());
        let mut found = of_origin(
            outcome(CacheVerdict::Revalidated, layers, shield),
            why,
            Some(304),
        );
        if let Some(forwarded) = &mut found.forwarded {
            forwarded.validated = Some(Layer::Memory);
        }
        let expected = format!(
            "forebay-shield; fwd=miss; fwd-status=304, forebay-colo; fwd=uri-miss, {expected}"
        );
        assert_eq!(render(&found), expected);
    }
}

#[test]
fn stale_in_the_place_of_an_error_went_forward_and_for_want_of_an_answer_did_not() {
    let stale = |status| {
        let finding = Finding::ServedStale { ttl_s: -9 };
        let layers = vec![layer(Layer::Memory, finding, false)];
        let found = of_origin(
            outcome(CacheVerdict::Stale, layers, None),
            ForwardWhy::Stale,
            status,
        );
        render(&Outcome {
            detail: Some("stale-if-error"),
            ..found
        })
    };
    assert_eq!(
        stale(Some(503)),
        "forebay-memory; fwd=stale; fwd-status=503; detail=stale-if-error"
    );
    assert_eq!(
        stale(None),
        "forebay-memory; hit; ttl=-9; detail=stale-if-error"
    );
}

#[test]
fn who_may_ask_nobody_went_nowhere() {
    let layers = vec![
        layer(Layer::Memory, Finding::Stale { ttl_s: -1 }, false),
        layer(Layer::Colo, Finding::NotForwarded, false),
    ];
    let found = Outcome {
        detail: Some("only-if-cached"),
        ..outcome(CacheVerdict::Miss, layers, None)
    };
    assert_eq!(
        render(&found),
        "forebay-colo, forebay-memory; fwd=stale; detail=only-if-cached"
    );
}

fn parsed(outcome: &Outcome) -> List {
    let text = render(outcome);
    let list = Parser::new(&text).parse::<List>();
    list.unwrap_or_else(|why| panic!("{text}: {why}"))
}

const FINDINGS: [Finding; 10] = [
    Finding::Fresh {
        ttl_s: 2_147_483_648,
    },
    Finding::Stale { ttl_s: -1 },
    Finding::ServedStale { ttl_s: -1 },
    Finding::Absent,
    Finding::Unusable("version"),
    Finding::ToValidate { ttl_s: 0 },
    Finding::OtherVariants,
    Finding::Partial,
    Finding::Failed,
    Finding::NotForwarded,
];

const WHYS: [ForwardWhy; 7] = [
    ForwardWhy::Bypass,
    ForwardWhy::Method,
    ForwardWhy::UriMiss,
    ForwardWhy::VaryMiss,
    ForwardWhy::Request,
    ForwardWhy::Stale,
    ForwardWhy::Partial,
];

const VERDICTS: [CacheVerdict; 6] = [
    CacheVerdict::Hit,
    CacheVerdict::Stale,
    CacheVerdict::Miss,
    CacheVerdict::Bypass,
    CacheVerdict::Expired,
    CacheVerdict::Revalidated,
];

/// Everything that RFC 9211 §2 says of one member.
#[track_caller]
fn is_a_member(entry: &ListEntry, text: &str) {
    let ListEntry::Item(item) = entry else {
        panic!("an inner list in {text}")
    };
    assert!(item.bare_item.as_token().is_some(), "{text}");
    let of = |name: &str| item.params.iter().find(|(key, _)| key.as_str() == name);
    assert!(of("hit").is_none() || of("fwd").is_none(), "{text}");
    assert!(of("fwd-status").is_none() || of("fwd").is_some(), "{text}");
    for (key, value) in &item.params {
        let is_right = match key.as_str() {
            "hit" | "stored" | "collapsed" => *value == BareItem::Boolean(true),
            "fwd" => {
                let word = value.as_token().map(|token| token.as_str());
                word == Some("miss") || WHYS.iter().any(|why| word == Some(why.as_str()))
            }
            "fwd-status" | "ttl" => value.as_integer().is_some(),
            "detail" => value.as_token().is_some() || value.as_string().is_some(),
            "key" => value.as_string().is_some(),
            _ => false,
        };
        assert!(is_right, "{} in {text}", key.as_str());
    }
}

#[test]
fn every_outcome_is_a_list_of_structured_fields() {
    let forwards = WHYS.iter().flat_map(|why| {
        [None, Some(304)].map(|status| {
            Some(Forwarded {
                why: *why,
                status,
                validated: status.map(|_| Layer::Memory),
            })
        })
    });
    let forwards: Vec<Option<Forwarded>> = forwards.chain([None]).collect();
    for verdict in VERDICTS {
        for finding in FINDINGS.map(Some).into_iter().chain([None]) {
            for forwarded in &forwards {
                for shield in [None, Some(JOINED)] {
                    let layers = finding.map(|finding| {
                        vec![
                            layer(Layer::Memory, finding, true),
                            layer(Layer::Colo, finding, false),
                        ]
                    });
                    let found = Outcome {
                        forwarded: *forwarded,
                        detail: Some("what \"it\" was: é"),
                        key: Some("f|6:public|4:path=4:/\"\\\u{e9}".into()),
                        ..outcome(verdict, layers.unwrap_or_default(), shield)
                    };
                    let list = parsed(&found);
                    list.iter()
                        .for_each(|entry| is_a_member(entry, &render(&found)));
                }
            }
        }
    }
}

#[test]
fn only_the_last_member_has_the_key_and_one_detail() {
    let layers = vec![
        layer(Layer::Memory, Finding::Unusable("purged"), false),
        layer(Layer::Colo, Finding::Unusable("version"), false),
    ];
    let found = Outcome {
        detail: Some("bookmark-ahead"),
        key: Some("a\"b\\c".into()),
        ..outcome(CacheVerdict::Miss, layers, None)
    };
    assert_eq!(
        render(&found),
        "forebay-colo; fwd=miss; detail=version, \
         forebay-memory; fwd=miss; detail=bookmark-ahead; key=\"a\\\"b\\\\c\""
    );
}

#[test]
fn what_is_no_token_is_a_string() {
    for (text, expected) in [
        ("too-large", "too-large"),
        ("*a:b/c", "*a:b/c"),
        ("3d", "\"3d\""),
        ("a b", "\"a b\""),
        ("", "\"\""),
        ("\u{e9}\n", "\"??\""),
    ] {
        assert_eq!(token_or_string(text), expected);
    }
}
