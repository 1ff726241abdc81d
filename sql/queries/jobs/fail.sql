-- $1 job, $2 claim, $3 milliseconds to wait, $4 the error, $5 whether it counts as an attempt. Where
-- it comes late, the next claim has taken this one for a crash, which is taken back.
UPDATE jobs
SET attempts = attempts + ($5::boolean AND claim = $2::bigint)::integer,
    error = CASE WHEN claim = $2 THEN $4 ELSE error END,
    crashes = CASE WHEN claim = $2 THEN crashes ELSE greatest(crashes - 1, 0) END,
    wait = CASE WHEN claim = $2 THEN $3::bigint * interval '1 millisecond' ELSE wait END,
    not_before = CASE WHEN claim = $2 THEN clock_timestamp() + $3::bigint * interval '1 millisecond' ELSE not_before END,
    claimed_until = CASE WHEN claim = $2 THEN NULL ELSE claimed_until END
WHERE id = $1::bigint AND (claim > $2 OR claimed_until IS NOT NULL)
