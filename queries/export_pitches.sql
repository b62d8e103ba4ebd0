-- Every pitch, in the order of the primary key, so that the first row leaves before the last is
-- read.
-- returns: stream
select id, author_id, title, body, category, tags, status, view_count, created_at, updated_at
from pitches
order by id
