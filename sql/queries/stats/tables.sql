-- A row for each table: its group, its name, rows (estimated as the planner does: rows a page of the last ANALYZE by
-- the pages of now; a table without ANALYZE by the statistics of its writes), bytes of heap, indexes and
-- TOAST, and whether it was never analyzed.
-- Partitions count as their table.
WITH groups (name, tables) AS (VALUES
  ('users', '{users}'::text[]),
  ('follows', '{follows}'),
  ('posts', '{posts}'),
  ('likes', '{likes}'),
  ('counters', '{user_stats,post_likes,post_views,hot_scores}'),
  ('feed_rows', '{user_feed,feed_state}'),
  ('events', '{events}'),
  ('jobs', '{jobs,dead_events}'),
  ('views', '{post_view_seen,view_flush,view_epoch}'),
  ('media', '{media,media_uploads}'),
  ('content', '{pages,contents,page_contents}'),
  ('accounts', '{identities,sessions,login_attempts,login_codes,revocations,audit_log}'),
  ('keys', '{idempotency_keys,signing_keys,server_keys}')
), tables AS (
  SELECT c.oid, c.reltuples, c.relpages, pg_relation_size(c.oid) AS main,
         coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0) AS toast,
         coalesce(p.relname, c.relname)::text AS parent
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
  LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
  LEFT JOIN pg_class p ON p.oid = i.inhparent
  WHERE c.relkind = 'r'
), sizes AS (
  SELECT t.parent,
         CASE WHEN t.main = 0 THEN 0
              WHEN t.reltuples < 0 OR t.relpages = 0 THEN pg_stat_get_live_tuples(t.oid)
              ELSE t.reltuples / t.relpages * (t.main / current_setting('block_size')::bigint) END AS rows,
         pg_table_size(t.oid) - t.toast AS heap, pg_indexes_size(t.oid) AS indexes, t.toast,
         t.main > 0 AND t.reltuples < 0 AS is_unknown
  FROM tables t
)
SELECT coalesce(g.name, 'others'), s.parent, round(sum(s.rows))::bigint, sum(s.heap)::bigint,
       sum(s.indexes)::bigint, sum(s.toast)::bigint, bool_or(s.is_unknown)
FROM sizes s
LEFT JOIN groups g ON s.parent = ANY (g.tables)
GROUP BY 1, 2
ORDER BY 1, 2
