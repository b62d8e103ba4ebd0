-- So many rows, as they are made; each after the first thousand waits for the gate, if one is named.
-- returns: stream
select n, repeat('x', 100) as filling
from (select row_number() over () as n from things a, things b, things c) rows
where n <= 1000 or :gate::bigint is null or wait_for_gate(:gate::bigint)
limit :count::bigint
