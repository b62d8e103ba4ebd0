-- One thing.
-- returns: one
-- database: lost
select id, note, version from things where id = :id::bigint
