-- Where the extension was created. Without it there is no row.
select quote_ident(n.nspname)
from pg_extension e
join pg_namespace n on n.oid = e.extnamespace
where e.extname = 'pg_stat_statements'
