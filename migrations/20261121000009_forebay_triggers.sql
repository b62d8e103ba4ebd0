-- migrate:up

-- Made by `forebay triggers`, for the tables that cached queries read. Whoever changes one of them says
-- so in forebay_outbox, in the same transaction, and the answers that depend on it are purged.
--
-- Not to be edited: when `forebay triggers --check FILE` says that the site asks for other triggers,
-- make a new migration. Each is complete, and may be applied again and after any other.

create table if not exists "public".forebay_outbox (
    id     bigint generated always as identity primary key,
    at     timestamptz not null default now(),
    target text not null
);

-- Arguments: the table, as tags call it; then for each kind of tag that names its rows the text before
-- the value, the column, and the text after the value.
create or replace function "public".forebay_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $forebay$
declare
    rows_max constant bigint := 100;
    -- Counted to one more than matters; truncate tells no number.
    changed bigint := rows_max + 1;
    images text;
begin
    if tg_op = 'DELETE' then
        select count(*) into changed from (select from old_rows limit rows_max + 1) as counted;
    elsif tg_op <> 'TRUNCATE' then
        select count(*) into changed from (select from new_rows limit rows_max + 1) as counted;
    end if;
    if changed = 0 then
        return null;
    end if;
    insert into "public".forebay_outbox (target) values ('table:' || tg_argv[0]);
    if tg_nargs = 1 then
        return null;
    end if;

    -- A column that was renamed or is of another type by now can name no rows.
    if changed > rows_max or exists (
        select from generate_series(2, tg_nargs - 1, 3) as place
        where not exists (
            select from pg_attribute
            where attrelid = tg_relid and attname = tg_argv[place] and not attisdropped
              and atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype,
                               'uuid'::regtype, 'text'::regtype, 'varchar'::regtype)
        )
    ) then
        insert into "public".forebay_outbox (target) values ('rows:' || tg_argv[0]);
        return null;
    end if;

    images := case tg_op
        when 'INSERT' then 'select %1$I::text as value from new_rows'
        when 'DELETE' then 'select %1$I::text as value from old_rows'
        else 'select %1$I::text as value from old_rows union select %1$I::text from new_rows'
    end;
    for place in 1 .. tg_nargs - 1 by 3 loop
        execute format(
            'insert into %s (target)
             select distinct %L || value || %L from (%s) as image
             where value is not null order by 1',
            '"public".forebay_outbox', tg_argv[place], tg_argv[place + 2],
            format(images, tg_argv[place + 1]));
    end loop;
    return null;
end
$forebay$;

-- It is for triggers that this migration makes, not for those that others would.
revoke all on function "public".forebay_changed() from public;

-- Triggers of tables that no cached query reads any more.
do $forebay$
declare
    stale record;
begin
    for stale in
        select tgname as name, tgrelid::regclass as relation
        from pg_trigger
        where tgfoid = '"public".forebay_changed()'::regprocedure and tgrelid <> all (array[
            '"public"."conversations"',
            '"public"."custom_knowledge"',
            '"public"."fhir_resources"',
            '"public"."pitches"',
            '"public"."product_keys"',
            '"public"."row_counts"',
            '"public"."users"'
        ]::regclass[])
    loop
        execute format('drop trigger %I on %s', stale.name, stale.relation);
    end loop;
end
$forebay$;

-- table:public.conversations
create or replace trigger forebay_inserted after insert on "public"."conversations"
    referencing new table as new_rows
    for each statement execute function "public".forebay_changed('public.conversations');
create or replace trigger forebay_updated after update on "public"."conversations"
    referencing new table as new_rows
    for each statement execute function "public".forebay_changed('public.conversations');
create or replace trigger forebay_deleted after delete on "public"."conversations"
    referencing old table as old_rows
    for each statement execute function "public".forebay_changed('public.conversations');
create or replace trigger forebay_truncated after truncate on "public"."conversations"
    for each statement execute function "public".forebay_changed('public.conversations');

-- table:public.custom_knowledge
create or replace trigger forebay_inserted after insert on "public"."custom_knowledge"
    referencing new table as new_rows
    for each statement execute function "public".forebay_changed('public.custom_knowledge');
create or replace trigger forebay_updated after update on "public"."custom_knowledge"
    referencing new table as new_rows
    for each statement execute function "public".forebay_changed('public.custom_knowledge');
