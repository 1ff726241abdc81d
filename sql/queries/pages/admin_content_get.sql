-- $1 a content.
SELECT id, type, title, counter, version, feedctl_us(updated_at), payload FROM contents WHERE id = $1::bigint
