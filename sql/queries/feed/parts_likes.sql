-- $1 users, $2 a number. Of each their likes of so many of the newest posts they like, and the
-- snapshot.
SELECT asked.id,
       coalesce((SELECT string_agg(liked.post_id::text, ',' ORDER BY liked.post_id)
                 FROM (SELECT l.post_id FROM likes l WHERE l.user_id = asked.id
                       ORDER BY l.post_id DESC LIMIT $2::integer) liked), ''),
       pg_current_snapshot()::text
FROM unnest($1::bigint[]) AS asked(id)
