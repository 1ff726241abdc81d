-- $1 the current epoch ('': none), $2 the next one, $3 whether it sets aside what Redis counted: only if a
-- batch was ever applied, as nothing is doubtful before. Nothing happens where another one has begun meanwhile.
INSERT INTO view_epoch (epoch, drops_live)
SELECT $2, $3::boolean AND EXISTS (SELECT FROM view_epoch WHERE max_sequence > 0)
WHERE $1::text = coalesce((SELECT epoch FROM view_epoch ORDER BY id DESC LIMIT 1), '')
ON CONFLICT DO NOTHING
