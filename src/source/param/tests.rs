use super::*;
use proptest::prelude::*;

fn check(cast: &str, raw: &str, expected: &str) {
    let kind = ParamType::from_cast(cast);
    assert_eq!(
        kind.canonical(raw).as_deref(),
        Ok(expected),
        "{cast}: {raw:?}"
    );
}

fn refuse(cast: &str, raws: &[&str], expected: &str) {
    let kind = ParamType::from_cast(cast);
    for raw in raws {
        let problem = kind.canonical(raw).map_err(|problem| problem.to_string());
        assert_eq!(problem, Err(expected.to_owned()), "{cast}: {raw:?}");
    }
}

#[test]
fn casts_name_types() {
    let cases = [
        ("bigint", "bigint"),
        ("INT8", "bigint"),
        ("int", "integer"),
        ("pg_catalog.int4", "integer"),
        ("smallint", "smallint"),
        ("varchar(20)", "text"),
        ("Character  Varying (20)", "text"),
        ("char(3)", "text"),
        ("citext", "text"),
        ("bool", "boolean"),
        ("uuid", "uuid"),
        ("date", "date"),
        ("timestamp", "timestamp"),
        ("timestamp(3) without time zone", "timestamp"),
        ("timestamp (3) with time zone", "timestamptz"),
        ("timestamptz", "timestamptz"),
        ("numeric(10, 2)", "numeric"),
        ("real", "double precision"),
        ("double precision", "double precision"),
        ("jsonb", "json"),
        ("bigint[]", "bigint[]"),
        ("text [3] [4]", "text[]"),
        ("numeric(4,1)[]", "numeric[]"),
        ("int array", "integer[]"),
        ("mood", "other"),
        ("mood[]", "other[]"),
        ("\"Text\"", "other"),
        ("interval", "other"),
    ];
    for (cast, expected) in cases {
        assert_eq!(ParamType::from_cast(cast).to_string(), expected, "{cast}");
    }
}

#[test]
fn integers_have_one_text_and_a_range() {
    check("int8", "9223372036854775807", "9223372036854775807");
    check("int8", "-9223372036854775808", "-9223372036854775808");
    check("int4", "007", "7");
    check("int4", "+7", "7");
    check("int4", "-07", "-7");
    check("int2", "-0", "0");
    refuse(
        "int8",
        &[
            "",
            "abc",
            "1.0",
            "1e3",
            " 1",
            "9223372036854775808",
            "--1",
            "0x1",
            "1_0",
            "٣",
        ],
        "must be an integer between -9223372036854775808 and 9223372036854775807",
    );
    refuse(
        "int2",
        &["32768", "-32769"],
        "must be an integer between -32768 and 32767",
    );
    refuse("int2", &["1\0"], "must not hold a NUL character");
}

#[test]
fn decimals_follow_the_grammar() {
    for cast in ["numeric", "float8"] {
        check(cast, "12.50", "12.50");
        check(cast, "+0012.5", "12.5");
        check(cast, ".5", "0.5");
        check(cast, "5.", "5");
        check(cast, "1E+05", "1e5");
        check(cast, "-1e-007", "-1e-7");
        check(cast, "1e0", "1");
        refuse(
            cast,
            &[
                "", ".", "-", "e5", "1e", "1e+", "NaN", "Infinity", "inf", "1,5", "1.2.3", " 1",
                "0x1",
            ],
            "must be a number, such as 12.50",
        );
    }
    let range = "must be a number within the range of its type";
    check("numeric", "-0.00", "0.00");
    check("numeric", "1e131071", "1e131071");
    refuse("numeric", &["1e131072", "1e-99999", "1e99999999999"], range);
    check("float8", "-0", "-0");
    check("float8", "0e999999", "0e999999");
    refuse("float8", &["1e400", "1e-400", "-1e99999999999"], range);
}

#[test]
fn booleans_and_uuids_have_one_text() {
    for raw in ["true", "T", "Yes", "y", "ON", "1"] {
        check("bool", raw, "true");
    }
    for raw in ["false", "F", "no", "n", "off", "0"] {
        check("bool", raw, "false");
    }
    refuse("bool", &["", "2", "truth", "null"], "must be true or false");
    let uuid = "123e4567-e89b-12d3-a456-426614174000";
    check("uuid", uuid, uuid);
    check("uuid", &uuid.to_uppercase(), uuid);
    check("uuid", &uuid.replace('-', ""), uuid);
    refuse(
        "uuid",
        &[
            "",
            "123e4567",
            "123e4567-e89b-12d3-a456-42661417400g",
            "123e4567e-89b-12d3-a456-426614174000",
        ],
        "must be a UUID, such as 123e4567-e89b-12d3-a456-426614174000",
    );
}

#[test]
fn dates_are_of_the_calendar() {
    for raw in ["2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"] {
        check("date", raw, raw);
    }
    refuse(
        "date",
        &[
            "2023-02-29",
            "1900-02-29",
            "2024-04-31",
            "2024-13-01",
            "2024-00-01",
            "2024-01-00",
            "0000-01-01",
            "2024-1-1",
            "24-01-01",
            "2024-01-01T00:00",
            "2024/01/01",
            "today",
            "",
            "2024-01-01-",
            "2024-01-é",
        ],
        "must be a date of the calendar, written YYYY-MM-DD",
    );
}

