-- $1 a post that the same transaction has just deleted: its counter's row is gone and was locked,
-- so no like can be added any more. Its likes where they are few, else the first thousand; the rest
-- goes in the background. A hide that this delete has waited for is visible only now.
WITH hidden AS (DELETE FROM hidden_posts WHERE post_id = $1::bigint),
unliked AS (
  DELETE FROM likes WHERE post_id = $1::bigint AND user_id = ANY (ARRAY(
    SELECT user_id FROM likes WHERE post_id = $1 ORDER BY id LIMIT 1000))
)
DELETE FROM post_views WHERE post_id = $1
