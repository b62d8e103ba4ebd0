use super::*;

/// Text before, column, text after.
type Tags<'a> = &'a [(&'a str, &'a str, &'a str)];

fn watched(tables: &[(&str, Tags<'_>)]) -> Watched {
    let tables = tables.iter().map(|(table, tags)| {
        let tags = tags.iter().map(|(before, column, after)| Tag {
            before: (*before).to_owned(),
            column: (*column).to_owned(),
            after: (*after).to_owned(),
        });
        ((*table).to_owned(), tags.collect())
    });
    Watched {
        tables: tables.collect(),
        ..Watched::default()
    }
}

fn text(watched: &Watched, rows_max: u32) -> String {
    let plan = Plan {
        watched,
        rows_max,
        schema: "public",
    };
    plan.text()
}

#[test]
fn a_table_whose_rows_are_named_and_one_whose_rows_are_not() {
    let watched = watched(&[
        ("app.It's", &[("it:", "The Key", "!"), ("it\\:", "id", "")]),
        ("public.users", &[]),
    ]);
    let text = text(&watched, 100);
    let expected = r#"        where tgfoid = '"public".forebay_changed()'::regprocedure and tgrelid <> all (array[
            '"app"."It''s"',
            '"public"."users"'
        ]::regclass[])
    loop
        execute format('drop trigger %I on %s', stale.name, stale.relation);
    end loop;
end
$forebay$;

-- table:app.It's, it:{The Key}!, it\:{id}
create or replace trigger forebay_inserted after insert on "app"."It's"
    referencing new table as new_rows
    for each statement execute function "public".forebay_changed('app.It''s', 'it:', 'The Key', '!', E'it\\:', 'id', '');
create or replace trigger forebay_updated after update on "app"."It's"
    referencing old table as old_rows new table as new_rows
    for each statement execute function "public".forebay_changed('app.It''s', 'it:', 'The Key', '!', E'it\\:', 'id', '');
create or replace trigger forebay_deleted after delete on "app"."It's"
    referencing old table as old_rows
    for each statement execute function "public".forebay_changed('app.It''s', 'it:', 'The Key', '!', E'it\\:', 'id', '');
create or replace trigger forebay_truncated after truncate on "app"."It's"
    for each statement execute function "public".forebay_changed('app.It''s', 'it:', 'The Key', '!', E'it\\:', 'id', '');

-- table:public.users
create or replace trigger forebay_inserted after insert on "public"."users"
    referencing new table as new_rows
    for each statement execute function "public".forebay_changed('public.users');
create or replace trigger forebay_updated after update on "public"."users"
    referencing new table as new_rows
    for each statement execute function "public".forebay_changed('public.users');
create or replace trigger forebay_deleted after delete on "public"."users"
    referencing old table as old_rows
    for each statement execute function "public".forebay_changed('public.users');
create or replace trigger forebay_truncated after truncate on "public"."users"
    for each statement execute function "public".forebay_changed('public.users');

-- migrate:down
drop function if exists "public".forebay_changed() cascade; -- and with it every trigger that calls it
drop table if exists "public".forebay_outbox;
"#;
    assert!(text.ends_with(expected), "{text}");
    assert!(text.starts_with("-- migrate:up\n\n-- Made by `forebay triggers`"));
    assert!(text.contains("    rows_max constant bigint := 100;\n"));
    assert!(text.contains("create table if not exists \"public\".forebay_outbox (\n"));
}

#[test]
fn the_places_of_the_templates_are_all_filled() {
    let text = text(&watched(&[("public.users", &[])]), 7);
    for left in ["OUTBOX", "FUNCTION", "ROWS_MAX", "TABLES"] {
        assert!(!text.contains(left), "{left} is in\n{text}");
    }
}

#[test]
fn a_schema_is_quoted_wherever_it_stands() {
    let watched = watched(&[("public.users", &[])]);
    let plan = Plan {
        watched: &watched,
        rows_max: 100,
        schema: "It's",
    };
    let text = plan.text();
    assert!(text.contains("insert into \"It's\".forebay_outbox (target) values"));
    assert!(text.contains("            '\"It''s\".forebay_outbox', tg_argv[place]"));
    assert!(text.contains("where tgfoid = '\"It''s\".forebay_changed()'::regprocedure"));
}

#[test]
fn what_has_no_triggers_is_named_with_what_to_do() {
    let mut watched = watched(&[]);
    let (name, kind) = ("public.totals".to_owned(), "materialized view".to_owned());
    watched.others.insert(name, kind);
    let expected = "-- public.totals is a materialized view, which has no triggers. Where it is \
                    changed:\n-- insert into forebay_outbox (target) values \
                    ('table:public.totals');\n\n-- migrate:down\n";
    assert!(text(&watched, 100).contains(expected));
}

#[test]
fn a_name_cannot_end_the_text_that_holds_it() {
    let text = text(&watched(&[("public.a$forebay$b", &[])]), 100);
    assert!(text.contains("do $forebayy$\ndeclare\n    stale record;"));
    assert!(text.contains("            '\"public\".\"a$forebay$b\"'\n"));
}
