//! What a Postgres error means to a client, by its SQLSTATE. No text of Postgres' own goes out.

use super::param::ParamType;
use super::query::Query;
use crate::failure::{Failure, Kind, ParameterFault};

/// The failure for an error with this SQLSTATE. `column` is the column it names, if any; it is told to
/// the client only when it is the name of a parameter, which the client knows anyway.
pub fn classify(sqlstate: &str, column: Option<&str>, query: &Query) -> Failure {
    if let Some(name) = malformed(sqlstate, query) {
        let mut failure = Failure::new(Kind::BadParameters, "");
        failure.faults.push(ParameterFault {
            name: name.to_owned(),
            reason: "is not a value of its type".to_owned(),
        });
        return failure;
    }
    let class = sqlstate.get(..2).unwrap_or("");
    let mut failure = match (class, sqlstate) {
        (_, "23505" | "23P01") => Failure::new(
            Kind::Conflict,
            "a value that must be unique is already taken",
        ),
        (_, "23503") => Failure::new(
            Kind::Conflict,
            "a row is referred to that is not there, or still needed",
        ),
        (_, "23502") => Failure::new(Kind::Unprocessable, "a required value is missing"),
        (_, "23514") => Failure::new(Kind::Unprocessable, "a value breaks a rule of the data"),
        // Raised by the schema's own functions and triggers.
        (_, "P0001") => Failure::new(Kind::Unprocessable, "a value breaks a rule of the data"),
        ("54", _) => Failure::new(Kind::Unprocessable, "a value is too large or too complex"),
        ("22" | "23", _) => {
            Failure::new(Kind::Unprocessable, "a value is out of range or malformed")
        }
        (_, "57014") => Failure::new(Kind::Timeout, ""),
        // The server says that it has taken everything back.
        ("40" | "53", _) => Failure::new(Kind::Unavailable, "").undone(),
        ("08" | "57" | "58", _) => Failure::new(Kind::Unavailable, ""),
        _ => Failure::new(Kind::Internal, ""),
    };
    let named = column.filter(|column| query.params.iter().any(|param| param.name == *column));
    if let (Kind::Unprocessable, Some(name)) = (failure.kind, named) {
        let reason = match sqlstate {
            "23502" => "is required",
            _ => "is not allowed here",
        };
        failure.faults.push(ParameterFault {
            name: name.to_owned(),
            reason: reason.to_owned(),
        });
    }
    failure
}

/// Whose error it is, and what is left of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The session has ended with it.
    Connection,
    /// The server cannot do its work; the session lives.
    Source,
    /// The query's own: the server is well.
    Query,
}

/// How severe the server calls an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// `FATAL` and `PANIC`: the server ends the session.
    Fatal,
    Error,
}

/// By the classes of PostgreSQL's manual, appendix A: 08 connections, 53 resources, 57 operators (57P:
/// it shuts down), 58 the system. A clash with another transaction (40) is nobody's illness.
pub fn blame(sqlstate: &str, severity: Severity) -> Blame {
    if severity == Severity::Fatal || sqlstate.starts_with("57P") {
        return Blame::Connection;
    }
    match sqlstate.get(..2) {
        Some("08" | "53" | "57" | "58") => Blame::Source,
        Some(_) | None => Blame::Query,
    }
}

/// The parameter that must be the one that Postgres could not read: all others were judged before.
fn malformed<'q>(sqlstate: &str, query: &'q Query) -> Option<&'q str> {
    if !matches!(sqlstate, "22P02" | "22P03" | "22007" | "22008") {
        return None;
    }
    let mut unjudged = query
        .params
        .iter()
        .filter(|param| matches!(param.kind, ParamType::Other | ParamType::Array(_)));
    match (unjudged.next(), unjudged.next()) {
        (Some(only), None) => Some(&only.name),
        (None, _) | (Some(_), Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::place::ReadFrom;
    use crate::source::query::{Effect, Param, Returns};

    fn check(sqlstate: &str, column: Option<&str>) -> (Kind, Vec<String>) {
        check_with(&[("title", ParamType::Text)], sqlstate, column)
    }

    fn check_with(
        params: &[(&str, ParamType)],
        sqlstate: &str,
        column: Option<&str>,
    ) -> (Kind, Vec<String>) {
        let params = params.iter().map(|(name, kind)| Param {
            name: (*name).to_owned(),
            kind: kind.clone(),
            required: false,
        });
        let query = Query {
            name: "q".into(),
            text: String::new(),
            params: params.collect(),
            returns: Returns::One,
            effect: Effect::Writes,
            database: "main".into(),
            tables: vec![],
            rows: vec![],
            read_from: ReadFrom::Either,
            batch: None,
        };
        let failure = classify(sqlstate, column, &query);
        (
            failure.kind,
            failure.faults.into_iter().map(|fault| fault.name).collect(),
        )
    }

    #[test]
    fn each_sqlstate_has_its_meaning() {
        for (sqlstate, kind) in [
            ("23505", Kind::Conflict),
            ("23503", Kind::Conflict),
            ("23514", Kind::Unprocessable),
            ("22P02", Kind::Unprocessable),
            ("54000", Kind::Unprocessable),
            ("P0001", Kind::Unprocessable),
            ("57014", Kind::Timeout),
            ("57P01", Kind::Unavailable),
            ("53300", Kind::Unavailable),
            ("40001", Kind::Unavailable),
            ("42P01", Kind::Internal),
            ("", Kind::Internal),
        ] {
            assert_eq!(check(sqlstate, None), (kind, vec![]), "{sqlstate}");
        }
    }

    #[test]
    fn each_error_is_laid_to_connection_source_or_query() {
        use Severity::{Error, Fatal};
        for (sqlstate, severity, expected) in [
            ("57P01", Error, Blame::Connection),
            ("53300", Fatal, Blame::Connection),
            ("", Fatal, Blame::Connection),
            ("53100", Error, Blame::Source),
            ("57014", Error, Blame::Source),
            ("58000", Error, Blame::Source),
            ("08006", Error, Blame::Source),
            ("40001", Error, Blame::Query),
            ("23505", Error, Blame::Query),
            ("42P01", Error, Blame::Query),
            ("", Error, Blame::Query),
        ] {
            assert_eq!(
                blame(sqlstate, severity),
                expected,
                "{sqlstate} {severity:?}"
            );
        }
    }

    #[test]
    fn a_malformed_value_is_laid_to_the_one_parameter_that_nobody_judged() {
        let title = ("title", ParamType::Text);
        let range = ("range", ParamType::Other);
        let ids = ("ids", ParamType::Array(Box::new(ParamType::Int8)));
        let named = |name: &str| (Kind::BadParameters, vec![name.to_owned()]);
        let unnamed = (Kind::Unprocessable, vec![]);
        for (params, sqlstate, expected) in [
            (vec![title.clone(), range.clone()], "22P02", named("range")),
            (vec![ids.clone()], "22007", named("ids")),
            (vec![ids.clone(), range.clone()], "22P02", unnamed.clone()),
            (vec![title], "22P02", unnamed.clone()),
            (vec![range], "22003", unnamed),
        ] {
            assert_eq!(check_with(&params, sqlstate, None), expected, "{params:?}");
        }
    }

    #[test]
    fn a_column_is_named_only_when_it_is_a_parameter() {
        assert_eq!(
            check("23502", Some("title")),
            (Kind::Unprocessable, vec!["title".into()])
        );
        assert_eq!(
            check("23502", Some("secret")),
            (Kind::Unprocessable, vec![])
        );
        assert_eq!(check("23505", Some("title")), (Kind::Conflict, vec![]));
    }
}
