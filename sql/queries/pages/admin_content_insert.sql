-- $1 type, $2 title, $3 payload. Columns: its id and the bytes of its payload.
INSERT INTO contents (type, title, payload) VALUES ($1, $2, $3::jsonb) RETURNING id, payload_size
