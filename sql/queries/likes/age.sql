-- How many microseconds ago user $1 liked post $2. No row: not liked.
SELECT (date_part('epoch', clock_timestamp() - created_at) * 1000000)::bigint
FROM likes WHERE user_id = $1::bigint AND post_id = $2::bigint
