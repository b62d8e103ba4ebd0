-- migrate:up

-- Which version of demo/seed.sql this database holds; no row, no demo data.
create table demo_seed (
    version   text primary key,
    seeded_at timestamptz not null default now()
);

-- migrate:down
drop table demo_seed;
