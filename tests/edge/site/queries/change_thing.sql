-- A thing's new note.
-- returns: one
-- require: note
update things set note = :note::text, version = version + 1
where id = :id::bigint
returning id, note, version
