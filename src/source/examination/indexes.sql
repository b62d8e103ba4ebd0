-- Indexes that nobody has searched. Those that keep rows apart, or stand behind a constraint, work also
-- without being searched.
select coalesce(json_agg(row_to_json(q)), '[]')::text
from (
    select format('%I.%I', s.schemaname, s.relname) as "table", format('%I', s.indexrelname) as index,
        pg_relation_size(s.indexrelid) as bytes
    from pg_stat_user_indexes s
    join pg_index i on i.indexrelid = s.indexrelid
    where s.idx_scan = 0 and not i.indisunique and not i.indisprimary and i.indisvalid
        and not exists (select from pg_constraint c where c.conindid = s.indexrelid)
    order by pg_relation_size(s.indexrelid) desc, 1, 2
    limit 20
) q
