-- The things to be had ready.
-- returns: many
select id from things order by id limit :limit::int
