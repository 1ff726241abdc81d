-- $1 id, $2 user, $3 client, $4 scopes, $5 hash of the refresh token, $6 user agent, $7 address,
-- $8 now, $9 when it ends unless it is refreshed.
INSERT INTO sessions (id, user_id, client, scopes, current_hash, user_agent, address, rotated_at,
                      created_at, expires_at)
VALUES ($1::uuid, $2::bigint, $3, $4::text[], $5::bytea, $6, $7, $8::timestamptz, $8::timestamptz,
        $9::timestamptz)
