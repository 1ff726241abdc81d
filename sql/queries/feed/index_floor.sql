-- $1 an id, $2 a number. The id of the post after the $2 newest ones from $1 on, where there are more.
SELECT id FROM posts WHERE id >= $1::bigint ORDER BY id DESC OFFSET $2::bigint LIMIT 1
