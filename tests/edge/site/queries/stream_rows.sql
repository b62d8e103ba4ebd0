-- So many rows; each after the first thousand waits for the gate, if one is named.
-- returns: stream
select n, repeat('x', 100) as filling
from generate_series(1, :count::bigint) n
where n <= 1000 or :gate::bigint is null or wait_for_gate(:gate::bigint)
