-- One partition of user_feed, as fan-out would have filled it: filled first, then its key, then put in
-- its place; the check spares the scan that would look whether its rows belong there.
DO $$
DECLARE
  lower bigint := current_setting('feedctl.seed_from');
  upper bigint := current_setting('feedctl.seed_upto');
  name text := 'user_feed_' || lower;
BEGIN
  EXECUTE format('CREATE TABLE %I (LIKE user_feed INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
                  CONSTRAINT bounds CHECK (post_id >= %L AND post_id < %L))', name, lower, upper);
  EXECUTE format('INSERT INTO %I (user_id, post_id, author_id)
                  SELECT f.follower_id, p.id, p.author_id
                  FROM posts p
                  JOIN follows f ON f.followee_id = p.author_id
                  JOIN feed_state s ON s.user_id = f.follower_id AND s.state = 2
                  WHERE p.id >= greatest(%L, (SELECT floor FROM feed_floor)) AND p.id < %L AND p.deleted_at IS NULL
                    AND NOT EXISTS (SELECT FROM feed_pull q WHERE q.author_id = p.author_id)
                  ORDER BY f.follower_id, p.id', name, lower, upper);
  EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (user_id, post_id)', name);
  EXECUTE format('ALTER TABLE user_feed ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, lower, upper);
  EXECUTE format('ALTER TABLE %I DROP CONSTRAINT bounds', name);
END
$$
