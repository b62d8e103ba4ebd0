-- One story, once nobody holds the gate of its number.
-- returns: one
select id, note, version from stories where id = :id::bigint and wait_for_gate(:id::bigint)
