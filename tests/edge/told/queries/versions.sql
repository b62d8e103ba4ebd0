-- How often stories were written.
-- returns: one
select sum(version)::bigint as versions from stories
