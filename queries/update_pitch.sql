-- Changes the fields that are given, and leaves the others.
-- returns: one
update pitches
set title = coalesce(:title::text, title),
    body = coalesce(:body::text, body),
    category = coalesce(:category::text, category),
    tags = coalesce(:tags::text[], tags),
    status = coalesce(:status::text, status),
    updated_at = now()
where id = :id::bigint
returning id, author_id, title, body, category, tags, status, view_count, created_at, updated_at
