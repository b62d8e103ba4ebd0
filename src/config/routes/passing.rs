//! What only routes of an HTTP origin say: which part of the query string counts, what becomes of
//! images, and tiers by media type.

use super::check;
use super::draft::{Draft, SourceName};
use super::image;
use crate::config::fields::Fields;
use crate::config::names::{Names, hint};
use crate::config::reader::{At, Reader};
use crate::config::site::TypeTier;
use crate::key::uri::{NamePattern, Order, Params, QueryRule};
use crate::policy::Tier;
use crate::route::pattern::MethodPattern;
use crate::semantics::fields::is_token;
use crate::source::image::Rule;

/// As written.
#[derive(Debug)]
pub struct Passing {
    /// Which of these keys the route has.
    keys: Vec<At<&'static str>>,
    /// Where the allow-list stands: an empty one is another thing than none.
    allow_line: Option<u32>,
    ignore: Option<Vec<At<String>>>,
    order: Order,
    pub image: Option<Rule>,
    type_tiers: Vec<TypeTierDraft>,
}

#[derive(Debug)]
struct TypeTierDraft {
    media_type: String,
    tier: At<String>,
}

const KEYS: [&str; 4] = ["query_ignore", "query_order", "image", "type_tiers"];

pub fn read(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Passing {
    let keys = KEYS.into_iter().filter(|name| fields.has(name));
    let keys = keys
        .map(|name| At {
            value: name,
            line: fields.line_of(name, reader),
        })
        .collect();
    let allow_line = fields.has("query").then(|| fields.line_of("query", reader));
    let ignore = fields.texts("query_ignore", reader).map(|names| {
        let names = names.into_iter().map(|name| At {
            value: name.value.to_owned(),
            line: name.line,
        });
        names.collect()
    });
    Passing {
        keys,
        allow_line,
        ignore,
        order: read_order(fields, reader),
        image: image::read(fields, reader),
        type_tiers: read_type_tiers(fields, reader),
    }
}

fn read_order(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Order {
    let Some(text) = fields.text("query_order", reader) else {
        return Order::default();
    };
    match text.value {
        "kept" => Order::Kept,
        "sorted" => Order::Sorted,
        other => {
            let mend = hint(other, ["kept", "sorted"].into_iter()).unwrap_or_default();
            reader.error(text.line, format!("unknown query_order \"{other}\""), mend);
            Order::default()
        }
    }
}

fn read_type_tiers(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Vec<TypeTierDraft> {
    let mut drafts: Vec<TypeTierDraft> = Vec::new();
    for (written, tier) in fields.pairs("type_tiers", reader).unwrap_or_default() {
        let line = tier.line;
        let media_type = written.to_ascii_lowercase();
        if !is_media_range(&media_type) {
            let what = format!("type_tiers names \"{written}\", which is no media type");
            reader.error(
                line,
                what,
                "write one such as \"image/png\", or \"image/*\"",
            );
            continue;
        }
        let before = drafts
            .iter()
            .find(|draft| covers(&draft.media_type, &media_type));
        if let Some(before) = before {
            let what = format!(
                "\"{written}\" of type_tiers never counts: \"{}\" stands before it",
                before.media_type
            );
            reader.warning(line, what, "put it first, or remove it");
        }
        let tier = At {
            value: tier.value.to_owned(),
            line,
        };
        drafts.push(TypeTierDraft { media_type, tier });
    }
    drafts
}

/// `type/subtype`, or `type/*`. All types are what the route's own tier is for.
fn is_media_range(text: &str) -> bool {
    text.split_once('/').is_some_and(|(kind, subtype)| {
        kind != "*"
            && is_token(kind)
            && is_token(subtype)
            && (subtype == "*" || !text.contains('*'))
    })
}

fn covers(range: &str, other: &str) -> bool {
    let kind = range.strip_suffix('*');
    range == other || kind.is_some_and(|kind| other.starts_with(kind))
}

pub fn check(draft: &Draft, pattern: &MethodPattern, reader: &mut Reader<'_>) {
    let passing = &draft.passing;
    match &draft.source {
        Some(SourceName::Query(_) | SourceName::Assets) => {
            for At { value: key, line } in &passing.keys {
                let what = format!("\"{pattern}\" has {key}, but its source is no origin");
                reader.error(*line, what, format!("remove {key} from the route"));
            }
        }
        Some(SourceName::Origin(_)) => check_together(draft, pattern, reader),
        // That there is none is told already.
        None => {}
    }
}

fn check_together(draft: &Draft, pattern: &MethodPattern, reader: &mut Reader<'_>) {
    let line_of = |key: &str| {
        let mut keys = draft.passing.keys.iter();
        keys.find(|at| at.value == key).map(|at| at.line)
    };
    if let (Some(_), Some(line)) = (draft.passing.allow_line, line_of("query_ignore")) {
        let what = format!("\"{pattern}\" has both query and query_ignore");
        let mend = "list what counts in query, or what does not in query_ignore";
        reader.error(line, what, mend);
    }
    if let (None, Some(line)) = (&draft.tier, line_of("type_tiers")) {
        let what = format!("\"{pattern}\" has type_tiers but no tier, so nothing is stored");
        let mend = "add tier, which is for all other types, or remove type_tiers";
        reader.error(line, what, mend);
    }
}

/// The rule of an origin's route; of other routes all that this says is that nothing is left out.
pub fn query_rule(draft: &Draft, reader: &mut Reader<'_>) -> QueryRule {
    let passing = &draft.passing;
    let params = match (&draft.source, &passing.ignore, passing.allow_line) {
        (Some(SourceName::Origin(_)), Some(ignore), _) => {
            Params::AllBut(patterns("query_ignore", ignore, reader))
        }
        (Some(SourceName::Origin(_)), None, Some(_)) => {
            Params::Only(patterns("query", &draft.query, reader))
        }
        (Some(_) | None, _, _) => Params::All,
    };
    QueryRule {
        params,
        order: passing.order,
    }
}

/// In canonical order: that of the list means nothing, so changing it must not change a key.
fn patterns(list: &str, names: &[At<String>], reader: &mut Reader<'_>) -> Vec<NamePattern> {
    let mut sorted: Vec<&At<String>> = names.iter().collect();
    sorted.sort_by(|a, b| a.value.cmp(&b.value));
    sorted.dedup_by(|a, b| a.value == b.value);
    let mut patterns = Vec::new();
    for name in sorted {
        match NamePattern::parse(&name.value) {
            Ok(pattern) => patterns.push(pattern),
            Err(problem) => {
                let what = format!("bad name \"{}\" in {list}: {problem}", name.value);
                reader.error(name.line, what, "write a name, or its beginning: \"utm_*\"");
            }
        }
    }
    patterns
}

pub fn type_tiers(
    draft: &Draft,
    pattern: &MethodPattern,
    tiers: &mut Names<Tier>,
    reader: &mut Reader<'_>,
) -> Vec<TypeTier> {
    let mut found = Vec::new();
    for TypeTierDraft { media_type, tier } in &draft.passing.type_tiers {
        let Some(index) = tiers.resolve(&tier.value, tier.line, reader) else {
            continue;
        };
        if let Some(value) = tiers.get(index) {
            check::privacy(draft.auth, pattern, tier, value, tiers, reader);
            found.push(TypeTier {
                media_type: media_type.clone(),
                tier: value.clone(),
            });
        }
    }
    found
}
