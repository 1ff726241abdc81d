-- $1 an author, $2 the posts of their list, $3 these are all. A post of the list that is none of
-- theirs; one that belongs to the list and is not in it. Null where there is none.
SELECT
  (SELECT l.id FROM unnest($2::bigint[]) AS l(id)
   WHERE (SELECT p.author_id FROM posts p WHERE p.id = l.id) IS DISTINCT FROM $1::bigint
   LIMIT 1),
  (SELECT p.id FROM posts p
   WHERE p.author_id = $1 AND p.deleted_at IS NULL AND p.id <> ALL ($2)
     AND ($3::boolean OR p.id >= (SELECT min(l) FROM unnest($2) l))
   ORDER BY p.id DESC LIMIT 1)
