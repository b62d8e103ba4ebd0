-- One pitch with its author, as the detail page shows it.
-- returns: one
select p.id, p.title, p.body, p.category, p.tags, p.status, p.view_count,
       p.created_at, p.updated_at,
       json_build_object('id', u.id, 'handle', u.handle, 'name', u.name) as author
from pitches p
join users u on u.id = p.author_id
where p.id = :id::bigint
