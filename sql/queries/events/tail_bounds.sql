-- $1 a position, $2 the next one, $3 an id: the first and the last id from it on of what is new between
-- them.
SELECT min(id), max(id)
FROM (
  SELECT xid, id FROM events
  WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot))) AND id >= $3::bigint
  UNION ALL
  SELECT xid, id FROM events
  WHERE xid >= pg_snapshot_xmax($1) AND xid < pg_snapshot_xmax($2::pg_snapshot) AND id >= $3
) news
WHERE pg_visible_in_snapshot(xid, $2)
