-- $1 session, $2 now. Whether the session has not ended.
SELECT EXISTS (
  SELECT FROM sessions
  WHERE id = $1::uuid AND revoked_at IS NULL AND expires_at > $2::timestamptz
)