create or replace trigger forebay_deleted after delete on "public"."custom_knowledge"
    referencing old table as old_rows
    for each statement execute function "public".forebay_changed('public.custom_knowledge');
create or replace trigger forebay_truncated after truncate on "public"."custom_knowledge"
    for each statement execute function "public".forebay_changed('public.custom_knowledge');

-- table:public.fhir_resources, patient:{id}
create or replace trigger forebay_inserted after insert on "public"."fhir_resources"
    referencing new table as new_rows
    for each statement execute function "public".forebay_changed('public.fhir_resources', 'patient:', 'id', '');
create or replace trigger forebay_updated after update on "public"."fhir_resources"
    referencing old table as old_rows new table as new_rows
    for each statement execute function "public".forebay_changed('public.fhir_resources', 'patient:', 'id', '');
create or replace trigger forebay_deleted after delete on "public"."fhir_resources"
    referencing old table as old_rows
    for each statement execute function "public".forebay_changed('public.fhir_resources', 'patient:', 'id', '');
create or replace trigger forebay_truncated after truncate on "public"."fhir_resources"
    for each statement execute function "public".forebay_changed('public.fhir_resources', 'patient:', 'id', '');

-- table:public.pitches, pitch:{id}
create or replace trigger forebay_inserted after insert on "public"."pitches"
    referencing new table as new_rows
    for each statement execute function "public".forebay_changed('public.pitches', 'pitch:', 'id', '');
create or replace trigger forebay_updated after update on "public"."pitches"
    referencing old table as old_rows new table as new_rows
    for each statement execute function "public".forebay_changed('public.pitches', 'pitch:', 'id', '');
create or replace trigger forebay_deleted after delete on "public"."pitches"
    referencing old table as old_rows
    for each statement execute function "public".forebay_changed('public.pitches', 'pitch:', 'id', '');
create or replace trigger forebay_truncated after truncate on "public"."pitches"
    for each statement execute function "public".forebay_changed('public.pitches', 'pitch:', 'id', '');

-- table:public.product_keys, key:{key}
create or replace trigger forebay_inserted after insert on "public"."product_keys"
    referencing new table as new_rows
    for each statement execute function "public".forebay_changed('public.product_keys', 'key:', 'key', '');
create or replace trigger forebay_updated after update on "public"."product_keys"
    referencing old table as old_rows new table as new_rows
    for each statement execute function "public".forebay_changed('public.product_keys', 'key:', 'key', '');
create or replace trigger forebay_deleted after delete on "public"."product_keys"
    referencing old table as old_rows
    for each statement execute function "public".forebay_changed('public.product_keys', 'key:', 'key', '');
create or replace trigger forebay_truncated after truncate on "public"."product_keys"
    for each statement execute function "public".forebay_changed('public.product_keys', 'key:', 'key', '');

-- table:public.row_counts
create or replace trigger forebay_inserted after insert on "public"."row_counts"
    referencing new table as new_rows
    for each statement execute function "public".forebay_changed('public.row_counts');
create or replace trigger forebay_updated after update on "public"."row_counts"
    referencing new table as new_rows
    for each statement execute function "public".forebay_changed('public.row_counts');
create or replace trigger forebay_deleted after delete on "public"."row_counts"
    referencing old table as old_rows
    for each statement execute function "public".forebay_changed('public.row_counts');
create or replace trigger forebay_truncated after truncate on "public"."row_counts"
    for each statement execute function "public".forebay_changed('public.row_counts');

-- table:public.users, user:{id}
create or replace trigger forebay_inserted after insert on "public"."users"
    referencing new table as new_rows
    for each statement execute function "public".forebay_changed('public.users', 'user:', 'id', '');
create or replace trigger forebay_updated after update on "public"."users"
    referencing old table as old_rows new table as new_rows
    for each statement execute function "public".forebay_changed('public.users', 'user:', 'id', '');
create or replace trigger forebay_deleted after delete on "public"."users"
    referencing old table as old_rows
    for each statement execute function "public".forebay_changed('public.users', 'user:', 'id', '');
create or replace trigger forebay_truncated after truncate on "public"."users"
    for each statement execute function "public".forebay_changed('public.users', 'user:', 'id', '');

-- public.patient_summary is a materialized view, which has no triggers. Where it is changed:
-- insert into forebay_outbox (target) values ('table:public.patient_summary');

-- migrate:down
drop function if exists "public".forebay_changed() cascade; -- and with it every trigger that calls it
drop table if exists "public".forebay_outbox;
