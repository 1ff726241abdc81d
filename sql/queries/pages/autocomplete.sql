-- $1 text, in any case, "" for all, $2 an id to find by number, or null, $3 the types to look for,
-- $4 at most so many, $5 types of which all newest contents are found. First the content with the id, then
-- the newest first: of the 10,000 newest contents those with the text in their title, and the first 1,000
-- titles that begin with it.
WITH looked_at AS MATERIALIZED (
  SELECT id, type, title FROM contents ORDER BY id DESC LIMIT 10000
),
beginning AS MATERIALIZED (
  SELECT id, type FROM contents
  WHERE $1::text <> '' AND lower(title) ~>=~ lower($1::text) AND lower(title) ~<~ (lower($1::text) || chr(1114111))
  ORDER BY lower(title) USING ~<~ LIMIT 1000
),
found AS MATERIALIZED (
  SELECT id FROM (
    SELECT id FROM looked_at
    WHERE type = ANY ($3::text[]) AND (strpos(lower(title), lower($1::text)) > 0 OR type = ANY ($5::text[]))
    UNION
    SELECT id FROM beginning WHERE type = ANY ($3::text[])
    UNION
    SELECT id FROM contents WHERE id = $2::bigint AND type = ANY ($3::text[])
  ) matched
  ORDER BY id IS NOT DISTINCT FROM $2 DESC, id DESC LIMIT $4::bigint
)
SELECT c.id, c.type, c.title FROM found JOIN contents c USING (id)
ORDER BY c.id IS NOT DISTINCT FROM $2 DESC, c.id DESC
