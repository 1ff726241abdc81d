-- The people whom the sign-in page of dev offers: the oldest accounts. Each of them is linked to the
-- person of the same name at the provider. $1 its issuer, $2 at most so many. Columns: handle, name.
WITH people AS MATERIALIZED (
  SELECT id, handle, name FROM users WHERE deleted_at IS NULL ORDER BY id LIMIT $2::integer
),
linked AS (
  INSERT INTO identities (issuer, subject, user_id, provider)
  SELECT $1::text, handle, id, 'dev' FROM people
  ON CONFLICT (issuer, subject) DO UPDATE SET user_id = EXCLUDED.user_id
)
SELECT handle, name FROM people ORDER BY id
