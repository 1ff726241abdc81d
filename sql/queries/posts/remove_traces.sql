-- $1 a post that the same transaction has just deleted: its counter's row is gone and was locked,
-- so no like can be added any more and this statement's snapshot has them all.
WITH unliked AS (DELETE FROM likes WHERE post_id = $1::bigint)
DELETE FROM post_views WHERE post_id = $1
