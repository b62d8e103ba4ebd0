-- Deletes one pitch and says which.
-- returns: one
delete from pitches
where id = :id::bigint
returning id
