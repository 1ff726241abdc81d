-- $1 id, $2 the new name or null, $3 the new role or null. Columns as users::from_row reads them.
-- No row: no living user. UserUpdated (8) only where something changed.
WITH wanted AS MATERIALIZED (
  SELECT id, handle, coalesce($2::text, name) AS name, coalesce($3::text, role) AS role, created_at,
         name IS DISTINCT FROM coalesce($2::text, name) OR role <> coalesce($3::text, role) AS differs
  FROM users WHERE id = $1 AND deleted_at IS NULL
  FOR UPDATE
),
changed AS (
  UPDATE users u SET name = w.name, role = w.role FROM wanted w WHERE u.id = w.id AND w.differs
  RETURNING u.id, u.shard
),
event AS (
  INSERT INTO events (type, shard, actor, object) SELECT 8, shard, id, id FROM changed
)
SELECT w.id, w.handle, w.name, w.role, s.followers, s.following, feedctl_us(w.created_at)
FROM wanted w JOIN user_stats s ON s.user_id = w.id
