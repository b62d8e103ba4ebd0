-- Since when the server counts, if it was ever told to begin anew.
select coalesce(to_char(stats_reset at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '')
from pg_stat_database
where datname = current_database()
