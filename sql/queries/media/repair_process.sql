-- $1 media. Its thumbnails are made anew; PostImageProcessed (20), as posts show none until then.
WITH again AS (
  UPDATE media SET state = 1, thumbnails = '', blurhash = ''
  WHERE id = $1::bigint AND removed_at IS NULL
  RETURNING id, kind, subject_id
),
job AS (
  INSERT INTO jobs (kind, lane, subject, wait)
  SELECT 'media.process', 1, id, interval '0' FROM again a
  WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.subject = a.id AND j.kind = 'media.process')
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 20, p.shard, coalesce(p.author_id, 0), p.id
  FROM again m JOIN posts p ON m.kind = 1 AND p.id = m.subject_id
  WHERE p.image_id = m.id AND p.deleted_at IS NULL
)
SELECT id FROM again
