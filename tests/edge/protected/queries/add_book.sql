-- A new thing.
-- returns: exec
-- database: books
insert into things (id, note) values (:id::bigint, :note::text)
