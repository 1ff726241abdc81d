-- $1 id, $2 the new name or null, $3 the new role or null, $4 the new handle or null. Columns as
-- users::from_row reads them; nulls: no living user, or a suspended one, of which only the role may
-- change. UserUpdated (8) only where something changed.
-- A handle that the server proposed may be changed once; else nothing changes, and the last column but
-- two is `fixed`, or `taken` where another living user has the handle or $5, it is reserved. The last
-- two are the handle and the name before.
-- $6 who asks, $7, $8 the key's hash and fingerprint, or nulls. From the ninth column on, the
-- columns that commands::read_replay reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $8::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $6::bigint AND key_hash = $7::bytea
),
owner AS MATERIALIZED (
  SELECT id, handle AS old_handle, coalesce($4::text, handle) AS new_handle,
         name AS old_name, coalesce($2::text, name) AS new_name,
         role AS old_role, coalesce($3::text, role) AS new_role, handle_proposed, created_at, avatar_id,
         suspended_at IS NOT NULL AND $3 IS NULL AS refused
  FROM users
  WHERE id = $1::bigint AND deleted_at IS NULL AND NOT EXISTS (SELECT FROM seen)
  FOR UPDATE
),
judged AS MATERIALIZED (
  SELECT w.*,
    CASE
      WHEN new_handle = old_handle THEN NULL
      WHEN NOT handle_proposed THEN 'fixed'
      WHEN $5::boolean
        OR EXISTS (SELECT FROM users o WHERE o.handle = w.new_handle AND o.deleted_at IS NULL)
        THEN 'taken'
    END AS refusal
  FROM owner w
  WHERE NOT refused
),
changed AS (
  UPDATE users u
  SET name = j.new_name, role = j.new_role, handle = j.new_handle,
      handle_proposed = j.handle_proposed AND j.new_handle = j.old_handle
  FROM judged j
  WHERE u.id = j.id AND j.refusal IS NULL
    AND (j.new_name, j.new_role, j.new_handle) IS DISTINCT FROM (j.old_name, j.old_role, j.old_handle)
  RETURNING u.id, u.shard
),
event AS (
  INSERT INTO events (type, shard, actor, object) SELECT 8, shard, id, id FROM changed
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $6, $7, $8, 8, $1,
    CASE WHEN j.id IS NULL THEN 404 WHEN j.refusal = 'fixed' THEN 403
         WHEN j.refusal = 'taken' THEN 409 ELSE 200 END
  FROM (SELECT) one LEFT JOIN judged j ON true
  WHERE $7 IS NOT NULL AND NOT EXISTS (SELECT FROM seen)
    AND NOT EXISTS (SELECT FROM owner WHERE refused)
)
SELECT j.id, j.new_handle, j.new_name, j.new_role, t.followers, t.following,
       feedctl_us(j.created_at), j.avatar_id, s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text, j.refusal,
       j.old_handle, j.old_name
FROM (SELECT) one LEFT JOIN judged j ON true LEFT JOIN user_stats t ON t.user_id = j.id
LEFT JOIN seen s ON true
