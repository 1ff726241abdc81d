-- $1 an account whose last token has ended: the Idempotency-Keys of its commands. That of its leaving
-- (9) goes with all keys of its day.
DELETE FROM idempotency_keys WHERE user_id = $1::bigint AND command <> 9
