-- $1 users, $2 posts, $3 their authors: the rows, in key order, unless the feed floor or its partition has
-- passed them meanwhile.
INSERT INTO user_feed (user_id, post_id, author_id)
SELECT m.user_id, m.post_id, m.author_id
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS m(user_id, post_id, author_id)
WHERE m.post_id >= (SELECT floor FROM feed_floor)
  AND m.post_id <@ (SELECT range_agg(int8range(from_id, upto_id)) FROM feedctl_feed_parts())
ORDER BY m.user_id, m.post_id
ON CONFLICT DO NOTHING
