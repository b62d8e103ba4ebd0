use super::*;

fn scan(alias: &str, conditions: &[&str]) -> Scan {
    Scan {
        table: ("public".to_owned(), "pitches".to_owned()),
        alias: alias.to_owned(),
        conditions: conditions.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn column(name: &str, type_name: &str) -> KeyColumn {
    KeyColumn {
        name: name.to_owned(),
        quoted: if name.contains(' ') {
            format!("\"{name}\"")
        } else {
            name.to_owned()
        },
        kind: Kind::of(type_name).unwrap(),
        type_name: type_name.to_owned(),
    }
}

fn param(place: usize, type_name: &str, equal: Equal) -> KeyParam {
    KeyParam {
        name: format!("p{place}"),
        place,
        kind: Kind::of(type_name).unwrap(),
        equal,
    }
}

/// Whether `p.id`, a bigint, is known to equal `$1`.
#[track_caller]
fn check(conditions: &[&str], expected: bool) {
    let found = rows(
        &[&scan("p", conditions)],
        &[column("id", "bigint")],
        &[param(1, "bigint", Equal::Value)],
    );
    assert_eq!(!found.is_empty(), expected, "{conditions:?}");
}

#[test]
fn conditions_that_hold_a_column_to_a_parameter() {
    check(&["(p.id = $1)"], true);
    check(&["(p.id = ($1)::bigint)"], true);
    check(&["(p.id = ($1)::integer)"], true);
    check(&["($1 = p.id)"], true);
    check(
        &["((p.id = $1) AND (p.resource_type = 'Patient'::text))"],
        true,
    );
    check(&["(p.active AND (p.id = $1))"], true);
    check(
        &["(p.resource_type = 'Patient'::text)", "(p.id = $1)"],
        true,
    );
    check(&["((p.title = 'a) AND (b'::text) AND (p.id = $1))"], true);
    check(&["((p.title = 'it''s'::text) AND (p.id = $1))"], true);
    check(&["(\"p\".id = $1)"], true);
}

#[test]
fn conditions_that_only_look_like_it() {
    check(&[], false);
    check(&["(p.id > $1)"], false);
    check(&["(p.id <> $1)"], false);
    check(&["(p.id = $2)"], false);
    check(&["(p.id = $11)"], false);
    check(&["(q.id = $1)"], false);
    check(&["(p.id2 = $1)"], false);
    check(&["(p.id = p.author_id)"], false);
    check(&["(p.id = ($1 + 1))"], false);
    check(&["(p.id = ANY ($1))"], false);
    check(&["((p.id)::numeric = $1)"], false);
    check(&["((p.id)::text = ($1)::text)"], false);
    check(&["(p.id = ($1)::numeric)"], false);
    check(&["((p.id = $1) OR (p.author_id = $1))"], false);
    check(&["(($1 IS NULL) OR (p.id = $1))"], false);
    check(&["(NOT (p.id = $1))"], false);
    check(&["((p.id = $1) IS NOT TRUE)"], false);
    check(&["(NOT ((p.id = $1) AND (p.id = $1)))"], false);
    check(&["(((p.id = $1) AND p.active) OR p.open)"], false);
    check(&["(p.title = ' AND (p.id = $1) AND '::text)"], false);
    check(&["((p.title = '(p.id = $1)'::text) AND p.active)"], false);
    check(
        &["(p.active AND (p.id = $1)) OR (p.open AND (p.id = $2))"],
        false,
    );
    check(&["(p.id = (InitPlan 1).col1)"], false);
    check(&["(p.id = $1"], false);
    check(&["(", ")", "()", "", "\" AND (p.id = $1)"], false);
}

#[test]
fn every_scan_of_the_table_must_be_held() {
    let (one, other) = (scan("p", &["(p.id = $1)"]), scan("p_1", &["(p_1.id = $1)"]));
    let columns = [column("id", "bigint"), column("author_id", "bigint")];
    let params = [param(1, "bigint", Equal::Value)];
    assert_eq!(rows(&[&one, &other], &columns, &params).len(), 1);
    for loose in [scan("p_1", &[]), scan("p_1", &["(p_1.author_id = $1)"])] {
        assert_eq!(rows(&[&one, &loose], &columns, &params), []);
    }
    assert_eq!(rows(&[], &columns, &params), []);
}

#[test]
fn each_column_that_is_held_is_told() {
    let own = scan("k", &["((k.tenant = $2) AND (k.id = $1))"]);
    let columns = [column("id", "integer"), column("tenant", "uuid")];
    let params = [
        param(1, "bigint", Equal::Value),
        param(2, "uuid", Equal::Value),
    ];
    let found = rows(&[&own], &columns, &params);
    let told: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|rows| {
            (
                rows.column.as_str(),
                rows.param.as_str(),
                rows.kind.as_str(),
            )
        })
        .collect();
    assert_eq!(told, [("id", "p1", "integer"), ("tenant", "p2", "uuid")]);
}

#[track_caller]
fn check_types(condition: &str, column_type: &str, param_type: &str, expected: bool) {
    let found = rows(
        &[&scan("p", &[condition])],
        &[column("my key", column_type)],
        &[param(1, param_type, Equal::Value)],
    );
    let shown = format!("{condition} {column_type} {param_type}");
    assert_eq!(!found.is_empty(), expected, "{shown}");
}

#[test]
fn texts_and_uuids() {
    check_types("(p.\"my key\" = $1)", "text", "text", true);
    check_types(
        "(p.\"my key\" = ($1)::text)",
        "text",
        "character varying",
        true,
    );
    check_types(
        "((p.\"my key\")::text = $1)",
        "character varying",
        "text",
        true,
    );
    check_types(
        "((p.\"my key\")::text = ($1)::text)",
        "character varying",
        "character varying",
        true,
    );
    check_types("(p.\"my key\" = $1)", "uuid", "uuid", true);
    check_types("(p.\"my key\" = ($1)::uuid)", "uuid", "uuid", true);
    // What the database compares otherwise than as texts.
    check_types("((p.\"my key\")::text = $1)", "text", "text", false);
    check_types("(p.\"my key\" = ($1)::uuid)", "uuid", "text", false);
    check_types("(p.\"my key\" = ($1)::bigint)", "bigint", "text", false);
    check_types(
        "(p.\"my key\" = (($1)::character varying(3))::text)",
        "text",
        "text",
        false,
    );
    check_types("(p.\"my key\" = ($1 COLLATE ci))", "text", "text", false);
    check_types(
        "((p.\"my key\")::citext = ($1)::citext)",
        "text",
        "text",
        false,
    );
}

#[test]
fn elements_of_an_array() {
    let columns = [column("id", "bigint")];
    let params = [param(1, "bigint", Equal::Element)];
    for (condition, expected) in [
        ("(p.id = ANY ($1))", true),
        ("(p.id = ANY (($1)::bigint[]))", true),
        ("(p.id <> ALL ($1))", false),
        ("(p.id > ANY ($1))", false),
        ("(p.id = $1)", false),
    ] {
        let found = rows(&[&scan("p", &[condition])], &columns, &params);
        assert_eq!(!found.is_empty(), expected, "{condition}");
        assert!(found.iter().all(|rows| rows.equal == Equal::Element));
    }
}

#[test]
fn a_parameter_names_rows_only_if_its_text_is_canonical() {
    for (cast, described, expected) in [
        (
            ParamType::Int8,
            "bigint",
            Some((Kind::Integer, Equal::Value)),
        ),
        (
            ParamType::Int4,
            "integer",
            Some((Kind::Integer, Equal::Value)),
        ),
        (ParamType::Uuid, "uuid", Some((Kind::Uuid, Equal::Value))),
        (ParamType::Text, "text", Some((Kind::Text, Equal::Value))),
        (
            ParamType::Text,
            "character varying",
            Some((Kind::Varchar, Equal::Value)),
        ),
        (
            ParamType::Int8,
            "bigint[]",
            Some((Kind::Integer, Equal::Element)),
        ),
        (ParamType::Text, "uuid[]", None),
        (
            ParamType::Array(Box::new(ParamType::Int8)),
            "bigint[]",
            None,
        ),
        (ParamType::Text, "citext", None),
        (ParamType::Text, "character", None),
        (ParamType::Text, "bigint", None),
        (ParamType::Other, "bigint", None),
        (ParamType::Numeric, "numeric", None),
        (ParamType::Array(Box::new(ParamType::Int8)), "bigint", None),
    ] {
        let params = [Param {
            name: "id".to_owned(),
            kind: cast.clone(),
            required: false,
        }];
        let types = [Column {
            name: "id".to_owned(),
            kind: described.to_owned(),
        }];
        let found = key_params(&params, &types);
        let found = found.first().map(|param| (param.kind, param.equal));
        assert_eq!(found, expected, "{cast:?} {described}");
    }
}
