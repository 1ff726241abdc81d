-- $1 what time it is. Deletes epochs that ended seven days ago, as their batches have left the ledger. The last
-- one of which a batch was applied stays: without it the next epoch would take no impression for doubtful.
DELETE FROM view_epoch e
WHERE (SELECT n.started_at FROM view_epoch n WHERE n.id > e.id ORDER BY n.id LIMIT 1)
    < $1::timestamptz - interval '7 days'
  AND e.id IS DISTINCT FROM (SELECT max(id) FROM view_epoch WHERE max_sequence > 0)
