-- What the extension counts of this database's statements, its own questions left out, and without the
-- trace that is sent behind a statement.
select coalesce(json_agg(row_to_json(q)), '[]')::text
from (
    select left(regexp_replace(query, '\s*/\*traceparent=[^*]*\*/\s*$', ''), 500) as query, calls,
        mean_exec_time as mean_ms, rows, total_exec_time as total_ms
    from {schema}.pg_stat_statements
    where dbid = (select oid from pg_database where datname = current_database())
        and query not like '%pg_stat_%'
        and query <> '<insufficient privilege>'
        -- Nothing whose values the extension leaves as they were written: roles are made with passwords.
        and query ~* '^\s*(select|insert|update|delete|merge|with|values|table|refresh|vacuum|analyze|reindex)\M'
    order by total_exec_time desc
    limit 20
) q
