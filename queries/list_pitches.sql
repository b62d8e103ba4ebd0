-- A page of pitches, newest first. The id of the last one is the cursor of the next page.
-- returns: many
select id, title, category, tags, status, view_count, author_id, created_at
from pitches
where (:category::text is null or category = :category::text)
  and (:cursor::bigint is null or id < :cursor::bigint)
order by id desc
limit least(greatest(coalesce(:limit::int, 20), 1), 100)
