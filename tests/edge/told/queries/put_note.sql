-- Writes a note.
-- returns: one
-- require: words
insert into notes (id, words) values (:id::bigint, :words::text)
on conflict (id) do update set words = excluded.words
returning id, words