#[test]
fn times_have_one_shape() {
    check(
        "timestamptz",
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00Z",
    );
    check("timestamptz", "2026-01-31 12:00+00", "2026-01-31T12:00:00Z");
    check(
        "timestamptz",
        "2026-01-31t12:00:00.120z",
        "2026-01-31T12:00:00.12Z",
    );
    check(
        "timestamptz",
        "2026-01-31T12:00-05:30",
        "2026-01-31T12:00:00-05:30",
    );
    check("timestamptz", "2026-01-31", "2026-01-31T00:00:00");
    check(
        "timestamp",
        "2026-01-31 12:00:01.000",
        "2026-01-31T12:00:01",
    );
    check("timestamp", "2026-01-31T12:00:01Z", "2026-01-31T12:00:01");
    let refused = [
        "",
        "2026-01-31T",
        "2026-02-30T12:00",
        "2026-01-31T24:00",
        "2026-01-31T12:60",
        "2026-01-31T12:00:60",
        "2026-01-31T12",
        "2026-01-31T12:00:00.",
        "2026-01-31T12:00:0",
        "2026-01-31T12:00:00.1234567890",
        "2026-01-31T12:00+16",
        "2026-01-31T12:00+1",
        "2026-01-31T12:00 02:00",
        "2026-01-31Z",
        "now",
        "2026-01-31Té2:00",
    ];
    refuse(
        "timestamptz",
        &refused,
        "must be a date and time, such as 2026-01-31T12:00:00Z",
    );
    let plain = "must be a date and time without an offset, such as 2026-01-31T12:00:00";
    refuse("timestamp", &refused, plain);
    refuse("timestamp", &["2026-01-31T12:00+02"], plain);
}

#[test]
fn json_is_parsed_but_kept() {
    check("jsonb", " {\"a\": [1, 2]} ", " {\"a\": [1, 2]} ");
    refuse("json", &["", "{", "{'a':1}", "1 2", "NaN"], "must be JSON");
    let deep = |levels| "[".repeat(levels) + &"]".repeat(levels);
    check("json", &deep(128), &deep(128));
    refuse(
        "json",
        &[&deep(129), &deep(200_000)],
        "must be JSON nested at most 128 levels deep",
    );
    check("json", "\"[[\\\"[[\"", "\"[[\\\"[[\"");
    assert_eq!(json::depth("[\"[[\\\"[[\", {}]"), 2);
}

#[test]
fn what_only_postgres_can_judge_passes() {
    check("text", "", "");
    check("text", "ünï \u{1}", "ünï \u{1}");
    check("mood", "happy", "happy");
    check("int[]", "{1,2}", "{1,2}");
    refuse("int[]", &["1,2", "[1]", ""], "must be an array");
    refuse("text", &["a\0b"], "must not hold a NUL character");
}

const CASTS: &[&str] = &[
    "int2",
    "int4",
    "int8",
    "float8",
    "numeric",
    "bool",
    "text",
    "uuid",
    "date",
    "timestamp",
    "timestamptz",
    "jsonb",
    "int[]",
    "mood",
];

fn near_values() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "[+-]?[0-9]{0,12}\\.?[0-9]{0,3}(e[+-]?[0-9]{1,3})?",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-2][0-9]:[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,7})?)?(Z|[+-]0[0-9](:00)?)?)?",
        "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}",
        "[\\[{\"0-9,:}\\]\\\\]{0,12}",
    ]
}

proptest! {
    #[test]
    fn the_canonical_text_is_its_own(raw in near_values(), cast in prop::sample::select(CASTS)) {
        let kind = ParamType::from_cast(cast);
        if let Ok(text) = kind.canonical(&raw) {
            let again = kind.canonical(&text);
            prop_assert_eq!(again.as_deref(), Ok(text.as_ref()));
            prop_assert!(matches!(again, Ok(Cow::Borrowed(_))));
        }
    }

    #[test]
    fn integers_agree_with_arithmetic(value in any::<i64>(), zeros in 0_usize..4) {
        let sign = if value < 0 { "-" } else { "" };
        let raw = format!("{sign}{}{}", "0".repeat(zeros), value.unsigned_abs());
        let canonical = value.to_string();
        let text = ParamType::Int8.canonical(&raw);
        prop_assert_eq!(text.as_deref(), Ok(canonical.as_str()));
        prop_assert_eq!(ParamType::Int4.canonical(&raw).is_ok(), i32::try_from(value).is_ok());
    }

    #[test]
    fn integers_take_nothing_else(raw in near_values()) {
        let digits = raw.strip_prefix(['+', '-']).unwrap_or(&raw);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        prop_assert!(is_number || ParamType::Int8.canonical(&raw).is_err());
    }

    #[test]
    fn decimals_keep_their_value(raw in "[+-]?[0-9]{1,8}(\\.[0-9]{0,5})?(e[+-]?[0-9]{1,2})?") {
        let value: f64 = raw.parse().unwrap();
        for kind in [ParamType::Numeric, ParamType::Float] {
            let text = kind.canonical(&raw).unwrap();
            prop_assert_eq!(text.parse::<f64>().unwrap(), value, "{}", text);
        }
    }
}
