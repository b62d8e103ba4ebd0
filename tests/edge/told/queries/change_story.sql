-- A story's new text.
-- returns: one
-- require: note
update stories set note = :note::text, version = version + 1
where id = :id::bigint
returning id, note, version
