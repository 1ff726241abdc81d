-- $1 job, $2 claim, $3 milliseconds to wait, $4 the error, $5 whether it counts as an attempt
UPDATE jobs SET attempts = attempts + $5::boolean::integer, error = $4, claimed_until = NULL,
                not_before = clock_timestamp() + $3::bigint * interval '1 millisecond'
WHERE id = $1::bigint AND claim = $2::bigint
