-- $1 users. Seen over an hour ago, or by a clock that was ahead.
UPDATE feed_state SET seen_at = clock_timestamp()
WHERE user_id = ANY ($1::bigint[]) AND state > 0
  AND (seen_at < clock_timestamp() - interval '1 hour' OR seen_at > clock_timestamp() + interval '1 minute')
