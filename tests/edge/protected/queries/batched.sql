-- One thing, or many at once.
-- returns: one
-- database: batched
-- batch: id
select id, note from things where id = any(:id::bigint[])
