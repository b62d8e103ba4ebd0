-- A new pitch. Constraints judge what it holds, such as an unknown author, category or status, or a
-- title that the author has pitched before.
-- returns: one
-- require: author_id, title, body, category
insert into pitches (author_id, title, body, category, tags, status)
values (
    :author_id::bigint, :title::text, :body::text, :category::text,
    coalesce(:tags::text[], '{}'), coalesce(:status::text, 'open')
)
returning id, author_id, title, body, category, tags, status, view_count, created_at, updated_at
