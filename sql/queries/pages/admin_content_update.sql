-- $1 a content, $2 title, $3 the members of the payload that change, $4 those that go.
UPDATE contents SET title = $2, payload = (payload - $4::text[]) || $3::jsonb, version = version + 1,
       updated_at = clock_timestamp()
WHERE id = $1::bigint
