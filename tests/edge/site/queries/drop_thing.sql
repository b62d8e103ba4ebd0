-- Removes a thing.
-- returns: exec
delete from things where id = :id::bigint
