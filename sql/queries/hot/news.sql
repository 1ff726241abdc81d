-- $1 the position of a ranking: has a like, an unlike, a post's or a user's removal, a user's
-- suspension or reinstatement been committed since, or a post been hidden or shown again? Too many
-- events to look through count as yes.
WITH since AS MATERIALIZED (
  (SELECT type FROM events WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))
   ORDER BY xid, id LIMIT 1000)
  UNION ALL
  (SELECT type FROM events WHERE xid >= pg_snapshot_xmax($1::pg_snapshot)
   ORDER BY xid, id LIMIT 1000)
)
SELECT EXISTS (SELECT FROM since WHERE type IN (1, 2, 6, 9, 14, 15, 16, 17)) OR (SELECT count(*) FROM since) >= 1000
