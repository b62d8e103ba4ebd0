-- One thing, once nobody holds the gate of its number.
-- returns: one
-- database: patient
select id, note, version from things where id = :id::bigint and wait_for_gate(:id::bigint)
