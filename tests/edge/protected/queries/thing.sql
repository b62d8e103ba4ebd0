-- One thing.
-- returns: one
select id, note from things where id = :id::bigint
