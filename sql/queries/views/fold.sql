-- $1 what time it is, $2 at most so many rows, behind $3 a post and $4 a user.
SELECT folded, last_post, last_user
FROM feedctl_fold_views($1::timestamptz, $2::integer, $3::bigint, $4::bigint)
