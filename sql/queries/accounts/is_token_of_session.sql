-- $1 session, $2 hash of a token. Whether it is the session's current token, or the one before; no
-- row: no such session.
SELECT coalesce($2::bytea IN (current_hash, previous_hash), false) FROM sessions
WHERE id = $1::uuid
