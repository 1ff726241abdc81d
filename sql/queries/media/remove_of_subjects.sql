-- $1 posts and $2 users that were deleted. Their media is removed: a job 'media.remove' each, of low
-- priority, as images that wait for thumbnails must not delay it.
WITH gone AS (
  UPDATE media m SET removed_at = clock_timestamp()
  FROM (SELECT 1 AS kind, unnest($1::bigint[]) AS id UNION SELECT 2, unnest($2::bigint[])) s
  WHERE m.kind = s.kind AND m.subject_id = s.id AND m.removed_at IS NULL
  RETURNING m.id
)
INSERT INTO jobs (kind, lane, subject, wait) SELECT 'media.remove', 2, id, interval '0' FROM gone ORDER BY id
