use super::*;
use crate::source::query::{Effect, Returns};
use proptest::prelude::*;

/// `"id!::bigint q::text"`: `!` for required.
fn query(params: &str) -> Query {
    let param = |text: &str| {
        let (name, cast) = text.split_once("::").unwrap();
        Param {
            name: name.trim_end_matches('!').to_owned(),
            kind: ParamType::from_cast(cast),
            required: name.ends_with('!'),
        }
    };
    Query {
        name: "test".into(),
        text: String::new(),
        params: params.split_whitespace().map(param).collect(),
        returns: Returns::One,
        effect: Effect::Reads,
        database: "main".into(),
        tables: Vec::new(),
        rows: Vec::new(),
        read_from: crate::source::place::ReadFrom::Either,
        batch: None,
    }
}

fn values(outcome: Result<Values, Vec<BindProblem>>) -> Vec<String> {
    let texts = |values: Values| {
        let text = |value: Option<String>| value.unwrap_or_else(|| "NULL".into());
        values.0.into_iter().map(text).collect()
    };
    let told = |problems: Vec<BindProblem>| problems.iter().map(ToString::to_string).collect();
    outcome.map_or_else(told, texts)
}

fn check_search(params: &str, search: &str, expected: &[&str]) {
    let query = query(params);
    let allowed: Vec<_> = query.params.iter().map(|p| p.name.clone()).collect();
    let inputs = Inputs {
        path: &[],
        search,
        allowed: &allowed,
        body: None,
        bytes_max: 16,
    };
    assert_eq!(values(bind(&query, &inputs)), expected, "{search}");
}

fn check_body(params: &str, body: &str, expected: &[&str]) {
    check_body_bytes(params, body.as_bytes(), expected);
}

fn check_body_bytes(params: &str, body: &[u8], expected: &[&str]) {
    let inputs = Inputs {
        path: &[],
        search: "",
        allowed: &[],
        body: Some(body),
        bytes_max: 64,
    };
    let shown = String::from_utf8_lossy(body);
    assert_eq!(values(bind(&query(params), &inputs)), expected, "{shown}");
}

#[test]
fn allow_listed_parameters_are_decoded_and_the_rest_ignored() {
    check_search("q::text n::int", "q=a+b%2Bc&n=07", &["a b+c", "7"]);
    check_search("q::text n::int", "", &["NULL", "NULL"]);
    check_search("q::text n::int", "q=&n=", &["", "NULL"]);
    check_search("q::text", "q", &[""]);
    check_search("q::text", "&&x=%ff&y=1&y=2&%zz&q=1=2&", &["1=2"]);
    check_search("q::text", "%71=%C3%BC+%C3%BC", &["ü ü"]);
    check_search("q::text", "q=100%&Q=1", &["100%"]);
    check_search("q::text", "q=%+%2", &["% %2"]);
}

#[test]
fn every_problem_of_the_query_string_is_told() {
    check_search(
        "a::text b::int c::text d::date e!::text f!::int g::text",
        "a=1&a=1&b=x&c=%ff&d=2023-02-29&f=&g=%00",
        &[
            "`a` must be given only once",
            "`b` must be an integer between -2147483648 and 2147483647",
            "`c` must be UTF-8",
            "`d` must be a date of the calendar, written YYYY-MM-DD",
            "`e` is required",
            "`f` is required",
            "`g` must not hold a NUL character",
        ],
    );
    check_search("q::text", "q=%ff+", &["`q` must be UTF-8"]);
    check_search("q::text", "q=1234567890123456", &["1234567890123456"]);
    check_search(
        "q::text",
        "q=12345678901234567",
        &["`q` must be at most 16 bytes long"],
    );
    check_search("q::text", "q=%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC", &["üüüüü"]);
}

#[test]
fn a_search_can_be_read_without_a_query() {
    let allowed = ["b".to_owned(), "a".to_owned(), "c".to_owned()];
    let values = parse_search("a=1&b=x+y&z=%ff", &allowed).unwrap();
    assert_eq!(
        values,
        [Some("x y".into()), Some("1".into()), None::<Cow<'_, str>>]
    );
    assert!(matches!(&values[1], Some(Cow::Borrowed(_))));
    let problems = parse_search("a=1&a=2&b=%ff", &allowed).unwrap_err();
    let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["`b` must be UTF-8", "`a` must be given only once"]);
}

