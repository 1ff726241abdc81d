-- $1 a batch: notes it in the ledger. No row: it was applied before.
INSERT INTO view_flush (batch_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING 1
