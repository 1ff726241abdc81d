-- $1 users, $2 the generations they were filled under, $3 their new state. Whoever began a newer
-- generation meanwhile finishes it.
UPDATE feed_state s SET state = $3::smallint, cursor = NULL, cursor_post = NULL
FROM unnest($1::bigint[], $2::bigint[]) AS filled(user_id, generation)
WHERE s.user_id = filled.user_id AND s.generation = filled.generation AND s.state = 1
