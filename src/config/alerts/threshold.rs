//! `[[alert]]`: a number and its bounds. One that has the name of a built-in alert changes it.

use super::{MINUTE, SAMPLES_MIN, read_holds, read_on_fire, read_route, read_samples, read_span};
use crate::alert::rule::{Bound, Metric, Protection, Rule, Side, Threshold, Unit, Watch};
use crate::config::fields::Fields;
use crate::config::names::hint;
use crate::config::reader::Reader;
use crate::config::site::Route;
use std::time::Duration;

const SPAN: Duration = Duration::from_secs(300);

/// A rule that may have no bounds yet.
#[derive(Clone, Debug)]
pub struct Draft {
    pub name: String,
    pub metric: Metric,
    pub route: Option<String>,
    pub over: Duration,
    pub warning: Option<Bound>,
    pub critical: Option<Bound>,
    pub holds: Duration,
    pub samples_min: u32,
    pub on_fire: Option<Protection>,
}

/// `None`: nobody has said from where on it is bad.
pub fn finish(draft: Draft) -> Option<Rule> {
    draft.warning.or(draft.critical)?;
    Some(Rule {
        name: draft.name,
        route: draft.route,
        watch: Watch::Threshold(Threshold {
            metric: draft.metric,
            over: draft.over,
            warning: draft.warning,
            critical: draft.critical,
        }),
        holds: draft.holds,
        samples_min: draft.samples_min,
        on_fire: draft.on_fire,
    })
}

/// `None`: it is switched off, or wrong.
pub fn read(
    name: String,
    built_in: Option<Draft>,
    mut fields: Fields<'_>,
    routes: &[Route],
    reader: &mut Reader<'_>,
) -> Option<Draft> {
    let is_off = fields.flag("off", reader);
    if is_off.as_ref().is_some_and(|off| off.value) {
        if built_in.is_none() {
            let what = format!("alert \"{name}\" is switched off, but is no built-in one");
            reader.error(fields.line(), what, "remove it");
        }
        fields.finish(reader);
        return None;
    }
    let Some(metric) = read_metric(&mut fields, built_in.as_ref(), reader) else {
        // Which units its bounds have is not known, so they are not read.
        for field in [
            "route",
            "over",
            "warning",
            "critical",
            "for",
            "min_samples",
            "on_fire",
        ] {
            fields.know(field);
        }
        fields.finish(reader);
        return None;
    };
    let draft = read_rest(name, metric, built_in, &mut fields, routes, reader);
    check(&draft, &fields, reader);
    fields.finish(reader);
    Some(draft)
}

fn read_rest(
    name: String,
    metric: Metric,
    built_in: Option<Draft>,
    fields: &mut Fields<'_>,
    routes: &[Route],
    reader: &mut Reader<'_>,
) -> Draft {
    let plain = built_in.unwrap_or(Draft {
        name,
        metric,
        route: None,
        over: SPAN,
        warning: None,
        critical: None,
        holds: SPAN,
        samples_min: u32::from(SAMPLES_MIN),
        on_fire: None,
    });
    // Who gives one bound has thought of both: the other is not left from the built-in alert.
    let gives_bounds = fields.has("warning") || fields.has("critical");
    let own = |bound: Option<Bound>, kept: Option<Bound>| if gives_bounds { bound } else { kept };
    let samples = u16::try_from(plain.samples_min).unwrap_or(SAMPLES_MIN);
    Draft {
        route: read_route(fields, routes, reader),
        over: read_span(fields, "over", plain.over, reader),
        warning: own(read_bound(fields, "warning", metric, reader), plain.warning),
        critical: own(
            read_bound(fields, "critical", metric, reader),
            plain.critical,
        ),
        holds: read_holds(fields, plain.holds, reader),
        samples_min: read_samples(fields, samples, reader),
        on_fire: read_on_fire(fields, reader),
        ..plain
    }
}

fn read_metric(
    fields: &mut Fields<'_>,
    built_in: Option<&Draft>,
    reader: &mut Reader<'_>,
) -> Option<Metric> {
    if let Some(draft) = built_in.filter(|_| !fields.has("metric")) {
        fields.know("metric");
        return Some(draft.metric);
    }
    let word = fields.required_text("metric", "\"p95\"", reader)?;
    let metric = Metric::parse(word.value);
    let Some(metric) = metric else {
        let words = Metric::EVERY.into_iter().map(Metric::as_str);
        let what = format!("unknown metric \"{}\" of {}", word.value, fields.of());
        reader.error(word.line, what, hint(word.value, words).unwrap_or_default());
        return None;
    };
    if let Some(draft) = built_in.filter(|draft| draft.metric != metric) {
        let what = format!(
            "the built-in alert \"{}\" watches {}",
            draft.name,
            draft.metric.as_str()
        );
        reader.error(word.line, what, "leave metric out, or choose another name");
        return None;
    }
    Some(metric)
}

fn read_bound(
    fields: &mut Fields<'_>,
    name: &'static str,
    metric: Metric,
    reader: &mut Reader<'_>,
) -> Option<Bound> {
    let (max, wanted) = match metric.unit() {
        Unit::Ms => return Some(Bound::from_duration(fields.duration(name, reader)?.value)),
        Unit::Share => (1, "a number from 0 to 1, such as 0.05"),
        Unit::PerSecond => (1_000_000_000, "a number of requests a second, such as 2.5"),
        Unit::Count => (1_000_000, "a number, such as 0"),
    };
    let millionths = fields.millionths(name, max, wanted, reader);
    millionths.map(Bound::from_millionths)
}

fn check(draft: &Draft, fields: &Fields<'_>, reader: &mut Reader<'_>) {
    let name = &draft.name;
    if draft.warning.is_none() && draft.critical.is_none() && !has_bound(fields) {
        let what = format!("alert \"{name}\" has neither warning nor critical");
        reader.error(fields.line(), what, "add from where on it is bad");
    }
    let side = draft.metric.bad_side();
    if let (Some(warning), Some(critical)) = (draft.warning, draft.critical) {
        let is_milder = match side {
            Side::Above => critical <= warning,
            Side::Below => critical >= warning,
        };
        if is_milder {
            let (way, mend) = match side {
                Side::Above => ("above", "raise critical, or lower warning"),
                Side::Below => ("below", "lower critical, or raise warning"),
            };
            let what = format!("critical of alert \"{name}\" is not {way} its warning");
            reader.error(fields.line_of("critical", reader), what, mend);
        }
    }
    if fields.has("route") && !draft.metric.is_of_routes() {
        let what = format!("{} is not measured by route", draft.metric.as_str());
        reader.error(fields.line_of("route", reader), what, "leave route out");
    }
    if draft.holds > Duration::ZERO && draft.holds < MINUTE {
        let what = format!(
            "for of alert \"{name}\" is less than a minute, and alerts are evaluated each minute"
        );
        let mend = "write \"0s\", or \"1m\" at least";
        reader.warning(fields.line_of("for", reader), what, mend);
    }
}

fn has_bound(fields: &Fields<'_>) -> bool {
    fields.has("warning") || fields.has("critical")
}
