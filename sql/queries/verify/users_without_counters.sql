SELECT o.id FROM unnest($1::bigint[]) AS o(id)
WHERE NOT EXISTS (SELECT FROM user_stats s WHERE s.user_id = o.id)
ORDER BY o.id
