-- One user's public profile. The e-mail address stays inside.
-- returns: one
select id, handle, name, bio, city, created_at
from users
where id = :id::bigint
