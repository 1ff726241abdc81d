-- $1 media, $2 state, $3 widths of the thumbnails, $4 blurhash, unless it was removed meanwhile (no row).
-- PostImageProcessed (20) for the post that shows it: what posts show of it has changed.
WITH processed AS (
  UPDATE media SET state = $2::smallint, thumbnails = $3, blurhash = $4
  WHERE id = $1::bigint AND removed_at IS NULL
  RETURNING id, kind, subject_id
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 20, p.shard, coalesce(p.author_id, 0), p.id
  FROM processed m JOIN posts p ON m.kind = 1 AND p.id = m.subject_id
  WHERE p.image_id = m.id AND p.deleted_at IS NULL
)
SELECT id FROM processed
