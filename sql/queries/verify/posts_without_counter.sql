SELECT o.id FROM unnest($1::bigint[]) AS o(id)
WHERE NOT EXISTS (SELECT FROM post_likes c WHERE c.post_id = o.id)
ORDER BY o.id
