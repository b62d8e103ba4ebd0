use super::lex::{TokenKind, lex};
use super::*;
use crate::source::query::Param;
use proptest::prelude::*;

fn compiled(text: &str) -> Compiled {
    compile("test", text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
}

fn problems(text: &str) -> Vec<String> {
    let told =
        |problem: SqlProblem| format!("{}: {} → {}", problem.line, problem.what, problem.mend);
    match compile("test", text) {
        Ok(compiled) => panic!("{text}: {compiled:?}"),
        Err(problems) => problems.into_iter().map(told).collect(),
    }
}

/// The text that a statement of one line gets under a header; `⏎` for a new line.
fn check_text(header: &str, sql: &str, expected: &str) {
    let text = compiled(&format!("-- returns: {header}\n{sql}")).query.text;
    assert_eq!(text, expected.replace('⏎', "\n"), "{sql}");
}

fn check_problem(text: &str, expected: &str) {
    assert_eq!(problems(text), [expected], "{text}");
}

#[test]
fn a_whole_file() {
    let file = "-- One pitch, as the detail page shows it.
-- Joined with: its author.
--
-- returns: one            (one | many | stream | exec)
-- require: id
-- database: replica

-- not a draft
select p.id, /* :not::int */ p.title, ':neither::int' as x -- nor :this::int
from pitches p
where p.id = :id::bigint and (:q::text is null or p.title ilike :q::text)
  and p.made > :since::timestamp(3) with time zone
-- the end
;
-- really
";
    let Compiled {
        query,
        prepare_text,
        wrapped_prepare_text,
        description,
        param_lines,
        batch_prepare_text,
    } = compiled(file);
    assert_eq!(batch_prepare_text, None);
    let inside = |one: &str| {
        format!(
            "select p.id, /* :not::int */ p.title, ':neither::int' as x -- nor :this::int
from pitches p
where p.id = $1{one}::bigint and ($2{one}::text is null or p.title ilike $2{one}::text)
  and p.made > $3{one}::timestamp(3) with time zone"
        )
    };
    let wrapped = |sql: String| format!("select row_to_json(q)::text from (\n{sql}\n) q limit 1");
    let param = |name: &str, cast: &str, required| Param {
        name: name.into(),
        kind: crate::source::param::ParamType::from_cast(cast),
        required,
    };
    assert_eq!(query.text, wrapped(inside("::text")));
    assert_eq!(prepare_text, inside(""));
    assert_eq!(wrapped_prepare_text, wrapped(inside("")));
    assert_eq!(
        description,
        "One pitch, as the detail page shows it. Joined with: its author. not a draft"
    );
    assert_eq!(param_lines, [11, 11, 12]);
    assert_eq!(
        query.params,
        [
            param("id", "bigint", true),
            param("q", "text", false),
            param("since", "timestamptz", false),
        ]
    );
    assert_eq!(query.name, "test");
    assert_eq!(query.database, "replica");
    assert_eq!(query.returns, Returns::One);
    assert_eq!(query.effect, Effect::Reads);
    assert_eq!(query.tables, Vec::<String>::new());
}

#[test]
fn postgres_writes_the_json() {
    let many = |row: &str| format!("select '[' || coalesce(string_agg({row}, ','), '') || ']'");
    let row = "row_to_json(q)::text";
    let insert = "insert into t values (1) returning *";
    let lock = "with a as (select 1) select * from a for update";
    let cases = [
        (
            "one",
            "select 1",
            format!("select {row} from (⏎select 1⏎) q limit 1"),
        ),
        (
            "one",
            lock,
            format!("select {row} from (⏎{lock}⏎) q limit 1"),
        ),
        (
            "stream",
            "table t;",
            format!("select {row} from (⏎table t⏎) q"),
        ),
        ("many", "values (1)", many(row) + " from (⏎values (1)⏎) q"),
        (
            "one",
            insert,
            format!("with q as (⏎{insert}⏎) select {row} from q limit 1"),
        ),
        (
            "many",
            insert,
            format!("with q as (⏎{insert}⏎) {} from q", many(row)),
        ),
        ("exec", "delete from t;", "delete from t".to_owned()),
        ("exec", "call p()", "call p()".to_owned()),
        (
            "one\n-- json: yes",
            "select d as json from t",
            "select q.json::text from (⏎select d as json from t⏎) q limit 1".to_owned(),
        ),
        (
            "many\n-- json: yes",
            "select d as json from t",
            many("q.json::text") + " from (⏎select d as json from t⏎) q",
        ),
    ];
    for (header, sql, expected) in cases {
        check_text(header, sql, &expected);
    }
}

#[test]
fn effects_are_told_by_words() {
    use Effect::{Acts, Reads, Volatile, Writes};
    let cases = [
        ("select 1", Reads),
        ("(select 1) union (select 2)", Reads),
        ("with a as (select 1) select * from a", Reads),
        (
            "select \"update\", t.delete, 'insert into x' from t -- delete from t",
            Reads,
        ),
        ("select now(), current_timestamp, random from t", Reads),
        ("select substring(a for 3) from t", Reads),
        ("select random()", Volatile),
        ("select pg_catalog.RANDOM ()", Volatile),
        ("select \"gen_random_uuid\"()", Volatile),
        ("select nextval('s'), uuidv7()", Volatile),
        ("select pg_sleep_for('1s')", Volatile),
        ("select * from dblink('x', 'y') as t(a int)", Volatile),
        ("select * from t tablesample system (1)", Volatile),
        ("select * from t for update skip locked", Acts),
        ("select * from t for no key update", Acts),
        ("select * from (select * from t for key share) x", Acts),
        ("select * from t for share", Acts),
        ("select * into u from t", Acts),
        (
            "with a as (insert into t values (1) returning *) select * from a",
            Acts,
        ),
        (
            "with a as materialized (update t set x = 1 returning *) select * from a",
            Acts,
        ),
        ("with a as (select 1) delete from t", Writes),
        ("with a as (select 1) update t set x = 1", Writes),
        (
            "with recursive a as (select 1) search depth first by x set o insert into t table a",
            Writes,
        ),
        ("INSERT into t values (random())", Writes),
        (
            "merge into t using u on true when matched then delete",
            Writes,
        ),
        ("truncate t", Acts),
        ("call p()", Acts),
    ];
    for (sql, effect) in cases {
        let text = format!("-- returns: exec\n{sql}");
        assert_eq!(compiled(&text).query.effect, effect, "{sql}");
    }
}

#[test]
fn what_cannot_be_wrapped_is_told() {
    let with = "2: a statement that writes and begins with `with` cannot return rows: Postgres allows \
                it at the top level alone, where the wrapper stands → move what `with` names into the \
                writing statement itself, or write `-- returns: exec`";
    for sql in [
        "with a as (select 1) insert into t table a returning *",
        "with a as (delete from t returning *) select * from a",
    ] {
        check_problem(&format!("-- returns: many\n{sql}"), with);
    }
    check_problem(
        "-- returns: one\n\ndelete from t",
        "3: the statement returns no rows → add `returning …`, or write `-- returns: exec`",
    );
    check_problem(
        "-- returns: one\ncall p()",
        "2: a statement of this kind returns no rows that could be wrapped → write `-- returns: exec`, \
         or a select",
    );
    check_problem(
        "-- returns: many\nselect 1 into t",
        "2: `select … into` makes a table and returns no rows → leave `into` out, or write \
         `-- returns: exec`",
    );
    check_problem(
        "-- returns: exec\nbegin",
        "2: the statement changes the connection, which other requests share → leave it out: each query \
         runs in a transaction of its own",
    );
}

#[test]
fn header_mistakes_are_told() {
    check_problem(
        "select 1",
        "1: the header does not say what the query returns → put `-- returns: one`, `many`, `stream` or \
         `exec` on top of the file",
    );
    check_problem(
        "-- returns: steam\nselect 1",
        "1: `steam` is nothing that a query returns → write `-- returns: stream`",
    );
    check_problem(
        "-- returns: rows\nselect 1",
        "1: `rows` is nothing that a query returns → write one, many, stream or exec",
    );
    check_problem(
        "-- returns: one\n-- returns: one\nselect 1",
        "2: the header says `returns:` twice → keep one of them",
    );
    check_problem(
        "-- returns: one\n-- requires: id\nselect :id::int",
        "2: the header has no `requires:` → write `-- require:`",
    );
    check_problem(
        "-- returns: one\n-- require: idd\nselect :id::int",
        "2: `idd` is required, but is no parameter of the query → write `id`",
    );
    check_problem(
        "-- returns: one\n-- require: id;\nselect :id::int",
        "2: `id;` is no list of parameters → write their names with commas between, as in \
         `-- require: id, title`",
    );
    check_problem(
        "-- returns: one\n-- database:\nselect 1",
        "2: `` is no name of a database → write the name of a `[database.…]` table of the site file",
    );
    check_problem(
        "-- returns: one\n-- json: true\nselect 1",
        "2: `true` is neither yes nor no → write `-- json: yes` when the only column, named `json`, is \
         the document",
    );
    assert_eq!(
        compiled("\u{feff}-- returns: one\r\n-- note: well\r\nselect 1\r\n").description,
        "note: well"
    );
}

#[test]
fn parameter_mistakes_are_told() {
    let slice = "; in an array slice, put a space after the colon";
    let check = |sql: &str, expected: &str| {
        check_problem(
            &format!("-- returns: one\n{sql}"),
            &expected.replace('~', slice),
        );
    };
    check(
        "select :id",
        "2: the parameter `:id` has no type → write :id::type~",
    );
    check(
        "select a[1:n]",
        "2: the parameter `:n` has no type → write :n::type~",
    );
    check(
        "select a[:n]",
        "2: the parameter `:n` has no type → write :n::type~",
    );
    check(
        "select a[1:n::int]",
        "2: `:n` is written into what precedes it → put a space before the colon~",
    );
    check(
        "select 1 limit:n::int",
        "2: `:n` is written into what precedes it → put a space before the colon~",
    );
    check("select $1::int", "2: `$1` has no name → write :name::type");
    check(
        "select :ü::int, 'ü'",
        "2: `ü` is no name of a parameter → use letters, digits and `_`",
    );
    check(
        "select :a$::int",
        "2: `a$` is no name of a parameter → use letters, digits and `_`",
    );
    check(
        "select :a::(int)",
        "2: no type follows `:a::` → write :a::text, or the type of the column",
    );
    check(
        "select :a::int,\n:a::text",
        "3: `:a` is text here and int on line 2 → write :a::int, and cast the outcome if need be",
    );
    check(
        "select :a::mood, :a::public.mood",
        "2: `:a` is public.mood here and mood on line 2 → write :a::mood, and cast the outcome if need be",
    );
}

#[test]
fn parameters_are_what_a_cast_follows() {
    let names = |sql: &str| {
        let params = compiled(&format!("-- returns: one\n{sql}")).query.params;
        let told = |param: Param| format!("{} {}", param.name, param.kind);
        params.into_iter().map(told).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(names("select a[1 : 2], a[1:2], b::text, f(x := 1)"), "");
    assert_eq!(names("select a[:n::int], a[1 : :n::int4]"), "n integer");
    assert_eq!(
        names("select (:a::int[]), :b::text[3][], :c::int array"),
        "a integer[], b text[], c integer[]"
    );
    assert_eq!(
        names("select :a::double precision, :b::character varying(3)"),
        "a double precision, b text"
    );
    assert_eq!(
        names("select :a::timestamp without time zone, :b::time with time zone"),
        "a timestamp, b other"
    );
    assert_eq!(
        names("select :a::\"Mood\", :b::my.type(1,2), :c:: /* so */ int"),
        "a other, b other, c integer"
    );
    assert_eq!(
        names("select :b::int, :a::int, :b::integer"),
        "b integer, a integer"
    );
    assert_eq!(
        names("select $$ :a::int $$, $x$ :b $$ :c $x$, E'\\':d', ':e''', \":f\""),
        ""
    );
    assert_eq!(
        names("select 1 /* :a /* :b */ :c */ + :d::int --:e"),
        "d integer"
    );
    assert_eq!(names("select e':a\\\\', ':b\\', :c::int"), "c integer");
}

#[test]
fn one_whole_statement_is_wanted() {
    check_problem(
        "-- returns: one\nselect 1;\nselect 2;",
        "3: something follows the statement's `;` → keep one statement in a file",
    );
    check_problem(
        "-- returns: one\n-- nothing\n",
        "2: the file holds no statement → write the SQL below the header",
    );
    check_problem(
        "-- returns: one\nselect 1) q; --",
        "2: a `)` closes nothing → remove it",
    );
    check_problem(
        "-- returns: one\nselect (\n(1)",
        "2: a `(` is not closed → close it",
    );
    check_problem(
        "-- returns: one\nselect 'a",
        "2: a string does not end → close it",
    );
    check_problem(
        "-- returns: one\nselect $a$ $b$",
        "2: a string does not end → close it",
    );
    check_problem(
        "-- returns: one\nselect 1 as \"a",
        "2: a quoted name does not end → close it",
    );
    check_problem(
        "-- returns: one\nselect 1 /* /* */",
        "2: a comment does not end → close it",
    );
    compiled("-- returns: one\nselect ';' ; -- ;\n /* ; */");
}

#[test]
fn all_problems_are_told_at_once() {
    assert_eq!(
        problems("-- return: one\nselect :a, :b::int\nwhere $1 = :b::text").len(),
        5
    );
}

#[test]
fn a_query_for_many_keys_at_once() {
    let file = "-- returns: one\n-- batch: id\nselect id, title from pitches\n\
                where lang = :lang::text and id = ANY ( :id::bigint[] )";
    let compiled = compiled(file);
    let inside = |one: &str| {
        format!(
            "select id, title from pitches\n\
             where lang = $1{one}::text and id = ANY ( $2{one}::bigint[] )"
        )
    };
    let many = |one: &str| {
        format!(
            "select distinct on (k.place) k.place::text, row_to_json(q)::text\n\
             from unnest($2{one}::bigint[]) with ordinality as k (key, place)\n\
             join (\n{}\n) q on q.id = k.key",
            inside(one)
        )
    };
    let batch = compiled.query.batch.unwrap();
    assert_eq!((batch.param, batch.text), (1, many("::text")));
    assert_eq!(compiled.batch_prepare_text, Some(many("")));
    let single = format!(
        "select row_to_json(q)::text from (\n{}\n) q limit 1",
        inside("::text")
    );
    assert_eq!(compiled.query.text, single);
    assert_eq!(compiled.prepare_text, inside(""));
    // A request gives one key.
    let kinds = compiled
        .query
        .params
        .iter()
        .map(|param| param.kind.to_string());
    assert_eq!(kinds.collect::<Vec<_>>(), ["text", "bigint"]);
}

/// A query whose header says `batch: id` on line 2, and what is told of it there.
#[track_caller]
fn check_batch(returns: &str, sql: &str, what: &str, mend: &str) {
    let text = format!("-- returns: {returns}\n-- batch: id\n{sql}");
    check_problem(&text, &format!("2: {what} → {mend}"));
}

const KEYS: &str = "select id from t where id = any(:id::bigint[])";

#[test]
fn a_statement_that_does_not_ask_for_many_keys_cannot_be_batched() {
    for (condition, kind) in [
        ("id = :id::bigint", "bigint"),
        ("true", "bigint"),
        (":id::uuid[] is null", "uuid"),
        ("id = any(:id::uuid)", "uuid"),
        ("id <> all(:id::bigint[])", "bigint"),
    ] {
        check_batch(
            "one",
            &format!("select id from t where {condition}"),
            "the statement does not ask for many of `id`",
            &format!("write `id = any(:id::{kind}[])`, or leave `batch` out"),
        );
    }
}

#[test]
fn what_gives_no_row_for_each_key_cannot_be_batched() {
    check_batch(
        "many",
        KEYS,
        "a batch gives one row for each key",
        "write `-- returns: one`, or leave `batch` out",
    );
    check_batch(
        "one",
        &format!("-- json: yes\n{KEYS}"),
        "`json: yes` allows no column `id`, by which rows are dealt to keys",
        "leave one of the two out",
    );
    check_batch(
        "one",
        "delete from t where id = any(:id::bigint[]) returning id",
        "only what reads, the same rows each time, can be batched",
        "leave `batch` out",
    );
    for word in ["limit", "offset"] {
        check_batch(
            "one",
            &format!("{KEYS} {word} 1"),
            &format!("`{word}` would count the rows of all keys together"),
            &format!("leave `{word}` out: each key gets one row"),
        );
    }
    // Of a part of the statement it may be said.
    let part = format!("{KEYS} and n = (select n from u limit 1)");
    compiled(&format!("-- returns: one\n-- batch: id\n{part}"));
}

#[test]
fn where_a_query_reads_from() {
    use crate::source::place::ReadFrom;
    for (header, expected) in [
        ("", ReadFrom::Either),
        ("-- read from: primary", ReadFrom::Primary),
        ("-- read from: replica (stale will do)", ReadFrom::Replica),
    ] {
        let text = format!("-- returns: one\n{header}\nselect 1 as one");
        assert_eq!(compiled(&text).query.read_from, expected, "{header}");
    }
    check_problem(
        "-- returns: one\n-- read from: anywhere\nselect 1 as one",
        "2: `anywhere` is nothing to read from → write `-- read from: primary` or `replica`, or \
         leave it out",
    );
    check_problem(
        "-- returns: exec\n-- read from: replica\ndelete from t",
        "2: a statement that writes cannot be sent to a replica → leave `read from` out",
    );
    check_problem(
        "-- returns: one\n-- batch: a b\nselect 1 as one",
        "2: `a b` is no name of a key → write the name that the key has as a column and as a \
         parameter, as in `-- batch: id`",
    );
}

/// Pieces whose sum is often nearly SQL.
fn near_sql() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'".to_owned()),
        Just("E'\\'".to_owned()),
        Just("\"".to_owned()),
        Just("$$".to_owned()),
        Just("$a$".to_owned()),
        Just("--".to_owned()),
        Just("\n".to_owned()),
        Just("/*".to_owned()),
        Just("*/".to_owned()),
        Just(":a::int".to_owned()),
        Just(" :ab::text".to_owned()),
        Just("::".to_owned()),
        Just(":=".to_owned()),
        Just(";".to_owned()),
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just("with ".to_owned()),
        Just("for update".to_owned()),
        "[a-z0-9$:.\\[\\]ü ]{1,4}",
        "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn tokens_cover_the_text(text in near_sql()) {
        let tokens = lex(&text);
        let whole: String = tokens.iter().map(|token| &text[token.range.clone()]).collect();
        prop_assert_eq!(whole, text);
        prop_assert!(tokens.iter().all(|token| !token.range.is_empty()));
    }

    #[test]
    fn no_file_panics(text in near_sql(), arbitrary in any::<String>()) {
        for text in [format!("-- returns: many\nselect {text}"), text, arbitrary] {
            let Ok(compiled) = compile("test", &text) else { continue };
            prop_assert_eq!(compiled.param_lines.len(), compiled.query.params.len());
        }
    }

    #[test]
    fn everything_but_parameters_is_kept_byte_for_byte(pieces in prop::collection::vec(
        prop::sample::select(PIECES), 0..16)) {
        let statement = format!("select {} 1", pieces.concat());
        let compiled = compiled(&format!("-- returns: one\n{statement}\n;"));
        // Back from `$1` to names, by the tokens of the result.
        let numbered = &compiled.prepare_text;
        let name = |number: &str| {
            let number: usize = number.parse().unwrap();
            format!(":{}", compiled.query.params[number - 1].name)
        };
        let named: String = lex(numbered)
            .iter()
            .map(|token| (token.kind, &numbered[token.range.clone()]))
            .map(|(kind, text)| match text.strip_prefix('$') {
                Some(number) if kind == TokenKind::Positional => name(number),
                _ => text.to_owned(),
            })
            .collect();
        prop_assert_eq!(named, statement);
    }
}

/// Pieces whose sum has no problem, whatever their order.
const PIECES: &[&str] = &[
    " :a::int",
    " :b::text ",
    "(:a::integer)",
    "+:c::numeric(3, 1)[]",
    " ':d' ",
    " E'\\':e;' ",
    " \":f--\" ",
    " $$:g'$$ ",
    " $x$ $$ :h; $x$ ",
    " /* :i ' /* */ ; */ ",
    " -- :j ' ;\n",
    " ü::text ",
    " a[1 : 2]\r\n\t",
    " ::x := ",
    " 1.5e-3..2 ",
];
