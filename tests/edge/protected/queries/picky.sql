-- As above, but the thirteenth cannot be had.
-- returns: one
-- database: batched
-- batch: id
select id, 100 / (id - 13) as share from things where id = any(:id::bigint[])
