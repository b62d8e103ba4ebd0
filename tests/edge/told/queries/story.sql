-- One story.
-- returns: one
select id, note, version from stories where id = :id::bigint
