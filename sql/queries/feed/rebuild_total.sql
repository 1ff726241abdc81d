-- $1 users behind this one, $2 everybody, or only those that rows are kept for.
SELECT CASE WHEN $2::boolean
  THEN (SELECT count(*) FROM users WHERE deleted_at IS NULL AND id > $1::bigint)
  ELSE (SELECT count(*) FROM feed_state WHERE state > 0 AND user_id > $1::bigint) END
