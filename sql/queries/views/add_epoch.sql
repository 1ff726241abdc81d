-- $1 the current epoch ('': none), $2 the next one, $3 whether it sets aside what Redis counted. Nothing
-- happens where another one has begun meanwhile.
INSERT INTO view_epoch (epoch, drops_live)
SELECT $2, $3::boolean
WHERE $1::text = coalesce((SELECT epoch FROM view_epoch ORDER BY id DESC LIMIT 1), '')
ON CONFLICT DO NOTHING
