-- Large tables that are read whole more often than now and then.
select coalesce(json_agg(row_to_json(q)), '[]')::text
from (
    select format('%I.%I', schemaname, relname) as "table", seq_scan as scans, seq_tup_read as rows_read,
        n_live_tup as rows_live
    from pg_stat_user_tables
    where n_live_tup > 10000 and seq_scan >= 10 and seq_scan > coalesce(idx_scan, 0) / 10
    order by seq_tup_read desc, 1
    limit 20
) q
