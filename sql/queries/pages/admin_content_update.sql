-- $1 a content, which is locked, $2 title, $3 the members of the payload that change, $4 those that go.
-- The bytes of its payload before and after.
WITH before AS MATERIALIZED (SELECT payload_size FROM contents WHERE id = $1::bigint)
UPDATE contents SET title = $2, payload = (payload - $4::text[]) || $3::jsonb, version = version + 1,
       updated_at = clock_timestamp()
WHERE id = $1::bigint
RETURNING (SELECT payload_size FROM before), payload_size
