-- One thing, from wherever it may be read.
-- returns: one
-- database: books
select id, note from things where id = :id::bigint
