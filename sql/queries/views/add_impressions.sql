-- Adds $2 to the counters of contents $1 (ascending) of type $3. The contents that were not found, with
-- their counts. The planner must not know how many: it would read all contents for some thousand of them.
WITH asked AS MATERIALIZED (
  SELECT id, n FROM unnest((SELECT $1::bigint[]), (SELECT $2::bigint[])) AS a (id, n)
),
added AS (
  UPDATE contents c SET counter = c.counter + a.n FROM asked a WHERE c.id = a.id AND c.type = $3
  RETURNING c.id
)
SELECT a.id, a.n FROM asked a WHERE NOT EXISTS (SELECT FROM added d WHERE d.id = a.id) ORDER BY a.id
