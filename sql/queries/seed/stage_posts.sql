CREATE TEMPORARY TABLE seed_posts (n integer PRIMARY KEY, id bigint NOT NULL, author integer NOT NULL, text text NOT NULL, created_at timestamptz NOT NULL) ON COMMIT DROP
