-- How much there is of everything, and the newest of it. Triggers keep the counts (see row_counts),
-- so that this costs a few index lookups however much there is.
-- returns: one
select (select jsonb_object_agg(relation, rows) from row_counts) as counts,
       (select json_agg(n)
        from (select id, title, category, created_at from pitches order by id desc limit 5) n
       ) as newest_pitches,
       (select created_at from conversations order by id desc limit 1) as last_conversation_at
