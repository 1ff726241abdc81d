-- How many events wait for workers. $1 at most so many are counted.
SELECT count(*) FROM (SELECT FROM waiting_events WHERE name = 'work' LIMIT $1::bigint) waiting
