-- All notes.
-- returns: many
select id, words from notes order by id
