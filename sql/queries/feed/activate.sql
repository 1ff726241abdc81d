-- $1 users. Those whose rows are not kept get a new generation and a job that fills it; so does who is
-- filling without a job, which was given up.
WITH begun AS (
  INSERT INTO feed_state AS s (user_id, state)
  SELECT u.id, 1 FROM users u
  WHERE u.id = ANY ($1::bigint[]) AND u.deleted_at IS NULL
  ORDER BY u.id
  ON CONFLICT (user_id) DO UPDATE
  SET state = 1, generation = s.generation + 1, cursor = NULL, cursor_post = NULL, seen_at = clock_timestamp()
  WHERE s.state = 0
     OR s.state = 1 AND NOT EXISTS (
       SELECT FROM jobs j
       WHERE j.subject = s.user_id AND j.kind = 'activate' AND (j.payload ->> 'generation')::bigint = s.generation
     )
  RETURNING user_id, generation
)
INSERT INTO jobs (kind, lane, subject, payload, wait)
SELECT 'activate', 0, user_id, jsonb_build_object('generation', generation), interval '0' FROM begun
