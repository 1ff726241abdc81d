-- $1 users: user, followers counter and count, following counter and count.
SELECT s.user_id, s.followers, i.n, s.following, o.n
FROM user_stats s
CROSS JOIN LATERAL (SELECT count(*) AS n FROM follows WHERE followee_id = s.user_id) i
CROSS JOIN LATERAL (SELECT count(*) AS n FROM follows WHERE follower_id = s.user_id) o
WHERE s.user_id = ANY ($1::bigint[]) AND (s.followers <> i.n OR s.following <> o.n)
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.subject = s.user_id AND j.kind = 'remove_account')
ORDER BY s.user_id
