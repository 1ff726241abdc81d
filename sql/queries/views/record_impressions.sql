-- $1 the id of a batch, $2 contents, ascending, $3 the impressions of each. Adds them to the counters
-- unless the ledger has the batch. The ledger notes impressions of contents that are gone.
WITH wanted AS MATERIALIZED (
  SELECT * FROM unnest($2::bigint[], $3::bigint[]) AS w (id, n)
),
locked AS MATERIALIZED (
  SELECT c.id FROM contents c WHERE c.id = ANY ($2::bigint[]) ORDER BY c.id FOR NO KEY UPDATE
),
batch AS (
  INSERT INTO view_flush (batch_id, impressions, contents, orphaned)
  SELECT $1::text, coalesce(sum(w.n) FILTER (WHERE l.id IS NOT NULL), 0), count(l.id),
         jsonb_object_agg(w.id::text, w.n) FILTER (WHERE l.id IS NULL)
  FROM wanted w LEFT JOIN locked l ON l.id = w.id
  ON CONFLICT DO NOTHING
  RETURNING batch_id
)
UPDATE contents c SET counter = c.counter + w.n
FROM wanted w JOIN locked l ON l.id = w.id CROSS JOIN batch
WHERE c.id = w.id
