-- $1 an account that has left, $2 at most so many: the marks of its imported posts, and with the last
-- ones those of the accounts that it was imported from. How many went.
WITH gone AS (
  DELETE FROM imported_posts
  WHERE user_id = $1::bigint AND post_hash IN (
    SELECT post_hash FROM imported_posts WHERE user_id = $1 ORDER BY post_hash LIMIT $2::integer)
  RETURNING 1
),
accounts AS (
  DELETE FROM imported_accounts WHERE user_id = $1 AND (SELECT count(*) FROM gone) < $2
)
SELECT count(*) FROM gone
