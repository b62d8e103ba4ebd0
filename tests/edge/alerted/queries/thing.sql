-- One thing.
-- returns: one
select id, note, version from things where id = :id::bigint
