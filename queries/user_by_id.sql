-- One user's public profile. The e-mail address stays inside.
-- returns: one
-- batch: id               (asked for many at once, where the route says so)
select id, handle, name, bio, city, created_at
from users
where id = any(:id::bigint[])
