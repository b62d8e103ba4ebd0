-- migrate:up

-- Query statistics, where the server has them and this role may turn them on. Nothing needs them.
do $$
begin
    if exists (select from pg_available_extensions where name = 'pg_stat_statements') then
        create extension if not exists pg_stat_statements;
    end if;
exception
    when insufficient_privilege then
        raise notice 'pg_stat_statements needs a superuser: left out';
end
$$;

-- migrate:down
do $$
begin
    drop extension if exists pg_stat_statements;
exception
    when insufficient_privilege then
        raise notice 'pg_stat_statements belongs to another role: left in place';
end
$$;
