-- $1 a batch, $2 its impressions that were added, $3 their contents, $4 the rest as {content: count} or null,
-- $5 its epoch, $6 its sequence number.
WITH epoch AS (
  UPDATE view_epoch SET max_sequence = $6::bigint WHERE epoch = $5 AND max_sequence < $6
)
UPDATE view_flush SET impressions = $2::bigint, contents = $3::bigint, orphaned = $4::jsonb WHERE batch_id = $1
