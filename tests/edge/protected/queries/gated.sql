-- One thing, once nobody holds the gate of its number.
-- returns: one
select id, note from things where id = :id::bigint and wait_for_gate(:id::bigint)
