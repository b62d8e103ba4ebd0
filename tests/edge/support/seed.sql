-- What the edge tests find in their databases: a little of everything that the demo has, and what
-- the queries of their own site need.

insert into users (handle, email, name, bio, city)
select 'user_' || n, 'user_' || n || '@example.com', 'User ' || n, repeat('Biography. ', n % 20),
       'Lisbon'
from generate_series(1, 20) n;

insert into pitches (author_id, title, body, category, tags)
select 1 + n % 20, 'Pitch ' || n, repeat('Irrigation for everybody. ', 1 + n % 40),
       case when n % 2 = 0 then 'energy' else 'health' end, array['seed', 'pilot']
from generate_series(1, 3000) n;

insert into fhir_resources (resource_type, resource)
select 'Patient', jsonb_build_object(
    'resourceType', 'Patient', 'id', n::text, 'gender', 'female', 'birthDate', '1980-01-0' || n,
    'name', jsonb_build_array(jsonb_build_object(
        'family', 'Okafor' || n, 'given', jsonb_build_array('Amina'))),
    'identifier', jsonb_build_array(jsonb_build_object('system', 'urn:mrn', 'value', 'M' || n)))
from generate_series(1, 9) n;

insert into product_keys (key, owner_id, product, plan)
select 'KEY-' || lpad(n::text, 4, '0'), n, 'Product ' || n, 'team'
from generate_series(1, 5) n;

insert into custom_knowledge (product_key_id, topic, question, answer)
select 1 + n % 5, 'use', 'Question ' || n, 'Answer ' || n
from generate_series(1, 20) n;

insert into conversations (product_key_id, user_id, role, message)
values (1, 1, 'user', 'Hello');

refresh materialized view patient_summary;

-- The tests' own site.

create table things (
    id      bigint primary key,
    note    text not null,
    version bigint not null default 1
);

insert into things (id, note)
select n, case n
    when 10 then repeat('a long note ', 400)
    -- Too much to be stored, and hardly made smaller by gzip.
    when 11 then (select string_agg(encode(sha256(m::text::bytea), 'hex'), '')
                  from generate_series(1, 4000) m)
    else 'thing ' || n
end
from generate_series(1, 500) n;

-- Told of by triggers, as the demo's tables are.

create table stories (
    id      bigint primary key,
    note    text not null,
    version bigint not null default 1
);
insert into stories (id, note) select n, 'story ' || n from generate_series(1, 500) n;

create trigger told_inserted after insert on stories referencing new table as new_rows
    for each statement execute function forebay_changed('public.stories', 'story:', 'id', '');
create trigger told_updated after update on stories
    referencing old table as old_rows new table as new_rows
    for each statement execute function forebay_changed('public.stories', 'story:', 'id', '');
create trigger told_deleted after delete on stories referencing old table as old_rows
    for each statement execute function forebay_changed('public.stories', 'story:', 'id', '');

-- Not told of.
create table notes (id bigint primary key, words text not null);
insert into notes select n, 'note ' || n from generate_series(1, 50) n;

delete from forebay_outbox;

-- Waits while somebody holds the advisory lock of this number: a query that takes as long as a test
-- wants. Called stable, although it waits, as cached routes take no volatile query.
create function wait_for_gate(gate bigint) returns boolean language plpgsql stable as $$
begin
    perform pg_advisory_xact_lock_shared(gate);
    return true;
end
$$;
