-- $1 living posts that the transaction has locked with their counters. The tombstones, the counters
-- and PostDeleted (6), as in remove.
WITH gone AS (
  UPDATE posts SET deleted_at = clock_timestamp(), text = ''
  WHERE id = ANY ($1::bigint[]) AND deleted_at IS NULL
  RETURNING id, author_id, shard
),
counters AS (
  DELETE FROM post_likes WHERE post_id = ANY ($1)
),
hidden AS (
  DELETE FROM hidden_posts WHERE post_id = ANY ($1)
)
INSERT INTO events (type, shard, actor, object)
SELECT 6, shard, coalesce(author_id, 0), id FROM gone ORDER BY id
