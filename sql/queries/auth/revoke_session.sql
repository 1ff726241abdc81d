-- $1 session, $2 when its last access token expires.
INSERT INTO revocations (session_id, until) VALUES ($1, $2)
