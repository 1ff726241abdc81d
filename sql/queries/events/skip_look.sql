-- $1 a transaction id: how many from the next one of this cluster up to it.
SELECT greatest(0, $1::text::numeric - pg_snapshot_xmax(pg_current_snapshot())::text::numeric + 1)::text