#[test]
fn the_path_comes_first_and_the_body_may_not_repeat_it() {
    let query = query("id!::bigint v::text title::text");
    let allowed = ["v".to_owned(), "id".to_owned()];
    let inputs = |body| Inputs {
        path: &[("id", Cow::Borrowed("007")), ("other", Cow::Borrowed("x"))],
        search: "id=8&v=1",
        allowed: &allowed,
        body: Some(body),
        bytes_max: 64,
    };
    assert_eq!(
        values(bind(&query, &inputs(br#"{"title":"t"}"#))),
        ["7", "1", "t"]
    );
    assert_eq!(
        values(bind(
            &query,
            &inputs(br#"{"title":1,"id":9,"v":"","x":2,"other":3}"#)
        )),
        [
            "`title` must be a string",
            "`id` is no field that this request takes",
            "`other` is no field that this request takes",
            "`v` is no field that this request takes",
            "`x` is no field that this request takes",
        ]
    );
}

#[test]
fn body_values_keep_their_text() {
    let params = "a::text b::bigint c::numeric d::bool e::jsonb f::mood g::date";
    check_body(
        params,
        r#"{"a":"x\n\"\u00fc","b":"12","c":12345678901234567890.123456789,
            "d":true,"e":{"k": [1.50]},"f":"happy","g":"2024-02-29"}"#,
        &[
            "x\n\"ü",
            "12",
            "12345678901234567890.123456789",
            "true",
            "{\"k\": [1.50]}",
            "happy",
            "2024-02-29",
        ],
    );
    check_body(
        params,
        r#"{"a":null,"b":12,"c":-1e3,"d":"no","e":"text","f":3}"#,
        &["NULL", "12", "-1e3", "false", "\"text\"", "3", "NULL"],
    );
    check_body("a::text e::jsonb", r#" {"a":"","e":0} "#, &["", "0"]);
}

#[test]
fn body_values_of_another_kind_are_refused() {
    check_body(
        "a::text b::bigint c::numeric d::bool f::mood g::uuid h::int[] i::int",
        r#"{"a":1,"b":1.5,"c":"x","d":1,"f":{},"g":[],"h":"{1}","i":""}"#,
        &[
            "`a` must be a string",
            "`b` must be an integer between -9223372036854775808 and 9223372036854775807",
            "`c` must be a number, such as 12.50",
            "`d` must be true or false",
            "`f` must be a string",
            "`g` must be a UUID, such as 123e4567-e89b-12d3-a456-426614174000",
            "`h` must be an array",
            "`i` must be an integer between -2147483648 and 2147483647",
        ],
    );
    check_body(
        "a::text b::text c!::text",
        r#"{"a":"\u0000","b":"\ud800","c":null}"#,
        &[
            "`a` must not hold a NUL character",
            "`b` must be UTF-8",
            "`c` is required",
        ],
    );
}

#[test]
fn arrays_become_literals() {
    check_body(
        "t::text[] n::bigint[] j::jsonb[]",
        r#"{"t":["a","NULL",null,"x,y","{}","q\"\\",""],"n":[1,"02",null],"j":[{"a":"b"},[1],null]}"#,
        &[
            r#"{"a","NULL",NULL,"x,y","{}","q\"\\",""}"#,
            r#"{"1","2",NULL}"#,
            r#"{"{\"a\":\"b\"}","[1]",NULL}"#,
        ],
    );
    check_body("t::text[]", r#"{"t":[]}"#, &["{}"]);
    check_body(
        "t::text[] n::int2[] m::int2[]",
        r#"{"t":[["a"]],"n":[40000],"m":{"0":1}}"#,
        &[
            "`t` must be an array, each value of which must be a string",
            "`n` must be an array, each value of which must be an integer between -32768 and 32767",
            "`m` must be an array",
        ],
    );
}

#[test]
fn a_body_that_is_no_object_is_told_so_and_nothing_else() {
    let object = "`body` must be a JSON object";
    for body in ["[]", "1", "\"x\"", "null", "[{\"a\":\"b\"}]"] {
        check_body("a!::text", body, &[object]);
    }
    for body in [
        "",
        "{",
        "{\"a\":\"x\"",
        "{\"a\":\"x\"} x",
        "{a:1}",
        "{\"a\":1,}",
    ] {
        check_body("a!::text", body, &["`body` must be JSON"]);
    }
    check_body_bytes("a!::text", b"{\"a\":\"\xff\"}", &["`body` must be UTF-8"]);
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    check_body("a::jsonb", &deep, &["`body` must be nested less deeply"]);
}

#[test]
fn a_field_that_comes_twice_is_refused() {
    check_body(
        "a::text b::text",
        r#"{"a":"1","b":"2","\u0061":"1"}"#,
        &["`a` must be given only once"],
    );
}

#[test]
fn a_flood_of_unknown_fields_makes_a_short_answer() {
    let fields: Vec<_> = (0..1000).map(|n| format!("\"{n:0>500}\":1")).collect();
    let body = format!("{{{}}}", fields.join(","));
    let inputs = Inputs {
        path: &[],
        search: "",
        allowed: &[],
        body: Some(body.as_bytes()),
        bytes_max: 64,
    };
    let problems = bind(&query("a::text"), &inputs).unwrap_err();
    let bytes: usize = problems.iter().map(|p| p.to_string().len()).sum();
    assert!(bytes < 2000, "{bytes}");
}

/// What Postgres makes of an array literal whose elements are all quoted or NULL.
fn read_literal(literal: &str) -> Vec<Option<String>> {
    let mut elements = Vec::new();
    let mut chars = literal[1..literal.len() - 1].chars();
    while let Some(first) = chars.next() {
        if first == ',' {
            continue;
        }
        if first == 'N' {
            elements.push(None);
            chars.by_ref().take(3).for_each(drop);
            continue;
        }
        let mut element = String::new();
        while let Some(c) = chars.next().filter(|c| *c != '"') {
            element.extend(if c == '\\' { chars.next() } else { Some(c) });
        }
        elements.push(Some(element));
    }
    elements
}

proptest! {
    #[test]
    fn array_literals_read_back(elements in prop::collection::vec(
        prop::option::of("[a-z\"\\\\,{}N ü]{0,6}"), 0..6)) {
        let body = serde_json::json!({ "t": elements }).to_string();
        let inputs = Inputs {
            path: &[], search: "", allowed: &[], body: Some(body.as_bytes()), bytes_max: 1000,
        };
        let values = bind(&query("t::text[]"), &inputs).unwrap();
        prop_assert_eq!(read_literal(values.0[0].as_ref().unwrap()), elements);
    }

    #[test]
    fn encoded_values_read_back(value in "[^\0]{0,20}", plus in any::<bool>()) {
        let set = percent_encoding::NON_ALPHANUMERIC;
        let mut encoded = percent_encoding::utf8_percent_encode(&value, set).to_string();
        if plus {
            encoded = encoded.replace("%20", "+");
        }
        let search = format!("a=1&q={encoded}&b=2");
        let values = parse_search(&search, &["q".to_owned()]).unwrap();
        prop_assert_eq!(values[0].as_deref(), Some(value.as_str()));
    }

    #[test]
    fn no_input_panics(search in "[aq=&%+f0\u{0}ü]{0,16}", body in prop::collection::vec(any::<u8>(), 0..24),
        json in "[{}\\[\\]\":,a0tn\\\\. ]{0,24}") {
        let query = query("a::text q::int[] t!::jsonb");
        for body in [&body[..], json.as_bytes(), format!("{{\"q\":{json}}}").as_bytes()] {
            let allowed = ["a".to_owned()];
            let inputs = Inputs {
                path: &[], search: &search, allowed: &allowed, body: Some(body), bytes_max: 8,
            };
            if let Ok(values) = bind(&query, &inputs) {
                prop_assert_eq!(values.0.len(), query.params.len());
            }
        }
    }
}
