-- $1 the author, $2 hashes, each once, $3 ids, $4 microseconds since 1970, $5 texts. Posts that were
-- imported before are left out. Whether the author is a living user, and how many posts are new.
WITH author AS MATERIALIZED (
  SELECT id, shard FROM users WHERE id = $1::bigint AND deleted_at IS NULL
),
given AS MATERIALIZED (
  SELECT a.id AS author_id, a.shard, g.hash, g.id,
         timestamptz 'epoch' + g.us * interval '1 microsecond' AS created_at, g.text
  FROM author a
  CROSS JOIN unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::text[]) AS g (hash, id, us, text)
),
fresh AS (
  INSERT INTO imported_posts (user_id, post_hash)
  SELECT author_id, hash FROM given ORDER BY hash
  ON CONFLICT DO NOTHING
  RETURNING post_hash
),
ins AS (
  INSERT INTO posts (id, author_id, shard, text, created_at)
  SELECT g.id, g.author_id, g.shard, g.text, g.created_at
  FROM given g
  WHERE (g.hash IN (SELECT post_hash FROM fresh)) IS TRUE  -- by a hash table, whatever the estimates
  ORDER BY g.id
  RETURNING id, author_id, shard
),
counters AS (INSERT INTO post_likes (post_id) SELECT id FROM ins ORDER BY id),
log AS (
  INSERT INTO events (type, shard, actor, object) SELECT 5, shard, author_id, id FROM ins ORDER BY id
)
SELECT EXISTS (SELECT FROM author), (SELECT count(*) FROM ins)
