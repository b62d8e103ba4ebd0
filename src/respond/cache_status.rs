//! `Cache-Status` (RFC 9211): one member per layer that took part, nearest the origin first.

use crate::outcome::{CacheVerdict, Finding, ForwardWhy, LayerReport, Outcome, ShieldReport};

/// The field's value.
pub fn render(outcome: &Outcome) -> String {
    let mut members: Vec<String> = Vec::with_capacity(4);
    members.extend(outcome.shield.map(shield_member));
    members.extend(outcome.layers.iter().rev().map(layer_member));
    if members.is_empty() {
        members.push(lone_member(outcome));
    }
    if let Some(last) = members.last_mut() {
        if let Some(key) = &outcome.key {
            // A digest, so there is nothing in it to escape.
            last.push_str(&format!("; key=\"{key}\""));
        }
        if let Some(detail) = outcome.detail {
            last.push_str("; detail=");
            last.push_str(detail);
        }
    }
    members.join(", ")
}

/// Where no layer was asked.
fn lone_member(outcome: &Outcome) -> String {
    let why = outcome.forwarded.map(|forwarded| forwarded.why);
    let why = match outcome.verdict {
        CacheVerdict::Hit | CacheVerdict::Stale => return String::from("forebay; hit"),
        CacheVerdict::Bypass => why.unwrap_or(ForwardWhy::Bypass),
        CacheVerdict::Miss => why.unwrap_or(ForwardWhy::UriMiss),
        CacheVerdict::Expired | CacheVerdict::Revalidated => why.unwrap_or(ForwardWhy::Stale),
    };
    format!("forebay; fwd={}", why.as_str())
}

fn shield_member(report: ShieldReport) -> String {
    let mut member = String::from("forebay-shield");
    // A fill that had just ended answered: the shield itself was the cache.
    member.push_str(if report.settled {
        "; hit"
    } else {
        "; fwd=miss"
    });
    if report.collapsed {
        member.push_str("; collapsed");
    }
    member
}

fn layer_member(report: &LayerReport) -> String {
    let mut member = format!("forebay-{}", report.layer.as_str());
    match report.finding {
        Finding::Fresh { ttl_s } => member.push_str(&format!("; hit; ttl={ttl_s}")),
        Finding::Stale { ttl_s } => member.push_str(&format!("; fwd=stale; ttl={ttl_s}")),
        Finding::ServedStale { ttl_s } => member.push_str(&format!("; hit; ttl={ttl_s}")),
        Finding::Absent => member.push_str("; fwd=uri-miss"),
        Finding::Unusable(why) => {
            member.push_str("; fwd=uri-miss; detail=");
            member.push_str(why);
        }
        Finding::ToValidate { ttl_s } => member.push_str(&format!("; fwd=request; ttl={ttl_s}")),
        Finding::OtherVariants => member.push_str("; fwd=vary-miss"),
        Finding::Partial => member.push_str("; fwd=partial"),
        Finding::Failed => member.push_str("; fwd=uri-miss; detail=layer-failed"),
    }
    if report.stored {
        member.push_str("; stored");
    }
    member
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Forwarded, Layer};

    fn layer(layer: Layer, finding: Finding, stored: bool) -> LayerReport {
        LayerReport {
            layer,
            finding,
            stored,
            took_ms: 0,
        }
    }

    fn check(
        verdict: CacheVerdict,
        layers: Vec<LayerReport>,
        shield: Option<ShieldReport>,
    ) -> String {
        render(&Outcome {
            layers,
            shield,
            ..Outcome {
                verdict,
                ..Outcome::bypass(None)
            }
        })
    }

    #[test]
    fn a_miss_names_every_layer_from_the_origin_outward() {
        let layers = vec![
            layer(Layer::Memory, Finding::Absent, true),
            layer(Layer::Colo, Finding::Failed, true),
            layer(Layer::Global, Finding::Unusable("version"), true),
        ];
        let shield = ShieldReport {
            collapsed: true,
            settled: false,
            source_ms: 3,
            purged: crate::outcome::Purged::Nothing,
        };
        assert_eq!(
            check(CacheVerdict::Miss, layers, Some(shield)),
            "forebay-shield; fwd=miss; collapsed, \
             forebay-global; fwd=uri-miss; detail=version; stored, \
             forebay-colo; fwd=uri-miss; detail=layer-failed; stored, \
             forebay-memory; fwd=uri-miss; stored"
        );
    }

    #[test]
    fn a_hit_and_a_stale_hit_tell_their_ttl() {
        let fresh = vec![layer(Layer::Memory, Finding::Fresh { ttl_s: 12 }, false)];
        assert_eq!(
            check(CacheVerdict::Hit, fresh, None),
            "forebay-memory; hit; ttl=12"
        );
        let stale = vec![layer(
            Layer::Memory,
            Finding::ServedStale { ttl_s: -3 },
            false,
        )];
        assert_eq!(
            check(CacheVerdict::Stale, stale, None),
            "forebay-memory; hit; ttl=-3"
        );
    }

    #[test]
    fn rfc_9211_2_2_without_layers_the_reason_for_going_on_speaks() {
        for why in [ForwardWhy::Method, ForwardWhy::Request, ForwardWhy::Bypass] {
            let forwarded = Some(Forwarded {
                why,
                status: Some(200),
            });
            let outcome = Outcome {
                forwarded,
                ..Outcome::bypass(None)
            };
            assert_eq!(render(&outcome), format!("forebay; fwd={}", why.as_str()));
        }
    }

    #[test]
    fn rfc_9211_2_7_who_asks_for_the_key_is_told_it() {
        let outcome = Outcome {
            key: Some("0a1b".to_owned()),
            detail: Some("no-store"),
            ..Outcome::bypass(None)
        };
        let expected = "forebay; fwd=bypass; key=\"0a1b\"; detail=no-store";
        assert_eq!(render(&outcome), expected);
    }

    #[test]
    fn without_layers_the_verdict_speaks() {
        assert_eq!(
            check(CacheVerdict::Bypass, vec![], None),
            "forebay; fwd=bypass"
        );
    }
}
