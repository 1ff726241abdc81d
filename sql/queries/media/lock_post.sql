-- $1 a post: its row is locked, so that what comes next sees each earlier image of it.
SELECT FROM posts WHERE id = $1::bigint FOR UPDATE
