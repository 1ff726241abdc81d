-- $1 session, $2 hash of the token that came, $3 hash of its successor, $4 user agent, $5 address,
-- $6 now, $7 milliseconds until a session ends that is not refreshed, $8 milliseconds from its first
-- token to its end in any case, $9 milliseconds in which the replaced token gets its successor again.
-- No row: no such session. The outcome (rotated, repeated, reused, suspended, ended), the user, when
-- the session ends. `reused` changes nothing: the caller ends the session.
WITH seen AS MATERIALIZED (
  SELECT id, user_id, current_hash, previous_hash, rotated_at, user_agent, created_at,
         expires_at, revoked_at
  FROM sessions WHERE id = $1::uuid
  FOR UPDATE
),
judged AS MATERIALIZED (
  SELECT s.id, s.user_id,
    CASE
      WHEN u.id IS NULL THEN 'ended'
      WHEN u.suspended_at IS NOT NULL AND $2::bytea IN (s.current_hash, s.previous_hash)
        THEN 'suspended'
      WHEN s.revoked_at IS NOT NULL OR s.expires_at <= $6::timestamptz THEN 'ended'
      WHEN s.current_hash = $2::bytea THEN 'rotated'
      WHEN s.previous_hash = $2::bytea AND s.current_hash = $3::bytea AND s.user_agent = $4
        AND s.rotated_at > $6::timestamptz - $9::bigint * interval '1 millisecond' THEN 'repeated'
      ELSE 'reused'
    END AS outcome,
    s.expires_at,
    least($6::timestamptz + $7::bigint * interval '1 millisecond',
          s.created_at + $8::bigint * interval '1 millisecond') AS next_expires_at
  FROM seen s LEFT JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL
),
rotated AS (
  UPDATE sessions s
  SET previous_hash = $2::bytea, current_hash = $3::bytea, rotated_at = $6::timestamptz,
      user_agent = $4, address = $5, expires_at = j.next_expires_at
  FROM judged j WHERE s.id = j.id AND j.outcome = 'rotated'
)
SELECT outcome, user_id,
       feedctl_us(CASE outcome WHEN 'rotated' THEN next_expires_at ELSE expires_at END)
FROM judged
