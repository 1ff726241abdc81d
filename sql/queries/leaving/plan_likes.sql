-- $1 deleted posts. Those of which likes or views are left, and that no job is about.
INSERT INTO jobs (kind, lane, subject, wait)
SELECT 'remove_likes', 2, p.id, interval '0'
FROM (SELECT DISTINCT unnest($1::bigint[]) AS id) p
WHERE (EXISTS (SELECT FROM likes k WHERE k.post_id = p.id)
       OR EXISTS (SELECT FROM post_views v WHERE v.post_id = p.id))
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.subject = p.id AND j.kind = 'remove_likes')
ORDER BY p.id
