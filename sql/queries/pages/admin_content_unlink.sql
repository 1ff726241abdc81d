-- $1 a content that no page shows any more, $2 the pages that showed it, which are locked.
WITH gone AS MATERIALIZED (
  DELETE FROM page_contents WHERE content_id = $1::bigint AND page_id = ANY ($2::bigint[])
  RETURNING id, page_id
),
ordered AS MATERIALIZED (
  SELECT l.id, row_number() OVER (PARTITION BY l.page_id ORDER BY l.position, l.id) - 1 AS place
  FROM page_contents l WHERE l.page_id = ANY ($2::bigint[]) AND NOT l.id = ANY (ARRAY(SELECT id FROM gone))
),
moved AS (
  UPDATE page_contents l SET position = o.place FROM ordered o WHERE l.id = o.id AND l.position <> o.place
)
UPDATE pages SET version = version + 1, updated_at = clock_timestamp()
WHERE id = ANY (ARRAY(SELECT page_id FROM gone))
