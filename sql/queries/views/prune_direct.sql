-- $1 what time it is. Deletes the ledger rows of impressions that were written without Redis: their senders
-- repeat them for half a day at most.
DELETE FROM view_flush WHERE batch_id LIKE 'd:%' AND applied_at < $1::timestamptz - interval '1 day'
