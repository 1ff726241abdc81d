-- $1 users: those that rows are not kept for yet are filling from here on, under a generation of
-- their own. Fan-outs that begin after this commit see them.
INSERT INTO feed_state AS s (user_id, state)
SELECT u.id, 1
FROM unnest($1::bigint[]) AS wanted(id) JOIN users u USING (id)
WHERE u.deleted_at IS NULL
ORDER BY u.id
ON CONFLICT (user_id) DO UPDATE
SET state = 1, generation = s.generation + 1, cursor = NULL, cursor_post = NULL, seen_at = clock_timestamp()
WHERE s.state < 2
RETURNING s.user_id, s.generation
