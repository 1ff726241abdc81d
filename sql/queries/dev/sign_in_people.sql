-- The people whom the sign-in page of dev offers: those of the console, and the oldest accounts. Each of them
-- is linked to the person of the same name at the provider. $1 its issuer, $2 at most so many. Columns: handle,
-- name.
WITH console AS (
  SELECT id, handle, name, CASE handle WHEN 'admin' THEN 0 ELSE 1 END AS place
  FROM users WHERE deleted_at IS NULL AND handle IN ('admin', 'editor')
),
-- By the primary key, as there may be a million accounts.
oldest AS (
  SELECT id, handle, name, 2 AS place FROM users
  WHERE deleted_at IS NULL AND handle NOT IN ('admin', 'editor') ORDER BY id LIMIT $2::integer
),
people AS MATERIALIZED (
  SELECT * FROM console UNION ALL SELECT * FROM oldest ORDER BY place, id LIMIT $2::integer
),
linked AS (
  INSERT INTO identities (issuer, subject, user_id, provider)
  SELECT $1::text, handle, id, 'dev' FROM people
  ON CONFLICT (issuer, subject) DO UPDATE SET user_id = EXCLUDED.user_id
)
SELECT handle, name FROM people ORDER BY place, id
