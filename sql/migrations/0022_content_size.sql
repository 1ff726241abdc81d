-- The bytes of a content's members as JSON. Editors bound their sum on a page, and read no payload
-- for it.
ALTER TABLE contents
  ADD COLUMN payload_size integer NOT NULL GENERATED ALWAYS AS (octet_length(payload::text)) STORED;
