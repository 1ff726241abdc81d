-- $1 seed, $2, $3 from this stage and row, $4, $5 to these. No row: somebody else goes on with it.
UPDATE seed_appends SET stage = $4::smallint, next = $5::bigint
WHERE seed = $1::bigint AND stage = $2::smallint AND next = $3::bigint AND finished_at IS NULL
RETURNING seed
