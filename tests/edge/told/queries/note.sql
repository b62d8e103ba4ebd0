-- One note.
-- returns: one
select id, words from notes where id = :id::bigint
