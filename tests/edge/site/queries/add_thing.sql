-- A new thing.
-- returns: exec
-- require: id
insert into things (id, note) values (:id::bigint, :note::text)
