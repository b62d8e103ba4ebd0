-- migrate:up

-- Exact row counts that cost one lookup. Counting 200,000 rows takes tens of milliseconds, and an
-- estimate is not live. The price is a row lock: writers to one table take turns while they commit.
create table row_counts (
    relation text primary key,
    rows     bigint not null check (rows >= 0)
);

create function count_rows() returns trigger language plpgsql as $$
begin
    case tg_op
        when 'INSERT' then
            update row_counts set rows = rows + (select count(*) from changed)
            where relation = tg_table_name;
        when 'DELETE' then
            update row_counts set rows = rows - (select count(*) from changed)
            where relation = tg_table_name;
        when 'TRUNCATE' then
            update row_counts set rows = 0 where relation = tg_table_name;
    end case;
    return null;
end
$$;

-- The lock keeps writers out between the first count and the triggers.
do $$
declare
    counted text;
begin
    foreach counted in array array[
        'users', 'pitches', 'fhir_resources', 'product_keys', 'custom_knowledge', 'conversations'
    ] loop
        execute format('lock table %I in share row exclusive mode', counted);
        execute format(
            'insert into row_counts select %1$L, count(*) from %1$I', counted);
        execute format(
            'create trigger count_inserted after insert on %I
             referencing new table as changed
             for each statement execute function count_rows()', counted);
        execute format(
            'create trigger count_deleted after delete on %I
             referencing old table as changed
             for each statement execute function count_rows()', counted);
        execute format(
            'create trigger count_truncated after truncate on %I
             for each statement execute function count_rows()', counted);
    end loop;
end
$$;

-- migrate:down
drop function count_rows() cascade;
drop table row_counts;
