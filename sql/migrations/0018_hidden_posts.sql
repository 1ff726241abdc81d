-- Posts that moderators have hidden: nobody sees them, and nothing of them is lost. A row goes when
-- its post is shown again or deleted. Few posts are hidden: a query that reads many asks for each
-- whether it is among these. Events: PostHidden (16) and PostUnhidden (17); actor and shard are the
-- author's, as with PostDeleted.
CREATE TABLE hidden_posts (
  post_id bigint PRIMARY KEY,
  hidden_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  hidden_by bigint,
  reason text
)
-- Readers probe the key for each post. Pages with few rows, and early statistics, keep the planner from
-- reading the whole table for each instead, once it has some dozen rows.
WITH (fillfactor = 10, autovacuum_analyze_threshold = 20);
