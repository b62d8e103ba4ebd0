//! Reads `POST /admin/purge`.

use super::form::{Bounds, Form};
use crate::failure::Failure;
use crate::ports::operator::{PurgeOrder, Scope};
use crate::purge::target::Mode;

/// A table counts twice, so this is well below what the log takes in one question.
const TARGETS: Bounds = Bounds {
    count_max: 20_000,
    bytes_max: 512,
};

/// Each is matched against the routes, which takes longer than a tag does.
const KEYS: Bounds = Bounds {
    count_max: 10_000,
    bytes_max: 8192,
};

const EXAMPLE: &str =
    r#"{"tags":["pitch:7"],"keys":["/api/pitches/7"],"prefixes":["/api/pitches/*"]}"#;

/// The body of `POST /admin/purge`, which is to name something.
// It is read field by field all the same, so that everything that is wrong is told at once.
#[cfg(test)]
#[derive(Debug, serde::Serialize, ts_rs::TS)]
#[ts(rename = "PurgeOrder")]
pub(crate) struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub tags: Option<Vec<String>>,
    /// URLs, as clients ask for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub keys: Option<Vec<String>>,
    /// Beginnings of tags; a star at the end may be left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub prefixes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub everything: Option<bool>,
    /// Without it: `soft`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub mode: Option<Mode>,
}

/// # Errors
/// `BadBody`, with everything that is wrong.
pub fn parse(body: Option<&[u8]>) -> Result<PurgeOrder, Failure> {
    let mut form = Form::read(body, EXAMPLE)?;
    let (mut tags, mut prefixes) = (Vec::new(), Vec::new());
    for (at, tag) in form.texts("tags", TARGETS).into_iter().enumerate() {
        // A tag holds no star, so one at its end can only mean what it means in a prefix.
        match tag.strip_suffix('*') {
            Some(prefix) => add_prefix(prefix, &format!("tags[{at}]"), &mut prefixes, &mut form),
            None => add(tag.as_str(), &format!("tags[{at}]"), &mut tags, &mut form),
        }
    }
    let keys = form.texts("keys", KEYS);
    for (at, prefix) in form.texts("prefixes", TARGETS).into_iter().enumerate() {
        let bare = prefix.strip_suffix('*').unwrap_or(&prefix);
        add_prefix(bare, &format!("prefixes[{at}]"), &mut prefixes, &mut form);
    }
    let scope = match form.switch("everything") {
        Some(()) => Scope::Everything,
        None => Scope::Listed,
    };
    let mode = read_mode(&mut form);
    let empty = tags.is_empty() && keys.is_empty() && prefixes.is_empty();
    if empty && scope == Scope::Listed && form.is_faultless() {
        form.fault(
            "tags",
            "nothing is named: give tags, keys, prefixes, or everything = true",
        );
    }
    if tags.len() + prefixes.len() > TARGETS.count_max {
        let max = TARGETS.count_max;
        form.fault(
            "prefixes",
            format!("with the tags, these are more than {max}: send several requests"),
        );
    }
    form.finish()?;
    Ok(PurgeOrder {
        tags,
        keys,
        prefixes,
        scope,
        mode,
    })
}

fn read_mode(form: &mut Form) -> Mode {
    let word = form.text("mode", 16);
    match word.as_deref().map(Mode::parse) {
        None => Mode::Soft,
        Some(Some(mode)) => mode,
        Some(None) => {
            form.fault(
                "mode",
                "must be \"soft\" (stale, the default) or \"hard\" (gone)",
            );
            Mode::Soft
        }
    }
}

fn add(text: &str, place: &str, into: &mut Vec<String>, form: &mut Form) {
    let strange = |c: char| c.is_control() || c == '*';
    if text.chars().any(strange) {
        form.fault(
            place,
            "holds a control character, or a star that is not its end",
        );
    } else {
        into.push(text.to_owned());
    }
}

fn add_prefix(prefix: &str, place: &str, into: &mut Vec<String>, form: &mut Form) {
    if prefix.is_empty() {
        form.fault(
            place,
            "would purge everything: say so with everything = true",
        );
    } else {
        add(prefix, place, into, form);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn faults(body: &str) -> Vec<(String, String)> {
        let failure = parse(Some(body.as_bytes())).unwrap_err();
        let faults = failure.faults.into_iter();
        faults.map(|fault| (fault.name, fault.reason)).collect()
    }

    #[test]
    fn an_order_is_read_and_is_soft_unless_it_says_otherwise() {
        let body = r#"{"tags":["pitch:7","pitch:*"],"keys":["/a?b=c"],"prefixes":["/api/*","x"]}"#;
        let order = parse(Some(body.as_bytes())).unwrap();
        let expected = PurgeOrder {
            tags: vec!["pitch:7".into()],
            keys: vec!["/a?b=c".into()],
            prefixes: vec!["pitch:".into(), "/api/".into(), "x".into()],
            scope: Scope::Listed,
            mode: Mode::Soft,
        };
        assert_eq!(order, expected);
        let order = parse(Some(br#"{"everything":true,"mode":"hard"}"#)).unwrap();
        assert_eq!((order.scope, order.mode), (Scope::Everything, Mode::Hard));
    }

    /// A field that is not known would be a fault.
    #[test]
    fn every_field_that_clients_are_promised_is_read() {
        let list = |name: &str| Some(vec![name.to_owned()]);
        for mode in [Mode::Soft, Mode::Hard] {
            let body = Body {
                tags: list("t"),
                keys: list("/k"),
                prefixes: list("p"),
                everything: Some(true),
                mode: Some(mode),
            };
            let order = parse(Some(&serde_json::to_vec(&body).unwrap())).unwrap();
            let expected = PurgeOrder {
                tags: vec!["t".into()],
                keys: vec!["/k".into()],
                prefixes: vec!["p".into()],
                scope: Scope::Everything,
                mode,
            };
            assert_eq!(order, expected);
        }
    }

    #[test]
    fn ten_thousand_tags_are_one_order() {
        let tags: Vec<String> = (0..10_000).map(|id| format!("\"pitch:{id}\"")).collect();
        let body = format!("{{\"tags\":[{}]}}", tags.join(","));
        assert_eq!(parse(Some(body.as_bytes())).unwrap().tags.len(), 10_000);
    }

    #[test]
    fn an_order_that_names_nothing_is_refused() {
        for body in [
            "{}",
            r#"{"tags":[]}"#,
            r#"{"everything":false}"#,
            r#"{"mode":"hard"}"#,
        ] {
            let found = faults(body);
            assert_eq!(found.len(), 1, "{body}");
            assert!(found[0].1.starts_with("nothing is named"), "{body}");
        }
    }

    #[test]
    fn each_fault_names_its_place_and_mend() {
        let body = r#"{"tags":["*","a*b",7],"prefixes":["*"],"keys":"/a","everything":1,"mode":"weak","tag":["x"]}"#;
        let found = faults(body);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "tags[2]",
                "tags[0]",
                "tags[1]",
                "keys",
                "prefixes[0]",
                "everything",
                "mode",
                "tag"
            ]
        );
        assert!(
            found.iter().all(|(_, reason)| reason.len() > 20),
            "{found:?}"
        );
    }

    proptest! {
        #[test]
        fn no_body_panics(body: Vec<u8>) {
            let _ = parse(Some(&body));
        }
    }
}
