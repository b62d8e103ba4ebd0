-- One thing, as it is now.
-- returns: one
-- database: books
-- read from: primary
select id, note from things where id = :id::bigint
