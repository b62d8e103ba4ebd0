//! `-- batch: id`: a query for one key that can be asked for many at once.
//!
//! The statement compares with `= any(:id::bigint[])`, so it takes as many keys as the array has; the
//! text around it joins its rows with the keys, each numbered, and Postgres tells which row is whose.

use super::SqlProblem;
use super::effect::Shape;
use super::header::Header;
use super::lex::TokenKind;
use super::params::Params;
use super::statement::Statement;
use crate::source::batch::Many;
use crate::source::param::ParamType;
use crate::source::query::{Effect, Returns};

/// The key of a query that can be batched.
pub struct Key {
    name: String,
    /// The parameter's place.
    place: usize,
    /// Of one key.
    kind: ParamType,
}

/// The key that the header names. `None`: it names none, or a problem was told.
pub fn key(
    statement: &Statement<'_>,
    header: &Header,
    params: &Params,
    effect: Effect,
    problems: &mut Vec<SqlProblem>,
) -> Option<Key> {
    let (name, line) = header.batch.as_ref()?;
    let mut problem = |what: String, mend: String| {
        problems.push(SqlProblem::new(*line, what, mend));
        None
    };
    if header
        .returns
        .is_some_and(|returns| returns != Returns::One)
    {
        return problem(
            "a batch gives one row for each key".to_owned(),
            "write `-- returns: one`, or leave `batch` out".to_owned(),
        );
    }
    if header.json {
        return problem(
            format!("`json: yes` allows no column `{name}`, by which rows are dealt to keys"),
            "leave one of the two out".to_owned(),
        );
    }
    if effect != Effect::Reads {
        return problem(
            "only what reads, the same rows each time, can be batched".to_owned(),
            "leave `batch` out".to_owned(),
        );
    }
    if let Some(word) = Shape::of(statement).limiting {
        return problem(
            format!("`{word}` would count the rows of all keys together"),
            format!("leave `{word}` out: each key gets one row"),
        );
    }
    let place = params.place(name);
    let kind = place
        .and_then(|place| params.list.get(place))
        .map(|param| &param.kind);
    match (place, kind) {
        (Some(place), Some(ParamType::Array(element)))
            if **element != ParamType::Json && compares(statement, name) =>
        {
            Some(Key {
                name: name.clone(),
                place,
                kind: (**element).clone(),
            })
        }
        _ => {
            let element = match place.map(|place| params.type_of(place)) {
                Some(kind) if !kind.is_empty() => kind.trim_end_matches("[]"),
                Some(_) | None => "bigint",
            };
            problem(
                format!("the statement does not ask for many of `{name}`"),
                format!("write `{name} = any(:{name}::{element}[])`, or leave `batch` out"),
            )
        }
    }
}

/// Whether `= any(:name::…` stands in the statement.
fn compares(statement: &Statement<'_>, name: &str) -> bool {
    let tokens: Vec<_> = statement.significant().collect();
    tokens.windows(4).any(|window| match window {
        [equals, any, open, param] => {
            statement.is(equals, "=")
                && any.kind == TokenKind::Word
                && statement.text(any).eq_ignore_ascii_case("any")
                && statement.is(open, "(")
                && param.kind == TokenKind::Named
                && statement.text(param).strip_prefix(':') == Some(name)
        }
        _ => false,
    })
}

impl Key {
    /// The text for many keys, and the one that Postgres prepares to judge it. From here on the
    /// parameter takes one key.
    pub fn batched(&self, statement: &Statement<'_>, params: &mut Params) -> (Many, String) {
        let around = |suffix: &str| {
            let (number, kind) = (self.place + 1, params.type_of(self.place));
            let text = params.number(statement, suffix);
            let name = &self.name;
            format!(
                "select distinct on (k.place) k.place::text, row_to_json(q)::text\n\
                 from unnest(${number}{suffix}::{kind}) with ordinality as k (key, place)\n\
                 join (\n{text}\n) q on q.{name} = k.key"
            )
        };
        let (text, prepare_text) = (around("::text"), around(""));
        if let Some(param) = params.list.get_mut(self.place) {
            param.kind = self.kind.clone();
        }
        let param = u16::try_from(self.place).unwrap_or(u16::MAX);
        (Many { param, text }, prepare_text)
    }
}
