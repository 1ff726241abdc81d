-- $1 the batches that Redis holds. They keep their ledger rows, however old.
DELETE FROM view_flush WHERE applied_at < now() - interval '7 days' AND batch_id <> ALL ($1::text[])
